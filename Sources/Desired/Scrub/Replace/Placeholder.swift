import Crypto

/// Values that take the place of secret ones: of the same shape, the same every time under one key, and under another
/// key different ones.
///
/// A value's placeholder depends on the value alone, so that a password and the connection string that holds it still
/// agree. Nothing of the value can be read from it without the key; its length and its classes of characters remain.
package struct Placeholder {
    private let hmac: HMAC

    /// - Parameter key: secret, of this project and environment alone.
    package init(key: [UInt8]) {
        hmac = HMAC(key: key)
    }

    /// What stands for bytes that may be no text.
    package func bytes(for original: [UInt8]) -> [UInt8] {
        if let text = String(validating: original, as: UTF8.self) { return Array(self.text(for: text).utf8) }
        var stream = KeyStream(hmac, original)
        return original.map { _ in stream.next() }
    }

    /// What stands for a text.
    package func text(for original: String) -> String {
        if PlainWords.contains(Array(original.utf8)) { return original }
        return email(original) ?? characters(original)
    }

    /// Every letter becomes a letter of its case, every digit a digit; what stands between them stays.
    private func characters(_ original: String) -> String {
        for attempt in UInt8(0)..<16 {
            var stream = KeyStream(hmac, Array(original.utf8), attempt: attempt)
            var isFirst = true
            let result = String(
                original.unicodeScalars.map { scalar in
                    defer { isFirst = false }
                    return stream.scalar(like: scalar, isFirst: isFirst)
                })
            if result != original { return result }
        }
        // Punctuation alone has no characters that could change.
        var stream = KeyStream(hmac, Array(original.utf8))
        return String(original.unicodeScalars.map { _ in stream.scalar(like: "a", isFirst: false) })
    }

    /// The lines of a PEM block (RFC 7468) that say what it is stay, the base64 between them changes.
    func pem(_ original: String) -> String {
        let lines = original.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.isEmpty || line.hasPrefix("-----") ? String(line) : characters(String(line))
        }
        return lines.joined(separator: "\n")
    }

    /// `name@host`: another name at a host that no mail reaches (RFC 2606).
    private func email(_ original: String) -> String? {
        let parts = original.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[1].contains("."),
            original.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") })
        else { return nil }
        return characters(String(parts[0])) + "@example.com"
    }
}
extension String {
    init(_ scalars: [Unicode.Scalar]) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}

/// Bytes that a key and a value determine.
struct KeyStream {
    private let hmac: HMAC
    private let seed: [UInt8]
    private var block: [UInt8] = []
    private var counter: UInt32 = 0

    init(_ hmac: HMAC, _ value: [UInt8], attempt: UInt8 = 0) {
        self.hmac = hmac
        seed = hmac.code([attempt] + value)
    }

    mutating func next() -> UInt8 {
        if block.isEmpty {
            block = hmac.code(withUnsafeBytes(of: counter.littleEndian, Array.init) + seed)
            counter += 1
        }
        return block.removeLast()
    }

    /// A character of the same class.
    mutating func scalar(like scalar: Unicode.Scalar, isFirst: Bool) -> Unicode.Scalar {
        switch scalar {
        case "a"..."z": Unicode.Scalar(UInt8(ascii: "a") + next() % 26)
        case "A"..."Z": Unicode.Scalar(UInt8(ascii: "A") + next() % 26)
        // A number keeps its length, so it must not begin with a zero.
        case "1"..."9" where isFirst: Unicode.Scalar(UInt8(ascii: "1") + next() % 9)
        case "0"..."9": Unicode.Scalar(UInt8(ascii: "0") + next() % 10)
        case _ where scalar.isASCII: scalar
        default: Unicode.Scalar(UInt8(ascii: "a") + next() % 26)
        }
    }
}
