import Testing

@testable import Crypto

@Suite struct KeyTests {
    /// A stream that is the same for the same seed.
    private static func stream(_ seed: UInt8) -> (Int) -> [UInt8] {
        var counter: UInt64 = 0
        return { count in
            var bytes: [UInt8] = []
            while bytes.count < count {
                counter += 1
                bytes += HMAC.sha256(withUnsafeBytes(of: counter) { Array($0) }, key: [seed])
            }
            return Array(bytes.prefix(count))
        }
    }

    private static func make(_ kind: PrivateKey.Kind, _ seed: UInt8) throws -> PrivateKey {
        switch kind {
        case .rsa: try .rsa(bits: 1024, from: stream(seed))
        case .ecdsa(let curve): try .ecdsa(curve, from: stream(seed))
        case .ed25519: try .ed25519(from: stream(seed))
        case .dsa: try .dsa(from: stream(seed))
        }
    }

    @Test(arguments: [PrivateKey.Kind.rsa, .ecdsa(.p256), .ecdsa(.p384), .ecdsa(.p521), .ed25519])
    func `a stream gives one key, which signs alike each time and reads back`(kind: PrivateKey.Kind) throws {
        let key = try Self.make(kind, 1)
        #expect(try Self.make(kind, 1).pem == key.pem)
        #expect(try Self.make(kind, 2).pem != key.pem)
        let message = Array("text".utf8)
        let signature = try key.signature(of: message)
        #expect(try key.signature(of: message) == signature)
        #expect(try PrivateKey.read(key.pem).signature(of: message) == signature)
        #expect(try key.signature(of: Array("other".utf8)) != signature)
    }

    @Test(arguments: [PrivateKey.Kind.rsa, .ecdsa(.p256), .ecdsa(.p384), .ecdsa(.p521), .ed25519])
    func `certificates hold under the authority that signed them`(kind: PrivateKey.Kind) throws {
        var content = CertificateContent(commonName: "root", serial: [1], notBefore: 0, notAfter: 4_000_000_000)
        content.isAuthority = true
        let root = try Self.make(kind, 1)
        let authority = try Certificate.issue(content, for: root)
        content = CertificateContent(commonName: "web*ü", serial: [0xFF, 2], notBefore: 0, notAfter: 4_000_000_000)
        content.names = ["web.example"]
        content.addresses = [[127, 0, 0, 1]]
        let certificate = try Certificate.issue(content, for: Self.make(.ecdsa(.p256), 3), by: (authority, root))
        #expect(Verification.holds(certificate.encoding, under: authority.encoding))
        #expect(Verification.holds(authority.encoding, under: authority.encoding))
        let stranger = try Certificate.issue(content, for: Self.make(kind, 4))
        #expect(!Verification.holds(certificate.encoding, under: stranger.encoding))
    }

    @Test func `DSA's numbers divide as they must`() throws {
        let search = PrimeSearch(bytes: Self.stream(5))
        let q = search.primes(1, bits: 160)[0]
        let p = search.prime(bits: 512, above: q)
        #expect(p.minus(1).modulo(q).isZero)
        #expect(BigNumber(3).power(p.minus(1), modulo: p).isOne)
    }

    /// Sizes on both sides of what libcrypto tests two at a time, and of the longer sieve.
    @Test(arguments: [256, 1024, 2048]) func `a prime is the first behind the number that was drawn`(bits: Int) {
        var start = Self.stream(9)(bits / 8)
        start[0] |= 0xC0
        start[start.count - 1] |= 1
        let found = PrimeSearch(bytes: Self.stream(9)).primes(1, bits: bits)[0]
        var candidate = BigNumber(start)
        // Fermat's test passes what Miller and Rabin's passes.
        while !candidate.isEqual(found) {
            #expect(!BigNumber(2).power(candidate.minus(1), modulo: candidate).isOne)
            candidate = candidate.plus(2)
            guard candidate.minus(found).isZero || candidate.bitCount == bits else { break }
        }
        #expect(BigNumber(3).power(found.minus(1), modulo: found).isOne)
    }

    @Test func `what is no key is refused in words`() {
        for (text, reason) in [
            ("", "no PEM data"), ("-----BEGIN X-----\nAAAA\n-----END X-----\n", "no private key data"),
        ] {
            let error = #expect(throws: CryptoError.self) { try PrivateKey.read(text) }
            #expect(error?.reason.contains(reason) == true)
        }
        #expect(throws: CryptoError.self) {
            try PrivateKey.read("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n")
        }
    }

    @Test func `armour goes on and comes off`() {
        let bytes = Array<UInt8>(0..<100)
        let text = PEM.encode("THING", bytes)
        #expect(text.split(separator: "\n").dropFirst().dropLast().allSatisfy { $0.utf8.count <= 64 })
        #expect(PEM.decode("before\n" + text)?.bytes == bytes)
        #expect(PEM.decode(text)?.label == "THING")
        #expect(PEM.decode("-----BEGIN A-----\n!\n-----END A-----") == nil)
    }

    @Test func `passwords are hashed as bcrypt has it`() throws {
        // The vector of OpenBSD's tests for an empty password.
        let salt: [UInt8] = [
            0x14, 0x4B, 0x3D, 0x69, 0x1A, 0x7B, 0x4E, 0xCF, 0x39, 0xCF, 0x73, 0x5C, 0x7F, 0xA7, 0xA7, 0x9C,
        ]
        #expect(
            try PasswordHash.bcrypt([], cost: 6, salt: salt)
                == "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.")
    }

    @Test func `ciphers go there and back`() throws {
        let (key, start) = ([UInt8](repeating: 7, count: 32), [UInt8](repeating: 9, count: 16))
        for count in [0, 1, 16, 100] {
            let text = (0..<count).map { UInt8($0) }
            let secret = try BlockCipher.encrypt(text, key: key, start: start)
            #expect(secret.count == count / 16 * 16 + 16)
            #expect(try BlockCipher.decrypt(secret, key: key, start: start) == text)
        }
        #expect(throws: CryptoError.self) { try BlockCipher.decrypt([1], key: key, start: start) }
        #expect(throws: CryptoError.self) { try BlockCipher.decrypt([], key: [1], start: start) }
    }
}
