import Crypto
import Synchronization

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

    /// The text with each block in it replaced, and what stands between the blocks as a stand-in.
    func pem(_ bytes: [UInt8], _ placeholder: Placeholder) -> [UInt8] {
        if SSHKeyText.isPublic(bytes) { return sshPublic(bytes) ?? placeholder.bytes(for: bytes) }
        var result: [UInt8] = []
        for part in PEMText.parts(bytes) {
            switch part {
            case .between(let text): result += text
            case .block(let text): result += block(text, placeholder)
            }
        }
        return result
    }

    private func block(_ text: [UInt8], _ placeholder: Placeholder) -> [UInt8] {
        let string = String(decoding: text, as: UTF8.self)
        let isFlat = !text.contains(0x0A)
        let made: String?
        if string.contains("BEGIN EC PARAMETERS") { return text }
        if string.contains("BEGIN CERTIFICATE-----") {
            made = try? certificate(string)
        } else if string.contains("BEGIN PUBLIC KEY") {
            made = try? publicKey(string)
        } else if string.contains("BEGIN OPENSSH PRIVATE KEY") {
            made = sshPrivate(string)
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

    /// The key that takes the place of one, by its identifier.
    private func made(_ shape: PrivateKey.Shape, _ identifier: [UInt8]) throws(CryptoError) -> PrivateKey {
        let seed = HMAC.sha256(Array("key pair \(shape)".utf8) + identifier, key: key)
        if let text = memory.text(of: seed) { return try PrivateKey.read(text) }
        let new = try PrivateKey.make(shape, from: DrawnBytes(seed: seed).next)
        memory.remember(new.pem, of: seed)
        return new
    }

    func newKey(for bytes: [UInt8]) -> [UInt8] {
        let identifier = Digest.sha256(HMAC.sha256(bytes, key: key)).bytes
        return (try? made(.p256, identifier)).map { Array($0.pem.utf8) } ?? bytes
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

    private func sshPrivate(_ text: String) -> String? {
        guard let old = SSHKeyText(privateKey: text) else { return nil }
        return sshKey(old.publicBlob, old.comment)?.privateText
    }

    private func sshPublic(_ bytes: [UInt8]) -> [UInt8]? {
        guard let old = SSHKeyText(publicKey: bytes), let new = sshKey(old.publicBlob, "") else { return nil }
        let comment = old.comment.isEmpty ? "" : " scrubbed"
        return Array((new.publicText + comment).utf8) + (bytes.last == 0x0A ? [0x0A] : [])
    }

    /// Ed25519 in the place of any: every server of the last ten years takes it.
    private func sshKey(_ blob: [UInt8], _ comment: String) -> SSHKey? {
        let seed = HMAC.sha256(Array("ssh key\0".utf8) + blob, key: key)
        return try? SSHKey(seed: seed, comment: comment.isEmpty ? "" : "scrubbed")
    }

    func newSSHKey(for bytes: [UInt8]) -> [UInt8] {
        let new = sshKey(HMAC.sha256(bytes, key: key), "")
        return new.map { Array($0.privateText.utf8) } ?? bytes
    }
}

/// Keys that were made, by what they follow from: to make one takes as long as to render a hundred objects.
package final class MadeKeys: Sendable {
    private let texts = Mutex<[[UInt8]: String]>([:])

    package init() {}

    func text(of seed: [UInt8]) -> String? { texts.withLock { $0[seed] } }

    func remember(_ text: String, of seed: [UInt8]) {
        texts.withLock { texts in
            if texts.count >= 1024 { texts.removeAll() }
            texts[seed] = text
        }
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
