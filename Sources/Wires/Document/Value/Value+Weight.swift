/// How much a value is when it is written out. Values share their parts, so that one which holds another twice takes
/// little memory and much text.
package struct ValueBudget: Sendable {
    /// Why a value does not fit.
    package enum Excess: Sendable, Hashable {
        case weight
        case depth
    }

    /// What is left: about bytes of text, and 64 for each value.
    package private(set) var left: Int
    /// Collections within one another.
    package let depth: Int

    package init(weight: Int, depth: Int) {
        left = weight
        self.depth = depth
    }

    /// Takes a weight that was found out before from what is left; takes nothing, and says so, when it does not fit.
    package mutating func take(weight: Int) -> Bool {
        if weight > left { return false }
        left -= weight
        return true
    }

    /// Takes a value's weight from what is left; looks no further once that is used up.
    ///
    /// - Parameter level: how many collections hold the value.
    /// - Returns: nil when it fits.
    package mutating func take(_ value: Value, at level: Int = 0) -> Excess? {
        left -= 64
        switch value.content {
        case .scalar(let scalar): left -= scalar.text.utf8.count
        case .sequence(let items):
            if level >= depth { return .depth }
            for item in items {
                if let excess = take(item, at: level + 1) { return excess }
            }
        case .mapping(let mapping):
            if level >= depth { return .depth }
            for entry in mapping.entries {
                left -= entry.key.text.utf8.count
                if let excess = take(entry.value, at: level + 1) { return excess }
            }
        }
        return left < 0 ? .weight : nil
    }
}
