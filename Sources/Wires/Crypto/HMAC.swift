/// Keyed digests (RFC 2104) with one key, whose padded form is computed once.
package final class HMAC {
    private let inner: DigestStream
    private let outer: DigestStream

    package init(key: [UInt8], _ algorithm: Digest.Algorithm = .sha256) {
        var block = key.count > algorithm.blockSize ? Digest.of(key, by: algorithm).bytes : key
        block += [UInt8](repeating: 0, count: algorithm.blockSize - block.count)
        inner = DigestStream(algorithm)
        inner.update(block.map { $0 ^ 0x36 })
        outer = DigestStream(algorithm)
        outer.update(block.map { $0 ^ 0x5c })
    }

    /// The code of a message.
    package func code(_ message: some Collection<UInt8>) -> [UInt8] {
        let inner = inner.copy()
        inner.update(message)
        let outer = outer.copy()
        outer.update(inner.finish().bytes)
        return outer.finish().bytes
    }

    /// The code of one message, HMAC-SHA256.
    package static func sha256(_ message: some Collection<UInt8>, key: [UInt8]) -> [UInt8] {
        HMAC(key: key).code(message)
    }
}

/// Keys derived from a key (RFC 5869, with SHA-256).
package enum HKDF {
    /// Derives `count` bytes, at most 8160, for the use that `info` names.
    ///
    /// - Throws: `CryptoError` when more bytes are asked for than RFC 5869 allows.
    package static func derive(
        from secret: [UInt8], salt: [UInt8] = [], info: String, count: Int = 32
    ) throws(CryptoError) -> [UInt8] {
        guard count >= 0, count <= 255 * 32 else {
            throw CryptoError(call: "HKDF", reason: "\(count) bytes asked for; RFC 5869 allows 8160")
        }
        let hmac = HMAC(key: HMAC.sha256(secret, key: salt.isEmpty ? [UInt8](repeating: 0, count: 32) : salt))
        var result: [UInt8] = []
        var block: [UInt8] = []
        var counter: UInt8 = 1
        while result.count < count {
            block = hmac.code(block + Array(info.utf8) + [counter])
            result += block
            counter &+= 1
        }
        return Array(result.prefix(count))
    }
}
