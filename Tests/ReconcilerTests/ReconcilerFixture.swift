import Cluster
import Document
import FileTree
import Foundation
import Git
import LocalCluster
import Manifest
import Plan
import Reconciler
import Render
import Sync
import Synchronization
import System
import TestSupport
import Testing

/// A reconciler over a real embedded cluster, fed with trees from memory.
final class ReconcilerFixture: Sendable {
    let cluster: LocalCluster
    let view: ClusterView
    let journal = MemoryJournal()
    private let folder: TemporaryFolder
    private let charts: any ChartFetcher
    private let current: Mutex<(reconciler: Reconciler, work: Task<Void, Never>)>

    /// The one that works now.
    var reconciler: Reconciler { current.withLock { $0.reconciler } }

    /// Runs `body` while the reconciler works, and ends it afterwards.
    static func with(
        charts: any ChartFetcher = NoCharts(), _ body: @Sendable (ReconcilerFixture) async throws -> Void
    ) async throws {
        let fixture = try ReconcilerFixture(charts)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await fixture.cluster.run() }
            group.addTask { await fixture.view.run() }
            let result = await Result { try await body(fixture) }
            await fixture.stop()
            group.cancelAll()
            try result.get()
        }
    }

    private init(_ charts: any ChartFetcher) throws {
        self.charts = charts
        folder = try TemporaryFolder()
        let quiet = Log("test", least: .error, write: { _ in })
        let registry = KindRegistry(Catalog.builtIn.all)
        cluster = try LocalCluster(.init(path: ":memory:"), registry: registry)
        view = ClusterView(cluster: cluster, clock: .system, log: quiet)
        let reconciler = try Self.reconciler(cluster, view, journal, folder, charts)
        current = Mutex((reconciler, Task { await reconciler.run() }))
    }

    private static func reconciler(
        _ cluster: LocalCluster, _ view: ClusterView, _ journal: MemoryJournal, _ folder: TemporaryFolder,
        _ charts: any ChartFetcher
    ) throws -> Reconciler {
        Reconciler(
            .init(
                clusters: ["local": .init(cluster: cluster, view: view)], journal: journal,
                applied: try AppliedStore(path: "\(folder.path)/applied"), rootKey: [UInt8](repeating: 7, count: 32),
                charts: charts, clock: .system, log: Log("test", least: .error, write: { _ in })))
    }

    private func stop() async {
        let work = current.withLock { $0.work }
        work.cancel()
        await work.value
    }

    /// Ends the reconciler in the middle of what it does, and starts another one on what it kept.
    func restart() async throws {
        await stop()
        let next = try Self.reconciler(cluster, view, journal, folder, charts)
        current.withLock { $0 = (next, Task { await next.run() }) }
    }

    static let project = """
        apiVersion: belay/v1
        kind: Project
        metadata: {name: shop}
        spec:
          environments:
            - name: prod
              data: production
              namespace: shop
              apps: [{path: "apps/*"}]
              sync: {automatic: true, prune: true, selfHeal: true}

        """

    static func map(_ name: String, _ value: String) -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\ndata: {key: \"\(value)\"}\n"
    }

    /// Hands a tree over as if it had been pushed.
    func push(_ files: [String: String], project: String = ReconcilerFixture.project, number: Int = 1) async {
        var all = files
        all["belay.yaml"] = project
        let digits = String(repeating: "0", count: 40 - String(number).count) + String(number)
        guard let id = ObjectID(digits) else { return }
        let author = Signature(name: "Ada", email: "ada@example.org", time: .now)
        let commit = Commit(
            id: id, tree: id, parents: [], author: author, committer: author, message: "Change \(number)")
        await reconciler.moved(to: commit, tree: MemoryTree(all))
    }

    /// The value of a ConfigMap's only key; nil when it is not there.
    func value(_ name: String) async -> String? {
        let key = ObjectKey(kind: "ConfigMap", namespace: "shop", name: name)
        return try? await cluster.get(key).value[path: "data", "key"]?.string
    }

    /// Waits until something holds, which the reconciler brings about in its own time.
    func eventually(_ what: Comment, _ condition: @Sendable () async -> Bool) async throws {
        if await !TestSupport.eventually(condition) { Issue.record(what) }
    }

    func isSynced(_ application: String) async -> Bool {
        await reconciler.status().contains { $0.id.application == application && $0.phase == .synced }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}

/// A journal that keeps its records in memory.
final class MemoryJournal: JournalWriter {
    private let stored = Mutex<[JournalRecord]>([])

    var records: [JournalRecord] { stored.withLock { $0 } }

    func append(_ record: JournalRecord) async throws -> Int64 {
        stored.withLock { records in
            records.append(record)
            return Int64(records.count)
        }
    }
}
