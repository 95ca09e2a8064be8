import Cluster
import Document
import Listener
import LocalCluster
import Manifest

/// The `scale` subresource: how many replicas, in one form for all kinds that have them (`autoscaling/v1 Scale`).
enum Scale {
    static func isScalable(_ kind: GroupVersionKind) -> Bool {
        kind.group == "apps" && ["Deployment", "ReplicaSet", "StatefulSet"].contains(kind.kind)
            || kind.group.isEmpty && kind.kind == "ReplicationController"
    }

    static func of(_ object: Manifest) -> Manifest {
        var scale = Manifest(
            apiVersion: "autoscaling/v1", kind: "Scale", name: object.name, namespace: object.namespace)
        for field in ["uid", "resourceVersion", "creationTimestamp"] {
            scale.value[path: "metadata", field] = object.value[path: "metadata", field]
        }
        scale.value["spec"] = ["replicas": object.value[path: "spec", "replicas"] ?? 1]
        scale.value["status"] = [
            "replicas": object.value[path: "status", "replicas"] ?? 0, "selector": .string(selector(of: object)),
        ]
        return scale
    }

    private static func selector(of object: Manifest) -> String {
        let labels = object.value[path: "spec", "selector", "matchLabels"]?.dictionary ?? [:]
        return labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    /// The replicas that a scale asks for.
    static func replicas(of scale: Manifest) throws(ClusterError) -> Int {
        guard let replicas = scale.value[path: "spec", "replicas"] else { return 0 }
        guard let count = replicas.int, count >= 0, count <= 1_000_000 else {
            throw .invalid(
                scale,
                [
                    .init(
                        reason: "FieldValueInvalid", message: "must be a number from 0 to 1000000",
                        field: "spec.replicas")
                ])
        }
        return count
    }
}

extension KubernetesAPI {
    func scale(_ asked: ResourceRequest) async throws -> ServerResponse {
        var plain = asked.path
        plain.subresource = nil
        let object = ResourceRequest(request: asked.request, path: plain, kind: asked.kind)
        if asked.request.method == "GET" { return Answer.json(Scale.of(try await cluster.get(asked.key)).value) }
        let patch = asked.request.method == "PATCH" ? try Patch(asked) : nil
        let body = patch == nil ? Manifest(try asked.body()) : nil
        let changed = try await patched(object) { live in
            let wanted = try body ?? patch?.apply(to: Scale.of(live), kind: asked.kind) ?? Scale.of(live)
            if let version = body?.resourceVersion, !version.isEmpty, version != live.resourceVersion {
                throw ClusterError(
                    .conflict,
                    "Operation cannot be fulfilled on \(asked.resource) \"\(live.name)\": the object has been modified",
                    object: live.key)
            }
            var live = live
            live.value[path: "spec", "replicas"] = .int(try Scale.replicas(of: wanted))
            return live
        }
        return Answer.json(Scale.of(changed).value)
    }
}
