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
    /// The selector that `matchLabels` and `matchExpressions` write; an absent, empty or malformed one matches nothing.
    init(matching value: Value?) {
        let written = value.flatMap { try? LabelSelector(selector: $0) }?.requirements ?? []
        self.init(written.isEmpty ? [.isIn("", [])] : written)
    }
}
