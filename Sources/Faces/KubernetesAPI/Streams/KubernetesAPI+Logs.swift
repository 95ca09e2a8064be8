import Cluster
import Document
import Listener
import LocalCluster
import Manifest
import System

/// A container's output (`v1.PodLogOptions`).
extension KubernetesAPI {
    func logs(_ asked: ResourceRequest) async throws -> ServerResponse {
        let pod = try await cluster.get(asked.key)
        guard let workloads else {
            throw ClusterError(.serviceUnavailable, "no containers run here", object: asked.key)
        }
        let request = asked.request
        func flag(_ name: String) -> Bool { ["true", "1"].contains(request[query: name] ?? "") }
        func number(_ name: String) throws(ClusterError) -> Int? {
            guard let text = request[query: name], !text.isEmpty else { return nil }
            guard let number = Int(text), number >= 0 else {
                throw ClusterError(.badRequest, "\(name) is \"\(text)\": a number from 0 is expected")
            }
            return number
        }
        let container = try Self.container(request[query: "container"], of: pod)
        var since = try number("sinceSeconds")
        if let text = request[query: "sinceTime"], let time = Timestamp(text) {
            since = Int(max(0, clock.now().seconds - time.seconds))
        }
        let output = try await workloads.logs(
            LogRequest(
                namespace: pod.namespace ?? "", pod: pod.name, container: container, follow: flag("follow"),
                previous: flag("previous"), timestamps: flag("timestamps"), tailLines: try number("tailLines"),
                sinceSeconds: since))
        let limit = try number("limitBytes") ?? .max
        return ServerResponse(
            headers: [("content-type", "text/plain")],
            body: .produced { write in
                var left = limit
                for try await bytes in output {
                    try await write(Array(bytes.prefix(left)))
                    left -= min(left, bytes.count)
                    if left == 0 { return }
                }
            })
    }

    /// The container that is meant: the one named, or the only one.
    static func container(_ name: String?, of pod: Manifest) throws(ClusterError) -> String {
        let names = ["initContainers", "containers"].flatMap { list in
            pod.value[path: "spec", list]?.items?.compactMap { $0["name"]?.string } ?? []
        }
        if let name, !name.isEmpty {
            guard names.contains(name) else {
                throw ClusterError(.badRequest, "container \(name) is not valid for pod \(pod.name)", object: pod.key)
            }
            return name
        }
        let main = pod.value[path: "spec", "containers"]?.items?.compactMap { $0["name"]?.string } ?? []
        if let preferred = pod.annotations["kubectl.kubernetes.io/default-container"], main.contains(preferred) {
            return preferred
        }
        guard main.count == 1 else {
            throw ClusterError(
                .badRequest, "a container name must be specified for pod \(pod.name), choose one of: \(main)",
                object: pod.key)
        }
        return main[0]
    }
}
