/// The numbers that YAML's scalars write: decimal, `0x`, `0o`, `0b`, underscores, `.inf`, `.nan`.
package enum Number {
    /// The integer that a scalar of kind int writes, when it fits into 64 bits.
    package static func integer(_ text: String) -> Int? {
        if !mayBeOctal(text), let plain = Int(text) { return plain }
        var digits = Substring(text.filter { $0 != "_" })
        let negative = digits.first == "-"
        if negative || digits.first == "+" { digits = digits.dropFirst() }
        let value: Int? =
            if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
                Int(digits.dropFirst(2), radix: 16)
            } else if digits.hasPrefix("0o") || digits.hasPrefix("0O") {
                Int(digits.dropFirst(2), radix: 8)
            } else if digits.hasPrefix("0b") || digits.hasPrefix("0B") {
                Int(digits.dropFirst(2), radix: 2)
            } else if digits.count > 1, digits.first == "0" {
                Int(digits, radix: 8)
            } else {
                Int(digits)
            }
        return value.map { negative ? -$0 : $0 }
    }

    /// Whether a text begins like `0777`, which YAML 1.1 and go-yaml read in base 8.
    private static func mayBeOctal(_ text: String) -> Bool {
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        return digits.first == UInt8(ascii: "0") && digits.count > 1
    }

    /// The number that a scalar of kind int or float writes.
    package static func double(_ text: String) -> Double? {
        if let whole = integer(text) { return Double(whole) }
        switch text.lowercased() {
        case ".inf", "+.inf": return .infinity
        case "-.inf": return -.infinity
        case ".nan": return .nan
        default: return Double(text.filter { $0 != "_" })
        }
    }

    /// Whether two numbers are one, however they are written.
    static func equal(_ left: String, _ right: String) -> Bool {
        if let left = integer(left), let right = integer(right) { return left == right }
        return double(left) == double(right)
    }
}
