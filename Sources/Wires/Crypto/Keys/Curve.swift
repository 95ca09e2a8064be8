import CCrypto

/// The curve P-256 (FIPS 186-4), with signatures whose nonce follows from key and message, as libcrypto 3.0 has none.
final class Curve {
    static let identifier = DER.identifier(1, 2, 840, 10045, 3, 1, 7)

    private let group: OpaquePointer
    private let order = BigNumber()

    init() throws(CryptoError) {
        guard let group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1) else {
            throw CryptoError.last("EC_GROUP_new_by_curve_name")
        }
        self.group = group
        EC_GROUP_get_order(group, order.pointer, nil)
    }

    deinit {
        EC_GROUP_free(group)
    }

    /// A number from 1 up to the curve's order, from more bytes than it has.
    func scalar(_ bytes: [UInt8]) -> BigNumber { BigNumber(bytes).modulo(order.minus(1)).plus(1) }

    /// The base point so many times, as 4, x and y.
    func uncompressed(_ times: BigNumber) throws(CryptoError) -> [UInt8] {
        guard let point = EC_POINT_new(group) else { throw CryptoError.last("EC_POINT_new") }
        defer { EC_POINT_clear_free(point) }
        var bytes = [UInt8](repeating: 0, count: 65)
        let count = BigNumber.withContext { context in
            EC_POINT_mul(group, point, times.pointer, nil, nil, context) == 1
                ? EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, &bytes, bytes.count, context) : 0
        }
        guard count == bytes.count else { throw CryptoError.last("EC_POINT_mul") }
        return bytes
    }

    /// ECDSA with SHA-256; the nonce is a keyed digest of the message, which no two messages share (after RFC 6979).
    func signature(of message: [UInt8], with secret: BigNumber) throws(CryptoError) -> [UInt8] {
        let digest = Digest.sha256(message).bytes
        var counter: UInt8 = 0
        while true {
            let nonce = scalar(HMAC(key: secret.bytes(32), .sha512).code(digest + [counter]))
            counter += 1
            let x = BigNumber(Array(try uncompressed(nonce)[1...32])).modulo(order)
            guard !x.isZero, let inverse = nonce.inverse(modulo: order) else { continue }
            let s = x.times(secret).plus(BigNumber(digest)).times(inverse).modulo(order)
            if s.isZero { continue }
            return DER.sequence(DER.integer(x.bytes()), DER.integer(s.bytes()))
        }
    }
}
