/// Go's constants as templates write them.
enum GoLiteral {
    /// A number or a character; nil when it is none.
    static func number(_ text: String) -> TemplateValue? {
        // What nearly all are: digits, of which the first is no zero.
        if let first = text.utf8.first, first >= 0x31, first <= 0x39, let plain = Int(text) { return .int(plain) }
        if text.hasPrefix("'") {
            guard let inner = unescaped(text.dropFirst().dropLast()), let scalar = inner.unicodeScalars.first,
                inner.unicodeScalars.count == 1
            else { return nil }
            return .int(Int(scalar.value))
        }
        let plain = text.filter { $0 != "_" }
        if let integer = integer(plain) { return .int(integer) }
        return Double(plain).map(TemplateValue.float)
    }

    /// An integer with Go's prefixes; a leading zero means octal.
    static func integer(_ text: String) -> Int? {
        var digits = Substring(text)
        let negative = digits.first == "-"
        if negative || digits.first == "+" { digits = digits.dropFirst() }
        let lower = digits.prefix(2).lowercased()
        let marked = lower == "0x" ? 16 : lower == "0o" ? 8 : lower == "0b" ? 2 : nil
        let radix = marked ?? (digits.first == "0" ? 8 : 10)
        if marked != nil { digits = digits.dropFirst(2) }
        guard let first = digits.utf8.first, first != 0x2D, first != 0x2B else { return nil }
        return Int((negative ? "-" : "") + digits, radix: radix)
    }

    /// A quoted or raw string; nil when an escape is wrong.
    static func string(_ text: String) -> String? {
        let inner = text.utf8.dropFirst().dropLast()
        if text.utf8.first == UInt8(ascii: "`") {
            return inner.contains(0x0D) ? String(decoding: inner.filter { $0 != 0x0D }, as: UTF8.self) : String(inner)
        }
        return inner.contains(0x5C) ? unescaped(Substring(inner)) : String(inner)
    }

    private static let simple: [UInt8: UInt8] = [
        0x61: 7, 0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9, 0x76: 11, 0x5C: 0x5C, 0x22: 0x22, 0x27: 0x27,
    ]

    private static func unescaped(_ text: Substring) -> String? {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0x5C else {
                result.append(bytes[index])
                index += 1
                continue
            }
            guard index + 1 < bytes.count else { return nil }
            let mark = bytes[index + 1]
            if let byte = simple[mark] {
                result.append(byte)
                index += 2
                continue
            }
            let isOctal = (0x30...0x37).contains(mark)
            let width =
                mark == UInt8(ascii: "x") ? 2 : mark == UInt8(ascii: "u") ? 4 : mark == UInt8(ascii: "U") ? 8 : 3
            let start = index + (isOctal ? 1 : 2)
            guard isOctal || width != 3, start + width <= bytes.count,
                let code = UInt32(
                    String(decoding: bytes[start..<start + width], as: UTF8.self), radix: isOctal ? 8 : 16)
            else { return nil }
            if width <= 3 {
                guard code < 256 else { return nil }
                result.append(UInt8(code))
            } else {
                guard let scalar = Unicode.Scalar(code) else { return nil }
                result += Array(String(Character(scalar)).utf8)
            }
            index = start + width
        }
        return String(decoding: result, as: UTF8.self)
    }
}
