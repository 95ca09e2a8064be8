package import Document
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
    static let waveAnnotations = ["belay/sync-wave", "argocd.argoproj.io/sync-wave"]

    /// The wave that an object asks for; 0 unless it says otherwise.
    ///
    /// - Throws: `Problem` for one that is not a whole number.
    package static func wave(of manifest: Manifest) throws(Problem) -> Int {
        try number(of: manifest, in: waveAnnotations) ?? 0
    }

    /// The number in the first of some annotations that is there.
    static func number(of manifest: Manifest, in names: [String]) throws(Problem) -> Int? {
        for name in names {
            guard let value = manifest.value[path: "metadata", "annotations", name] else { continue }
            guard let number = value.string.flatMap({ Int($0) }) ?? value.int else {
                throw Problem(
                    "\(manifest.key): the annotation \(name) is no whole number", at: value.origin,
                    hint: "write it as a quoted number, such as \"-1\"")
            }
            return number
        }
        return nil
    }

    /// Whether `left` is applied before `right`.
    package static func precedes(_ left: Change, _ right: Change) -> Bool {
        left.wave == right.wave ? precedes(left.key, right.key) : left.wave < right.wave
    }

    /// Whether `left` runs before `right`: by phase, then by weight.
    package static func precedes(_ left: HookRun, _ right: HookRun) -> Bool {
        let phases = (phase(left.phase), phase(right.phase))
        if phases.0 != phases.1 { return phases.0 < phases.1 }
        return left.hook.weight == right.hook.weight
            ? precedes(left.key, right.key) : left.hook.weight < right.hook.weight
    }

    private static func phase(_ phase: Phase) -> Int {
        Phase.allCases.firstIndex(of: phase) ?? 0
    }

    private static func precedes(_ left: ObjectKey, _ right: ObjectKey) -> Bool {
        let ranks = (rank(left), rank(right))
        return ranks.0 != ranks.1 ? ranks.0 < ranks.1 : left < right
    }

    private static func rank(_ key: ObjectKey) -> Int {
        ranks[key.kind] ?? kinds.count
    }
}
