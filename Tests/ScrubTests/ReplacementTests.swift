import Crypto
import Document
import Manifest
import Scrub
import Testing

/// What takes the place of secrets of a known type, seen through a Secret's entries.
@Suite struct ReplacementTests {
    static func scrub(_ entries: [String: String], key: [UInt8] = [5], policy: ScrubPolicy = .standard) throws
        -> [String: String]
    {
        var value: Value = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "all"], "stringData": .strings(entries),
        ]
        var scrubber = Scrubber(policy: policy, key: key, taint: Taint { _ in true })
        try scrubber.scrub(&value)
        return value["stringData"]?.dictionary ?? [:]
    }

    static func scrub(_ text: String, key: [UInt8] = [5]) throws -> String {
        try part(try scrub(["k": text], key: key), "k")
    }

    static func part(_ entries: [String: String], _ key: String) throws -> String { try #require(entries[key]) }

    static func block(_ entries: [String: String], _ key: String) throws -> [UInt8] {
        let text = try part(entries, key)
        return try #require(PEM.decode(text)).bytes
    }

    /// A value, and the shape that its stand-in must keep.
    @Test(arguments: [
        (
            "postgres://shop:s3cret@db.company.com:5432/shop?sslmode=require",
            #"postgres://[a-z]{4}:[a-z]\d[a-z]{4}@[a-z]{2}\.[a-z]{7}\.com:5432/shop\?sslmode=require"#
        ),
        ("redis://:pass@cache:6379/0", #"redis://:[a-z]{4}@cache:6379/0"#),
        ("amqp://u:p@10.1.2.3:5672", #"amqp://[a-z]:[a-z]@192\.0\.2\.1:5672"#),
        (#"{"user":"ann","port":8080,"on":true}"#, #"\{"user":"[a-z]{3}","port":8080,"on":true\}"#),
        ("USER=ann\nPASS=geheim\nMODE=full\n", #"USER=[a-z]{3}\nPASS=[a-z]{6}\nMODE=full\n"#),
        (
            "Server=db;Database=shop;User Id=sa;Password=Str0ng!",
            #"Server=db;Database=shop;User Id=[a-z]{2};Password=[A-Z][a-z]{2}\d[a-z]{2}!"#
        ),
        (
            "shop:s3cret@tcp(db:3306)/shop?parseTime=true",
            #"[a-z]{4}:[a-z]\d[a-z]{4}@tcp\(db:3306\)/shop\?parseTime=true"#
        ),
        ("sk_live_bzgP7uuFe95kfGqXIxB1", #"sk_live_[A-Za-z0-9]{20}"#),
        ("AKIARNEHDN9LOI03W5RW", #"AKIA[A-Z2-7]{16}"#),
        ("xoxb-6791972575-0155123456-BGNn0pUZJANknu8z2IdEfGhi", #"xoxb-\d{10}-\d{10}-[A-Za-z0-9]{24}"#),
        ("$6$saltsalt$abcdefgHIJKLMNOP0123456789abcdefgHIJKLMNOP", #"\$6\$saltsalt\$[A-Za-z0-9]{42}"#),
        ("someone@company.com", #"[a-z]{7}@example\.com"#),
    ])
    func `keeps the shape and changes the value`(value: String, shape: String) throws {
        let text = try Self.scrub(value)
        #expect(text != value)
        #expect(text.wholeMatch(of: try Regex(shape)) != nil, "\(text)")
        #expect(try Self.scrub(value) == text)
        #expect(try Self.scrub(value, key: [6]) != text)
    }

    @Test(arguments: ["ghp_7aQXpxiUdfi0xPU2ap4pTOElxv9JMTs97mfr", "npm_V7SnkDHBQr92z1TptzmOgfO4lF90ErLDYBFf"])
    func `makes the check sums of tokens right`(token: String) throws {
        let text = try Self.scrub(token)
        #expect(text != token && text.count == token.count && text.hasPrefix(token.prefix(4)))
        let body = Array(text.utf8.dropFirst(4))
        var number: UInt32 = 0
        let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for sign in body.suffix(6) { number = number &* 62 &+ UInt32(digits.firstIndex(of: sign) ?? 0) }
        #expect(number == Self.crc32(Array(body.dropLast(6))))
    }

    /// Bit by bit, by its definition.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var code = ~UInt32(0)
        for byte in bytes {
            for bit in 0..<8 {
                let isSet = (code ^ UInt32(byte >> bit)) & 1 == 1
                code >>= 1
                if isSet { code ^= 0xEDB8_8320 }
            }
        }
        return ~code
    }

    @Test func `keeps a token's header, its claims' names and its times`() throws {
        let parts = [#"{"alg":"HS256","typ":"JWT"}"#, #"{"sub":"ann@company.com","iat":1516239022,"admin":true}"#]
            .map { Base64.encode(Array($0.utf8), .url) }
        let token = parts.joined(separator: ".") + "." + Base64.encode([UInt8](repeating: 9, count: 32), .url)
        let new = try Self.scrub(token).split(separator: ".").map(String.init)
        try #require(new.count == 3)
        #expect(new[0] == parts[0])
        let payload = try #require(Base64.decode(new[1], .url))
        let claims = try JSON.parse(payload)
        #expect(claims["iat"] == 1_516_239_022 && claims["admin"] == true)
        #expect(claims["sub"] != "ann@company.com" && claims["sub"]?.string?.hasSuffix("@example.com") == true)
        #expect(Base64.decode(new[2], .url)?.count == 32)
        #expect(new[2] != token.split(separator: ".").last.map(String.init))
    }

    @Test func `hashes the stand-in of a password that stands beside its hash`() throws {
        let hash = try PasswordHash.bcrypt(Array("Winter-Coat-81".utf8), cost: 4, salt: [UInt8](1...16))
        let new = try Self.scrub(["password": "Winter-Coat-81", "htpasswd": "shop:\(hash)"])
        let text = try #require(new["htpasswd"])
        #expect(text.hasPrefix("shop:$2a$04$") && !text.contains(hash))
        let password = try Self.part(new, "password")
        #expect(PasswordHash.matches(Array(password.utf8), String(text.dropFirst(5))))
        let alone = try Self.scrub(["htpasswd": "shop:\(hash)"])["htpasswd"]
        #expect(alone != "shop:\(hash)" && alone?.count == text.count)
    }

    @Test(arguments: ["rsa", "p256", "ed25519"])
    func `makes keys and certificates that belong together`(kind: String) throws {
        let seed: @Sendable (Int) -> [UInt8] = { count in (0..<count).map { UInt8(truncatingIfNeeded: $0 * 73 + 11) } }
        var draws = 0
        func drawn(_ count: Int) -> [UInt8] {
            draws += 1
            return HMAC.sha256(seed(draws), key: [1]).flatMap { byte in (0..<(count / 32 + 1)).map { byte &+ UInt8($0) }
            }
            .prefix(count).map { $0 }
        }
        func make() throws -> PrivateKey {
            switch kind {
            case "rsa": try PrivateKey.rsa(bits: 1024, from: drawn)
            case "p256": try PrivateKey.ecdsa(.p256, from: drawn)
            default: try PrivateKey.ed25519(from: drawn)
            }
        }
        let (authority, key) = (try make(), try make())
        var content = CertificateContent(commonName: "root", serial: [1], notBefore: 0, notAfter: 2_000_000_000)
        content.isAuthority = true
        let root = try Certificate.issue(content, for: authority)
        content = CertificateContent(commonName: "web", serial: [2], notBefore: 0, notAfter: 2_000_000_000)
        content.names = ["web.shop.svc"]
        let leaf = try Certificate.issue(content, for: key, by: (root, authority))
        let old = ["tls.key": key.pem, "tls.crt": leaf.pem + root.pem, "ca.crt": root.pem, "ca.key": authority.pem]
        let new = try Self.scrub(old)
        for (name, text) in old { #expect(new[name] != text && new[name] != nil, "\(name)") }
        let newKey = try PrivateKey.publicIdentity(ofPEM: Self.part(new, "tls.key"))
        let newRoot = try PrivateKey.publicIdentity(ofPEM: Self.part(new, "ca.key"))
        let oldKey = try PrivateKey.publicIdentity(ofPEM: key.pem)
        #expect(newKey.shape == oldKey.shape)
        let web = try CertificateParts(try Self.block(new, "tls.crt"))
        let ca = try CertificateParts(try Self.block(new, "ca.crt"))
        #expect(web.keyIdentifier == newKey.identifier && ca.keyIdentifier == newRoot.identifier)
        #expect(web.issuerIdentifier == newRoot.identifier && ca.isSelfSigned && !web.isSelfSigned)
        let (chain, above) = (try Self.part(new, "tls.crt"), try Self.part(new, "ca.crt"))
        #expect(chain.hasSuffix(above))
    }

    @Test func `makes SSH keys whose halves belong together`() throws {
        func text(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }
        let type = text(Array("ssh-ed25519".utf8))
        let oldBlob = type + text([UInt8](repeating: 3, count: 32))
        let none = text(Array("none".utf8))
        let all =
            Array("openssh-key-v1\0".utf8) + none + none + text([]) + [0, 0, 0, 1] + text(oldBlob) + text([1, 2, 3])
        let old = (
            privateText: PEM.encode("OPENSSH PRIVATE KEY", all),
            publicText: "ssh-ed25519 \(Base64.encode(oldBlob)) deploy@prod"
        )
        let new = try Self.scrub(["id": old.privateText, "id.pub": old.publicText])
        let publicText = try #require(new["id.pub"])
        #expect(publicText.hasPrefix("ssh-ed25519 ") && publicText.hasSuffix(" scrubbed"))
        let body = String(publicText.split(separator: " ")[1])
        let blob = try #require(Base64.decode(body))
        let inner = try Self.block(new, "id")
        #expect(inner.starts(with: "openssh-key-v1\0".utf8))
        #expect(inner[43..<43 + blob.count].elementsEqual(blob))
        #expect(publicText != old.publicText)
    }

    @Test(arguments: ["ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]", "true", "", "null"])
    func `leaves ciphertexts and plain words`(text: String) throws {
        #expect(try Self.scrub(text) == text)
    }
}
