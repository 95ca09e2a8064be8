/// Base64 text in its two alphabets (RFC 4648 sections 4 and 5).
package enum Base64 {
    /// Which characters stand for 62 and 63, and whether `=` fills up the end.
    package enum Alphabet: Sendable {
        /// `+`, `/`, and padding: Kubernetes Secrets, PEM, HTTP Basic.
        case standard
        /// `-`, `_`, no padding: JWT, URLs.
        case url
    }

    package static func encode(_ bytes: some Collection<UInt8>, _ alphabet: Alphabet = .standard) -> String {
        let digits = alphabet == .standard ? standardDigits : urlDigits
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(digits[Int(buffer >> UInt32(bits) & 63)])
            }
        }
        if bits > 0 { text.append(digits[Int(buffer << UInt32(6 - bits) & 63)]) }
        if alphabet == .standard {
            while text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a base64 text; line breaks in it are skipped, as MIME and Go's decoder do.
    ///
    /// The standard alphabet's padding must be there and right; the URL alphabet's may be absent.
    ///
    /// - Returns: nil when the text is not base64 of this alphabet.
    package static func decode(_ text: some StringProtocol, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count / 4 * 3)
        var buffer: UInt32 = 0
        var digits = 0
        var padding = 0
        for character in text.utf8 where character != 10 && character != 13 {
            if character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(of: character, alphabet) else { return nil }
            buffer = buffer << 6 | UInt32(value)
            digits += 1
            if digits % 4 == 0 {
                result += [UInt8(buffer >> 16 & 255), UInt8(buffer >> 8 & 255), UInt8(buffer & 255)]
                buffer = 0
            }
        }
        let isPadded = (digits + padding) % 4 == 0 && padding <= 2
        guard isPadded || (alphabet == .url && padding == 0) else { return nil }
        switch digits % 4 {
        case 1: return nil
        case 2: result.append(UInt8(buffer >> 4 & 255))
        case 3: result += [UInt8(buffer >> 10 & 255), UInt8(buffer >> 2 & 255)]
        default: if padding > 0 { return nil }
        }
        return result
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let standardDigits = Array((letters + "+/").utf8)
    private static let urlDigits = Array((letters + "-_").utf8)

    private static func value(of character: UInt8, _ alphabet: Alphabet) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+") where alphabet == .standard, UInt8(ascii: "-") where alphabet == .url: 62
        case UInt8(ascii: "/") where alphabet == .standard, UInt8(ascii: "_") where alphabet == .url: 63
        default: nil
        }
    }
}
