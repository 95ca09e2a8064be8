import Document
import Manifest

/// The status that the API server gives a new object.
enum InitialStatus {
    static func of(_ object: Manifest) -> Value? {
        switch (object.key.group, object.key.kind) {
        case ("", "Pod"): ["phase": "Pending", "qosClass": .string(qualityOfService(object))]
        case ("", "Namespace"): ["phase": "Active"]
        case ("", "PersistentVolumeClaim"), ("", "PersistentVolume"): ["phase": "Pending"]
        case ("", "Service"): ["loadBalancer": .mapping(Mapping())]
        default: object.spec == nil ? nil : .mapping(Mapping())
        }
    }

    /// Kubernetes' quality of service classes: by requests and limits of cpu and memory alone.
    static func qualityOfService(_ pod: Manifest) -> String {
        let containers = ["containers", "initContainers"].flatMap { pod.value[path: "spec", $0]?.items ?? [] }
        func amounts(_ container: Value, _ field: String) -> [String: String] {
            var found: [String: String] = [:]
            for resource in ["cpu", "memory"] {
                let text = container[path: "resources", field, resource]?.scalar?.text
                if let text, text != "0" { found[resource] = text }
            }
            return found
        }
        let all = containers.map { (requests: amounts($0, "requests"), limits: amounts($0, "limits")) }
        if all.allSatisfy({ $0.requests.isEmpty && $0.limits.isEmpty }) { return "BestEffort" }
        let isGuaranteed = all.allSatisfy { item in
            item.limits.count == 2 && item.requests.allSatisfy { item.limits[$0.key] == $0.value }
        }
        return isGuaranteed ? "Guaranteed" : "Burstable"
    }
}
