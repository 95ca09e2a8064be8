/// Which fields each transformer changes: kustomize's tables, and what `configurations` files add to them.
struct TransformerConfiguration: Sendable {
    var namePrefix: [FieldSpec]
    var nameSuffix: [FieldSpec]
    var namespace: [FieldSpec]
    /// For `labels` entries, beside those that they ask for.
    var labels: [FieldSpec] = []
    var commonLabels: [FieldSpec]
    var templateLabels: [FieldSpec]
    var commonAnnotations: [FieldSpec]
    var images: [FieldSpec]
    var replicas: [FieldSpec]
    var nameReferences: [NameReference]
    /// Where `$(NAME)` stands for a variable.
    var variables: [FieldSpec]
    /// Whether a file has changed the tables; those that it has not need no merging.
    var isCustom = false

    /// No tables, as before the first kustomization is read.
    static let empty = TransformerConfiguration(
        namePrefix: [], nameSuffix: [], namespace: [], commonLabels: [], templateLabels: [], commonAnnotations: [],
        images: [], replicas: [], nameReferences: [], variables: [])

    static let standard = TransformerConfiguration(
        namePrefix: [FieldSpec("metadata/name")],
        nameSuffix: [FieldSpec("metadata/name")],
        namespace: [
            FieldSpec("metadata/name", kind: "Namespace", creates: true),
            FieldSpec("spec/service/namespace", group: "apiregistration.k8s.io", kind: "APIService", creates: true),
            FieldSpec(
                "spec/conversion/webhook/clientConfig/service/namespace", group: "apiextensions.k8s.io",
                kind: "CustomResourceDefinition"),
        ],
        commonLabels: selectors + templateLabels,
        templateLabels: templateLabels,
        commonAnnotations: annotations,
        images: [
            FieldSpec("spec/containers[]/image", creates: true),
            FieldSpec("spec/initContainers[]/image", creates: true),
            FieldSpec("spec/template/spec/containers[]/image", creates: true),
            FieldSpec("spec/template/spec/initContainers[]/image", creates: true),
        ],
        replicas: ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"].map {
            FieldSpec("spec/replicas", kind: $0, creates: true)
        },
        nameReferences: NameReference.standard, variables: Variable.standardFields)

    private static let templateLabels: [FieldSpec] = [
        FieldSpec("metadata/labels", creates: true),
        FieldSpec("spec/template/metadata/labels", version: "v1", kind: "ReplicationController", creates: true),
        FieldSpec("spec/template/metadata/labels", kind: "Deployment", creates: true),
        FieldSpec("spec/template/metadata/labels", kind: "ReplicaSet", creates: true),
        FieldSpec("spec/template/metadata/labels", kind: "DaemonSet", creates: true),
        FieldSpec("spec/template/metadata/labels", group: "apps", kind: "StatefulSet", creates: true),
        FieldSpec("spec/volumeClaimTemplates[]/metadata/labels", group: "apps", kind: "StatefulSet", creates: true),
        FieldSpec("spec/template/metadata/labels", group: "batch", kind: "Job", creates: true),
        FieldSpec("spec/jobTemplate/metadata/labels", group: "batch", kind: "CronJob", creates: true),
        FieldSpec("spec/jobTemplate/spec/template/metadata/labels", group: "batch", kind: "CronJob", creates: true),
    ]

    private static let selectors: [FieldSpec] =
        [
            FieldSpec("spec/selector", version: "v1", kind: "Service", creates: true),
            FieldSpec("spec/selector", version: "v1", kind: "ReplicationController", creates: true),
            FieldSpec("spec/selector/matchLabels", kind: "Deployment", creates: true),
        ] + scheduling(of: "Deployment") + [
            FieldSpec("spec/selector/matchLabels", kind: "ReplicaSet", creates: true),
            FieldSpec("spec/selector/matchLabels", kind: "DaemonSet", creates: true),
            FieldSpec("spec/selector/matchLabels", group: "apps", kind: "StatefulSet", creates: true),
        ] + scheduling(of: "StatefulSet") + [
            FieldSpec("spec/selector/matchLabels", group: "batch", kind: "Job"),
            FieldSpec("spec/jobTemplate/spec/selector/matchLabels", group: "batch", kind: "CronJob"),
            FieldSpec("spec/selector/matchLabels", group: "policy", kind: "PodDisruptionBudget"),
            FieldSpec("spec/podSelector/matchLabels", group: "networking.k8s.io", kind: "NetworkPolicy"),
            FieldSpec("spec/ingress/from/podSelector/matchLabels", group: "networking.k8s.io", kind: "NetworkPolicy"),
            FieldSpec("spec/egress/to/podSelector/matchLabels", group: "networking.k8s.io", kind: "NetworkPolicy"),
        ]

    private static func scheduling(of kind: String) -> [FieldSpec] {
        let affinity = "spec/template/spec/affinity"
        let preferred = "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels"
        let required = "requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels"
        return [
            "\(affinity)/podAffinity/\(preferred)", "\(affinity)/podAffinity/\(required)",
            "\(affinity)/podAntiAffinity/\(preferred)", "\(affinity)/podAntiAffinity/\(required)",
            "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
        ].map { FieldSpec($0, group: "apps", kind: kind) }
    }

    private static let annotations: [FieldSpec] = [
        FieldSpec("metadata/annotations", creates: true),
        FieldSpec("spec/template/metadata/annotations", version: "v1", kind: "ReplicationController", creates: true),
        FieldSpec("spec/template/metadata/annotations", kind: "Deployment", creates: true),
        FieldSpec("spec/template/metadata/annotations", kind: "ReplicaSet", creates: true),
        FieldSpec("spec/template/metadata/annotations", kind: "DaemonSet", creates: true),
        FieldSpec("spec/template/metadata/annotations", kind: "StatefulSet", creates: true),
        FieldSpec("spec/template/metadata/annotations", group: "batch", kind: "Job", creates: true),
        FieldSpec("spec/jobTemplate/metadata/annotations", group: "batch", kind: "CronJob", creates: true),
        FieldSpec(
            "spec/jobTemplate/spec/template/metadata/annotations", group: "batch", kind: "CronJob", creates: true),
    ]
}
