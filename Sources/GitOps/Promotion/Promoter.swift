internal import Document
internal import FileTree
package import Git
package import Plan
package import System

/// Makes promotions and rollbacks: commits on the project's branch, pushed only onto the head that they were made for.
///
/// Trees and commits block, so the actor has its own thread. When someone else pushes first, the change is made again
/// on top of theirs; nothing is ever forced.
package actor Promoter {
    /// Who asked for a change, and why it may be made.
    package struct Request: Sendable {
        package var project: String
        package var branch: String
        /// Who asked: an authenticated principal.
        package var actor: String
        /// The author of the commit.
        package var author: Signature
        /// The plan that was shown to whoever asked; empty when none was.
        package var planHash: String

        package init(project: String, branch: String, actor: String, author: Signature, planHash: String = "") {
            self.project = project
            self.branch = branch
            self.actor = actor
            self.author = author
            self.planHash = planHash
        }
    }

    /// What came of a request.
    package enum Outcome: Sendable {
        /// The commit that was pushed, and its subject.
        case committed(ObjectID, message: String)
        /// There was nothing to change, and why.
        case nothing(reason: String)
    }

    private nonisolated let thread = ThreadExecutor(name: "promotion")
    private let writer: any RepositoryWriter
    private let journal: any JournalWriter
    private let clock: WallClock
    private static let attempts = 8

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    package init(_ writer: any RepositoryWriter, journal: any JournalWriter, clock: WallClock = .system) {
        self.writer = writer
        self.journal = journal
        self.clock = clock
    }

    /// Copies the image versions of one environment into another's overlays.
    ///
    /// - Parameter running: the commit that runs in the source environment; nil for the branch's head.
    /// - Throws: `Problem`, `GitError`; `.leaseLost` when others were faster again and again.
    package func promote(
        from source: String, to target: String, running: ObjectID? = nil, _ request: Request
    ) async throws -> Outcome {
        try await commit(request) { [writer] head in
            let revision = running ?? head
            guard let sourceTree = ObjectTree(try writer.mirror.tree(at: revision)),
                let targetTree = ObjectTree(try writer.mirror.tree(at: head))
            else { throw GitError(.malformed, "read the trees of \(revision.short) and \(head.short)", "no such tree") }
            let plan = try PromotionPlan.make(from: source, to: target, source: sourceTree, target: targetTree)
            return Draft(promotion: plan, revision: revision, request)
        }
    }

    /// Restores the files that an environment reads to what they were at an earlier commit.
    ///
    /// - Parameters:
    ///   - revision: a commit, a branch or a tag.
    ///   - includingShared: whether files may change that other environments read too.
    ///   - reads: the files that each environment of a tree reads.
    /// - Throws: `Problem` when shared files would change and may not; `GitError`.
    package func rollback(
        _ environment: String, to revision: String, includingShared: Bool = false, _ request: Request,
        reads: @escaping @Sendable (GitTree) throws -> [String: Set<String>]
    ) async throws -> Outcome {
        try await commit(request) { [writer] head in
            let id = try writer.mirror.resolve(revision)
            guard try writer.mirror.isAncestor(id, of: head) else {
                throw Problem(
                    "\(id.short) is no earlier commit of \(request.branch)",
                    hint: "belay history \(environment) lists those that it ran")
            }
            let plan = try RollbackPlan.make(of: environment, to: id, head: head, in: writer.mirror, reads: reads)
            if !includingShared { try plan.refuseShared() }
            return Draft(rollback: plan, head: head, request)
        }
    }

    /// Drafts a commit on the branch's head and pushes it, anew as often as someone else is faster.
    private func commit(_ request: Request, _ draft: (ObjectID) throws -> Draft) async throws -> Outcome {
        var attempt = 0
        while true {
            attempt += 1
            let head = try await writer.freshHead(of: request.branch)
            let draft = try draft(head)
            if let reason = draft.nothing { return .nothing(reason: reason) }
            var author = request.author
            author.time = clock.now()
            let made = try writer.mirror.makeCommit(
                on: [head], edits: draft.edits, author: author, message: draft.message)
            var record = draft.record(request, commit: made, at: clock.now())
            try await journal.append(record)
            do {
                try await writer.push(made, to: request.branch, expecting: head)
            } catch {
                record.time = clock.now()
                let isLost = (error as? GitError)?.code == .leaseLost
                record.result = isLost && attempt < Self.attempts ? .superseded : .failed
                record.message = "\(error)"
                try await journal.append(record)
                if isLost, attempt < Self.attempts { continue }
                throw error
            }
            record.time = clock.now()
            record.result = .succeeded
            try await journal.append(record)
            return .committed(made, message: draft.subject)
        }
    }
}
