package import Document

/// A number, or a share in percent, or a name (`intstr.IntOrString`).
package enum IntOrString: Sendable, Hashable {
    case int(Int)
    case string(String)

    /// nil for what is neither a whole number nor a string.
    package init?(_ value: Value?) {
        if let number = value?.int {
            self = .int(number)
        } else if let text = value?.string {
            self = .string(text)
        } else {
            return nil
        }
    }

    /// The percentage: 25 of `25%`.
    package var percent: Int? {
        guard case .string(let text) = self, text.hasSuffix("%"), let number = Int(text.dropLast()), number >= 0
        else { return nil }
        return number
    }

    /// The number that this is of a total; nil for names.
    package func amount(of total: Int, roundingUp: Bool) -> Int? {
        if case .int(let number) = self { return number }
        guard let percent else { return nil }
        let (product, overflow) = total.multipliedReportingOverflow(by: percent)
        return overflow ? nil : (product + (roundingUp ? 99 : 0)) / 100
    }
}
