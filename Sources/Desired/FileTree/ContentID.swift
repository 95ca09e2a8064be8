import Crypto

/// The name that git gives to content: equal ids, equal bytes.
package struct ContentID: Sendable, Hashable, CustomStringConvertible {
    /// 40 or 64 hexadecimal digits.
    package let hex: String

    /// An id that git gave; nil when it is not 40 or 64 lower-case hexadecimal digits.
    package init?(hex: String) {
        guard hex.utf8.count == 40 || hex.utf8.count == 64,
            hex.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x66 })
        else { return nil }
        self.hex = hex
    }

    private init(_ digest: Digest) {
        hex = digest.hex
    }

    /// The id that git gives a file with these bytes (gitformat-objects, "blob").
    package static func blob(_ bytes: [UInt8]) -> ContentID {
        object("blob", bytes)
    }

    static func object(_ type: String, _ bytes: [UInt8]) -> ContentID {
        let stream = DigestStream(.sha1)
        stream.update(Array("\(type) \(bytes.count)\0".utf8))
        stream.update(bytes)
        return ContentID(stream.finish())
    }

    package var description: String { hex }
}
