import Document
import Manifest
import System

/// What controllers read of any object.
extension Manifest {
    var isBeingDeleted: Bool { deletionTimestamp != nil }

    var createdAt: Timestamp? {
        value[path: "metadata", "creationTimestamp"]?.string.flatMap(Timestamp.init)
    }

    /// Whether `owner` controls this object, by uid: a new object of an old name does not.
    func isControlled(by owner: Manifest) -> Bool {
        controller.map { $0.uid == owner.uid } ?? false
    }

    /// Creation first, then name, so that one set of objects has one order.
    static func isOlder(_ left: Manifest, _ right: Manifest) -> Bool {
        let (leftTime, rightTime) = (left.createdAt?.nanoseconds ?? 0, right.createdAt?.nanoseconds ?? 0)
        return leftTime != rightTime ? leftTime < rightTime : left.name < right.name
    }

    /// The selector of a workload (`metav1.LabelSelector`).
    var podSelector: LabelSelector { LabelSelector(matching: spec?["selector"]) }
}

extension LabelSelector {
    /// The selector that `matchLabels` and `matchExpressions` write; an absent one matches nothing.
    init(matching value: Value?) {
        let labels = value?["matchLabels"]?.dictionary ?? [:]
        var all = LabelSelector(labels: labels).requirements
        for expression in value?["matchExpressions"]?.items ?? [] {
            guard let key = expression["key"]?.string else { continue }
            let values = expression["values"]?.strings ?? []
            switch expression["operator"]?.string {
            case "In": all.append(.isIn(key, values))
            case "NotIn": all.append(.notIn(key, values))
            case "Exists": all.append(.exists(key))
            case "DoesNotExist": all.append(.doesNotExist(key))
            default: all.append(.isIn(key, []))
            }
        }
        self.init(all.isEmpty ? [.isIn("", [])] : all)
    }
}

/// A number of pods, or a share of them (`intstr.IntOrString`).
enum IntOrPercent: Equatable {
    case count(Int)
    case percent(Int)

    init?(_ value: Value?) {
        if let count = value?.int {
            self = .count(count)
        } else if let text = value?.string, text.hasSuffix("%"), let percent = Int(text.dropLast()) {
            self = .percent(percent)
        } else if let text = value?.string, let count = Int(text) {
            self = .count(count)
        } else {
            return nil
        }
    }

    /// The number of `total` that is meant; a share is rounded as its field says.
    func of(_ total: Int, roundingUp: Bool) -> Int {
        switch self {
        case .count(let count): max(0, count)
        case .percent(let percent): max(0, (total * percent + (roundingUp ? 99 : 0)) / 100)
        }
    }
}
