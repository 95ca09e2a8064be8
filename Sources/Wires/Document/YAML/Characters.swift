/// Characters as go-yaml classes them (yamlprivateh.go).
enum Characters {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// The bytes of the character that begins with a byte.
    static func length(_ first: UInt8) -> Int {
        if first < 0x80 { return 1 }
        if first & 0xE0 == 0xC0 { return 2 }
        if first & 0xF0 == 0xE0 { return 3 }
        return first & 0xF8 == 0xF0 ? 4 : 1
    }

    /// The code point of a character.
    static func code(_ text: Bytes, _ offset: Int, _ length: Int) -> UInt32 {
        let first = UInt32(text[offset])
        var code = length == 1 ? first : first & (0xFF >> UInt32(length + 1))
        for distance in 1..<max(length, 1) where offset + distance < text.count {
            code = code << 6 | UInt32(text[offset + distance] & 0x3F)
        }
        return code
    }

    /// Whether a character stands for itself in any style; tabs, controls and those beyond U+FFFF do not.
    static func isPrintable(_ text: Bytes, _ offset: Int) -> Bool {
        let first = text[offset]
        let second = offset + 1 < text.count ? text[offset + 1] : 0
        switch first {
        case 0x0A, 0x20...0x7E: return true
        case 0xC2: return second >= 0xA0
        case 0xC3..<0xED: return true
        case 0xED: return second < 0xA0
        case 0xEE: return true
        case 0xEF:
            let third = offset + 2 < text.count ? text[offset + 2] : 0
            return !(second == 0xBB && third == 0xBF) && !(second == 0xBF && (third == 0xBE || third == 0xBF))
        default: return false
        }
    }

    /// The length of the line break at an offset; 0 when there is none. NEL, LS and PS are breaks in YAML 1.1.
    static func breakLength(_ text: Bytes, _ offset: Int) -> Int {
        switch text[offset] {
        case 0x0A, 0x0D: return 1
        case 0xC2: return offset + 1 < text.count && text[offset + 1] == 0x85 ? 2 : 0
        case 0xE2:
            guard offset + 2 < text.count, text[offset + 1] == 0x80 else { return 0 }
            return text[offset + 2] == 0xA8 || text[offset + 2] == 0xA9 ? 3 : 0
        default: return 0
        }
    }

    static func needsEscape(_ text: Bytes, _ offset: Int, _ length: Int) -> Bool {
        let byte = text[offset]
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x0A { return true }
        if byte >= 0x20, byte < 0x7F { return false }
        return !isPrintable(text, offset) || breakLength(text, offset) > 0
    }

    /// Whether the character that ends before an offset is a line break, and where it starts.
    static func endsInBreak(_ text: Bytes, _ end: Int) -> (isBreak: Bool, start: Int) {
        guard end > 0 else { return (false, 0) }
        var start = end - 1
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        return (breakLength(text, start) > 0, start)
    }

    /// The letters of the short escapes, by code point.
    static let escapes: [UInt32: UInt8] = [
        0x00: UInt8(ascii: "0"), 0x07: UInt8(ascii: "a"), 0x08: UInt8(ascii: "b"), 0x09: UInt8(ascii: "t"),
        0x0A: UInt8(ascii: "n"), 0x0B: UInt8(ascii: "v"), 0x0C: UInt8(ascii: "f"), 0x0D: UInt8(ascii: "r"),
        0x1B: UInt8(ascii: "e"), 0x22: UInt8(ascii: "\""), 0x5C: UInt8(ascii: "\\"), 0x85: UInt8(ascii: "N"),
        0xA0: UInt8(ascii: "_"), 0x2028: UInt8(ascii: "L"), 0x2029: UInt8(ascii: "P"),
    ]
}
