/// The header of an age file: the file key, wrapped for each recipient, and a code over all of it (C2SP age, "Header").
struct AgeHeader {
    /// The file key wrapped for one recipient.
    struct Stanza {
        /// The kind, and what else the first line says.
        var words: [String]
        var body: [UInt8]
    }

    private static let version = "age-encryption.org/v1"
    /// No file of anybody's comes near; a hostile one has no end of recipients.
    private static let longest = 1 << 20
    private static let most = 4096

    var stanzas: [Stanza]
    /// The text up to the code, `---` included.
    private(set) var text: [UInt8]
    private(set) var code: [UInt8] = []

    init(_ stanzas: [Stanza]) {
        self.stanzas = stanzas
        var lines = [Self.version]
        for stanza in stanzas {
            lines.append("-> " + stanza.words.joined(separator: " "))
            var digits = Base64.unpadded(stanza.body)[...]
            while digits.count >= 64 {
                lines.append(String(digits.prefix(64)))
                digits = digits.dropFirst(64)
            }
            lines.append(String(digits))
        }
        text = Array((lines + ["---"]).joined(separator: "\n").utf8)
    }

    /// - Returns: the header, and the offset of what follows it.
    static func read(_ bytes: [UInt8]) throws(AgeError) -> (AgeHeader, Int) {
        var lines = Lines(bytes: bytes, limit: min(bytes.count, longest))
        guard try lines.next() == version else { throw .malformed("it does not begin with \(version)") }
        var header = AgeHeader([])
        while true {
            let start = lines.offset
            let line = try lines.next()
            if line.hasPrefix("--- ") {
                guard let code = Base64.exact(line.dropFirst(4)), code.count == 32, !header.stanzas.isEmpty else {
                    throw .malformed("the header's code is none")
                }
                header.text = Array(bytes[..<(start + 3)])
                header.code = code
                return (header, lines.offset)
            }
            guard header.stanzas.count < most else { throw .malformed("it has too many recipients") }
            header.stanzas.append(try stanza(line, &lines))
        }
    }

    private static func stanza(_ first: String, _ lines: inout Lines) throws(AgeError) -> Stanza {
        let words = first.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let isSound = words.dropFirst().allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (33...126).contains($0) } }
        guard words.count > 1, words[0] == "->", isSound else { throw .malformed("a recipient's line is none") }
        var body: [UInt8] = []
        while true {
            let line = try lines.next()
            guard line.utf8.count <= 64, let bytes = Base64.exact(line[...]) else {
                throw .malformed("a recipient's body is not base64")
            }
            body += bytes
            if line.utf8.count < 64 { return Stanza(words: Array(words.dropFirst()), body: body) }
        }
    }

    /// The code over the text under a file key.
    func computedCode(_ fileKey: [UInt8]) throws(AgeError) -> [UInt8] {
        try AgeError.wrapping { () throws(CryptoError) in
            HMAC.sha256(text, key: try HKDF.derive(from: fileKey, info: "header"))
        }
    }

    private struct Lines {
        let bytes: [UInt8]
        let limit: Int
        var offset = 0

        init(bytes: [UInt8], limit: Int) {
            self.bytes = bytes
            self.limit = limit
        }

        mutating func next() throws(AgeError) -> String {
            guard let end = bytes[offset..<limit].firstIndex(of: 0x0A) else {
                throw .malformed("its header has no end")
            }
            let line = String(decoding: bytes[offset..<end], as: UTF8.self)
            offset = end + 1
            return line
        }
    }
}

extension Base64 {
    /// Without padding, as age's headers have it.
    static func unpadded(_ bytes: [UInt8]) -> String {
        let text = encode(bytes)
        return String(text[..<(text.firstIndex(of: "=") ?? text.endIndex)])
    }

    /// The bytes of text without padding that is written as `unpadded` writes it, bit by bit; nil for any other.
    static func exact(_ text: Substring) -> [UInt8]? {
        guard !text.utf8.contains(where: { $0 == 0x3D || $0 == 0x0A || $0 == 0x0D }) else { return nil }
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let bytes = decode(text + padding), unpadded(bytes) == text else { return nil }
        return bytes
    }
}
