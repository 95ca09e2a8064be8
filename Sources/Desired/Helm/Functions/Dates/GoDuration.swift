/// Go's `time.Duration`: nanoseconds.
struct GoDuration {
    let nanoseconds: Int

    static let second = 1_000_000_000

    private static let units: [(String, Double)] = [
        ("ns", 1), ("us", 1e3), ("\u{B5}s", 1e3), ("\u{3BC}s", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9),
        ("h", 3600e9),
    ]

    init(nanoseconds: Int) {
        self.nanoseconds = nanoseconds
    }

    /// Reads `1h30m`, `-2.5s`; nil for anything else.
    init?(_ text: String) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest == "0" {
            nanoseconds = 0
            return
        }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { !($0.isASCII && $0.isNumber || $0 == ".") }
            rest = rest.dropFirst(name.count)
            let padded = digits.first == "." ? "0" + digits : String(digits)
            guard digits.contains(where: \.isNumber), let amount = Double(padded.last == "." ? padded + "0" : padded),
                let unit = Self.units.first(where: { $0.0 == name })
            else { return nil }
            total += amount * unit.1
        }
        guard total < 9.2e18 else { return nil }
        nanoseconds = Int(total.rounded()) * (isNegative ? -1 : 1)
    }

    /// As Go prints it: `1h0m0s`, `1.5s`, `20ms`.
    var text: String {
        if nanoseconds == 0 { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let magnitude = nanoseconds.magnitude
        if magnitude < UInt(Self.second) {
            let (unit, size): (String, UInt) =
                magnitude < 1000 ? ("ns", 1) : magnitude < 1_000_000 ? ("\u{B5}s", 1000) : ("ms", 1_000_000)
            return sign + Self.decimal(magnitude, size) + unit
        }
        let seconds = magnitude / UInt(Self.second)
        let rest =
            Self.decimal(seconds % 60 * UInt(Self.second) + magnitude % UInt(Self.second), UInt(Self.second)) + "s"
        if seconds >= 3600 { return "\(sign)\(seconds / 3600)h\(seconds / 60 % 60)m\(rest)" }
        return seconds >= 60 ? "\(sign)\(seconds / 60)m\(rest)" : sign + rest
    }

    private static func decimal(_ value: UInt, _ unit: UInt) -> String {
        var fraction = String(value % unit)
        fraction = String(repeating: "0", count: String(unit).count - 1 - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty || unit == 1 ? String(value / unit) : "\(value / unit).\(fraction)"
    }
}
