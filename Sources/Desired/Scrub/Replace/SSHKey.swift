import Crypto

/// An Ed25519 key as OpenSSH writes it (PROTOCOL.key; RFC 8709).
struct SSHKey {
    let publicText: String
    let privateText: String

    /// - Parameter seed: 32 bytes, which the key follows from.
    init(seed: [UInt8], comment: String) throws(CryptoError) {
        let publicKey = try PrivateKey.ed25519 { _ in seed }.publicBytes()
        let type = Array("ssh-ed25519".utf8)
        let blob = Self.text(type) + Self.text(publicKey)
        let check = Array(HMAC.sha256(Array("check".utf8), key: seed).prefix(4))
        var secret = check + check + Self.text(type) + Self.text(publicKey) + Self.text(seed + publicKey)
        secret += Self.text(Array(comment.utf8))
        var padding: UInt8 = 1
        while secret.count % 8 != 0 {
            secret.append(padding)
            padding += 1
        }
        let none = Self.text(Array("none".utf8))
        let all =
            Array("openssh-key-v1\0".utf8) + none + none + Self.text([]) + [0, 0, 0, 1] + Self.text(blob)
            + Self.text(secret)
        let digits = Array(Base64.encode(all).utf8)
        var lines = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
        for start in stride(from: 0, to: digits.count, by: 70) {
            lines += String(decoding: digits[start..<min(start + 70, digits.count)], as: UTF8.self) + "\n"
        }
        privateText = lines + "-----END OPENSSH PRIVATE KEY-----\n"
        publicText = "ssh-ed25519 " + Base64.encode(blob)
    }

    private static func text(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(bytes.count).bigEndian, Array.init) + bytes
    }
}

/// What an SSH key's text tells of it.
struct SSHKeyText {
    /// The public key in its binary form, by which both halves are known.
    let publicBlob: [UInt8]
    let comment: String

    private static let types = ["ssh-rsa ", "ssh-ed25519 ", "ssh-dss ", "ecdsa-sha2-nistp"]

    static func isPublic(_ bytes: [UInt8]) -> Bool {
        bytes.count > 60 && types.contains { bytes.starts(with: $0.utf8) } && !bytes.dropLast().contains(0x0A)
    }

    init?(publicKey bytes: [UInt8]) {
        let words = String(decoding: bytes, as: UTF8.self).split(separator: " ", maxSplits: 2)
        guard words.count >= 2, let blob = Base64.decode(words[1].filter { !$0.isWhitespace }) else { return nil }
        publicBlob = blob
        comment = words.count > 2 ? String(words[2]) : ""
    }

    init?(privateKey text: String) {
        guard let block = PEM.decode(text) else { return nil }
        let bytes = block.bytes
        var place = "openssh-key-v1".utf8.count + 1
        func next() -> [UInt8]? {
            guard place + 4 <= bytes.count else { return nil }
            let count = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            place += 4
            guard count <= bytes.count - place else { return nil }
            defer { place += count }
            return Array(bytes[place..<place + count])
        }
        guard next() != nil, next() != nil, next() != nil else { return nil }
        place += 4
        guard let blob = next() else { return nil }
        publicBlob = blob
        comment = "key"
    }
}
