import CCrypto

/// Diffie and Hellman's agreement over Curve25519 (RFC 7748, section 5), all numbers 32 bytes.
enum X25519 {
    static let count = 32

    /// The point that a secret number makes of the base point.
    static func publicKey(of secret: [UInt8]) throws(CryptoError) -> [UInt8] {
        let key = try privateKey(secret)
        defer { EVP_PKEY_free(key) }
        var result = [UInt8](repeating: 0, count: count)
        var size = count
        guard EVP_PKEY_get_raw_public_key(key, &result, &size) == 1 else {
            throw CryptoError.last("EVP_PKEY_get_raw_public_key")
        }
        return result
    }

    /// What a secret number makes of another's point; nil where that is zero, which tells of a point chosen in malice.
    static func agree(_ secret: [UInt8], with point: [UInt8]) throws(CryptoError) -> [UInt8]? {
        let key = try privateKey(secret)
        defer { EVP_PKEY_free(key) }
        guard let peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nil, point, point.count) else {
            throw CryptoError.last("EVP_PKEY_new_raw_public_key")
        }
        defer { EVP_PKEY_free(peer) }
        guard let context = EVP_PKEY_CTX_new(key, nil) else { throw CryptoError.last("EVP_PKEY_CTX_new") }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, peer) == 1 else {
            throw CryptoError.last("EVP_PKEY_derive_init")
        }
        var result = [UInt8](repeating: 0, count: count)
        var size = count
        guard EVP_PKEY_derive(context, &result, &size) == 1, result.contains(where: { $0 != 0 }) else {
            _ = CryptoError.last("EVP_PKEY_derive")  // which empties the library's queue
            return nil
        }
        return result
    }

    private static func privateKey(_ secret: [UInt8]) throws(CryptoError) -> OpaquePointer {
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, secret, secret.count) else {
            throw CryptoError.last("EVP_PKEY_new_raw_private_key")
        }
        return key
    }
}
