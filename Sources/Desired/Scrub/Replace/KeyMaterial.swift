import Crypto

/// New keys and certificates in the place of old ones.
///
/// A new key follows from the identifier of the old one's public part (RFC 5280, section 4.2.1.2), which a private key,
/// its certificate and certificates below it all tell: each can be replaced by itself, and they still belong together.
struct KeyMaterial {
    private let key: [UInt8]
    private let memory: MadeKeys
    /// What becomes of the DNS names of certificates.
    private let name: (String) -> String

    init(key: [UInt8], memory: MadeKeys, name: @escaping (String) -> String) {
        self.key = key
        self.memory = memory
        self.name = name
    }

    /// The text with each block in it replaced, and what stands between the blocks as it is.
    ///
    /// - Parameter passphrases: that may open encrypted blocks, each with what takes its place.
    func pem(_ bytes: [UInt8], _ placeholder: Placeholder, passphrases: [(old: [UInt8], new: [UInt8])] = []) -> [UInt8]
    {
        var result: [UInt8] = []
        for part in PEMText.parts(bytes) {
            switch part {
            case .between(let text): result += text
            case .block(let text): result += block(text, placeholder, passphrases)
            }
        }
        return result
    }

    private func block(
        _ text: [UInt8], _ placeholder: Placeholder, _ passphrases: [(old: [UInt8], new: [UInt8])]
    ) -> [UInt8] {
        let string = String(decoding: text, as: UTF8.self)
        let isFlat = !text.contains(0x0A)
        let made: String?
        if string.contains("BEGIN EC PARAMETERS") { return text }
        if string.contains("BEGIN CERTIFICATE-----") {
            made = try? certificate(string)
        } else if string.contains("BEGIN PUBLIC KEY") {
            made = try? publicKey(string)
        } else if EncryptedKey.isOne(string) {
            made = try? encryptedKey(string, passphrases)
        } else if string.contains("BEGIN OPENSSH PRIVATE KEY") {
            made = try? sshPrivate(string)
        } else if string.contains("PRIVATE KEY") {
            made = try? privateKey(string)
        } else {
            made = nil
        }
        guard let made else { return Array(placeholder.pem(string).utf8) }
        let trimmed = made.utf8.last == 0x0A && text.last != 0x0A ? Array(made.utf8.dropLast()) : Array(made.utf8)
        return isFlat ? trimmed.filter { $0 != 0x0A } : trimmed
    }

    // MARK: Keys

    private func privateKey(_ text: String) throws -> String {
        let old = try PrivateKey.publicIdentity(ofPEM: text)
        return try made(old.shape, old.identifier).pem(isPKCS8: PEM.decode(text)?.label == "PRIVATE KEY")
    }

    private func publicKey(_ text: String) throws -> String {
        let old = try PrivateKey.publicIdentity(ofPEM: text)
        return try made(old.shape, old.identifier).publicPEM()
    }

    /// Closed by what takes the passphrase's place.
    private func encryptedKey(_ text: String, _ passphrases: [(old: [UInt8], new: [UInt8])]) throws -> String? {
        for passphrase in passphrases {
            guard let old = EncryptedKey.identity(of: text, passphrase: passphrase.old) else { continue }
            let drawn = HMAC(key: key, .sha512).code(Array("encrypted key\0".utf8) + old.identifier)
            return try EncryptedKey.text(
                of: made(old.shape, old.identifier), passphrase: passphrase.new, salt: Array(drawn[..<16]),
                nonce: Array(drawn[16..<32]))
        }
        return nil
    }

    /// Whether a text has a key that none of the passphrases opens, so that nothing can take its place that loads.
    func isClosed(_ bytes: [UInt8], passphrases: [[UInt8]]) -> Bool {
        PEMText.parts(bytes).contains { part in
            guard case .block(let text) = part else { return false }
            let string = String(decoding: text, as: UTF8.self)
            // What is no encrypted key but for its label never loaded.
            guard EncryptedKey.isOne(string), PEM.decode(string)?.bytes.count ?? 0 >= 48 else { return false }
            return !passphrases.contains { EncryptedKey.identity(of: string, passphrase: $0) != nil }
        }
    }

    /// The key that takes the place of one, by its identifier.
    private func made(_ shape: PrivateKey.Shape, _ identifier: [UInt8]) throws(CryptoError) -> PrivateKey {
        let seed = HMAC.sha256(Array("key pair \(shape.name)".utf8) + identifier, key: key)
        let text = try memory.text(from: seed) { () throws(CryptoError) in
            try PrivateKey.make(shape, from: DrawnBytes(seed: seed).next).pem
        }
        return try PrivateKey.read(text)
    }

    func newKey(for bytes: [UInt8]) -> [UInt8] {
        let identifier = Digest.sha256(HMAC.sha256(bytes, key: key)).bytes
        return (try? made(.ecdsa(.p256), identifier)).map { Array($0.pem.utf8) } ?? bytes
    }

    // MARK: Certificates

    private func certificate(_ text: String) throws -> String {
        guard let block = PEM.decode(text) else { throw CryptoError(call: "PEM", reason: "no block") }
        let old = try CertificateParts(block.bytes)
        let subjectKey = try made(old.keyShape, old.keyIdentifier)
        let signer =
            old.isSelfSigned
            ? subjectKey : try made(old.issuerShape, old.issuerIdentifier.isEmpty ? old.issuer : old.issuerIdentifier)
        return try old.reissued(for: subjectKey, by: signer, mark: mark, name: name).pem
    }

    /// What tells the environment's certificates from production's, in their subjects.
    private var mark: String { "scrubbed-" + Hex.encode(HMAC.sha256(Array("mark".utf8), key: key).prefix(3)) }

    // MARK: SSH

    private func sshPrivate(_ text: String) throws -> String? {
        guard let old = SSHPrivateText(text) else { return nil }
        return try sshKey(old.publicBlob).sshPrivateText(comment: "scrubbed")
    }

    /// The same key takes the place of another in all of its forms; for kinds that are no longer in use, one of Ed25519.
    private func sshKey(_ blob: [UInt8]) throws(CryptoError) -> PrivateKey {
        guard let old = try? SSHPublicKey(blob) else { return try made(.ed25519, Digest.sha1(blob).bytes) }
        return try made(old.shape, old.identifier)
    }

    /// A text with the public keys of its lines replaced: `ssh-ed25519 AAAA… comment`, in authorized_keys also behind
    /// options, in known_hosts behind a host; nil for a text without one.
    func sshPublic(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > 60, bytes.contains("aaaa", in: 0..<bytes.count) else { return nil }
        var isChanged = false
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line -> [UInt8] in
            guard let new = sshLine(Array(line)) else { return Array(line) }
            isChanged = true
            return new
        }
        return isChanged ? Array(lines.joined(separator: [0x0A])) : nil
    }

    private func sshLine(_ line: [UInt8]) -> [UInt8]? {
        guard let key = SSHLine(line), let new = try? sshKey(key.blob).sshPublicText() else { return nil }
        let comment = key.hasComment ? Array(" scrubbed".utf8) : []
        return line[..<key.range.lowerBound] + Array(new.utf8) + comment + (line.last == 0x0D ? [0x0D] : [])
    }

    func newSSHKey(for bytes: [UInt8]) -> [UInt8] {
        let new = try? made(.ed25519, Digest.sha1(HMAC.sha256(bytes, key: key)).bytes).sshPrivateText(comment: "")
        return new.map { Array($0.utf8) } ?? bytes
    }
}

/// A public key of SSH in a line, and where it stands.
struct SSHLine {
    let blob: [UInt8]
    /// Of its type and its base64.
    let range: Range<Int>
    let hasComment: Bool

    /// nil for a line without one.
    init?(_ line: [UInt8]) {
        guard line.count > 60, line.first != 0x23 else { return nil }
        let words = line.split { $0.isBlank || $0 == 0x0D }
        for (type, body) in zip(words, words.dropFirst()) where Self.isType(type) {
            guard let blob = Base64.decode(String(decoding: body, as: UTF8.self)),
                blob.dropFirst(4).starts(with: type)
            else { continue }
            self.blob = blob
            range = type.startIndex..<body.endIndex
            hasComment = words.last.map { $0.startIndex > body.startIndex } ?? false
            return
        }
        return nil
    }

    private static func isType(_ word: ArraySlice<UInt8>) -> Bool {
        word.starts(with: "ssh-".utf8) || word.starts(with: "ecdsa-sha2-".utf8)
    }
}

/// Bytes without end that follow from a seed.
final class DrawnBytes {
    private let hmac: HMAC
    private var counter: UInt64 = 0
    private var rest: [UInt8] = []

    init(seed: [UInt8]) { hmac = HMAC(key: seed) }

    func next(_ count: Int) -> [UInt8] {
        while rest.count < count {
            rest += hmac.code(withUnsafeBytes(of: counter.bigEndian, Array.init))
            counter += 1
        }
        defer { rest.removeFirst(count) }
        return Array(rest.prefix(count))
    }
}
