package import Git
package import System

/// One repository that renderings are made from: its mirror, and the only poller and writer of it in this process.
///
/// Fetches block, so the actor has a thread of its own; states and trees are read without waiting for it. Nothing
/// latches: each look derives its states anew, and a failure is tried again after a growing wait.
package actor RepositorySource: RepositoryWriter {
    package nonisolated let remote: Remote
    package nonisolated let mirror: GitRepository
    private nonisolated let thread: ThreadExecutor
    private nonisolated let folder: MirrorFolder
    private nonisolated let subscribers = Subscribers()
    private nonisolated let wakeUp = WakeUp()
    private let schedule: PollSchedule
    private let clock: WallClock
    private let random: @Sendable () -> Double
    private let log: Log
    private var failures = 0
    private var defaultBranch: String?

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Takes the repository's mirror beneath `mirrors`, made when there is none.
    ///
    /// - Parameters:
    ///   - random: from 0 to 1, for the jitter of the poll.
    /// - Throws: `GitError`, `.locked` when another process has the mirror.
    package init(
        _ remote: Remote, mirrors: String, schedule: PollSchedule = PollSchedule(), clock: WallClock = .system,
        random: @escaping @Sendable () -> Double = { .random(in: 0...1) }, log: Log = Log("source")
    ) throws(GitError) {
        self.remote = remote
        self.schedule = schedule
        self.clock = clock
        self.random = random
        self.log = log
        thread = ThreadExecutor(name: "git-source")
        folder = try MirrorFolder(in: mirrors, for: remote.address)
        mirror = try folder.open()
        defaultBranch = try? mirror.headBranch()
    }

    // MARK: Reading

    /// The state of a branch now, then each change of it; a slow reader misses states in between, never the last.
    ///
    /// - Parameter branch: nil for the branch that the repository's `HEAD` names.
    package nonisolated func states(of branch: String? = nil) -> AsyncStream<SourceState> {
        let stream = subscribers.stream(of: branch, startingWith: remembered(branch))
        return stream
    }

    /// What is known of a branch without asking anybody.
    package nonisolated func state(of branch: String? = nil) -> SourceState {
        subscribers.state(of: branch) ?? remembered(branch)
    }

    /// What the mirror held when the last process ended.
    private nonisolated func remembered(_ branch: String?) -> SourceState {
        let name = branch ?? (try? mirror.headBranch())
        let id = name.flatMap { try? mirror.reference("refs/heads/\($0)") }
        return SourceState(branch: name, head: id.flatMap { try? mirror.commit($0) })
    }

    // MARK: Looking

    /// Asks for a look at the repository now: after a webhook, or when a person says so.
    package nonisolated func poke() {
        wakeUp.ring()
    }

    /// Looks at the repository again and again until the task is cancelled.
    package func run() async {
        let watch = remote.address.localPath.flatMap { path in
            ReferenceWatch(of: path) { [wakeUp] in wakeUp.ring() }
        }
        watch?.start()
        defer { watch?.cancel() }
        while !Task.isCancelled {
            look()
            await rest(schedule.wait(failures: failures, random: random()))
        }
    }

    /// Waits for the next look's time, or for someone who wants it sooner.
    private func rest(_ wait: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock, wakeUp] in
                guard (try? await clock.sleep(wait)) != nil else { return }
                wakeUp.ring()
            }
            await wakeUp.wait()
            group.cancelAll()
        }
    }

    /// Fetches once and publishes what is known after it.
    ///
    /// - Returns: the error of a fetch that failed, which the states tell too.
    @discardableResult
    package func look() -> GitError? {
        let heads = knownHeads()
        do {
            let fetched = try mirror.fetch(from: remote)
            if failures > 0 { log.info("repository answers again", ["repository": remote.address.text]) }
            failures = 0
            take(fetched, heads)
            return nil
        } catch {
            failures += 1
            let failure = SourceFailure(error, attempts: failures)
            if failures == 1 {
                log.warning("\(error)", ["repository": remote.address.text, "hint": failure.hint])
            }
            for branch in subscribers.branches {
                var state = state(of: branch)
                state.condition = .failing(failure)
                subscribers.publish(state, of: branch)
            }
            return error
        }
    }

    /// The heads that subscribers know, by branch asked for.
    private func knownHeads() -> [String?: SourceState] {
        var known: [String?: SourceState] = [:]
        for branch in subscribers.branches + [nil] { known[branch] = state(of: branch) }
        return known
    }

    private func take(_ fetched: FetchResult, _ known: [String?: SourceState]) {
        defaultBranch = fetched.defaultBranch ?? defaultBranch
        if let name = fetched.defaultBranch { try? mirror.setHeadBranch(name) }
        for (branch, before) in known {
            subscribers.publish(next(of: branch, before, fetched), of: branch)
        }
    }

    /// The state of a branch after a fetch that went well.
    private func next(of branch: String?, _ before: SourceState, _ fetched: FetchResult) -> SourceState {
        var state = before
        state.branch = branch ?? fetched.defaultBranch ?? before.branch
        guard !fetched.isEmpty else {
            state.condition = .empty
            return state
        }
        guard let name = state.branch, let id = fetched.branches[name] else {
            state.condition = .branchMissing
            return state
        }
        state.condition = .current
        guard id != before.head?.id else { return state }
        do {
            state.head = try mirror.commit(id)
        } catch {
            state.condition = .failing(SourceFailure(error, attempts: 1))
            return state
        }
        state.previous = before.head?.id
        state.wasRewritten = (try? before.head.map { try !mirror.isAncestor($0.id, of: id) }) ?? false
        return state
    }

    // MARK: Writing

    package func freshHead(of branch: String) async throws -> ObjectID {
        if let error = look() { throw error }
        guard let head = try mirror.reference("refs/heads/\(branch)") else {
            throw GitError(.notFound, "find the branch \(branch) of \(remote.address)", "there is no such branch")
        }
        return head
    }

    package func push(_ commit: ObjectID, to branch: String, expecting expected: ObjectID) async throws {
        try mirror.push(commit, to: remote, branch: branch, expecting: expected)
        // The pushed commit is news like any other; a failed look is told by the states and tried again.
        look()
    }
}
