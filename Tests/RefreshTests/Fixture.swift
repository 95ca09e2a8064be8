import Cluster
import ClusterTestSupport
import Document
import FileTree
import Manifest
import Plan
import Refresh
import Render
import Synchronization
import System
import TestSupport

/// A project with prod and qa, whose pods' programs are this machine's.
struct Fixture {
    let folder: TemporaryFolder
    let journal = MemoryJournal()
    let refresher: Refresher
    var spools: String { "\(folder.path)/spools" }
    var state: String { "\(folder.path)/data" }

    init(
        _ servers: Servers?, folder: TemporaryFolder? = nil, key: UInt8 = 7, clock: WallClock = .system
    ) async throws {
        self.folder = try folder ?? TemporaryFolder()
        let workloads = try ProcessWorkloads(
            [
                "shop": servers?.variables(.prod) ?? [:], "shop-qa": servers?.variables(.qa) ?? [:],
            ], claims: ["shop/files": "\(self.folder.path)/prod", "shop-qa/files": "\(self.folder.path)/qa"])
        let cluster = MemoryCluster()
        for namespace in ["shop", "shop-qa"] {
            for object in Self.database(in: namespace) {
                _ = try await cluster.create(object, WriteOptions(fieldManager: "test"))
            }
        }
        try Files.makeFolders("\(self.folder.path)/spools")
        refresher = Refresher(
            .init(
                clusters: ["local": .init(cluster: cluster, workloads: workloads)], journal: journal,
                store: RefreshStore(folder: "\(self.folder.path)/data"),
                rootKey: [UInt8](repeating: key, count: 32), spools: "\(self.folder.path)/spools", tool: "belay test",
                clock: clock, log: Log("test", least: .error)))
    }

    private static func database(in namespace: String) -> [Manifest] {
        var owner = Manifest(apiVersion: "apps/v1", kind: "Deployment", name: "database", namespace: namespace)
        owner.value["spec"] = ["selector": ["matchLabels": ["app": "database"]]]
        var pod = Manifest(apiVersion: "v1", kind: "Pod", name: "database-1", namespace: namespace)
        pod.value[path: "metadata", "labels"] = ["app": "database"]
        pod.value["status"] = ["conditions": [["type": "Ready", "status": "True"]]]
        return [owner, pod]
    }

    static let people =
        #"{"people": [{"name": "Ingeborg Halvorsen", "height": 171}, {"name": "Tiago", "height": 180}]}"#

    /// A policy of one dataset with these rules, in block style.
    static func policy(_ rules: String) -> String {
        """
        apiVersion: belay/v1
        kind: ScrubPolicy
        metadata: {name: shop}
        spec:
          datasets:
            - name: shop
              \(rules.replacing("\n", with: "\n      "))

        """
    }

    /// - Parameters:
    ///   - source: the command that production's data comes from.
    ///   - places: source and sink, in the place of commands.
    ///   - more: further lines of the dataset's spec.
    static func project(
        source: String = "[pg_dump, --clean, --if-exists, --no-owner]", sink: String = "[psql, -X, -q]",
        policy: String = Shop.policy, more: String = "", places: String? = nil
    ) throws -> (Project, any FileTree) {
        let tree = MemoryTree([
            "belay.yaml": """
            apiVersion: belay/v1
            kind: Project
            metadata: {name: shop}
            spec:
              scrub: scrub.yaml
              datasets: [data/shop.yaml]
              environments:
                - {name: qa, namespace: shop-qa, apps: [{path: apps}]}
                - {name: prod, namespace: shop, data: production, apps: [{path: apps}]}
            """,
            "scrub.yaml": policy, "data/people.json": Self.people,
            "data/shop.yaml": """
            apiVersion: belay/v1
            kind: Dataset
            metadata: {name: shop}
            spec:
              from: prod
              to: [qa]
            \(places ?? "  source: {exec: {in: deploy/database, command: \(source)}}\n  sink: {exec: {in: deploy/database, command: \(sink)}}")
            \(more)
            """,
        ])
        return (try Project.read(from: tree), tree)
    }

    static func order(_ made: (project: Project, tree: any FileTree)) throws -> Refresher.Order {
        Refresher.Order(
            project: made.project, commit: "", author: "", tree: made.tree,
            dataset: try made.project.dataset("shop", for: "qa"), environment: "qa", actor: "tester")
    }

    /// Refreshes by a project that differs from the usual one.
    @discardableResult
    func refresh(_ made: (Project, any FileTree)? = nil, progress: ProgressCounter = ProgressCounter()) async throws
        -> RefreshRecord.Load
    {
        try await refresher.refresh(try Self.order(made ?? Self.project()), progress: progress)
    }

    func standing(_ made: (Project, any FileTree)? = nil) async throws -> DatasetStanding {
        let (project, _) = try made ?? Self.project()
        return try await refresher.standing(
            of: try project.dataset("shop", for: "qa"), in: try project.environment("qa"), of: project)
    }
}

/// A journal in memory.
final class MemoryJournal: JournalWriter {
    private let all = Mutex<[JournalRecord]>([])

    var records: [JournalRecord] { all.withLock { $0 } }

    func append(_ record: JournalRecord) async throws -> Int64 {
        all.withLock { all in
            all.append(record)
            return Int64(all.count)
        }
    }
}
