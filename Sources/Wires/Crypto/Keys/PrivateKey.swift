import CCrypto

/// A private key that signs, made from a stream of bytes or read from PEM (RFC 8017, SEC 1, RFC 8410).
package final class PrivateKey {
    package enum Kind: Sendable, Hashable {
        case rsa
        case ecdsa(CurveName)
        case ed25519, dsa
    }

    package let kind: Kind
    /// As its own standard writes it: PKCS #1, SEC 1, PKCS #8, or a plain sequence for DSA.
    let encoding: [UInt8]
    private let label: String
    /// nil for DSA, which is made for others and signs nothing here.
    let key: OpaquePointer?

    /// - Parameter key: what was loaded from the encoding already, to be owned.
    private init(
        _ kind: Kind, _ label: String, _ encoding: [UInt8], key: OpaquePointer? = nil
    ) throws(CryptoError) {
        self.kind = kind
        self.label = label
        self.encoding = encoding
        if let key {
            self.key = key
        } else {
            self.key = kind == .dsa ? nil : try Self.load(encoding, label)
        }
    }

    deinit {
        EVP_PKEY_free(key)
    }

    /// The text that holds the key.
    package var pem: String { PEM.encode(label, encoding) }

    private static func load(_ encoding: [UInt8], _ label: String) throws(CryptoError) -> OpaquePointer {
        let key = encoding.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            // libcrypto takes three times as long where it has to find out what it is given.
            return label == "RSA PRIVATE KEY"
                ? d2i_PrivateKey(EVP_PKEY_RSA, nil, &start, buffer.count)
                : d2i_AutoPrivateKey(nil, &start, buffer.count)
        }
        guard let key else { throw CryptoError.last("d2i_AutoPrivateKey") }
        return key
    }

    // MARK: Making

    /// RSA with the exponent 65537.
    package static func rsa(bits: Int, from bytes: @escaping (Int) -> [UInt8]) throws(CryptoError) -> PrivateKey {
        let exponent = BigNumber(65537)
        let search = PrimeSearch(bytes: bytes)
        while true {
            let primes = search.primes(2, bits: bits / 2, exponent: 65537)
            let (p, q) = (primes[0], primes[1])
            if p.isEqual(q) { continue }
            let (before, after) = (p.minus(1), q.minus(1))
            guard let secret = exponent.inverse(modulo: before.times(after)), let rest = q.inverse(modulo: p) else {
                continue
            }
            let numbers = [
                p.times(q), exponent, secret, p, q, secret.modulo(before), secret.modulo(after), rest,
            ]
            let encoding = DER.element(
                0x30, DER.integer(0) + numbers.flatMap { DER.integer($0.bytes()) })
            return try PrivateKey(.rsa, "RSA PRIVATE KEY", encoding)
        }
    }

    package static func ecdsa(
        _ name: CurveName, from bytes: @escaping (Int) -> [UInt8]
    ) throws(CryptoError) -> PrivateKey {
        let curve = try Curve(name)
        let secret = curve.scalar(bytes(name.byteCount + 16))
        let point = try curve.uncompressed(secret)
        let encoding = DER.sequence(
            DER.integer(1), DER.octets(secret.bytes(name.byteCount)), DER.element(0xA0, name.identifier),
            DER.element(0xA1, DER.bits(point)))
        return try PrivateKey(.ecdsa(name), "EC PRIVATE KEY", encoding)
    }

    package static func ed25519(from bytes: @escaping (Int) -> [UInt8]) throws(CryptoError) -> PrivateKey {
        let encoding = DER.sequence(
            DER.integer(0), DER.sequence(DER.identifier(1, 3, 101, 112)), DER.octets(DER.octets(bytes(32))))
        return try PrivateKey(.ed25519, "PRIVATE KEY", encoding)
    }

    /// DSA of 2048 and 256 bits (FIPS 186-4).
    package static func dsa(from bytes: @escaping (Int) -> [UInt8]) throws(CryptoError) -> PrivateKey {
        let search = PrimeSearch(bytes: bytes)
        let q = search.primes(1, bits: 256)[0]
        let p = search.prime(bits: 2048, above: q)
        let generator = BigNumber(2).power(p.minus(1).divided(by: q).quotient, modulo: p)
        let secret = BigNumber(bytes(40)).modulo(q.minus(1)).plus(1)
        let numbers = [p, q, generator, generator.power(secret, modulo: p), secret]
        let encoding = DER.element(0x30, DER.integer(0) + numbers.flatMap { DER.integer($0.bytes()) })
        return try PrivateKey(.dsa, "DSA PRIVATE KEY", encoding)
    }

    // MARK: Reading

    /// Reads a key from PEM.
    ///
    /// - Throws: `CryptoError` that says what the text holds instead.
    package static func read(_ text: String) throws(CryptoError) -> PrivateKey {
        guard let block = PEM.decode(text) else { throw CryptoError(call: "PEM", reason: "no PEM data in input") }
        guard block.label == "PRIVATE KEY" || block.label.hasSuffix(" PRIVATE KEY") else {
            throw CryptoError(call: "PEM", reason: "no private key data in PEM block of type \(block.label)")
        }
        if block.label == "DSA PRIVATE KEY" { return try PrivateKey(.dsa, block.label, block.bytes) }
        let key = try load(block.bytes, block.label)
        guard let kind = kind(of: key) else {
            EVP_PKEY_free(key)
            throw unknownKind
        }
        return try PrivateKey(kind, block.label, block.bytes, key: key)
    }

    private static func kind(of key: OpaquePointer) -> Kind? {
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: return .rsa
        case EVP_PKEY_EC:
            let group = groupName(of: key)
            return CurveName.allCases.first { $0.groupName == group }.map { .ecdsa($0) }
        case EVP_PKEY_ED25519: return .ed25519
        default: return nil
        }
    }

    private static let unknownKind = CryptoError(
        call: "PEM", reason: "a key that is neither RSA, ECDSA over P-256, P-384 or P-521, nor Ed25519")

    private static func groupName(of key: OpaquePointer) -> String {
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else { return "" }
        return String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // MARK: Using

    /// The public key with its algorithm (RFC 5280, SubjectPublicKeyInfo).
    func publicInfo() throws(CryptoError) -> [UInt8] {
        var start: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(key, &start)
        guard count > 0, let start else { throw CryptoError.last("i2d_PUBKEY") }
        defer { CRYPTO_free(start, nil, 0) }
        return Array(UnsafeBufferPointer(start: start, count: Int(count)))
    }

    /// The algorithm's name in certificates.
    var algorithm: [UInt8] {
        switch kind {
        case .rsa, .dsa: DER.sequence(DER.identifier(1, 2, 840, 113549, 1, 1, 11), DER.null)
        case .ecdsa(let curve): DER.sequence(curve.signatureAlgorithm)
        case .ed25519: DER.sequence(DER.identifier(1, 3, 101, 112))
        }
    }

    /// The signature of a message, over its SHA-256, over SHA-512 with the longer curves and Ed25519. The same message gives the same signature.
    package func signature(of message: [UInt8]) throws(CryptoError) -> [UInt8] {
        if case .ecdsa(let curve) = kind { return try Curve(curve).signature(of: message, with: secretNumber()) }
        guard let context = EVP_MD_CTX_new() else { throw CryptoError.last("EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        let digest = kind == .ed25519 ? nil : EVP_sha256()
        var count = 0
        guard EVP_DigestSignInit(context, nil, digest, nil, key) == 1,
            EVP_DigestSign(context, nil, &count, message, message.count) == 1
        else { throw CryptoError.last("EVP_DigestSignInit") }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else {
            throw CryptoError.last("EVP_DigestSign")
        }
        return Array(signature.prefix(count))
    }

    func secretNumber() throws(CryptoError) -> BigNumber {
        let number = BigNumber()
        var pointer: OpaquePointer? = number.pointer
        guard EVP_PKEY_get_bn_param(key, "priv", &pointer) == 1 else { throw CryptoError.last("EVP_PKEY_get_bn_param") }
        return number
    }
}
