import Audit
import Console
import Document
import FileTree
import Git
import Manifest
import Plan
import Promotion
import Reconciler
import Refresh
import Render
import Sources
import Sync
import System

/// One project: its repository, its loop, and what git and the journal answer about it.
final class GitProject: ProjectService {
    let name: String
    let reconciler: Reconciler
    let source: RepositorySource
    let charts: ChartSource
    let branch: String?
    let journal: Journal
    let promoter: Promoter
    let blameEngine: Blame
    let refresher: Refresher
    /// What the project uses of other repositories.
    let pinned: PinnedRepositories
    let clock: WallClock
    let log: Log

    init(
        name: String, reconciler: Reconciler, source: RepositorySource, charts: ChartSource,
        pinned: PinnedRepositories, branch: String?, refresher: Refresher, journal: Journal, clock: WallClock, log: Log
    ) {
        self.pinned = pinned
        self.refresher = refresher
        self.name = name
        self.reconciler = reconciler
        self.source = source
        self.charts = charts
        self.branch = branch
        self.journal = journal
        promoter = Promoter(source, journal: journal, clock: clock)
        blameEngine = Blame(source.mirror)
        self.clock = clock
        self.log = log
    }

    /// Follows the repository and works on what it brings, until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.source.run() }
            group.addTask { await self.reconciler.run() }
            group.addTask { await self.follow() }
            group.addTask { await self.refresher.follow { await self.orders() } }
        }
    }

    /// Hands each new state of the branch to the reconciler.
    private func follow() async {
        var seen: ObjectID?
        for await state in source.states(of: branch) {
            if let problem = problem(state) {
                await reconciler.failed(problem)
            } else {
                await reconciler.recovered()
            }
            guard let head = state.head, head.id != seen else { continue }
            seen = head.id
            if state.wasRewritten {
                log.warning("the branch was rewritten; its new head is taken", ["commit": head.id.short])
            }
            await take(head)
        }
    }

    private func take(_ head: Commit) async {
        do {
            let tree = try source.mirror.tree(at: head.id)
            guard let files = ObjectTree(tree) else {
                return await reconciler.failed(Problem("commit \(head.id.short) has no tree that can be read"))
            }
            guard let mounted = await withBases(files, of: head) else { return }
            await reconciler.moved(to: head, tree: mounted)
        } catch {
            await reconciler.failed(Problem("commit \(head.id.short) cannot be read: \(error)"))
        }
    }

    /// The files with what the project pins of other repositories. What cannot be fetched is tried again until it can, or
    /// until a newer commit is there, which may pin something else: nil then.
    private func withBases(_ files: ObjectTree, of head: Commit) async -> (any FileTree)? {
        let pins = Project.remotes(in: files)
        var wait = Duration.seconds(1)
        while !pins.isEmpty, !Task.isCancelled {
            do {
                let mounted = try await PinnedBases.mounted(files, pins, from: pinned)
                await reconciler.recovered()
                return mounted
            } catch {
                await reconciler.failed(error as? Problem ?? Problem("\(error)", at: pins[0].origin))
            }
            guard (try? await clock.sleep(wait)) != nil else { return nil }
            wait = min(wait * 2, .seconds(15))
            if let newest = source.state(of: branch).head, newest.id != head.id { return nil }
        }
        return pins.isEmpty ? files : nil
    }

    private func problem(_ state: SourceState) -> Problem? {
        let address = source.remote.address
        switch state.condition {
        case .unknown, .current: return nil
        case .empty:
            return Problem("the repository \(address) has no commits yet", hint: "push a project with a belay.yaml")
        case .branchMissing:
            return Problem("the repository \(address) has no branch \(state.branch ?? "")")
        case .failing(let failure):
            return Problem("the repository \(address) cannot be read: \(failure)", hint: failure.hint)
        }
    }

    // MARK: What the journal answers

    /// The repository's own name may be another than the project's.
    var journalName: String {
        get async { await reconciler.projectName ?? name }
    }

    func history(of environment: String, limit: Int) async throws -> Value {
        if let head = await reconciler.head { _ = try head.project.environment(environment) }
        // Plans are steps on the way; what came of them has a record of its own.
        let kinds = Set(JournalRecord.Kind.allCases).subtracting([.plan])
        let entries = try await journal.history(
            project: await journalName, environment: environment, kinds: kinds, limit: limit * 2)
        return ["records": .sequence(JournalView.withoutEnded(entries).prefix(limit).map(JournalView.value))]
    }

    func journal(limit: Int) async throws -> Value {
        [
            "records": .sequence(
                try await journal.history(project: await journalName, limit: limit).map(JournalView.value))
        ]
    }

    func verifyJournal() async throws -> Value {
        let verdict = try await journal.verify()
        var isIntact = false
        if case .intact = verdict { isIntact = true }
        return ["intact": .bool(isIntact), "message": .string(verdict.description)]
    }
}

/// Journal entries as the console shows them.
enum JournalView {
    /// Entries, newest first, without the beginnings of what ended among them: the end says it all.
    static func withoutEnded(_ entries: [JournalEntry]) -> [JournalEntry] {
        var ended: Set<String> = []
        return entries.filter { entry in
            let record = entry.record
            let isSync = record.kind == .syncStarted || record.kind == .syncFinished
            let what = isSync ? "\(record.application) \(record.planHash)" : "\(record.kind.rawValue) \(record.commit)"
            if record.result != nil { ended.insert(what) }
            return record.result != nil || !ended.contains(what)
        }
    }

    static func value(_ entry: JournalEntry) -> Value {
        let record = entry.record
        var value: Value = [
            "number": .int(entry.number), "time": .string(record.time.description),
            "kind": .string(record.kind.rawValue), "project": .string(record.project),
            "environment": .string(record.environment), "application": .string(record.application),
            "commit": .string(record.commit), "author": .string(record.author), "actor": .string(record.actor),
            "plan": .string(record.planHash), "result": .string(record.result?.rawValue ?? ""),
            "message": .string(record.message), "details": .strings(record.details),
        ]
        value["changes"] = .sequence(record.changes.map(change))
        return value
    }

    private static func change(_ change: JournalChange) -> Value {
        [
            "action": .string(change.action.rawValue), "object": .string(change.object?.description ?? ""),
            "field": .string(change.field), "before": .string(change.before), "after": .string(change.after),
        ]
    }
}
