import Document

/// How Go prints plain values.
enum GoText {
    /// Go's order of strings: by bytes.
    static func precedes(_ left: String, _ right: String) -> Bool {
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                let count = min(left.count, right.count)
                var index = 0
                while index < count {
                    if left[index] != right[index] { return left[index] < right[index] }
                    index += 1
                }
                return left.count < right.count
            }
        }
    }

    /// The shortest decimal digits that read back as a magnitude, and where the point stands among them.
    static func digits(_ value: Double) -> (digits: [UInt8], point: Int) {
        var text = Substring(value.magnitude.description)
        var exponent = 0
        if let mark = text.firstIndex(of: "e") {
            exponent = Int(text[text.index(after: mark)...]) ?? 0
            text = text[..<mark]
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        var digits = parts.flatMap { Array($0.utf8) }
        var point = (parts.first?.utf8.count ?? 0) + exponent
        while digits.count > 1, digits.last == 0x30 { digits.removeLast() }
        while digits.count > 1, digits.first == 0x30 {
            digits.removeFirst()
            point -= 1
        }
        return digits == [0x30] ? (digits, 1) : (digits, point)
    }

    /// `strconv.FormatFloat(value, 'g', -1, 64)` as `%v` writes it: exponents below -4 and from 6 on.
    static func float(_ value: Double, exponentFrom: Int = 6) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let (digits, point) = digits(value)
        let sign = value.sign == .minus ? "-" : ""
        if value != 0, point - 1 < -4 || point - 1 >= exponentFrom {
            return sign + scientific(digits, point - 1, exponentDigits: 2)
        }
        return sign + fixed(digits, point)
    }

    /// As `encoding/json` writes a number.
    static func json(_ value: Double) -> String {
        let magnitude = value.magnitude
        let (digits, point) = digits(value)
        let sign = value.sign == .minus ? "-" : ""
        if magnitude != 0, magnitude < 1e-6 || magnitude >= 1e21 {
            return sign + scientific(digits, point - 1, exponentDigits: 1)
        }
        return sign + fixed(digits, point)
    }

    private static func fixed(_ digits: [UInt8], _ point: Int) -> String {
        let text = String(decoding: digits, as: UTF8.self)
        if point <= 0 { return "0." + String(repeating: "0", count: -point) + text }
        if point >= digits.count { return text + String(repeating: "0", count: point - digits.count) }
        return String(text.prefix(point)) + "." + text.dropFirst(point)
    }

    private static func scientific(_ digits: [UInt8], _ exponent: Int, exponentDigits: Int) -> String {
        let text = String(decoding: digits, as: UTF8.self)
        let mantissa = text.count > 1 ? "\(text.prefix(1)).\(text.dropFirst())" : text
        let magnitude = String(exponent.magnitude)
        let padding = String(repeating: "0", count: max(0, exponentDigits - magnitude.count))
        return "\(mantissa)e\(exponent < 0 ? "-" : "+")\(padding)\(magnitude)"
    }

    /// `%v`.
    static func of(_ value: TemplateValue) -> String {
        switch value {
        case .none: return "<nil>"
        case .bool(let flag): return flag ? "true" : "false"
        case .int(let number), .long(let number): return String(number)
        case .float(let number): return float(number)
        case .string(let text): return text
        case .bytes(let bytes): return "[" + bytes.map { String($0) }.joined(separator: " ") + "]"
        case .list(let items): return "[" + items.map(of).joined(separator: " ") + "]"
        case .map(let map):
            return "map["
                + map.sortedKeys.map { "\($0):\(of(map[$0] ?? .none))" }.joined(separator: " ") + "]"
        case .host(let object): return object.text
        }
    }

    /// `strconv.Quote`.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{07}": result += "\\a"
            case "\u{08}": result += "\\b"
            case "\u{0C}": result += "\\f"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0B}": result += "\\v"
            default:
                if isPrintable(scalar) {
                    result.unicodeScalars.append(scalar)
                } else {
                    let code = String(scalar.value, radix: 16)
                    let (mark, width) = scalar.value < 0x80 ? ("x", 2) : scalar.value <= 0xFFFF ? ("u", 4) : ("U", 8)
                    result += "\\\(mark)\(String(repeating: "0", count: max(0, width - code.count)))\(code)"
                }
            }
        }
        return result + "\""
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value >= 0x20 }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
            .paragraphSeparator:
            return false
        default: return true
        }
    }
}
