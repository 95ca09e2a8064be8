/// Files encrypted to people (the format age-encryption.org/v1, as C2SP specifies it).
package enum Age {
    private static let kind = "X25519"
    private static let info = "age-encryption.org/v1/X25519"
    private static let fileKeyCount = 16
    private static let nonceCount = 16
    private static let chunkCount = 64 << 10

    /// A file that was opened.
    package struct Opened: Sendable {
        package var content: [UInt8]
        /// Whose key did it.
        package var recipient: AgeRecipient
    }

    // MARK: Encrypting

    /// A file that each of the recipients can open.
    ///
    /// - Parameter random: so many bytes that nobody can foresee.
    package static func encrypt(
        _ content: [UInt8], to recipients: [AgeRecipient], _ random: (Int) throws(CryptoError) -> [UInt8] = Random.bytes
    ) throws(AgeError) -> [UInt8] {
        try AgeError.wrapping { () throws(CryptoError) in
            let fileKey = try random(fileKeyCount)
            var stanzas: [AgeHeader.Stanza] = []
            for recipient in recipients { stanzas.append(try wrap(fileKey, for: recipient, try random(X25519.count))) }
            let header = AgeHeader(stanzas)
            let code = HMAC.sha256(header.text, key: try HKDF.derive(from: fileKey, info: "header"))
            let nonce = try random(nonceCount)
            let key = try HKDF.derive(from: fileKey, salt: nonce, info: "payload")
            let payload = try seal(content, key)
            return header.text + Array(" \(Base64.unpadded(code))\n".utf8) + nonce + payload
        }
    }

    private static func wrap(
        _ fileKey: [UInt8], for recipient: AgeRecipient, _ ephemeral: [UInt8]
    ) throws(CryptoError) -> AgeHeader.Stanza {
        let share = try X25519.publicKey(of: ephemeral)
        guard let shared = try X25519.agree(ephemeral, with: recipient.point) else {
            throw CryptoError(call: "X25519", reason: "the recipient is no point that anybody can open with")
        }
        let key = try HKDF.derive(from: shared, salt: share + recipient.point, info: info)
        let body = try AEAD.chaCha20Poly1305.seal(fileKey, key: key, nonce: [UInt8](repeating: 0, count: 12))
        return AgeHeader.Stanza(words: [kind, Base64.unpadded(share)], body: body)
    }

    private static func seal(_ content: [UInt8], _ key: [UInt8]) throws(CryptoError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(content.count + (content.count / chunkCount + 1) * AEAD.tagCount)
        var start = 0
        var counter: UInt64 = 0
        repeat {
            let end = min(start + chunkCount, content.count)
            let nonce = nonce(counter, isLast: end == content.count)
            result += try AEAD.chaCha20Poly1305.seal(Array(content[start..<end]), key: key, nonce: nonce)
            counter += 1
            start = end
        } while start < content.count
        return result
    }

    /// Eleven bytes that count, the highest first, and one that says whether the chunk is the last.
    private static func nonce(_ counter: UInt64, isLast: Bool) -> [UInt8] {
        [0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: counter >> UInt64(8 * (7 - $0))) } + [isLast ? 1 : 0]
    }

    // MARK: Decrypting

    /// What a file holds, which may be in armor.
    ///
    /// - Throws: `AgeError`: no identity opens it, it is no age file, or it was changed.
    package static func decrypt(_ file: [UInt8], with identities: [AgeIdentity]) throws(AgeError) -> Opened {
        let bytes = AgeArmor.isArmored(file) ? try AgeArmor.decode(file) : file
        let (header, offset) = try AgeHeader.read(bytes)
        let (fileKey, recipient) = try unwrap(header, with: identities)
        guard ConstantTime.equal(try header.computedCode(fileKey), header.code) else { throw .notAuthentic }
        guard bytes.count >= offset + nonceCount + AEAD.tagCount else { throw .malformed("it ends too early") }
        let content = try AgeError.wrapping { () throws(CryptoError) in
            let nonce = Array(bytes[offset..<(offset + nonceCount)])
            return try open(
                bytes[(offset + nonceCount)...], try HKDF.derive(from: fileKey, salt: nonce, info: "payload"))
        }
        guard let content else { throw .notAuthentic }
        return Opened(content: content, recipient: recipient)
    }

    /// The file key, by the first identity that one of the stanzas is for.
    private static func unwrap(
        _ header: AgeHeader, with identities: [AgeIdentity]
    ) throws(AgeError) -> ([UInt8], AgeRecipient) {
        let kinds = header.stanzas.map { $0.words[0] }
        if kinds.contains("scrypt") {
            throw kinds.count == 1
                ? .unsupported("a file under a passphrase (scrypt)") : .malformed("scrypt is not alone")
        }
        for stanza in header.stanzas where stanza.words[0] == kind {
            guard stanza.words.count == 2, let share = Base64.exact(stanza.words[1][...]),
                share.count == X25519.count
            else { throw .malformed("a recipient of kind X25519 has no share") }
            guard stanza.body.count == fileKeyCount + AEAD.tagCount else {
                throw .malformed("a recipient of kind X25519 has a body of \(stanza.body.count) bytes")
            }
            for identity in identities {
                if let key = try unwrap(stanza.body, share, with: identity) { return (key, identity.recipient) }
            }
        }
        var seen: Set<String> = []
        throw .noIdentity(kinds.filter { seen.insert($0).inserted }.map { "a recipient of kind \($0.prefix(40))" })
    }

    private static func unwrap(
        _ body: [UInt8], _ share: [UInt8], with identity: AgeIdentity
    ) throws(AgeError) -> [UInt8]? {
        let shared = try AgeError.wrapping { () throws(CryptoError) in
            try X25519.agree(identity.secret, with: share)
        }
        guard let shared else { throw .malformed("a recipient's share is no point that anybody can have chosen") }
        return try AgeError.wrapping { () throws(CryptoError) in
            let key = try HKDF.derive(from: shared, salt: share + identity.recipient.point, info: info)
            return try AEAD.chaCha20Poly1305.open(body, key: key, nonce: [UInt8](repeating: 0, count: 12))
        }
    }

    private static func open(_ payload: ArraySlice<UInt8>, _ key: [UInt8]) throws(CryptoError) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(payload.count)
        var rest = payload
        var counter: UInt64 = 0
        repeat {
            let chunk = rest.prefix(chunkCount + AEAD.tagCount)
            rest = rest.dropFirst(chunk.count)
            let nonce = nonce(counter, isLast: rest.isEmpty)
            guard let plain = try AEAD.chaCha20Poly1305.open(chunk, key: key, nonce: nonce) else { return nil }
            // A last chunk that is empty is one that was added, unless there is nothing at all.
            if plain.isEmpty, counter > 0 { return nil }
            result += plain
            counter += 1
        } while !rest.isEmpty
        return result
    }
}
