/// `fmt.Sprintf` and its kin.
enum GoPrint {
    private struct Directive {
        var minus = false, plus = false, sharp = false, space = false, zero = false
        var width: Int?
        var precision: Int?
        var verb: Character = "v"
    }

    /// Wider fields than this are cut to it.
    private static let widest = 1_000_000

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
        var result = ""
        var used = 0
        var rest = Substring(format)
        while let mark = rest.firstIndex(of: "%") {
            result += rest[..<mark]
            rest = rest[rest.index(after: mark)...]
            var directive = Directive()
            parse(&directive, &rest, values, &used)
            guard let verb = rest.popFirst() else {
                result += "%!(NOVERB)"
                break
            }
            directive.verb = verb
            if verb == "%" {
                result += "%"
            } else if used < values.count {
                result += text(values[used], directive)
                used += 1
            } else {
                result += "%!\(verb)(MISSING)"
            }
        }
        result += rest
        if used < values.count {
            let extra = values[used...].map { $0.isNone ? "<nil>" : "\($0.typeName)=\(GoText.of($0))" }
            result += "%!(EXTRA \(extra.joined(separator: ", ")))"
        }
        return result
    }

    private static func parse(
        _ directive: inout Directive, _ rest: inout Substring, _ values: [TemplateValue], _ used: inout Int
    ) {
        flags: while let character = rest.first {
            switch character {
            case "-": directive.minus = true
            case "+": directive.plus = true
            case "#": directive.sharp = true
            case " ": directive.space = true
            case "0": directive.zero = true
            default: break flags
            }
            rest.removeFirst()
        }
        directive.width = number(&rest, values, &used)
        if let width = directive.width, width < 0 {
            directive.minus = true
            directive.width = -width
        }
        if rest.first == "." {
            rest.removeFirst()
            directive.precision = number(&rest, values, &used) ?? 0
        }
    }

    private static func number(_ rest: inout Substring, _ values: [TemplateValue], _ used: inout Int) -> Int? {
        if rest.first == "*" {
            rest.removeFirst()
            guard used < values.count, case .int(let number) = values[used] else { return nil }
            used += 1
            return max(-widest, min(number, widest))
        }
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest.dropFirst(digits.count)
        return digits.isEmpty ? nil : min(Int(digits) ?? widest, widest)
    }

    // MARK: One value

    private static func text(_ value: TemplateValue, _ directive: Directive) -> String {
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
            if directive.sharp, directive.verb == "v" { return goSyntax(value) }
            return "[" + items.map { text($0, directive) }.joined(separator: " ") + "]"
        case .map(let map):
            let entries = map.sortedKeys.map { key in
                text(.string(key), directive) + ":" + text(map.entries[key] ?? .none, directive)
            }
            return "map[" + entries.joined(separator: " ") + "]"
        case .host(let object): return string(Array(object.text.utf8), directive) ?? bad(value, directive)
        }
    }

    private static func goSyntax(_ value: TemplateValue) -> String {
        switch value {
        case .string(let text): return GoText.quoted(text)
        case .list(let items): return "[]interface {}{" + items.map(goSyntax).joined(separator: ", ") + "}"
        case .none: return "interface {}(nil)"
        default: return GoText.of(value)
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
        case "v" where directive.sharp: return padded(GoText.quoted(text), directive)
        case "v", "s":
            if let precision = directive.precision { text = String(text.prefix(precision)) }
            return padded(text, directive, zeros: directive.zero)
        case "q":
            if let precision = directive.precision { text = String(text.prefix(precision)) }
            let raw = directive.sharp && !text.contains("`") && !text.utf8.contains { $0 < 0x20 && $0 != 9 }
            return padded(raw ? "`\(text)`" : GoText.quoted(text), directive)
        case "x", "X":
            let upper = directive.verb == "X"
            let hex = bytes.map { byte in
                let digits = String(byte, radix: 16, uppercase: upper)
                return digits.utf8.count < 2 ? "0" + digits : digits
            }
            return padded(hex.joined(separator: directive.space ? " " : ""), directive)
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
                    ? "'\(scalar)'" : "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
            return padded(text, directive)
        default: return nil
        }
        if let precision = directive.precision, digits.count < precision {
            digits = String(repeating: "0", count: precision - digits.count) + digits
        }
        let sign = number < 0 ? "-" : directive.plus ? "+" : directive.space ? " " : ""
        return padded(sign + digits, directive, zeros: directive.zero && directive.precision == nil)
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
