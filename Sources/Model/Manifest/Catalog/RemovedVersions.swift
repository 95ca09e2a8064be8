/// Versions of APIs that Kubernetes serves no longer ("Deprecated API Migration Guide").
package struct RemovedVersion: Sendable {
    /// The first version of Kubernetes without it.
    package var removedIn: KubernetesVersion
    /// The apiVersion that took its place; nil when none did.
    package var replacement: String?

    /// What became of a kind's version; nil while it is served.
    package static func of(_ kind: GroupVersionKind) -> RemovedVersion? {
        table[kind.apiVersion]?.first { $0.kinds.isEmpty || $0.kinds.contains(kind.kind) }?.removed
    }

    private struct Row {
        /// All kinds of the version when empty.
        var kinds: Set<String>
        var removed: RemovedVersion

        init(_ minor: Int, _ replacement: String?, _ kinds: String...) {
            self.kinds = Set(kinds)
            removed = RemovedVersion(removedIn: KubernetesVersion(1, minor), replacement: replacement)
        }
    }

    private static let table: [String: [Row]] = [
        "extensions/v1beta1": [
            Row(16, "apps/v1", "Deployment", "DaemonSet", "ReplicaSet"),
            Row(16, "networking.k8s.io/v1", "NetworkPolicy"), Row(16, nil, "PodSecurityPolicy"),
            Row(22, "networking.k8s.io/v1", "Ingress"),
        ],
        "apps/v1beta1": [Row(16, "apps/v1")], "apps/v1beta2": [Row(16, "apps/v1")],
        "batch/v2alpha1": [Row(21, "batch/v1")],
        "networking.k8s.io/v1beta1": [Row(22, "networking.k8s.io/v1", "Ingress", "IngressClass")],
        "rbac.authorization.k8s.io/v1alpha1": [Row(22, "rbac.authorization.k8s.io/v1")],
        "rbac.authorization.k8s.io/v1beta1": [Row(22, "rbac.authorization.k8s.io/v1")],
        "admissionregistration.k8s.io/v1beta1": [
            Row(
                22, "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
        ],
        "apiextensions.k8s.io/v1beta1": [Row(22, "apiextensions.k8s.io/v1")],
        "apiregistration.k8s.io/v1beta1": [Row(22, "apiregistration.k8s.io/v1")],
        "certificates.k8s.io/v1beta1": [Row(22, "certificates.k8s.io/v1", "CertificateSigningRequest")],
        "coordination.k8s.io/v1beta1": [Row(22, "coordination.k8s.io/v1", "Lease")],
        "scheduling.k8s.io/v1beta1": [Row(22, "scheduling.k8s.io/v1")],
        "storage.k8s.io/v1beta1": [
            Row(22, "storage.k8s.io/v1", "CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"),
            Row(27, "storage.k8s.io/v1", "CSIStorageCapacity"),
        ],
        "batch/v1beta1": [Row(25, "batch/v1", "CronJob")],
        "discovery.k8s.io/v1beta1": [Row(25, "discovery.k8s.io/v1")],
        "events.k8s.io/v1beta1": [Row(25, "events.k8s.io/v1")],
        "autoscaling/v2beta1": [Row(25, "autoscaling/v2")], "autoscaling/v2beta2": [Row(26, "autoscaling/v2")],
        "policy/v1beta1": [Row(25, "policy/v1", "PodDisruptionBudget"), Row(25, nil, "PodSecurityPolicy")],
        "node.k8s.io/v1beta1": [Row(25, "node.k8s.io/v1")],
        "flowcontrol.apiserver.k8s.io/v1beta1": [Row(26, "flowcontrol.apiserver.k8s.io/v1")],
        "flowcontrol.apiserver.k8s.io/v1beta2": [Row(29, "flowcontrol.apiserver.k8s.io/v1")],
        "flowcontrol.apiserver.k8s.io/v1beta3": [Row(32, "flowcontrol.apiserver.k8s.io/v1")],
    ]
}
