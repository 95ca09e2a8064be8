internal import FileTree
internal import Git
internal import Plan
internal import System

/// A commit before it is made: its files, its message, and what the journal says of it.
struct Draft {
    var kind: JournalRecord.Kind
    var environment: String
    var subject: String
    var message: String
    var edits: [String: FileEdit]
    var changes: [JournalChange]
    var details: [String: String]
    /// Why there is nothing to commit; nil when there is something.
    var nothing: String?

    init(promotion plan: PromotionPlan, revision: ObjectID, _ request: Promoter.Request) {
        kind = .promotion
        environment = plan.to
        let images = plan.moves.map { "\($0.new.name) \($0.new.version)" } + plan.chartMoves.map(\.summary)
        subject = "Promote \(plan.from) to \(plan.to): " + Self.list(images)
        details = ["from": plan.from, "to": plan.to, "revision": revision.description]
        edits = Dictionary(uniqueKeysWithValues: plan.files.map { ($0.key.text, .write($0.value)) })
        changes = plan.files.sorted { $0.key < $1.key }.map { path, bytes in
            JournalChange(.edit, field: path.text, after: ContentID.blob(bytes).hex)
        }
        let trailers = [
            Trailer("Belay-Promoted-From", plan.from), Trailer("Belay-Environment", plan.to),
            Trailer("Belay-Source-Revision", revision.description),
        ]
        let left = plan.leftOut.sorted { $0.key < $1.key }.map { "\($0.key) is left out: \($0.value)" }
        let lines = plan.moves.map(\.description) + plan.chartMoves.map(\.description) + left
        message = Self.message(subject, lines, trailers, request)
        let reasons = left.map { "; \($0)" }.joined()
        nothing = plan.isEmpty ? "\(plan.to) has the image versions of \(plan.from) already\(reasons)" : nil
    }

    init(rollback plan: RollbackPlan, head: ObjectID, _ request: Promoter.Request) {
        kind = .rollback
        environment = plan.environment
        let files = plan.edits.keys.sorted()
        subject = "Roll \(plan.environment) back to \(plan.revision.short): " + Self.list(files)
        details = ["from": head.description, "to": plan.revision.description]
        edits = plan.edits
        changes = plan.changes.map { change in
            JournalChange(
                .edit, field: change.path, before: change.old?.id.description ?? "",
                after: change.new?.id.description ?? "")
        }
        var lines = files
        for (name, shared) in plan.shared.sorted(by: { $0.key < $1.key }) {
            lines.append("\(name) reads \(Self.list(shared)) too and changes with it")
        }
        let trailers = [
            Trailer("Belay-Environment", plan.environment),
            Trailer("Belay-Rolled-Back-To", plan.revision.description),
            Trailer("Belay-Rolled-Back-From", head.description),
        ]
        message = Self.message(subject, lines, trailers, request)
        nothing =
            plan.isEmpty
            ? "\(plan.environment) reads the same files as at \(plan.revision.short)" : nil
    }

    /// What the journal says of the commit before it is pushed.
    func record(_ request: Promoter.Request, commit: ObjectID, at time: Timestamp) -> JournalRecord {
        JournalRecord(
            kind, at: time, project: request.project, environment: environment, commit: commit.description,
            author: request.author.description, actor: request.actor, planHash: request.planHash, changes: changes,
            message: subject, details: details)
    }

    /// The first three names, and how many more there are.
    private static func list(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }

    private static func message(
        _ subject: String, _ lines: [String], _ trailers: [Trailer], _ request: Promoter.Request
    ) -> String {
        var trailers = trailers
        if !request.planHash.isEmpty { trailers.append(Trailer("Belay-Plan", request.planHash)) }
        trailers.append(Trailer("Belay-Requested-By", request.actor))
        let body = lines.prefix(200).map { "- \($0)" }.joined(separator: "\n")
        return Trailer.append(trailers, to: "\(subject)\n\n\(body)\n")
    }
}
