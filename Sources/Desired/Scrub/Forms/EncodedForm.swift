import Crypto
import Document

/// A text that is another one in base64 or hexadecimal, as a whole.
struct EncodedForm: TextForm {
    private enum Alphabet {
        case standard, url, hexLower, hexUpper
    }

    private let leaf: Leaf
    let plain: [UInt8]
    private let alphabet: Alphabet
    /// The line break at the text's end.
    private let ending: [UInt8]

    /// nil for a text that is no such one, or whose bytes are neither text nor gzip.
    init?(_ bytes: [UInt8], _ leaf: Leaf) {
        let body = bytes.trimmed(0..<bytes.count)
        guard body.count >= 8, bytes[body].allSatisfy({ $0.isBase64 || $0 == 0x3D || $0.isLineEnd }) else { return nil }
        let text = String(decoding: bytes[body].filter { !$0.isLineEnd }, as: UTF8.self)
        self.leaf = leaf
        ending = Array(bytes[body.upperBound...])
        if text.utf8.count >= 16, let plain = Hex.decode(text), Self.isMeant(plain) {
            self.plain = plain
            alphabet = text.utf8.contains { (0x41...0x46).contains($0) } ? .hexUpper : .hexLower
        } else if let plain = Base64.decode(text), Self.isMeant(plain) {
            self.plain = plain
            alphabet = .standard
        } else if text.utf8.count >= 16, !text.utf8.contains(0x3D), let plain = Base64.decode(text, .url),
            Self.isMeant(plain)
        {
            self.plain = plain
            alphabet = .url
        } else {
            return nil
        }
    }

    /// Whether somebody encoded these bytes: chance decodes few texts to printable signs.
    static func isMeant(_ bytes: [UInt8]) -> Bool {
        if Gzip.isPacked(bytes) { return true }
        guard bytes.count >= 4, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0.isSpace }) else { return false }
        return String(validating: bytes, as: UTF8.self) != nil
    }

    func unfold(with unfolding: Unfolding) throws(Problem) -> [UInt8]? {
        let form = alphabet == .standard || alphabet == .url ? "base64" : "hex"
        guard let changed = try unfolding.unfold(leaf.within(form, plain)) else { return nil }
        let text =
            switch alphabet {
            case .standard: Base64.encode(changed)
            case .url: Base64.encode(changed, .url)
            case .hexLower: Hex.encode(changed)
            case .hexUpper: Hex.encode(changed).uppercased()
            }
        return Array(text.utf8) + ending
    }
}
