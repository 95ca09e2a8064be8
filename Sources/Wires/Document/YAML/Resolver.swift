/// The type of a plain scalar, as go-yaml v3 resolves it (resolve.go): YAML 1.2's core schema, with 1.1's octal, binary
/// and underscores in numbers; `yes` and `on` are strings.
package enum Resolver {
    /// The kind of a plain scalar without a tag.
    package static func kind(of text: String) -> Scalar.Kind {
        var text = text
        return text.withUTF8 { kind(of: $0, legacyBooleans: false) }
    }

    /// Whether a string must be quoted, since a reader of YAML 1.1 (go-yaml v2) takes it for another type.
    static func isAmbiguous(_ text: UnsafeBufferPointer<UInt8>, legacyBooleans: Bool) -> Bool {
        if text.count == 2, text[0] == UInt8(ascii: "<"), text[1] == UInt8(ascii: "<") { return true }
        return kind(of: text, legacyBooleans: legacyBooleans) != .string || isBase60(text)
    }

    static func kind(of text: UnsafeBufferPointer<UInt8>, legacyBooleans: Bool) -> Scalar.Kind {
        guard let first = text.first else { return .null }
        switch first {
        case UInt8(ascii: "~"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
            return word(text, legacyBooleans: legacyBooleans)
        case UInt8(ascii: "."):
            return dotted(text)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            return numeric(text)
        default: return .string
        }
    }

    private static func word(_ text: UnsafeBufferPointer<UInt8>, legacyBooleans: Bool) -> Scalar.Kind {
        guard text.count <= 5 else { return .string }
        switch Word(text) {
        case "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "false", "False", "FALSE": return .bool
        case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF":
            return legacyBooleans ? .bool : .string
        default: return .string
        }
    }

    /// At most eight bytes as one number, so that words compare at once.
    private struct Word: Equatable, ExpressibleByStringLiteral {
        var packed: UInt64 = 0

        init(_ bytes: UnsafeBufferPointer<UInt8>) {
            for byte in bytes { packed = packed << 8 | UInt64(byte) }
        }

        init(stringLiteral value: StaticString) {
            self.init(UnsafeBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
        }
    }

    private static func dotted(_ text: UnsafeBufferPointer<UInt8>) -> Scalar.Kind {
        if text.count == 4 {
            switch Word(text) {
            case ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF": return .float
            default: break
            }
        }
        return NumberSyntax.isGoFloat(text) ? .float : .string
    }

    private static func numeric(_ text: UnsafeBufferPointer<UInt8>) -> Scalar.Kind {
        // The longest number that resolves is far shorter than this; names such as digests are longer.
        if text.count > 1 << 16 { return .string }
        if Timestamps.isTimestamp(text) { return .timestamp }
        if text.count == 5 {
            switch Word(text) {
            case "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF": return .float
            default: break
            }
        }
        if text.contains(UInt8(ascii: "_")) {
            return text.filter { $0 != UInt8(ascii: "_") }.withUnsafeBufferPointer(NumberSyntax.kind)
        }
        return NumberSyntax.kind(text)
    }

    /// Whether a text is a number in base 60 of YAML 1.1, which other readers take it for: `1:30`.
    private static func isBase60(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = text.first, first < 0x3A, text.contains(UInt8(ascii: ":")) else { return false }
        var rest = text[...]
        if first == UInt8(ascii: "+") || first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        guard let digit = rest.first, isDigit(digit) else { return false }
        rest = rest.drop { isDigit($0) || $0 == UInt8(ascii: "_") }
        guard rest.first == UInt8(ascii: ":") else { return false }
        while rest.first == UInt8(ascii: ":") {
            let digits = rest.dropFirst().prefix(while: isDigit)
            guard digits.count == 1 || digits.count == 2 && (digits.first ?? 0) <= UInt8(ascii: "5") else {
                return false
            }
            rest = rest.dropFirst(1 + digits.count)
        }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst().drop { isDigit($0) || $0 == UInt8(ascii: "_") }
        }
        return rest.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// The kind of a scalar with a tag.
    /// - Throws: a `Problem` when the text is not of that type.
    static func kind(of text: String, tag: String, at origin: Origin) throws(Problem) -> Scalar.Kind {
        let short = tag.hasPrefix("tag:yaml.org,2002:") ? String(tag.dropFirst(18)) : ""
        let plain = kind(of: text)
        switch short {
        case "bool" where plain == .bool, "int" where plain == .int, "null" where plain == .null,
            "timestamp" where plain == .timestamp:
            return plain
        case "float" where plain == .float || plain == .int: return .float
        case "bool", "int", "null", "float", "timestamp":
            throw Problem("the value is tagged !!\(short) and is none", at: origin, hint: "remove the tag")
        case "binary": return .binary
        default: return .string
        }
    }
}
