import CCrypto

/// The curves of FIPS 186-4 that keys are made over.
package enum CurveName: String, Sendable, Hashable, CaseIterable {
    case p256
    case p384
    case p521

    /// As algorithms of public keys name it, in its binary form.
    var identifier: [UInt8] {
        switch self {
        case .p256: DER.identifier(1, 2, 840, 10045, 3, 1, 7)
        case .p384: DER.identifier(1, 3, 132, 0, 34)
        case .p521: DER.identifier(1, 3, 132, 0, 35)
        }
    }

    /// As SSH names it (RFC 5656, section 10.1).
    var sshName: String {
        switch self {
        case .p256: "nistp256"
        case .p384: "nistp384"
        case .p521: "nistp521"
        }
    }

    /// As libcrypto names it.
    var groupName: String {
        switch self {
        case .p256: "prime256v1"
        case .p384: "secp384r1"
        case .p521: "secp521r1"
        }
    }

    fileprivate var number: CInt {
        switch self {
        case .p256: NID_X9_62_prime256v1
        case .p384: NID_secp384r1
        case .p521: NID_secp521r1
        }
    }

    /// The length of a coordinate, and of a secret number.
    var byteCount: Int {
        switch self {
        case .p256: 32
        case .p384: 48
        case .p521: 66
        }
    }

    /// ECDSA with the digest that signatures over it are made of, as certificates name it.
    var signatureAlgorithm: [UInt8] { DER.identifier(1, 2, 840, 10045, 4, 3, self == .p256 ? 2 : 4) }

    /// The curve over which a signature of so many bytes was made: its two numbers are hardly ever shorter.
    static func ofSignature(bytes: Int) -> CurveName { bytes <= 72 ? .p256 : bytes <= 104 ? .p384 : .p521 }
}

/// Arithmetic over one curve, with signatures whose nonce follows from key and message, as libcrypto 3.0 has none.
final class Curve {
    private let name: CurveName
    private let group: OpaquePointer
    private let order = BigNumber()

    init(_ name: CurveName) throws(CryptoError) {
        guard let group = EC_GROUP_new_by_curve_name(name.number) else {
            throw CryptoError.last("EC_GROUP_new_by_curve_name")
        }
        self.name = name
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
        var bytes = [UInt8](repeating: 0, count: 1 + 2 * name.byteCount)
        let count = BigNumber.withContext { context in
            EC_POINT_mul(group, point, times.pointer, nil, nil, context) == 1
                ? EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, &bytes, bytes.count, context) : 0
        }
        guard count == bytes.count else { throw CryptoError.last("EC_POINT_mul") }
        return bytes
    }

    /// ECDSA; the nonce is a keyed digest of the message, which no two messages share (after RFC 6979).
    func signature(of message: [UInt8], with secret: BigNumber) throws(CryptoError) -> [UInt8] {
        let isShort = name == .p256
        let digest = (isShort ? Digest.sha256(message) : Digest.sha512(message)).bytes
        // As many of its bits as the order has (FIPS 186-4, section 6.4).
        let number = BigNumber(Array(digest.prefix(name.byteCount)))
        let hmac = HMAC(key: secret.bytes(name.byteCount), .sha512)
        var counter: UInt8 = 0
        while true {
            var drawn = hmac.code(digest + [counter])
            if name == .p521 { drawn += hmac.code(digest + [counter, 1]) }
            let nonce = scalar(drawn)
            counter += 1
            let x = BigNumber(Array(try uncompressed(nonce)[1...name.byteCount])).modulo(order)
            guard !x.isZero, let inverse = nonce.inverse(modulo: order) else { continue }
            let s = x.times(secret).plus(number).times(inverse).modulo(order)
            if s.isZero { continue }
            return DER.sequence(DER.integer(x.bytes()), DER.integer(s.bytes()))
        }
    }
}
