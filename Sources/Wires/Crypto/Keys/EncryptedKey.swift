import CCrypto

/// Texts of private keys that a passphrase closes: PKCS #8 (RFC 5958) and the older form of OpenSSL.
package enum EncryptedKey {
    /// More rounds than these are not tried: a hostile key could ask for hours.
    private static let mostRounds = 5_000_000

    package static func isOne(_ text: String) -> Bool {
        text.contains("BEGIN ENCRYPTED PRIVATE KEY")
            || text.contains("PRIVATE KEY") && text.contains("Proc-Type: 4,ENCRYPTED")
            || SSHPrivateText(text)?.isEncrypted ?? false
    }

    /// The shape and the identifier of the public part, where the passphrase opens it.
    package static func identity(
        of text: String, passphrase: [UInt8]
    ) -> (shape: PrivateKey.Shape, identifier: [UInt8])? {
        guard !passphrase.isEmpty, passphrase.count <= 1024, !passphrase.contains(0), rounds(of: text) <= mostRounds,
            let key = load(text, passphrase)
        else { return nil }
        defer { EVP_PKEY_free(key) }
        var start: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(key, &start)
        guard count > 0, let start else { return nil }
        defer { CRYPTO_free(start, nil, 0) }
        let found = try? PrivateKey.Shape.ofPublic(Array(UnsafeBufferPointer(start: start, count: Int(count))))
        return found.map { ($0.0, $0.identifier) }
    }

    private static func load(_ text: String, _ passphrase: [UInt8]) -> OpaquePointer? {
        let text = Array(text.utf8)
        guard let bio = BIO_new_mem_buf(text, CInt(text.count)) else { return nil }
        defer { BIO_free(bio) }
        var words = passphrase.map { CChar(bitPattern: $0) } + [0]
        let key = PEM_read_bio_PrivateKey(bio, nil, nil, &words)
        ERR_clear_error()
        return key
    }

    /// How often a digest is repeated to make the cipher's key (RFC 8018, PBKDF2); 0 where nothing says so.
    private static func rounds(of text: String) -> Int {
        guard let block = PEM.decode(text), block.label == "ENCRYPTED PRIVATE KEY",
            var outer = try? DERReader.sequence(in: block.bytes), var algorithm = try? outer.sequence(),
            (try? algorithm.element(0x06)) != nil, var parts = try? algorithm.sequence(),
            var derivation = try? parts.sequence(), (try? derivation.element(0x06)) != nil,
            var numbers = try? derivation.sequence(), (try? numbers.element(0x04)) != nil,
            let count = try? numbers.content(0x02)
        else { return 0 }
        return count.count > 4 ? .max : count.reduce(0) { $0 << 8 | Int($1) }
    }

    /// A key as PKCS #8, closed by a passphrase with PBKDF2 and AES-256. The same arguments give the same text.
    ///
    /// - Parameters:
    ///   - salt: 16 bytes, which no other text has.
    ///   - nonce: 16 bytes, likewise.
    package static func text(
        of key: PrivateKey, passphrase: [UInt8], salt: [UInt8], nonce: [UInt8]
    ) throws(CryptoError) -> String {
        guard let plain = key.key.flatMap({ EVP_PKEY2PKCS8($0) }) else { throw CryptoError.last("EVP_PKEY2PKCS8") }
        defer { PKCS8_PRIV_KEY_INFO_free(plain) }
        var (salt, nonce) = (salt, nonce)
        let algorithm = PKCS5_pbe2_set_iv(
            EVP_aes_256_cbc(), 10_000, &salt, CInt(salt.count), &nonce, NID_hmacWithSHA256)
        guard let algorithm else { throw CryptoError.last("PKCS5_pbe2_set_iv") }
        let words = passphrase.map { CChar(bitPattern: $0) }
        guard let sealed = PKCS8_set0_pbe(words, CInt(words.count), plain, algorithm) else {
            X509_ALGOR_free(algorithm)
            throw CryptoError.last("PKCS8_set0_pbe")
        }
        defer { X509_SIG_free(sealed) }
        var start: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509_SIG(sealed, &start)
        guard count > 0, let start else { throw CryptoError.last("i2d_X509_SIG") }
        defer { CRYPTO_free(start, nil, 0) }
        return PEM.encode(
            "ENCRYPTED PRIVATE KEY", Array(UnsafeBufferPointer(start: start, count: Int(count))))
    }
}
