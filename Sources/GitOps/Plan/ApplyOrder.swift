import Document
package import Manifest

/// The order in which objects are applied: by wave, then what others stand on first, then by name.
package struct ApplyOrder: Sendable {
    /// Kinds that others need, in the order in which a cluster wants them; all others come after.
    private static let kinds: [String] = [
        "Namespace", "CustomResourceDefinition", "PriorityClass", "StorageClass", "ResourceQuota", "LimitRange",
        "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount", "Secret", "ConfigMap", "PersistentVolume",
        "PersistentVolumeClaim", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Service", "Endpoints",
        "EndpointSlice", "DaemonSet", "Pod", "ReplicaSet", "Deployment", "StatefulSet", "HorizontalPodAutoscaler",
        "Job", "CronJob", "Ingress",
    ]

    private static let ranks = Dictionary(uniqueKeysWithValues: kinds.enumerated().map { ($1, $0) })

    /// Annotations that name a wave, the first one found: Belay's and Argo CD's.
    private static let waveAnnotations = ["belay/sync-wave", "argocd.argoproj.io/sync-wave"]

    /// The wave that an object asks for; 0 unless it says otherwise.
    ///
    /// - Throws: `Problem` for one that is not a whole number.
    package static func wave(of manifest: Manifest) throws -> Int {
        for name in waveAnnotations {
            guard let value = manifest.value[path: "metadata", "annotations", name] else { continue }
            guard let wave = value.string.flatMap({ Int($0) }) ?? value.int else {
                throw Problem(
                    "\(manifest.key): the annotation \(name) is no whole number", at: value.origin,
                    hint: "write it as a quoted number, such as \"-1\"")
            }
            return wave
        }
        return 0
    }

    /// Whether `left` is applied before `right`.
    package static func precedes(_ left: Change, _ right: Change) -> Bool {
        if left.wave != right.wave { return left.wave < right.wave }
        let ranks = (rank(left.key), rank(right.key))
        return ranks.0 != ranks.1 ? ranks.0 < ranks.1 : left.key < right.key
    }

    private static func rank(_ key: ObjectKey) -> Int {
        ranks[key.kind] ?? kinds.count
    }
}
