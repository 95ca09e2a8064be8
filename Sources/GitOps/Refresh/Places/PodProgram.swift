package import Cluster
import Document
import Manifest
import Render

/// Starts programs in the pods of a workload.
package struct PodProgram: Sendable {
    private let cluster: any Cluster
    private let workloads: any WorkloadAccess
    /// The environment's namespace.
    let namespace: String

    package init(cluster: any Cluster, workloads: any WorkloadAccess, namespace: String) {
        self.cluster = cluster
        self.workloads = workloads
        self.namespace = namespace
    }

    /// Starts a command in one of the workload's ready pods.
    ///
    /// - Throws: `Problem` at the workload's name in the dataset.
    func start(_ program: Dataset.Program, command: [String], stdin: Bool) async throws -> any ExecSession {
        let pod = try await pod(of: program)
        do {
            return try await workloads.exec(
                ExecRequest(
                    namespace: namespace, pod: pod, container: program.container, command: command, stdin: stdin))
        } catch let error as ClusterError {
            throw Problem(
                "\(command[0]) cannot be started in pod \(namespace)/\(pod): \(error.message)", at: program.origin)
        }
    }

    private func pod(of program: Dataset.Program) async throws -> String {
        let parts = program.workload.split(separator: "/").map(String.init)
        guard parts.count == 2, let kind = Catalog.builtIn.find(word: parts[0])?.groupVersionKind else {
            let nearest = Spelling.nearest(to: parts.first ?? "", among: Catalog.builtIn.allWords)
            throw Problem(
                "there is no kind \"\(parts.first ?? "")\"", at: program.origin,
                hint: nearest.map { "did you mean \($0)/\(parts.last ?? "")?" } ?? "write it as deploy/database")
        }
        let key = ObjectKey(group: kind.group, kind: kind.kind, namespace: namespace, name: parts[1])
        let owner: Manifest
        do {
            owner = try await cluster.get(key)
        } catch let error as ClusterError where error.reason == .notFound {
            throw Problem("there is no \(program.workload) in namespace \(namespace)", at: program.origin)
        }
        if kind.kind == "Pod" {
            guard Self.isReady(owner) else { throw notReady(program) }
            return owner.name
        }
        let labels = owner.spec?[path: "selector", "matchLabels"]?.dictionary ?? [:]
        guard !labels.isEmpty else {
            throw Problem("\(program.workload) selects no pods by labels", at: program.origin)
        }
        let query = ObjectQuery(kind: "Pod", namespace: namespace, labels: LabelSelector(labels: labels))
        let pods = try await cluster.list(query).items.filter(Self.isReady)
        guard let name = pods.map(\.name).min() else { throw notReady(program) }
        return name
    }

    private func notReady(_ program: Dataset.Program) -> Problem {
        Problem(
            "no pod of \(program.workload) in namespace \(namespace) is ready", at: program.origin,
            hint: "see belay get pods -n \(namespace)")
    }

    private static func isReady(_ pod: Manifest) -> Bool {
        guard pod.deletionTimestamp == nil else { return false }
        let conditions = pod.status?["conditions"]?.items ?? []
        return conditions.contains { $0["type"]?.string == "Ready" && $0["status"]?.string == "True" }
    }
}
