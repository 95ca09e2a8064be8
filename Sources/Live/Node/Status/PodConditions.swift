import Document
import System

/// A pod's conditions; those of others (readiness gates) are kept.
struct PodConditions {
    private var items: [Value]

    init(_ status: Value?) {
        items = status?["conditions"]?.items ?? []
    }

    func isTrue(_ type: String) -> Bool {
        items.contains { $0["type"]?.string == type && $0["status"]?.string == "True" }
    }

    /// - Parameters:
    ///   - reason: why it does not hold; dropped where it does.
    mutating func set(_ type: String, _ holds: Bool, reason: String = "", message: String = "", now: Timestamp) {
        let status = holds ? "True" : "False"
        let index = items.firstIndex { $0["type"]?.string == type }
        let old = index.map { items[$0] }
        let kept = old?["status"]?.string == status ? old?["lastTransitionTime"] : nil
        var new: Value = [
            "type": .string(type), "status": .string(status),
            "lastTransitionTime": kept ?? .string(now.description),
        ]
        if !holds, !reason.isEmpty { new["reason"] = .string(reason) }
        if !holds, !message.isEmpty { new["message"] = .string(message) }
        if let index { items[index] = new } else { items.append(new) }
    }

    var value: Value { .sequence(items) }
}
