import Document
import System

/// The `conditions` of a status, a list with one entry a type (API conventions, "Typical status properties").
struct Conditions: Equatable {
    var items: [Value]

    init(_ status: Value?) {
        items = status?["conditions"]?.items ?? []
    }

    subscript(type: String) -> Value? {
        items.first { $0["type"]?.string == type }
    }

    func isTrue(_ type: String) -> Bool {
        self[type]?["status"]?.string == "True"
    }

    mutating func remove(_ type: String) {
        items.removeAll { $0["type"]?.string == type }
    }

    /// Sets a condition; the time of its last transition changes only when its status does.
    ///
    /// - Parameter updateTime: the field that says when the condition was last looked at, where the kind has one.
    mutating func set(
        _ type: String, _ status: String, reason: String, message: String, now: Timestamp, updateTime: String? = nil
    ) {
        let old = self[type]
        let isSame = old?["status"]?.string == status && old?["reason"]?.string == reason
        if isSame, old?["message"]?.string == message { return }
        var new: Value = ["type": .string(type), "status": .string(status)]
        if let updateTime { new[updateTime] = .string(now.description) }
        let kept = old?["status"]?.string == status ? old?["lastTransitionTime"] : nil
        new["lastTransitionTime"] = kept ?? .string(now.description)
        new["reason"] = .string(reason)
        new["message"] = .string(message)
        if let index = items.firstIndex(where: { $0["type"]?.string == type }) {
            items[index] = new
        } else {
            items.append(new)
        }
    }

    var value: Value { .sequence(items) }
}
