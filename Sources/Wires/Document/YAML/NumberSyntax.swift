/// Which texts Go's strconv reads as a number, as go-yaml asks it to.
enum NumberSyntax {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// The kind of a text without underscores that begins with a digit or a sign.
    static func kind(_ text: Bytes) -> Scalar.Kind {
        switch integer(text[...]) {
        case .fits: .int
        case .overflows, .malformed: isYAMLFloat(text) ? .float : .string
        }
    }

    private enum Integer {
        case fits, overflows, malformed
    }

    /// `ParseInt(text, 0, 64)`, else `ParseUint`, with `0o` and `0b` besides.
    private static func integer(_ text: Slice<Bytes>) -> Integer {
        var digits = text
        let sign = digits.first
        let isSigned = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
        if isSigned { digits = digits.dropFirst() }
        let (base, rest) = base(of: digits)
        guard !rest.isEmpty else { return .malformed }
        var value: UInt64 = 0
        for byte in rest {
            guard let digit = digit(byte), digit < base else { return .malformed }
            let (high, low) = value.multipliedFullWidth(by: base)
            let (sum, carry) = low.addingReportingOverflow(digit)
            if high != 0 || carry {
                return rest.allSatisfy { self.digit($0).map { $0 < base } ?? false } ? .overflows : .malformed
            }
            value = sum
        }
        let limit: UInt64 =
            switch sign {
            case UInt8(ascii: "-"): 1 << 63
            case UInt8(ascii: "+"): (1 << 63) - 1
            default: .max
            }
        return value <= limit ? .fits : .overflows
    }

    private static func base(of digits: Slice<Bytes>) -> (base: UInt64, rest: Slice<Bytes>) {
        guard digits.count > 1, digits.first == UInt8(ascii: "0") else { return (10, digits) }
        switch digits[digits.startIndex + 1] {
        case UInt8(ascii: "x"), UInt8(ascii: "X"): return (16, digits.dropFirst(2))
        case UInt8(ascii: "o"), UInt8(ascii: "O"): return (8, digits.dropFirst(2))
        case UInt8(ascii: "b"), UInt8(ascii: "B"): return (2, digits.dropFirst(2))
        default: return (8, digits.dropFirst())
        }
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    static func isYAMLFloat(_ text: Bytes) -> Bool {
        var rest = text[...]
        if let first = rest.first, first == UInt8(ascii: "+") || first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: isDigit)
            if whole.isEmpty && fraction.isEmpty { return false }
            rest = rest.dropFirst(1 + fraction.count)
        } else if whole.isEmpty {
            return false
        }
        guard let mark = rest.first else { return true }
        guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return false }
        rest = rest.dropFirst()
        if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit) && isFinite(text)
    }

    /// What `ParseFloat` reads of a text that begins with a dot.
    static func isGoFloat(_ text: Bytes) -> Bool {
        isYAMLFloat(text)
    }

    /// Whether the number is within a double's range; Go refuses it else, and it stays a string.
    private static func isFinite(_ text: Bytes) -> Bool {
        Double(String(decoding: text, as: UTF8.self))?.isFinite ?? false
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
