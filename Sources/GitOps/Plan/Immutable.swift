import Document
import Manifest

/// Fields that a cluster does not let change on a live object: it must be made again.
enum Immutable {
    /// Prefixes of paths by kind (Kubernetes' API validation, the `ValidateImmutableField` of each kind's update).
    private static let prefixes: [String: [String]] = [
        "Deployment": ["spec.selector"],
        "ReplicaSet": ["spec.selector"],
        "DaemonSet": ["spec.selector"],
        "StatefulSet": ["spec.selector", "spec.serviceName", "spec.volumeClaimTemplates", "spec.podManagementPolicy"],
        "Job": ["spec.template", "spec.selector", "spec.completions", "spec.completionMode"],
        "Service": ["spec.clusterIP"],
        "PersistentVolumeClaim": [
            "spec.accessModes", "spec.storageClassName", "spec.volumeName", "spec.volumeMode", "spec.selector",
        ],
        "Secret": ["type"],
        "StorageClass": ["provisioner", "parameters", "reclaimPolicy"],
        "RoleBinding": ["roleRef"],
        "ClusterRoleBinding": ["roleRef"],
    ]

    /// Of a Pod's spec everything but these.
    private static let mutableOfPods = [
        "spec.activeDeadlineSeconds", "spec.terminationGracePeriodSeconds", "spec.tolerations",
    ]

    static func forbids(_ paths: [FieldPath], of live: Manifest) -> Bool {
        paths.map(\.description).contains { path in forbids(path, of: live) }
    }

    private static func forbids(_ path: String, of live: Manifest) -> Bool {
        if live.kind == "Pod" {
            let isMutable = path.hasSuffix(".image") || mutableOfPods.contains { starts(path, with: $0) }
            return starts(path, with: "spec") && !isMutable
        }
        if live.value["immutable"]?.bool == true, live.kind == "Secret" || live.kind == "ConfigMap" {
            return ["data", "binaryData", "immutable"].contains { starts(path, with: $0) }
        }
        return prefixes[live.kind, default: []].contains { starts(path, with: $0) }
    }

    /// Whether a path is `prefix` or lies in it.
    private static func starts(_ path: String, with prefix: String) -> Bool {
        guard path.hasPrefix(prefix) else { return false }
        let next = path.dropFirst(prefix.count).first
        return next == nil || next == "." || next == "["
    }
}
