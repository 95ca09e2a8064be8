import Cluster
import Document
import Manifest

extension ObjectQuery {
    /// Field selectors that every kind has, and those of some (`kubectl get --field-selector`).
    static func fieldValue(_ field: String, of object: Manifest) -> String? {
        switch field {
        case "metadata.name": return object.name
        case "metadata.namespace": return object.namespace ?? ""
        default: break
        }
        let path = field.split(separator: ".").map(String.init)
        guard let scalar = object.value[path: path]?.scalar else { return "" }
        return scalar.kind == .null ? "" : scalar.text
    }

    /// The field selectors that a kind has (Kubernetes' `ToSelectableFields` of each registry).
    static func selectableFields(of kind: GroupKind) -> Set<String> {
        let common: Set = ["metadata.name", "metadata.namespace"]
        let own: Set<String> =
            switch (kind.group, kind.kind) {
            case ("", "Pod"):
                [
                    "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
                    "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName",
                ]
            case ("", "Event"), ("events.k8s.io", "Event"):
                [
                    "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
                    "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath",
                    "regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "reason", "type",
                    "source", "reportingComponent",
                ]
            case ("", "Namespace"), ("", "PersistentVolume"): ["status.phase"]
            case ("", "PersistentVolumeClaim"): ["status.phase"]
            case ("", "Secret"): ["type"]
            case ("", "Service"): ["spec.clusterIP", "spec.type"]
            case ("", "Node"): ["spec.unschedulable"]
            case ("batch", "Job"): ["status.successful"]
            case ("apps", "ReplicaSet"): ["status.replicas"]
            default: []
            }
        return common.union(own)
    }

    /// Whether an object of the query's kind is selected.
    func selects(_ object: Manifest) -> Bool {
        if let namespace, object.namespace != namespace { return false }
        for (field, wanted) in fields where Self.fieldValue(field, of: object) != wanted { return false }
        return labels.requirements.isEmpty || labels.matches(object.labels)
    }

    /// What a change is to somebody who sees only what the query selects.
    func event(for change: Change) -> WatchEvent? {
        if let namespace, change.key.namespace != namespace { return nil }
        let was = change.old.map(selects) ?? false
        let isNow = change.new.map(selects) ?? false
        switch (was, isNow) {
        case (false, true): return change.new.map { .added($0) }
        case (true, true): return change.new.map { .modified($0) }
        case (true, false): return (change.last ?? change.new).map { .deleted($0) }
        case (false, false): return nil
        }
    }
}
