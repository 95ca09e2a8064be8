/// Numbers as Go writes them, which is how kustomize and the API server do.
extension Number {
    /// A number that YAML writes, as Go's `encoding/json` writes its value: `0x1F` is `31`, `1e3` is `1000`; nil for
    /// `.inf`, `.nan` and what is no number.
    package static func decimal(_ text: String) -> String? {
        if let whole = integer(text) { return String(whole) }
        if let large = unsigned(text) { return String(large) }
        guard let value = double(text), value.isFinite else { return nil }
        return json(value)
    }

    /// A double as `encoding/json` writes it (ES6's rule): exponents below -6 and from 21 on.
    static func json(_ value: Double) -> String {
        let magnitude = value.magnitude
        if magnitude != 0, magnitude < 1e-6 || magnitude >= 1e21 {
            return scientific(value, minimumExponentDigits: 1)
        }
        let (negative, digits, point) = shortest(value)
        return (negative ? "-" : "") + fixed(digits, point)
    }

    /// A double as Go's `FormatFloat(value, 'g', -1, 64)` writes it: exponents below -4 and from 6 on.
    static func general(_ value: Double) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
        if value == 0 { return value.sign == .minus ? "-0" : "0" }
        let (negative, digits, point) = shortest(value)
        let exponent = point - 1
        if exponent < -4 || exponent >= 6 {
            return scientific(value, minimumExponentDigits: 2)
        }
        return (negative ? "-" : "") + fixed(digits, point)
    }

    private static func unsigned(_ text: String) -> UInt64? {
        let digits = text.filter { $0 != "_" }
        if digits.hasPrefix("0x") || digits.hasPrefix("0X") { return UInt64(digits.dropFirst(2), radix: 16) }
        if digits.hasPrefix("0o") || digits.hasPrefix("0O") { return UInt64(digits.dropFirst(2), radix: 8) }
        if digits.hasPrefix("0b") || digits.hasPrefix("0B") { return UInt64(digits.dropFirst(2), radix: 2) }
        return digits.hasPrefix("+") ? nil : UInt64(digits)
    }

    /// The shortest digits that read back as the value, and where the point stands among them.
    private static func shortest(_ value: Double) -> (negative: Bool, digits: String, point: Int) {
        var text = Substring(value.magnitude.description)
        var exponent = 0
        if let mark = text.firstIndex(of: "e") {
            exponent = Int(text[text.index(after: mark)...]) ?? 0
            text = text[..<mark]
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? parts[1] : ""
        var digits = Substring(String(parts[0] + fraction))
        var point = parts[0].count + exponent
        let zeros = digits.prefix { $0 == "0" }.count
        digits = digits.dropFirst(zeros)
        point -= zeros
        while digits.last == "0" { digits = digits.dropLast() }
        if digits.isEmpty { return (value.sign == .minus, "0", 1) }
        return (value.sign == .minus, String(digits), point)
    }

    private static func fixed(_ digits: String, _ point: Int) -> String {
        if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
        if point >= digits.count { return digits + String(repeating: "0", count: point - digits.count) }
        let split = digits.index(digits.startIndex, offsetBy: point)
        return digits[..<split] + "." + digits[split...]
    }

    private static func scientific(_ value: Double, minimumExponentDigits: Int) -> String {
        let (negative, digits, point) = shortest(value)
        let mantissa = digits.count > 1 ? "\(digits.prefix(1)).\(digits.dropFirst())" : digits
        let exponent = point - 1
        let magnitude = String(exponent.magnitude)
        let padding = String(repeating: "0", count: max(0, minimumExponentDigits - magnitude.count))
        return "\(negative ? "-" : "")\(mantissa)e\(exponent < 0 ? "-" : "+")\(padding)\(magnitude)"
    }
}
