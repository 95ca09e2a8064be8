import Document
import Manifest

/// Amounts of resources, as pods write them.
extension Quantity {
    init?(_ value: Value) {
        guard let text = value.scalar?.text else { return nil }
        self.init(text)
    }
}
