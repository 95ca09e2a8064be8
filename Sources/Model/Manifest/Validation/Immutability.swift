import Document

/// Fields that a cluster does not let change on a live object (Kubernetes' API validation, the `ValidateImmutableField`
/// of each kind's update).
package enum Immutability {
    /// Whole fields by group and kind.
    private static let fields: [String: [String: [[String]]]] = [
        "": [
            "Secret": [["type"]],
            "PersistentVolumeClaim": [
                ["spec", "accessModes"], ["spec", "storageClassName"], ["spec", "volumeName"], ["spec", "volumeMode"],
                ["spec", "selector"],
            ],
        ],
        "apps": [
            "Deployment": [["spec", "selector"]], "ReplicaSet": [["spec", "selector"]],
            "DaemonSet": [["spec", "selector"]],
            "StatefulSet": [
                ["spec", "selector"], ["spec", "serviceName"], ["spec", "volumeClaimTemplates"],
                ["spec", "podManagementPolicy"],
            ],
        ],
        "batch": ["Job": [["spec", "selector"], ["spec", "completions"], ["spec", "completionMode"]]],
        "storage.k8s.io": [
            "StorageClass": [["provisioner"], ["parameters"], ["reclaimPolicy"], ["volumeBindingMode"]]
        ],
        "rbac.authorization.k8s.io": ["RoleBinding": [["roleRef"]], "ClusterRoleBinding": [["roleRef"]]],
    ]

    /// The fields that differ between a live object and its successor and may not; both defaulted.
    package static func problems(changing old: Manifest, to new: Manifest) -> [FieldProblem] {
        let kind = old.groupVersionKind
        var paths = fields[kind.group]?[kind.kind] ?? []
        if kind.kind == "ConfigMap" || kind.kind == "Secret", old.value["immutable"]?.bool == true {
            paths += [["data"], ["binaryData"], ["immutable"]]
        }
        var found = paths.compactMap { path in changed(path, from: old, to: new) }
        switch (kind.group, kind.kind) {
        case ("", "Pod"): found += podChanges(from: old, to: new)
        case ("", "Service"): found += serviceChanges(from: old, to: new)
        case ("", "PersistentVolumeClaim"): found += claimChanges(from: old, to: new)
        case ("batch", "Job") where old.value[path: "spec", "suspend"]?.bool != true:
            if let change = changed(["spec", "template"], from: old, to: new) { found.append(change) }
        default: break
        }
        return found
    }

    /// A field that was set and now is another. One that was never set may be.
    private static func changed(_ path: [String], from old: Manifest, to new: Manifest) -> FieldProblem? {
        guard let before = old.value[path: path], !before.isNull else { return nil }
        let after = new.value[path: path]
        // What the writer leaves open stays as it is.
        guard let after, after != before else { return nil }
        return forbidden(path.joined(separator: "."), at: after.origin)
    }

    private static func forbidden(_ path: String, at origin: Origin) -> FieldProblem {
        FieldProblem(
            .forbidden, path: path, message: "cannot change on a live object: the object must be made again",
            origin: origin)
    }

    /// Of a pod, only images, the deadline, the grace period and tolerations may change.
    private static func podChanges(from old: Manifest, to new: Manifest) -> [FieldProblem] {
        guard let before = old.spec, let after = new.spec else { return [] }
        func settled(_ spec: Value) -> Value {
            var spec = spec
            for field in ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations"] { spec[field] = nil }
            for list in ["containers", "initContainers"] { spec.items(list) { $0["image"] = nil } }
            spec["ephemeralContainers"] = nil
            // A pod is bound to a node once.
            if before["nodeName"] == nil { spec["nodeName"] = nil }
            return spec
        }
        let (left, right) = (settled(before), settled(after))
        return (right.fields?.entries ?? []).compactMap { entry in
            guard left[entry.key.text] != entry.value, !entry.value.isNull else { return nil }
            return forbidden("spec.\(entry.key.text)", at: entry.value.origin)
        }
    }

    private static func serviceChanges(from old: Manifest, to new: Manifest) -> [FieldProblem] {
        if new.value[path: "spec", "type"]?.string == "ExternalName" { return [] }
        guard let before = old.value[path: "spec", "clusterIP"]?.string, !before.isEmpty else { return [] }
        return changed(["spec", "clusterIP"], from: old, to: new).map { [$0] } ?? []
    }

    /// A claim may ask for more, never for less.
    private static func claimChanges(from old: Manifest, to new: Manifest) -> [FieldProblem] {
        let path = ["spec", "resources", "requests", "storage"]
        guard let before = old.value[path: path]?.scalar, let after = new.value[path: path],
            let was = Quantity(before.text), let wanted = after.scalar.flatMap({ Quantity($0.text) }), wanted < was
        else { return [] }
        return [
            FieldProblem(
                .forbidden, path: path.joined(separator: "."), message: "cannot shrink from \(before.text)",
                origin: after.origin)
        ]
    }
}
