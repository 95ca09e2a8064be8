import CCrypto

/// Unpredictable bytes (RAND_bytes(3)). Rooms take such a function as a parameter, so that tests can hand in their own.
package enum Random {
    /// - Throws: `CryptoError` when the machine's random source does not answer.
    package static func bytes(_ count: Int) throws(CryptoError) -> [UInt8] {
        guard count > 0, count <= Int(Int32.max) else { return [] }
        var result = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&result, Int32(count)) == 1 else { throw CryptoError.last("RAND_bytes") }
        return result
    }
}

/// Comparison whose time does not tell where two secrets differ (CRYPTO_memcmp(3)).
package enum ConstantTime {
    /// Whether two byte strings are the same; their lengths are not kept secret.
    package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
