/// Writes ASN.1 in its distinguished encoding (X.690), as far as keys and certificates need it.
enum DER {
    static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        if content.count < 0x80 {
            length = [UInt8(content.count)]
        } else {
            var rest = content.count
            while rest > 0 {
                length.insert(UInt8(rest & 255), at: 0)
                rest >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [tag] + length + content
    }

    static func sequence(_ parts: [UInt8]...) -> [UInt8] { element(0x30, Array(parts.joined())) }
    static func set(_ parts: [UInt8]...) -> [UInt8] { element(0x31, Array(parts.joined())) }
    static func octets(_ bytes: [UInt8]) -> [UInt8] { element(0x04, bytes) }
    static func bits(_ bytes: [UInt8], unused: UInt8 = 0) -> [UInt8] { element(0x03, [unused] + bytes) }
    static func integer(_ number: Int) -> [UInt8] { integer([UInt8(number)]) }
    static let null: [UInt8] = [5, 0]
    static let yes: [UInt8] = [1, 1, 0xFF]

    /// A number that is not negative, from its bytes, the highest first.
    static func integer(_ magnitude: [UInt8]) -> [UInt8] {
        var bytes = Array(magnitude.drop { $0 == 0 })
        if bytes.first.map({ $0 >= 0x80 }) ?? true { bytes.insert(0, at: 0) }
        return element(0x02, bytes)
    }

    /// `1.2.840.10045.2.1`
    static func identifier(_ arcs: UInt32...) -> [UInt8] {
        var bytes = [UInt8(arcs[0] * 40 + arcs[1])]
        for arc in arcs.dropFirst(2) {
            var groups = [UInt8(arc & 127)]
            var rest = arc >> 7
            while rest > 0 {
                groups.insert(UInt8(rest & 127) | 0x80, at: 0)
                rest >>= 7
            }
            bytes += groups
        }
        return element(0x06, bytes)
    }

    /// A text in the form that certificates prefer: printable characters where they suffice.
    static func text(_ text: String) -> [UInt8] {
        let isPrintable = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: " '()+,-./:=?".utf8.contains(byte)
            }
        }
        return element(isPrintable ? 0x13 : 0x0C, Array(text.utf8))
    }
}

/// Text armour around binary forms (RFC 7468).
package enum PEM {
    /// A block with lines of `width` characters, and a line break at its end.
    package static func encode(_ label: String, _ bytes: [UInt8], width: Int = 64) -> String {
        var text = "-----BEGIN \(label)-----\n"
        let digits = Array(Base64.encode(bytes).utf8)
        for start in stride(from: 0, to: digits.count, by: width) {
            text += String(decoding: digits[start..<min(start + width, digits.count)], as: UTF8.self) + "\n"
        }
        return text + "-----END \(label)-----\n"
    }

    /// The first block of a text: its label and its bytes; nil when there is none.
    package static func decode(_ text: String) -> (label: String, bytes: [UInt8])? {
        let lines = text.split(whereSeparator: \.isNewline)
        guard let begin = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") && $0.hasSuffix("-----") }) else {
            return nil
        }
        let label = lines[begin].dropFirst(11).dropLast(5)
        guard let end = lines[begin...].firstIndex(where: { $0.hasPrefix("-----END \(label)-----") }) else {
            return nil
        }
        // Headers before the content, such as those of encrypted keys, hold a colon.
        let content = lines[(begin + 1)..<end].filter { !$0.contains(":") }.joined()
        guard let bytes = Base64.decode(content) else { return nil }
        return (String(label), bytes)
    }
}
