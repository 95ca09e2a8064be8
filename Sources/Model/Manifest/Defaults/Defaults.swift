import Document

/// What the API server fills into objects that leave it out (kubernetes, `pkg/apis/*/v1/defaults.go`).
package enum Defaults {
    /// Fills in the defaults of the object's kind; kinds that have none, or are not known, stay as they are.
    package static func apply(to object: inout Manifest) {
        let kind = object.groupVersionKind
        guard let fill = table[kind.group]?[kind.kind] else { return }
        fill(&object.value)
    }

    private typealias Fill = @Sendable (inout Value) -> Void

    private static let table: [String: [String: Fill]] = [
        "": [
            "Namespace": namespace, "Pod": pod, "Service": service, "Endpoints": endpoints,
            "Secret": { $0.fill("type", "Opaque") }, "PersistentVolumeClaim": { $0.inside("spec", claim) },
            "PersistentVolume": persistentVolume, "ReplicationController": { $0.inside("spec", replicaSet) },
        ],
        "apps": [
            "Deployment": { $0.inside("spec", deployment) }, "ReplicaSet": { $0.inside("spec", replicaSet) },
            "StatefulSet": { $0.inside("spec", statefulSet) }, "DaemonSet": { $0.inside("spec", daemonSet) },
        ],
        "batch": ["Job": { $0.inside("spec", job) }, "CronJob": { $0.inside("spec", cronJob) }],
        "discovery.k8s.io": ["EndpointSlice": { $0.items("ports") { $0.fill("protocol", "TCP") } }],
        "networking.k8s.io": ["NetworkPolicy": { $0.inside("spec", networkPolicy) }],
        "autoscaling": ["HorizontalPodAutoscaler": { $0.inside("spec") { $0.fill("minReplicas", 1) } }],
        "storage.k8s.io": ["StorageClass": storageClass],
        "rbac.authorization.k8s.io": ["RoleBinding": binding, "ClusterRoleBinding": binding],
    ]

    @Sendable private static func namespace(_ object: inout Value) {
        guard let name = object[path: "metadata", "name"]?.string else { return }
        object[path: "metadata", "labels", "kubernetes.io/metadata.name"] = .string(name)
    }

    @Sendable private static func pod(_ object: inout Value) {
        object.inside("spec") { spec in
            podSpec(&spec)
            spec.fill("enableServiceLinks", true)
            for list in ["containers", "initContainers"] { spec.items(list, requestsFromLimits) }
        }
    }

    /// A container that has a limit and no request requests its limit.
    private static func requestsFromLimits(_ container: inout Value) {
        for entry in container[path: "resources", "limits"]?.fields?.entries ?? []
        where container[path: "resources", "requests", entry.key.text] == nil {
            container[path: "resources", "requests", entry.key.text] = entry.value
        }
    }

    @Sendable private static func endpoints(_ object: inout Value) {
        object.items("subsets") { $0.items("ports") { $0.fill("protocol", "TCP") } }
    }

    @Sendable private static func service(_ object: inout Value) {
        object.inside("spec") { spec in
            spec.fill("type", "ClusterIP")
            spec.fill("sessionAffinity", "None")
            if spec["sessionAffinity"]?.string == "ClientIP" {
                spec.fill(path: ["sessionAffinityConfig", "clientIP", "timeoutSeconds"], 10800)
            }
            spec.items("ports") { port in
                port.fill("protocol", "TCP")
                if let number = port["port"] { port.fill("targetPort", number) }
            }
            let type = spec["type"]?.string
            if type != "ExternalName" { spec.fill("internalTrafficPolicy", "Cluster") }
            if type == "NodePort" || type == "LoadBalancer" { spec.fill("externalTrafficPolicy", "Cluster") }
            if type == "LoadBalancer" { spec.fill("allocateLoadBalancerNodePorts", true) }
        }
    }

    static func claim(_ spec: inout Value) {
        spec.fill("volumeMode", "Filesystem")
    }

    @Sendable private static func persistentVolume(_ object: inout Value) {
        object.inside("spec") { spec in
            spec.fill("volumeMode", "Filesystem")
            spec.fill("persistentVolumeReclaimPolicy", "Retain")
            spec.inside("hostPath") { $0.fill("type", "") }
        }
    }

    private static func networkPolicy(_ spec: inout Value) {
        let egress = spec["egress"]?.items?.isEmpty == false
        spec.fill("policyTypes", egress ? ["Ingress", "Egress"] : ["Ingress"])
        for list in ["ingress", "egress"] {
            spec.items(list) { rule in rule.items("ports") { $0.fill("protocol", "TCP") } }
        }
    }

    @Sendable private static func storageClass(_ object: inout Value) {
        object.fill("reclaimPolicy", "Delete")
        object.fill("volumeBindingMode", "Immediate")
    }

    @Sendable private static func binding(_ object: inout Value) {
        let group: Value = "rbac.authorization.k8s.io"
        object.inside("roleRef") { $0.fill("apiGroup", group) }
        object.items("subjects") { subject in
            subject.fill("apiGroup", subject["kind"]?.string == "ServiceAccount" ? "" : group)
        }
    }
}

/// Filling in what is absent. Defaults come from no file: their origin is none.
extension Value {
    /// Sets a key that is absent or null.
    mutating func fill(_ key: String, _ value: Value) {
        if self[key].map(\.isNull) ?? true { self[key] = value }
    }

    /// Sets a field at a path that is absent or null.
    mutating func fill(path: [String], _ value: Value) {
        if self[path: path].map(\.isNull) ?? true { self[path: path] = value }
    }

    /// Changes the mapping of a key, if it is there.
    mutating func inside(_ key: String, _ change: (inout Value) -> Void) {
        guard var mapping = fields, let position = mapping.position(of: key),
            mapping.entries[position].value.fields != nil
        else { return }
        content = .sequence([])
        mapping.change(at: position, change)
        content = .mapping(mapping)
    }

    /// Changes each mapping in the list of a key, if it is there.
    mutating func items(_ key: String, _ change: (inout Value) -> Void) {
        guard var mapping = fields, let position = mapping.position(of: key),
            var items = mapping.entries[position].value.items
        else { return }
        content = .sequence([])
        mapping[valueAt: position].content = .sequence([])
        for index in items.indices where items[index].fields != nil { change(&items[index]) }
        mapping[valueAt: position].content = .sequence(items)
        content = .mapping(mapping)
    }
}
