import Crypto

/// The name that git gives to content: equal ids, equal bytes.
package struct ContentID: Sendable, Hashable, CustomStringConvertible {
    // Up to 32 bytes, the first one in the highest bits; those of SHA-1 end after twenty. In place, so that thousands of
    // ids are compared and kept without a look elsewhere.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private let isLong: Bool

    /// An id that git gave; nil when it is not 40 or 64 lower-case hexadecimal digits.
    package init?(hex: String) {
        let digits = hex.utf8
        guard digits.count == 40 || digits.count == 64 else { return nil }
        isLong = digits.count == 64
        for (place, digit) in digits.enumerated() {
            switch digit {
            case 0x30...0x39: put(digit - 0x30, at: place)
            case 0x61...0x66: put(digit - 0x61 + 10, at: place)
            default: return nil
            }
        }
    }

    /// An id as tree objects hold it; nil when it has neither 20 nor 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 20 || bytes.count == 32 else { return nil }
        self.init(whole: bytes)
    }

    private init(whole bytes: [UInt8]) {
        isLong = bytes.count > 20
        for (place, byte) in bytes.enumerated() {
            put(byte >> 4, at: 2 * place)
            put(byte & 15, at: 2 * place + 1)
        }
    }

    /// Puts a digit where nothing is yet.
    private mutating func put(_ digit: UInt8, at place: Int) {
        let bits = UInt64(digit) << UInt64(60 - place % 16 * 4)
        switch place / 16 {
        case 0: words.0 |= bits
        case 1: words.1 |= bits
        case 2: words.2 |= bits
        default: words.3 |= bits
        }
    }

    /// The id that git gives a file with these bytes (gitformat-objects, "blob").
    package static func blob(_ bytes: [UInt8]) -> ContentID {
        object("blob", bytes)
    }

    static func object(_ type: String, _ bytes: [UInt8]) -> ContentID {
        let stream = DigestStream(.sha1)
        stream.update(Array("\(type) \(bytes.count)\0".utf8))
        stream.update(bytes)
        return ContentID(whole: stream.finish().bytes)
    }

    /// 40 or 64 hexadecimal digits.
    package var hex: String {
        func padded(_ word: UInt64) -> String {
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        let digits = padded(words.0) + padded(words.1) + padded(words.2)
        return isLong ? digits + padded(words.3) : String(digits.prefix(40))
    }

    package var description: String { hex }

    package static func == (left: ContentID, right: ContentID) -> Bool {
        left.words == right.words && left.isLong == right.isLong
    }

    /// The first bytes of a digest tell contents apart well enough for a table; the rest is left to the comparison.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}
