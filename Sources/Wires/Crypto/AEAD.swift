import CCrypto

/// Encryption that also proves what it encrypted and what came with it (EVP_EncryptInit(3)).
package enum AEAD: Sendable {
    /// AES-256 in Galois/counter mode (NIST SP 800-38D); nonces of any length from 1 byte on.
    case aes256GCM
    /// RFC 8439; nonces of 12 bytes.
    case chaCha20Poly1305

    package static let keyCount = 32
    package static let tagCount = 16

    /// The ciphertext, and behind it the tag of 16 bytes.
    ///
    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - nonce: never used before with this key.
    ///   - context: authenticated with it, and not in the result.
    package func seal(
        _ plain: [UInt8], key: [UInt8], nonce: [UInt8], context: [UInt8] = []
    ) throws(CryptoError) -> [UInt8] {
        let cipher = try Cipher(self, key: key, nonce: nonce, encrypts: true)
        var result = [UInt8](repeating: 0, count: plain.count + Self.tagCount)
        var count: Int32 = 0
        guard EVP_EncryptUpdate(cipher.context, nil, &count, context, Int32(context.count)) == 1,
            EVP_EncryptUpdate(cipher.context, &result, &count, plain, Int32(plain.count)) == 1
        else { throw CryptoError.last("EVP_EncryptUpdate") }
        var tag = [UInt8](repeating: 0, count: Self.tagCount)
        var rest = tag
        guard EVP_EncryptFinal_ex(cipher.context, &rest, &count) == 1,
            EVP_CIPHER_CTX_ctrl(cipher.context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag) == 1
        else { throw CryptoError.last("EVP_EncryptFinal_ex") }
        result.replaceSubrange(plain.count..., with: tag)
        return result
    }

    /// What was sealed; nil when key, nonce, context or ciphertext are not those that it was sealed with.
    ///
    /// - Parameter sealed: the ciphertext with its tag.
    package func open(
        _ sealed: some Collection<UInt8>, key: [UInt8], nonce: [UInt8], context: [UInt8] = []
    ) throws(CryptoError) -> [UInt8]? {
        guard sealed.count >= Self.tagCount else { return nil }
        let cipher = try Cipher(self, key: key, nonce: nonce, encrypts: false)
        let text = Array(sealed.dropLast(Self.tagCount))
        var tag = Array(sealed.suffix(Self.tagCount))
        var result = [UInt8](repeating: 0, count: text.count + Self.tagCount)
        var count: Int32 = 0
        guard EVP_CIPHER_CTX_ctrl(cipher.context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1,
            EVP_DecryptUpdate(cipher.context, nil, &count, context, Int32(context.count)) == 1,
            EVP_DecryptUpdate(cipher.context, &result, &count, text, Int32(text.count)) == 1
        else { throw CryptoError.last("EVP_DecryptUpdate") }
        var rest = [UInt8](repeating: 0, count: Self.tagCount)
        guard EVP_DecryptFinal_ex(cipher.context, &rest, &count) == 1 else {
            _ = CryptoError.last("EVP_DecryptFinal_ex")  // which empties the library's queue
            return nil
        }
        return Array(result.prefix(text.count))
    }

    /// A cipher of libcrypto with its key and nonce set.
    private final class Cipher {
        let context: OpaquePointer

        init(_ kind: AEAD, key: [UInt8], nonce: [UInt8], encrypts: Bool) throws(CryptoError) {
            guard key.count == AEAD.keyCount, !nonce.isEmpty, kind == .aes256GCM || nonce.count == 12 else {
                throw CryptoError(call: "EVP_CipherInit_ex", reason: "the key or the nonce has a wrong length")
            }
            guard let context = EVP_CIPHER_CTX_new() else { throw CryptoError.last("EVP_CIPHER_CTX_new") }
            self.context = context
            let method = kind == .aes256GCM ? EVP_aes_256_gcm() : EVP_chacha20_poly1305()
            let direction: Int32 = encrypts ? 1 : 0
            guard EVP_CipherInit_ex(context, method, nil, nil, nil, direction) == 1,
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, Int32(nonce.count), nil) == 1,
                EVP_CipherInit_ex(context, nil, nil, key, nonce, direction) == 1
            else { throw CryptoError.last("EVP_CipherInit_ex") }
        }

        deinit {
            EVP_CIPHER_CTX_free(context)
        }
    }
}
