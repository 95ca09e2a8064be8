import BenchSupport
import Cluster
import ClusterTestSupport
import Document
import FileTree
import Glibc
import Manifest
import Plan
import Refresh
import Render
import System

/// `RefreshBench SOURCE TARGET FOLDER`: copies the database `people` of a server with its socket in SOURCE into that of
/// TARGET, as `belay data refresh` does, and tells how long that took, by the clock and in work of this process.
let words = CommandLine.arguments
guard words.count == 4 else {
    print("usage: RefreshBench SOURCE TARGET FOLDER")
    exit(2)
}
signal(SIGPIPE, SIG_IGN)
let bench = RefreshBench(source: words[1], target: words[2], folder: words[3])
let start = ContinuousClock.now
let load = try await bench.run()
let took = ContinuousClock.now - start
var usage = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
let clock = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
let rows = load.rows.values.reduce(0, +)
print("\(clock) \(seconds(usage.ru_utime) + seconds(usage.ru_stime)) \(usage.ru_maxrss / 1024) \(rows)")

/// A project with two environments whose databases are this machine's.
struct RefreshBench {
    let source: String
    let target: String
    let folder: String

    func run() async throws -> RefreshRecord.Load {
        let path = "/usr/lib/postgresql/15/bin:/usr/bin:/bin"
        let workloads = try ProcessWorkloads([
            "prod": ["PGHOST": source, "PGUSER": "postgres", "PATH": path],
            "qa": ["PGHOST": target, "PGUSER": "postgres", "PATH": path],
        ])
        let cluster = MemoryCluster()
        for namespace in ["prod", "qa"] {
            var pod = Manifest(apiVersion: "v1", kind: "Pod", name: "database", namespace: namespace)
            pod.value["status"] = ["conditions": [["type": "Ready", "status": "True"]]]
            _ = try await cluster.create(pod, WriteOptions(fieldManager: "bench"))
        }
        let refresher = Refresher(
            .init(
                clusters: ["local": .init(cluster: cluster, workloads: workloads)], journal: NoJournal(),
                store: RefreshStore(folder: "\(folder)/data"), rootKey: [UInt8](repeating: 7, count: 32),
                spools: folder, tool: "bench", clock: .system, log: Log("bench", least: .error)))
        let tree = MemoryTree(Self.files)
        let project = try Project.read(from: tree)
        return try await refresher.refresh(
            .init(
                project: project, commit: "", author: "", tree: tree, dataset: try project.dataset(nil, for: "qa"),
                environment: "qa", actor: "bench"))
    }

    private static let files = [
        "belay.yaml": """
        apiVersion: belay/v1
        kind: Project
        metadata: {name: bench}
        spec:
          scrub: scrub.yaml
          datasets: [people.yaml]
          environments:
            - {name: qa, namespace: qa, apps: [{path: apps}]}
            - {name: prod, namespace: prod, data: production, apps: [{path: apps}]}
        """,
        "people.yaml": """
        apiVersion: belay/v1
        kind: Dataset
        metadata: {name: people}
        spec:
          from: prod
          to: [qa]
          source: {exec: {in: pod/database, command: [pg_dump, --clean, --if-exists, postgres]}}
          sink: {exec: {in: pod/database, command: [psql, -X, -q, -o, /dev/null, postgres]}}
        """,
        "scrub.yaml": PeoplePolicy.text,
    ]
}

/// Nobody asks later.
struct NoJournal: JournalWriter {
    func append(_ record: JournalRecord) async throws -> Int64 { 0 }
}
