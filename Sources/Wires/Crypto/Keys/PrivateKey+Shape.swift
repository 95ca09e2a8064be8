import CCrypto

extension PrivateKey {
    /// The kind of a key, and its size.
    package enum Shape: Sendable, Hashable {
        case rsa(bits: Int)
        /// Keys over curves that are not made here are made anew over P-256.
        case ecdsa(CurveName)
        case ed25519

        /// What a stand-in for a key of this shape is derived by.
        package var name: String {
            switch self {
            case .rsa(let bits): "rsa(bits: \(bits))"
            case .ecdsa(let curve): curve.rawValue
            case .ed25519: "ed25519"
            }
        }

        private static let rsaKey = DER.identifier(1, 2, 840, 113549, 1, 1, 1)
        private static let curveKey = DER.identifier(1, 2, 840, 10045, 2, 1)
        private static let edwards = DER.identifier(1, 3, 101, 112)

        /// Of a public key with its algorithm, and the key's identifier.
        static func ofPublic(_ info: [UInt8]) throws(CryptoError) -> (Shape, identifier: [UInt8]) {
            var outer = DERReader(info)
            var parts = try outer.sequence()
            var algorithm = try parts.sequence()
            let identifier = try algorithm.element(0x06)
            let bits = Array(try parts.content(0x03).dropFirst())
            let digest = Digest.sha1(bits).bytes
            switch identifier {
            case rsaKey:
                var numbers = DERReader(bits)
                var inner = try numbers.sequence()
                return (ofModulus(try inner.content(0x02)), digest)
            case curveKey:
                let curve = algorithm.tag == 0x06 ? try algorithm.next() : []
                return (.ecdsa(CurveName.allCases.first { $0.identifier == curve } ?? .p256), digest)
            case edwards: return (.ed25519, digest)
            default: throw CryptoError(call: "ASN.1", reason: "a key that is neither RSA, ECDSA nor Ed25519")
            }
        }

        static func ofModulus(_ bytes: [UInt8]) -> Shape {
            .rsa(bits: (bytes.drop { $0 == 0 }.count * 8 + 63) / 64 * 64)
        }

        /// Of the key that made a signature.
        static func ofSignature(algorithm: [UInt8], bytes: Int) throws(CryptoError) -> Shape {
            var outer = DERReader(algorithm)
            var parts = try outer.sequence()
            let identifier = try parts.content(0x06)
            if identifier.starts(with: DER.identifier(1, 2, 840, 113549, 1, 1).dropFirst(2)) {
                return .rsa(bits: bytes * 8)
            }
            if identifier.starts(with: DER.identifier(1, 2, 840, 10045, 4).dropFirst(2)) {
                return .ecdsa(.ofSignature(bytes: bytes))
            }
            if identifier.elementsEqual(edwards.dropFirst(2)) { return .ed25519 }
            throw CryptoError(call: "ASN.1", reason: "a signature that is neither RSA, ECDSA nor Ed25519")
        }
    }

    /// Makes a key of a shape; the same bytes give the same key.
    package static func make(_ shape: Shape, from bytes: @escaping (Int) -> [UInt8]) throws(CryptoError) -> PrivateKey {
        switch shape {
        case .rsa(let bits):
            guard (1024...8192).contains(bits) else { throw CryptoError(call: "RSA", reason: "a key of \(bits) bits") }
            return try rsa(bits: bits, from: bytes)
        case .ecdsa(let curve): return try ecdsa(curve, from: bytes)
        case .ed25519: return try ed25519(from: bytes)
        }
    }

    /// The shape and the identifier of a private key's public part.
    ///
    /// - Throws: `CryptoError` for text that holds no private key in the clear.
    package static func publicIdentity(ofPEM text: String) throws(CryptoError) -> (shape: Shape, identifier: [UInt8]) {
        guard let block = PEM.decode(text) else { throw CryptoError(call: "PEM", reason: "no PEM data in input") }
        if block.label == "PUBLIC KEY" { return try named(Shape.ofPublic(block.bytes)) }
        let key = block.bytes.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_AutoPrivateKey(nil, &start, buffer.count)
        }
        guard let key else { throw CryptoError.last("d2i_AutoPrivateKey") }
        defer { EVP_PKEY_free(key) }
        var start: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(key, &start)
        guard count > 0, let start else { throw CryptoError.last("i2d_PUBKEY") }
        defer { CRYPTO_free(start, nil, 0) }
        return try named(Shape.ofPublic(Array(UnsafeBufferPointer(start: start, count: Int(count)))))
    }

    private static func named(_ pair: (Shape, identifier: [UInt8])) -> (shape: Shape, identifier: [UInt8]) { pair }

    /// SHA-1 over the public key itself (RFC 5280, section 4.2.1.2).
    package func identifier() throws(CryptoError) -> [UInt8] { try Shape.ofPublic(publicInfo()).identifier }

    /// The public key itself, without its algorithm: 32 bytes of an Ed25519 key.
    package func publicBytes() throws(CryptoError) -> [UInt8] {
        var outer = DERReader(try publicInfo())
        var parts = try outer.sequence()
        _ = try parts.next()
        return Array(try parts.content(0x03).dropFirst())
    }

    /// The public key's text.
    package func publicPEM() throws(CryptoError) -> String { PEM.encode("PUBLIC KEY", try publicInfo()) }

    /// The key's text as PKCS #8 (RFC 5958) whatever its kind, or in its own form.
    package func pem(isPKCS8: Bool) -> String {
        guard isPKCS8, kind != .ed25519 else { return pem }
        var algorithm = DER.sequence(DER.identifier(1, 2, 840, 113549, 1, 1, 1), DER.null)
        if case .ecdsa(let curve) = kind {
            algorithm = DER.sequence(DER.identifier(1, 2, 840, 10045, 2, 1), curve.identifier)
        }
        guard let inner = PEM.decode(pem)?.bytes else { return pem }
        return PEM.encode("PRIVATE KEY", DER.sequence(DER.integer(0), algorithm, DER.octets(inner)))
    }
}

extension PasswordHash {
    /// Whether a bcrypt text is of a password.
    package static func matches(_ password: [UInt8], _ hash: String) -> Bool {
        let bytes = Array(hash.utf8)
        guard bytes.count == 60, hash.hasPrefix("$2"), let cost = Int(hash.dropFirst(4).prefix(2)),
            let salt = unradix64(Array(bytes[7..<29])),
            let made = try? bcrypt(password.filter { $0 != 0 }, cost: cost, salt: salt)
        else { return false }
        return made.utf8.dropFirst(4).elementsEqual(bytes.dropFirst(4))
    }

    /// The 16 bytes that 22 signs of bcrypt's alphabet write.
    private static func unradix64(_ text: [UInt8]) -> [UInt8]? {
        let digits = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        var result: [UInt8] = []
        var (buffer, bits): (UInt32, Int) = (0, 0)
        for sign in text {
            guard let value = digits.firstIndex(of: sign) else { return nil }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(buffer >> UInt32(bits) & 255))
            }
        }
        return result.count == 16 ? result : nil
    }
}
