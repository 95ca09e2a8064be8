/// Private keys that are written as blocks of text.
struct KeyBlocks {
    private static let longest = 65_536
    let text: [UInt8]

    /// The PEM or OpenPGP block that starts with the dashes at `place` (RFC 7468, RFC 9580 section 6.2).
    ///
    /// - Returns: its range and, where it holds a private key, its type; nil where no block starts here.
    func pem(at place: Int) -> (range: Range<Int>, type: String?)? {
        guard text.has("-----BEGIN ", at: place) else { return nil }
        let label = place + 11
        var end = label
        while end < text.count, end - label < 48, text[end].isUpper || text[end] == 0x20 || text[end].isDigit {
            end += 1
        }
        guard text.has("-----", at: end), end > label else { return nil }
        let type = privateType(text.text(label..<end))
        return (place..<blockEnd(label: label..<end), type)
    }

    private func privateType(_ label: String) -> String? {
        switch label {
        case "PRIVATE KEY": "pem-private-key"
        case "ENCRYPTED PRIVATE KEY": "pem-encrypted-private-key"
        case "RSA PRIVATE KEY": "pem-rsa-private-key"
        case "EC PRIVATE KEY": "pem-ec-private-key"
        case "DSA PRIVATE KEY": "pem-dsa-private-key"
        case "OPENSSH PRIVATE KEY": "openssh-private-key"
        case "PGP PRIVATE KEY BLOCK": "pgp-private-key"
        default: label.contains("PRIVATE KEY") || label.contains("SECRET KEY") ? "pem-private-key" : nil
        }
    }

    private func blockEnd(label: Range<Int>) -> Int {
        let limit = Swift.min(text.count, label.upperBound + Self.longest)
        var place = label.upperBound + 5
        while let dash = text.index(of: 0x2D, from: place, to: limit) {
            if text.has("-----END ", at: dash) {
                let end = dash + 9 + label.count + 5
                return Swift.min(end, text.count)
            }
            if text.has("-----BEGIN ", at: dash) { break }
            place = dash + 1
        }
        // Cut off: as far as it looks like the block.
        place = label.upperBound + 5
        while place < limit, text[place].isBase64 || text[place].isSpace || text[place] == 0x3D || text[place] == 0x5C {
            place += 1
        }
        return text.trimmed(label.lowerBound..<place).upperBound
    }

    /// A private key in PuTTY's own form, to the end of its check sum.
    func putty(at place: Int) -> Range<Int>? {
        guard text.has("PuTTY-User-Key-File-", at: place) else { return nil }
        let limit = Swift.min(text.count, place + Self.longest)
        var next = place
        while let letter = text.index(of: 0x50, from: next, to: limit) {
            if text.has("Private-MAC:", at: letter) {
                var end = letter + 12
                while end < limit, text[end].isBlank { end += 1 }
                while end < limit, text[end].isHex { end += 1 }
                return place..<end
            }
            next = letter + 1
        }
        return place..<text.lineEnd(from: place)
    }
}
