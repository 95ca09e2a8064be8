package import Manifest

/// Which kinds are known to have no namespace, as kustomize's built-in schema (Kubernetes 1.21) has it.
package enum KindScope {
    /// Whether objects of a kind surely have cluster scope. A kind that is not known counts as namespaced.
    package static func isClusterScoped(_ kind: GroupVersionKind) -> Bool {
        clusterScoped[kind.kind]?.contains(kind.apiVersion) ?? false
    }

    private static let clusterScoped: [String: Set<String>] = [
        "MutatingWebhookConfiguration": versions("admissionregistration.k8s.io", "v1", "v1beta1"),
        "ValidatingWebhookConfiguration": versions("admissionregistration.k8s.io", "v1", "v1beta1"),
        "CustomResourceDefinition": versions("apiextensions.k8s.io", "v1", "v1beta1"),
        "APIService": versions("apiregistration.k8s.io", "v1", "v1beta1"),
        "CertificateSigningRequest": versions("certificates.k8s.io", "v1", "v1beta1"),
        "FlowSchema": versions("flowcontrol.apiserver.k8s.io", "v1beta1"),
        "PriorityLevelConfiguration": versions("flowcontrol.apiserver.k8s.io", "v1beta1"),
        "IngressClass": versions("networking.k8s.io", "v1", "v1beta1"),
        "RuntimeClass": versions("node.k8s.io", "v1", "v1beta1"),
        "PodSecurityPolicy": versions("policy", "v1beta1"),
        "ClusterRole": versions("rbac.authorization.k8s.io", "v1", "v1beta1"),
        "ClusterRoleBinding": versions("rbac.authorization.k8s.io", "v1", "v1beta1"),
        "PriorityClass": versions("scheduling.k8s.io", "v1", "v1beta1"),
        "CSIDriver": versions("storage.k8s.io", "v1", "v1beta1"),
        "CSINode": versions("storage.k8s.io", "v1", "v1beta1"),
        "StorageClass": versions("storage.k8s.io", "v1", "v1beta1"),
        "VolumeAttachment": versions("storage.k8s.io", "v1", "v1beta1"),
        "ComponentStatus": ["v1"],
        "Namespace": ["v1"],
        "Node": ["v1"],
        "NodeProxyOptions": ["v1"],
        "PersistentVolume": ["v1"],
    ]

    private static func versions(_ group: String, _ versions: String...) -> Set<String> {
        Set(versions.map { "\(group)/\($0)" })
    }
}
