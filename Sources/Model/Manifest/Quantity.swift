/// An amount as Kubernetes writes it: `500m`, `1.5`, `64Mi`, `1e3` (`resource.Quantity`, its `ParseQuantity`).
package struct Quantity: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// In billionths, the finest that Kubernetes keeps.
    package let nanos: Int128

    package init(nanos: Int128) {
        self.nanos = nanos
    }

    package init(_ whole: Int) {
        nanos = Int128(whole) * Self.one
    }

    private static let one: Int128 = 1_000_000_000

    /// Billionths that one of each suffix is.
    private static let suffixes: [String: Int128] = [
        "n": 1, "u": 1_000, "m": 1_000_000, "": one, "k": one * 1_000, "M": one * 1_000_000,
        "G": one * 1_000_000_000, "T": one * 1_000_000_000_000, "P": one * 1_000_000_000_000_000,
        "E": one * 1_000_000_000_000_000_000, "Ki": one << 10, "Mi": one << 20, "Gi": one << 30, "Ti": one << 40,
        "Pi": one << 50, "Ei": one << 60,
    ]

    /// Reads an amount; nil for what is none, or is too large. Finer digits than billionths round up, away from zero.
    package init?(_ text: String) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        rest = rest.dropFirst(number.count)
        let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard !number.isEmpty, number != ".", parts.allSatisfy({ !$0.contains(".") }), number.count <= 40,
            let unit = Self.unit(rest)
        else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        guard let digits = Int128(String(parts[0]) + fraction) else { return nil }
        let (product, overflow) = digits.multipliedReportingOverflow(by: unit)
        guard !overflow, fraction.count <= 30 else { return nil }
        let divisor = Self.power(fraction.count)
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: divisor)
        let rounded = quotient + (remainder > 0 ? 1 : 0)
        nanos = isNegative ? -rounded : rounded
    }

    /// The unit of a suffix or of an exponent (`e3`, `E-2`).
    private static func unit(_ suffix: Substring) -> Int128? {
        if let known = suffixes[String(suffix)] { return known }
        guard let first = suffix.first, first == "e" || first == "E", let exponent = Int(suffix.dropFirst()),
            (-9...18).contains(exponent)
        else { return nil }
        return exponent >= 0 ? one * power(exponent) : one / power(-exponent)
    }

    private static func power(_ exponent: Int) -> Int128 {
        (0..<exponent).reduce(Int128(1)) { product, _ in product * 10 }
    }

    /// The amount in whole units, rounded up, as Kubernetes' `Value()` does: bytes of memory.
    package var wholeUnits: Int {
        Int(clamping: nanos >= 0 ? (nanos + Self.one - 1) / Self.one : nanos / Self.one)
    }

    /// The amount in thousandths, rounded up, as Kubernetes' `MilliValue()` does: thousandths of a core.
    package var milliUnits: Int {
        let unit: Int128 = 1_000_000
        return Int(clamping: nanos >= 0 ? (nanos + unit - 1) / unit : nanos / unit)
    }

    package static func < (left: Quantity, right: Quantity) -> Bool { left.nanos < right.nanos }
    package static func + (left: Quantity, right: Quantity) -> Quantity { Quantity(nanos: left.nanos + right.nanos) }

    /// The shortest decimal form: `500m`, `2`, `1500u`.
    package var description: String {
        for (suffix, unit) in [("", Self.one), ("m", 1_000_000), ("u", 1_000)] where nanos % unit == 0 {
            return "\(nanos / unit)\(suffix)"
        }
        return "\(nanos)n"
    }
}
