/// Public keys as SSH writes them (RFC 4253, section 6.6; RFC 5656; RFC 8709), and private ones as OpenSSH does
/// (PROTOCOL.key).
package struct SSHPublicKey: Sendable {
    package let shape: PrivateKey.Shape
    /// The same as of the key's other forms: SHA-1 over the public key itself (RFC 5280, section 4.2.1.2).
    package let identifier: [UInt8]

    /// Names of the kinds of keys that can be made anew.
    package static let types =
        ["ssh-rsa", "ssh-ed25519"] + CurveName.allCases.map { "ecdsa-sha2-\($0.sshName)" }

    /// - Throws: `CryptoError` for what is no key of a known kind.
    package init(_ blob: [UInt8]) throws(CryptoError) {
        var reader = SSHReader(blob)
        switch String(decoding: try reader.text(), as: UTF8.self) {
        case "ssh-rsa":
            let exponent = try reader.text()
            let modulus = try reader.text()
            shape = .ofModulus(modulus)
            identifier = Digest.sha1(DER.sequence(DER.integer(modulus), DER.integer(exponent))).bytes
        case "ssh-ed25519":
            shape = .ed25519
            identifier = Digest.sha1(try reader.text()).bytes
        case let type:
            guard let curve = CurveName.allCases.first(where: { type == "ecdsa-sha2-\($0.sshName)" }) else {
                throw CryptoError(call: "SSH", reason: "a key that is neither RSA, ECDSA nor Ed25519")
            }
            _ = try reader.text()
            shape = .ecdsa(curve)
            identifier = Digest.sha1(try reader.text()).bytes
        }
    }
}

/// What the text of an OpenSSH private key tells without its passphrase.
package struct SSHPrivateText {
    /// The public key in its binary form.
    package let publicBlob: [UInt8]
    package let isEncrypted: Bool

    /// nil for a text that is none.
    package init?(_ text: String) {
        let mark = Array("openssh-key-v1\0".utf8)
        guard let block = PEM.decode(text), block.label == "OPENSSH PRIVATE KEY", block.bytes.starts(with: mark) else {
            return nil
        }
        var reader = SSHReader(Array(block.bytes.dropFirst(mark.count)))
        guard let cipher = try? reader.text(), (try? reader.text()) != nil, (try? reader.text()) != nil,
            (try? reader.number()) != nil, let blob = try? reader.text()
        else { return nil }
        publicBlob = blob
        isEncrypted = !cipher.elementsEqual("none".utf8)
    }
}

extension PrivateKey {
    /// The name of its kind in SSH.
    private var sshType: String {
        switch kind {
        case .rsa: "ssh-rsa"
        case .ecdsa(let curve): "ecdsa-sha2-\(curve.sshName)"
        case .ed25519: "ssh-ed25519"
        case .dsa: "ssh-dss"
        }
    }

    /// The public key in its binary form.
    private func sshBlob() throws(CryptoError) -> [UInt8] {
        let bits = try publicBytes()
        let type = SSHText.text(Array(sshType.utf8))
        switch kind {
        case .rsa:
            var numbers = try DERReader.sequence(in: bits)
            let modulus = try numbers.content(0x02)
            return type + SSHText.number(try numbers.content(0x02)) + SSHText.number(modulus)
        case .ecdsa(let curve): return type + SSHText.text(Array(curve.sshName.utf8)) + SSHText.text(bits)
        case .ed25519, .dsa: return type + SSHText.text(bits)
        }
    }

    /// The fields of the private key behind its type.
    private func sshSecret() throws(CryptoError) -> [UInt8] {
        switch kind {
        case .rsa:
            var outer = try DERReader.sequence(in: encoding)
            var numbers: [[UInt8]] = []
            while outer.tag == 0x02 { numbers.append(try outer.content(0x02)) }
            guard numbers.count == 9 else { throw CryptoError(call: "SSH", reason: "not what a key of RSA holds") }
            // Version, n, e, d, p, q, two remainders and the inverse of q (RFC 8017) become n, e, d, the inverse, p, q.
            return [1, 2, 3, 8, 4, 5].flatMap { SSHText.number(numbers[$0]) }
        case .ecdsa(let curve):
            return SSHText.text(Array(curve.sshName.utf8)) + SSHText.text(try publicBytes())
                + SSHText.number(try secretNumber().bytes())
        case .ed25519:
            let point = try publicBytes()
            return SSHText.text(point) + SSHText.text(encoding.suffix(32) + point)
        case .dsa: throw CryptoError(call: "SSH", reason: "keys of DSA are no longer taken")
        }
    }

    /// `ssh-ed25519 AAAA…`, without a comment.
    package func sshPublicText() throws(CryptoError) -> String { "\(sshType) \(Base64.encode(try sshBlob()))" }

    /// The text of an OpenSSH private key without a passphrase. The same key gives the same text.
    package func sshPrivateText(comment: String) throws(CryptoError) -> String {
        let (blob, type) = (try sshBlob(), SSHText.text(Array(sshType.utf8)))
        let secret = type + (try sshSecret())
        let check = Array(HMAC.sha256(Array("check".utf8), key: secret).prefix(4))
        var body = check + check + secret + SSHText.text(Array(comment.utf8))
        var padding: UInt8 = 1
        while body.count % 8 != 0 {
            body.append(padding)
            padding += 1
        }
        let none = SSHText.text(Array("none".utf8))
        let all =
            Array("openssh-key-v1\0".utf8) + none + none + SSHText.text([]) + [0, 0, 0, 1] + SSHText.text(blob)
            + SSHText.text(body)
        return PEM.encode("OPENSSH PRIVATE KEY", all, width: 70)
    }
}

/// Writes texts and numbers with their lengths (RFC 4251, section 5).
private enum SSHText {
    static func text(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(bytes.count).bigEndian, Array.init) + bytes
    }

    /// A number that is not negative, from its bytes, the highest first.
    static func number(_ bytes: [UInt8]) -> [UInt8] {
        let bytes = Array(bytes.drop { $0 == 0 })
        return text((bytes.first ?? 0) >= 0x80 ? [0] + bytes : bytes)
    }
}

/// Reads texts and numbers with their lengths.
private struct SSHReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func number() throws(CryptoError) -> Int {
        guard place + 4 <= bytes.count else { throw CryptoError(call: "SSH", reason: "the key is cut off") }
        defer { place += 4 }
        return bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func text() throws(CryptoError) -> [UInt8] {
        let count = try number()
        guard count <= bytes.count - place else { throw CryptoError(call: "SSH", reason: "the key is cut off") }
        defer { place += count }
        return Array(bytes[place..<place + count])
    }
}
