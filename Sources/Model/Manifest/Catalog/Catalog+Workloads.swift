/// Kinds that run pods.
extension Catalog {
    static let workloadKinds: [KindDescription] = [
        KindDescription.versions(
            "apps", "v1", "v1beta2", "v1beta1", kind: "Deployment", plural: "deployments", shortNames: ["deploy"],
            columns: deploymentColumns, schema: workload(["strategy": .object([:])])),
        KindDescription.versions(
            "extensions", "v1beta1", kind: "Deployment", plural: "deployments", columns: deploymentColumns,
            schema: workload(["strategy": .object([:])])),
        KindDescription.versions(
            "apps", "v1", "v1beta2", kind: "ReplicaSet", plural: "replicasets", shortNames: ["rs"],
            columns: replicaColumns, schema: workload([:])),
        KindDescription.versions(
            "apps", "v1", "v1beta2", "v1beta1", kind: "StatefulSet", plural: "statefulsets", shortNames: ["sts"],
            columns: [ready] + templateColumns, schema: workload(["volumeClaimTemplates": .atomicList])),
        KindDescription.versions(
            "apps", "v1", "v1beta2", kind: "DaemonSet", plural: "daemonsets", shortNames: ["ds"],
            columns: daemonSetColumns, schema: workload(["updateStrategy": .object([:])])),
        KindDescription.versions(
            "apps", "v1", kind: "ControllerRevision", plural: "controllerrevisions", hasStatus: false,
            columns: [.path("REVISION", "revision")], schema: ["data": .atomic(.any)]),
        KindDescription.versions(
            "batch", "v1", kind: "Job", plural: "jobs", columns: jobColumns, schema: workload([:])),
        KindDescription.versions(
            "batch", "v1", "v1beta1", kind: "CronJob", plural: "cronjobs", shortNames: ["cj"], columns: cronJobColumns,
            schema: [
                "spec": .object([
                    "jobTemplate": .object([
                        "metadata": .metadata, "spec": .object(["template": .podTemplate, "selector": .selector]),
                    ])
                ]),
                "status": .object(["active": .atomicList]),
            ]),
    ].flatMap { $0 }

    /// A kind with a pod template and a selector.
    private static func workload(_ spec: [String: Schema]) -> [String: Schema] {
        var fields = spec
        fields["template"] = .podTemplate
        fields["selector"] = .selector
        return ["spec": .object(fields), "status": .statusWithConditions]
    }
}
