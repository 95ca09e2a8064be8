import Manifest

/// Where objects name objects of one kind.
struct NameReference: Sendable {
    /// Empty parts match anything.
    var target: GroupVersionKind
    var fields: [FieldSpec]

    /// kustomize's table.
    static let standard: [NameReference] =
        ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map {
            reference($0, fields: [FieldSpec("spec/scaleTargetRef/name", kind: "HorizontalPodAutoscaler")])
        } + [
            reference("ConfigMap", version: "v1", fields: configMap),
            reference("Secret", version: "v1", fields: secret),
            reference("Service", version: "v1", fields: service),
            reference(
                "Role", group: rbac, fields: [FieldSpec("roleRef/name", group: rbac, kind: "RoleBinding")]),
            reference(
                "ClusterRole", group: rbac,
                fields: ["RoleBinding", "ClusterRoleBinding"].map {
                    FieldSpec("roleRef/name", group: rbac, kind: $0)
                }),
            reference("ServiceAccount", version: "v1", fields: serviceAccount),
            reference(
                "PersistentVolumeClaim", version: "v1",
                fields: pods("volumes/persistentVolumeClaim/claimName", in: controllers)),
            reference(
                "PersistentVolume", version: "v1",
                fields: [
                    FieldSpec("spec/volumeName", kind: "PersistentVolumeClaim"),
                    FieldSpec("rules/resourceNames", kind: "ClusterRole"),
                ]),
            reference(
                "StorageClass", version: "v1", group: "storage.k8s.io",
                fields: [
                    FieldSpec("spec/storageClassName", kind: "PersistentVolume"),
                    FieldSpec("spec/storageClassName", kind: "PersistentVolumeClaim"),
                    FieldSpec("spec/volumeClaimTemplates/spec/storageClassName", kind: "StatefulSet"),
                ]),
            reference(
                "PriorityClass", version: "v1", group: "scheduling.k8s.io",
                fields: pods("priorityClassName", in: controllers)),
            // The group is as kustomize has it: with the version in it, so that it never matches.
            reference(
                "IngressClass", version: "v1", group: "networking.k8s.io/v1",
                fields: [FieldSpec("spec/ingressClassName", kind: "Ingress")]),
            reference(
                "ValidatingAdmissionPolicy", group: "admissionregistration.k8s.io",
                fields: [
                    FieldSpec(
                        "spec/policyName", group: "admissionregistration.k8s.io",
                        kind: "ValidatingAdmissionPolicyBinding")
                ]),
        ]

    private static let rbac = "rbac.authorization.k8s.io"
    private static let controllers = [
        "StatefulSet", "Deployment", "ReplicationController", "CronJob", "Job", "DaemonSet",
    ]
    private static let volumeControllers = ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "Job", "CronJob"]

    private static func reference(
        _ kind: String, version: String = "", group: String = "", fields: [FieldSpec]
    ) -> NameReference {
        NameReference(target: GroupVersionKind(group: group, version: version, kind: kind), fields: fields)
    }

    /// A field of a pod's spec, in pods and in the templates of controllers.
    private static func pods(_ field: String, in controllers: [String]) -> [FieldSpec] {
        [FieldSpec("spec/\(field)", kind: "Pod")]
            + controllers.map { kind in
                let template = kind == "CronJob" ? "spec/jobTemplate/spec/template/spec" : "spec/template/spec"
                return FieldSpec("\(template)/\(field)", kind: kind)
            }
    }

    /// Fields of a pod's spec, in pods, pod templates and the templates of controllers.
    private static func everywhere(_ fields: [String]) -> [FieldSpec] {
        fields.flatMap { field in
            [
                FieldSpec("spec/\(field)", version: "v1", kind: "Pod"),
                FieldSpec("template/spec/\(field)", kind: "PodTemplate"),
            ] + pods(field, in: volumeControllers).dropFirst()
        }
    }

    private static let roles = [
        FieldSpec("rules/resourceNames", kind: "Role"), FieldSpec("rules/resourceNames", kind: "ClusterRole"),
    ]

    private static let configMap: [FieldSpec] =
        everywhere([
            "volumes/configMap/name", "containers/env/valueFrom/configMapKeyRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name", "containers/envFrom/configMapRef/name",
            "initContainers/envFrom/configMapRef/name", "volumes/projected/sources/configMap/name",
        ]) + [FieldSpec("spec/configSource/configMap", kind: "Node")] + roles + [
            FieldSpec("metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap", kind: "Ingress")
        ]

    private static let secret: [FieldSpec] =
        everywhere([
            "volumes/secret/secretName", "containers/env/valueFrom/secretKeyRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name", "containers/envFrom/secretRef/name",
            "initContainers/envFrom/secretRef/name", "imagePullSecrets/name", "volumes/projected/sources/secret/name",
        ]) + [
            FieldSpec("spec/tls/secretName", kind: "Ingress"),
            FieldSpec("metadata/annotations/ingress.kubernetes.io\\/auth-secret", kind: "Ingress"),
            FieldSpec("metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret", kind: "Ingress"),
            FieldSpec("metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret", kind: "Ingress"),
            FieldSpec("imagePullSecrets/name", kind: "ServiceAccount"),
            FieldSpec("parameters/secretName", kind: "StorageClass"),
            FieldSpec("parameters/adminSecretName", kind: "StorageClass"),
            FieldSpec("parameters/userSecretName", kind: "StorageClass"),
            FieldSpec("parameters/secretRef", kind: "StorageClass"),
        ] + roles + [
            FieldSpec(
                "spec/template/spec/containers/env/valueFrom/secretKeyRef/name", group: "serving.knative.dev",
                version: "v1", kind: "Service"),
            FieldSpec("spec/azureFile/secretName", kind: "PersistentVolume"),
        ]

    private static let service: [FieldSpec] = [
        FieldSpec("spec/serviceName", group: "apps", kind: "StatefulSet"),
        FieldSpec("spec/rules/http/paths/backend/serviceName", kind: "Ingress"),
        FieldSpec("spec/backend/serviceName", kind: "Ingress"),
        FieldSpec("spec/rules/http/paths/backend/service/name", kind: "Ingress"),
        FieldSpec("spec/defaultBackend/service/name", kind: "Ingress"),
        FieldSpec("spec/service/name", group: "apiregistration.k8s.io", kind: "APIService"),
        FieldSpec(
            "webhooks/clientConfig/service", group: "admissionregistration.k8s.io",
            kind: "ValidatingWebhookConfiguration"),
        FieldSpec(
            "webhooks/clientConfig/service", group: "admissionregistration.k8s.io", kind: "MutatingWebhookConfiguration"
        ),
    ]

    private static let serviceAccount: [FieldSpec] =
        [
            FieldSpec("subjects", group: rbac, kind: "RoleBinding"),
            FieldSpec("subjects", group: rbac, kind: "ClusterRoleBinding"),
        ] + pods("serviceAccountName", in: controllers)
}
