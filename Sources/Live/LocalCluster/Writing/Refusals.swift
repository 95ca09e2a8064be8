package import Cluster
package import Manifest

/// Refusals in the words of Kubernetes' API server, which scripts and people know.
extension ClusterError {
    /// `Deployment.apps "web" is invalid: spec.replicas: Invalid value: …`
    package static func invalid(_ object: Manifest, _ causes: [Cause]) -> ClusterError {
        let kind = object.groupVersionKind
        let name = kind.group.isEmpty ? kind.kind : "\(kind.kind).\(kind.group)"
        let texts = causes.map { $0.field.isEmpty ? $0.message : "\($0.field): \($0.message)" }
        let list = texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
        return ClusterError(
            .invalid, "\(name) \"\(object.name)\" is invalid: \(list)", object: object.key, causes: causes)
    }

    static func missing(_ key: ObjectKey, _ resource: String) -> ClusterError {
        ClusterError(.notFound, "\(resource) \"\(key.name)\" not found", object: key)
    }

    static func exists(_ key: ObjectKey, _ resource: String) -> ClusterError {
        ClusterError(.alreadyExists, "\(resource) \"\(key.name)\" already exists", object: key)
    }

    static func changed(_ key: ObjectKey, _ resource: String) -> ClusterError {
        ClusterError(
            .conflict,
            "Operation cannot be fulfilled on \(resource) \"\(key.name)\": the object has been modified; please apply your "
                + "changes to the latest version and try again", object: key)
    }

    static func precondition(_ key: ObjectKey, _ resource: String, _ what: String) -> ClusterError {
        ClusterError(
            .conflict, "Operation cannot be fulfilled on \(resource) \"\(key.name)\": Precondition failed: \(what)",
            object: key)
    }
}
