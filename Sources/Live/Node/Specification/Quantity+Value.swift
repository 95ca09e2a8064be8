import Document
import Manifest

/// Amounts of resources, as pods write them.
extension Quantity {
    init?(_ value: Value) {
        guard let text = value.scalar?.text else { return nil }
        self.init(text)
    }

    /// Thousandths, as cgroups take processors; rounded up.
    var thousandths: Int { milliUnits }

    /// Rounded up, as Kubernetes does.
    var whole: Int { wholeUnits }
}
