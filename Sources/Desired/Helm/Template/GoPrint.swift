/// `fmt.Sprintf` and its kin.
enum GoPrint {
    struct Directive {
        var minus = false, plus = false, sharp = false, space = false, zero = false
        var width: Int?
        var precision: Int?
        var verb: Character = "v"
    }

    /// `fmt.Sprint`: spaces between operands of which neither is a string.
    static func print(_ values: [TemplateValue]) -> String {
        var result = ""
        var wasText = true
        for (index, value) in values.enumerated() {
            let isText = if case .string = value { true } else { false }
            if index > 0, !isText, !wasText { result += " " }
            result += GoText.of(value)
            wasText = isText
        }
        return result
    }

    /// `fmt.Sprintln`.
    static func line(_ values: [TemplateValue]) -> String {
        values.map(GoText.of).joined(separator: " ") + "\n"
    }

    static func format(_ format: String, _ values: [TemplateValue]) -> String {
        var run = GoFormat(format, values)
        return run.run()
    }

    // MARK: One value

    static func text(_ value: TemplateValue, _ directive: Directive) -> String {
        if directive.sharp, directive.verb == "v", !value.isNone { return padded(goSyntax(value), directive) }
        switch directive.verb {
        case "T": return padded(value.typeName, directive)
        case "p": return bad(value, directive)
        default: break
        }
        switch value {
        case .none: return directive.verb == "v" ? padded("<nil>", directive) : "%!\(directive.verb)(<nil>)"
        case .bool(let flag):
            return "vt".contains(directive.verb) ? padded(flag ? "true" : "false", directive) : bad(value, directive)
        case .int(let number), .long(let number): return integer(number, directive) ?? bad(value, directive)
        case .float(let number): return float(number, directive) ?? bad(value, directive)
        case .string(let text): return string(Array(text.utf8), directive) ?? bad(value, directive)
        case .bytes(let bytes) where directive.verb != "v" && directive.verb != "d":
            return string(bytes, directive) ?? bad(value, directive)
        case .bytes(let bytes):
            return "[" + bytes.map { text(.int(Int($0)), directive) }.joined(separator: " ") + "]"
        case .list(let items):
            return "[" + items.map { text($0, directive) }.joined(separator: " ") + "]"
        case .map(let map):
            let entries = map.sortedKeys.map { key in
                text(.string(key), directive) + ":" + text(map[key] ?? .none, directive)
            }
            return "map[" + entries.joined(separator: " ") + "]"
        case .host(let object): return string(Array(object.text.utf8), directive) ?? bad(value, directive)
        }
    }

    /// `%#v`: the value as Go's own source writes it.
    private static func goSyntax(_ value: TemplateValue) -> String {
        switch value {
        case .none: return "interface {}(nil)"
        case .string(let text): return GoText.quoted(text)
        case .bytes(let bytes):
            return "[]byte{" + bytes.map { "0x" + String($0, radix: 16) }.joined(separator: ", ") + "}"
        case .list(let items): return "[]interface {}{" + items.map(goSyntax).joined(separator: ", ") + "}"
        case .map(let map):
            let entries = map.sortedKeys.map { GoText.quoted($0) + ":" + goSyntax(map[$0] ?? .none) }
            return "map[string]interface {}{" + entries.joined(separator: ", ") + "}"
        case .bool, .int, .long, .float, .host: return GoText.of(value)
        }
    }

    private static func bad(_ value: TemplateValue, _ directive: Directive) -> String {
        "%!\(directive.verb)(\(value.typeName)=\(GoText.of(value)))"
    }

    private static func padded(_ text: String, _ directive: Directive, zeros: Bool = false) -> String {
        guard let width = directive.width else { return text }
        let missing = width - text.unicodeScalars.count
        guard missing > 0 else { return text }
        if directive.minus { return text + String(repeating: " ", count: missing) }
        guard zeros else { return String(repeating: " ", count: missing) + text }
        let sign = text.prefix { "+- ".contains($0) }.prefix(1)
        return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
    }

    private static func string(_ bytes: [UInt8], _ directive: Directive) -> String? {
        var text = String(decoding: bytes, as: UTF8.self)
        switch directive.verb {
        case "v", "s":
            if let precision = directive.precision {
                text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision)))
            }
            return padded(text, directive, zeros: directive.zero)
        case "q":
            if let precision = directive.precision {
                text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision)))
            }
            let raw = directive.sharp && !text.contains("`") && !text.utf8.contains { $0 < 0x20 && $0 != 9 }
            return padded(raw ? "`\(text)`" : GoText.quoted(text), directive, zeros: directive.zero)
        case "x", "X":
            let upper = directive.verb == "X"
            let hex = bytes.map { byte in
                let digits = String(byte, radix: 16, uppercase: upper)
                return digits.utf8.count < 2 ? "0" + digits : digits
            }
            let mark = directive.sharp && !hex.isEmpty ? upper ? "0X" : "0x" : ""
            return padded(mark + hex.joined(separator: directive.space ? " " + mark : ""), directive)
        default: return nil
        }
    }

    private static func integer(_ number: Int, _ directive: Directive) -> String? {
        let magnitude = number.magnitude
        var digits: String
        switch directive.verb {
        case "v", "d": digits = String(magnitude)
        case "b": digits = (directive.sharp ? "0b" : "") + String(magnitude, radix: 2)
        case "o": digits = (directive.sharp ? "0" : "") + String(magnitude, radix: 8)
        case "O": digits = "0o" + String(magnitude, radix: 8)
        case "x": digits = (directive.sharp ? "0x" : "") + String(magnitude, radix: 16)
        case "X": digits = (directive.sharp ? "0X" : "") + String(magnitude, radix: 16, uppercase: true)
        case "c", "q", "U":
            guard let scalar = UInt32(exactly: number).flatMap(Unicode.Scalar.init) else { return nil }
            let hex = String(scalar.value, radix: 16, uppercase: true)
            let text =
                directive.verb == "c"
                ? String(scalar)
                : directive.verb == "q"
                    ? quotedCharacter(scalar) : "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
            return padded(text, directive)
        default: return nil
        }
        if let precision = directive.precision, digits.count < precision {
            digits = String(repeating: "0", count: precision - digits.count) + digits
        }
        let sign = number < 0 ? "-" : directive.plus ? "+" : directive.space ? " " : ""
        return padded(sign + digits, directive, zeros: directive.zero && directive.precision == nil)
    }

    private static func quotedCharacter(_ scalar: Unicode.Scalar) -> String {
        if scalar == "'" { return "'\\''" }
        if scalar == "\"" { return "'\"'" }
        return "'" + GoText.quoted(String(scalar)).dropFirst().dropLast() + "'"
    }

    private static func float(_ number: Double, _ directive: Directive) -> String? {
        let sign = directive.plus && number >= 0 ? "+" : directive.space && number >= 0 ? " " : ""
        let text: String
        switch directive.verb {
        case "v", "g", "G":
            if let precision = directive.precision {
                text = general(number, precision)
            } else {
                text = GoText.float(number)
            }
        case "f", "F": text = Decimal.fixed(number, digits: directive.precision ?? 6)
        case "e", "E": text = Decimal.scientific(number, digits: directive.precision ?? 6)
        default: return nil
        }
        let cased = "EG".contains(directive.verb) ? text.uppercased() : text
        return padded(sign + cased, directive, zeros: directive.zero)
    }

    private static func general(_ number: Double, _ precision: Int) -> String {
        let precision = max(1, precision)
        let rounded = Decimal.scientific(number, digits: precision - 1)
        return GoText.float(Double(rounded) ?? number, exponentFrom: precision)
    }
}
