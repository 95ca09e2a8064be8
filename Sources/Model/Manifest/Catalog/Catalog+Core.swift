import Document

/// The core group's kinds.
extension Catalog {
    static let coreKinds: [KindDescription] = [
        KindDescription.versions(
            "", "v1", kind: "Namespace", plural: "namespaces", shortNames: ["ns"], isNamespaced: false,
            columns: [.path("STATUS", "status", "phase")],
            schema: ["spec": .object(["finalizers": .atomicList]), "status": .statusWithConditions]),
        KindDescription.versions(
            "", "v1", kind: "Pod", plural: "pods", shortNames: ["po"], columns: podColumns,
            schema: [
                "spec": .podSpec,
                "status": .object([
                    "conditions": .conditions, "podIPs": .named("ip"), "hostIPs": .atomicList,
                    "containerStatuses": .atomicList, "initContainerStatuses": .atomicList,
                    "ephemeralContainerStatuses": .atomicList,
                ]),
            ]),
        KindDescription.versions(
            "", "v1", kind: "Service", plural: "services", shortNames: ["svc"], columns: serviceColumns,
            schema: [
                "spec": .object([
                    "ports": .list(keys: ["port", "protocol"], patchKey: "port", item: .object([:])),
                    "selector": .atomic(.map(.any)), "clusterIPs": .atomicList, "externalIPs": .atomicList,
                    "ipFamilies": .atomicList, "loadBalancerSourceRanges": .atomicList,
                ]),
                "status": .object(["conditions": .conditions, "loadBalancer": .object(["ingress": .atomicList])]),
            ]),
        KindDescription.versions(
            "", "v1", kind: "Endpoints", plural: "endpoints", shortNames: ["ep"], hasStatus: false,
            columns: [PrinterColumn("ENDPOINTS", cell: endpoints)], schema: ["subsets": .atomicList]),
        KindDescription.versions(
            "", "v1", kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"], hasStatus: false,
            columns: [PrinterColumn("DATA") { String(count($0.value["data"]) + count($0.value["binaryData"])) }],
            schema: ["data": .map(.any), "binaryData": .map(.any)]),
        KindDescription.versions(
            "", "v1", kind: "Secret", plural: "secrets", hasStatus: false,
            columns: [.path("TYPE", "type"), PrinterColumn("DATA") { String(count($0.value["data"])) }],
            schema: ["data": .map(.any), "stringData": .map(.any)]),
        KindDescription.versions(
            "", "v1", kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims", shortNames: ["pvc"],
            columns: [
                .path("STATUS", "status", "phase"), .path("VOLUME", "spec", "volumeName"),
                .path("CAPACITY", "status", "capacity", "storage"),
                PrinterColumn("ACCESS MODES") { accessModes($0.value[path: "status", "accessModes"]) },
                .path("STORAGECLASS", "spec", "storageClassName"),
                .path("VOLUMEMODE", isWide: true, "spec", "volumeMode"),
            ],
            schema: ["spec": .claimSpec, "status": .statusWithConditions]),
        KindDescription.versions(
            "", "v1", kind: "PersistentVolume", plural: "persistentvolumes", shortNames: ["pv"], isNamespaced: false,
            columns: [
                .path("CAPACITY", "spec", "capacity", "storage"),
                PrinterColumn("ACCESS MODES") { accessModes($0.value[path: "spec", "accessModes"]) },
                .path("RECLAIM POLICY", "spec", "persistentVolumeReclaimPolicy"), .path("STATUS", "status", "phase"),
                PrinterColumn("CLAIM", cell: claim), .path("STORAGECLASS", "spec", "storageClassName"),
                .path("REASON", "status", "reason"), .path("VOLUMEMODE", isWide: true, "spec", "volumeMode"),
            ],
            schema: [
                "spec": .object(["accessModes": .atomicList, "mountOptions": .atomicList, "claimRef": .atomic(.any)])
            ]),
        KindDescription.versions(
            "", "v1", kind: "Event", plural: "events", shortNames: ["ev"], hasStatus: false, columns: eventColumns),
        KindDescription.versions(
            "", "v1", kind: "ServiceAccount", plural: "serviceaccounts", shortNames: ["sa"], hasStatus: false,
            columns: [PrinterColumn("SECRETS") { String(count($0.value["secrets"])) }],
            schema: ["secrets": .named(), "imagePullSecrets": .atomicList]),
        KindDescription.versions(
            "", "v1", kind: "Node", plural: "nodes", shortNames: ["no"], isNamespaced: false,
            columns: [
                PrinterColumn("STATUS", cell: nodeStatus),
                .path("VERSION", "status", "nodeInfo", "kubeletVersion"),
                .path("OS-IMAGE", isWide: true, "status", "nodeInfo", "osImage"),
                .path("KERNEL-VERSION", isWide: true, "status", "nodeInfo", "kernelVersion"),
            ],
            schema: [
                "spec": .object(["podCIDRs": .set, "taints": .atomicList]),
                "status": .object([
                    "conditions": .conditions, "addresses": .named("type"), "images": .atomicList,
                    "capacity": .map(.any), "allocatable": .map(.any),
                ]),
            ]),
        KindDescription.versions(
            "", "v1", kind: "LimitRange", plural: "limitranges", shortNames: ["limits"], hasStatus: false,
            schema: ["spec": .object(["limits": .atomicList])]),
        KindDescription.versions(
            "", "v1", kind: "ResourceQuota", plural: "resourcequotas", shortNames: ["quota"],
            schema: ["spec": .object(["hard": .map(.any), "scopes": .atomicList])]),
        KindDescription.versions(
            "", "v1", kind: "ReplicationController", plural: "replicationcontrollers", shortNames: ["rc"],
            columns: replicaColumns,
            schema: [
                "spec": .object(["selector": .atomic(.map(.any)), "template": .podTemplate]),
                "status": .statusWithConditions,
            ]),
        KindDescription.versions(
            "", "v1", kind: "PodTemplate", plural: "podtemplates", hasStatus: false, schema: ["template": .podTemplate]),
    ].flatMap { $0 }
}
