import Document

/// Kinds of access control, scaling and coordination.
extension Catalog {
    private static let rbac = "rbac.authorization.k8s.io"

    static let policyKinds: [KindDescription] = [
        role("Role", plural: "roles", isNamespaced: true),
        role("ClusterRole", plural: "clusterroles", isNamespaced: false),
        binding("RoleBinding", plural: "rolebindings", isNamespaced: true),
        binding("ClusterRoleBinding", plural: "clusterrolebindings", isNamespaced: false),
        KindDescription.versions(
            "autoscaling", "v2", "v1", "v2beta2", "v2beta1", kind: "HorizontalPodAutoscaler",
            plural: "horizontalpodautoscalers", shortNames: ["hpa"],
            columns: [
                PrinterColumn("REFERENCE") {
                    let target = $0.value[path: "spec", "scaleTargetRef"]
                    return "\(target?["kind"]?.string ?? "")/\(target?["name"]?.string ?? "")"
                },
                .path("MINPODS", "spec", "minReplicas"), .path("MAXPODS", "spec", "maxReplicas"),
                .path("REPLICAS", "status", "currentReplicas"),
            ],
            schema: [
                "spec": .object([
                    "metrics": .atomicList, "scaleTargetRef": .atomic(.any),
                    "behavior": .object([
                        "scaleUp": .object(["policies": .atomicList]), "scaleDown": .object(["policies": .atomicList]),
                    ]),
                ]),
                "status": .object(["conditions": .conditions, "currentMetrics": .atomicList]),
            ]),
        KindDescription.versions(
            "policy", "v1", "v1beta1", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets",
            shortNames: ["pdb"],
            columns: [
                .path("MIN AVAILABLE", "spec", "minAvailable", absent: "N/A"),
                .path("MAX UNAVAILABLE", "spec", "maxUnavailable", absent: "N/A"),
                .path("ALLOWED DISRUPTIONS", "status", "disruptionsAllowed"),
            ],
            schema: ["spec": .object(["selector": .selector]), "status": .statusWithConditions]),
        KindDescription.versions(
            "coordination.k8s.io", "v1", kind: "Lease", plural: "leases", hasStatus: false,
            columns: [.path("HOLDER", "spec", "holderIdentity")]),
        KindDescription.versions(
            "scheduling.k8s.io", "v1", kind: "PriorityClass", plural: "priorityclasses", shortNames: ["pc"],
            isNamespaced: false, hasStatus: false,
            columns: [.path("VALUE", "value"), .path("GLOBAL-DEFAULT", "globalDefault", absent: "false")]),
        KindDescription.versions(
            "node.k8s.io", "v1", kind: "RuntimeClass", plural: "runtimeclasses", isNamespaced: false, hasStatus: false,
            columns: [.path("HANDLER", "handler")],
            schema: ["scheduling": .object(["tolerations": .atomicList, "nodeSelector": .atomic(.map(.any))])]),
    ].flatMap { $0 }

    private static func role(_ kind: String, plural: String, isNamespaced: Bool) -> [KindDescription] {
        KindDescription.versions(
            rbac, "v1", "v1beta1", kind: kind, plural: plural, isNamespaced: isNamespaced, hasStatus: false,
            schema: [
                "rules": .atomicList, "aggregationRule": .object(["clusterRoleSelectors": .atomicList]),
            ])
    }

    private static func binding(_ kind: String, plural: String, isNamespaced: Bool) -> [KindDescription] {
        KindDescription.versions(
            rbac, "v1", "v1beta1", kind: kind, plural: plural, isNamespaced: isNamespaced, hasStatus: false,
            columns: [
                PrinterColumn("ROLE") {
                    let role = $0.value["roleRef"]
                    return "\(role?["kind"]?.string ?? "")/\(role?["name"]?.string ?? "")"
                }
            ],
            schema: ["subjects": .atomicList, "roleRef": .atomic(.any)])
    }
}
