import TestSupport
import Testing

@testable import Crypto

@Suite struct AgeTests {
    static let key = "AGE-SECRET-KEY-14S0YG5WKVESRK28JX5EDRV3ZVGQMWVVEKDW3GYHG90J66EU6WHZSFCGZZC"
    static let recipient = "age1uqqhfc0j40akwf40yfqkdjwtu2l5940cyq44vt0prdznwtcl0e4qgcunhm"
    /// Made by age 1.1.1 of the text `a rope, made fast`.
    static let file = """
        -----BEGIN AGE ENCRYPTED FILE-----
        YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSA3NXI3bFk5dUszblVWSTFo
        bE0xakhJRmpqY3JrRWpsZmdvNksrMmtZeXhRClE2dHpVbElqVkRxMGNMOTF6cW9H
        R25iUWxJWDVycTU2bWtDTDZ5bEY3Ym8KLS0tIGJyMkNoc0YzQ1RpOHo0TXlzS1lO
        YVB6Q1dJdHlCZm1xekhaSHBCQktYTTgKDwQDSxa1VFE1F/NMxjxZX92aCCmMFGl4
        xHheJFoS7BKEl4J47Af3l0z4DJt0uxgwLPI=
        -----END AGE ENCRYPTED FILE-----
        """

    /// Bytes that follow from a seed, for files that are the same each time.
    private static func bytes(_ seed: UInt64) -> (Int) -> [UInt8] {
        var generator = SplitMix(state: seed)
        return { count in (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) } }
    }

    @Test func `opens what age made`() throws {
        let identity = try AgeIdentity(Self.key)
        #expect("\(identity.recipient)" == Self.recipient)
        let opened = try Age.decrypt(Array(Self.file.utf8), with: [try .generate(Self.bytes(1)), identity])
        #expect(String(decoding: opened.content, as: UTF8.self) == "a rope, made fast\n")
        #expect(opened.recipient == identity.recipient)
        #expect(identity.revealed == Self.key)
        #expect(!"\(identity)".contains(identity.revealed) && !String(reflecting: identity).contains("SECRET"))
    }

    @Test(arguments: [0, 1, 65535, 65536, 65537, 131072, 200_000])
    func `opens what it made`(count: Int) throws {
        let identity = try AgeIdentity.generate(Self.bytes(2))
        let other = try AgeIdentity.generate(Self.bytes(3))
        let content = Self.bytes(4)(count)
        let file = try Age.encrypt(content, to: [other.recipient, identity.recipient], Self.bytes(5))
        #expect(try Age.decrypt(file, with: [identity]).content == content)
        #expect(try Age.decrypt(Array(AgeArmor.encode(file).utf8), with: [other]).content == content)
        #expect(throws: AgeError.noIdentity(["a recipient of kind X25519"])) {
            try Age.decrypt(file, with: [try .generate(Self.bytes(6))])
        }
    }

    @Test func `refuses a file with any byte changed or cut`() throws {
        let identity = try AgeIdentity.generate(Self.bytes(7))
        let file = try Age.encrypt(Array("rope".utf8), to: [identity.recipient], Self.bytes(8))
        for offset in file.indices {
            var changed = file
            changed[offset] ^= 0x04
            #expect(throws: AgeError.self, "byte \(offset)") { try Age.decrypt(changed, with: [identity]) }
            #expect(throws: AgeError.self, "cut at \(offset)") {
                try Age.decrypt(Array(file[..<offset]), with: [identity])
            }
        }
        #expect(throws: AgeError.notAuthentic) { try Age.decrypt(file + [0], with: [identity]) }
    }

    @Test func `refuses chunks that are left out, added or exchanged`() throws {
        let identity = try AgeIdentity.generate(Self.bytes(9))
        let file = try Age.encrypt([UInt8](repeating: 7, count: 3 * 65536), to: [identity.recipient], Self.bytes(10))
        let chunk = 65536 + 16
        let start = file.count - 3 * chunk
        let whole = Array(file[..<start])
        let chunks = (0..<3).map { Array(file[(start + $0 * chunk)..<(start + ($0 + 1) * chunk)]) }
        for order in [[0, 1], [0, 2], [1, 0, 2], [0, 1, 2, 2], [2], []] {
            let changed = whole + order.flatMap { chunks[$0] }
            #expect(throws: AgeError.self, "\(order)") { try Age.decrypt(changed, with: [identity]) }
        }
    }

    @Test(arguments: [
        ("age1pq1qqqq", AgeError.noKey("a recipient such as age1…")),
        ("ssh-ed25519 AAAA", .unsupported("the recipient ssh-ed25519, a key of SSH,")),
        (String(recipient.dropLast()) + "q", .noKey("a recipient such as age1…")),
        (recipient.uppercased(), .noKey("a recipient such as age1…")),
        ("", .noKey("a recipient such as age1…")),
        (key, .noKey("a recipient such as age1…")),
    ])
    func `refuses what is no recipient`(text: String, error: AgeError) {
        #expect(throws: error) { try AgeRecipient(text) }
    }

    @Test func `refuses passphrases by name`() {
        let file =
            "age-encryption.org/v1\n-> scrypt rF0/NwblUHHTpgQgRpe5CQ 10\n"
            + "gUjEymFKMVXQEKdMMHL24oYexjE3TIC0O0zGSqJ2aUY\n--- IOz2cy0Pj8wFxEXTzaSvxtyzxQzIpSQSzQfdhOtIIaM\n"
        #expect(throws: AgeError.unsupported("a file under a passphrase (scrypt)")) {
            try Age.decrypt(Array(file.utf8) + [UInt8](repeating: 1, count: 40), with: [])
        }
    }

    @Test func `reads key files, and names the line that is none`() throws {
        let identities = try AgeIdentity.identities(in: "# created: today\r\n\r\n  \(Self.key) \r\n# end")
        #expect(identities.map { "\($0.recipient)" } == [Self.recipient])
        #expect(throws: AgeFileError(line: 2, error: .noKey("an identity, AGE-SECRET-KEY-1…,"))) {
            try AgeIdentity.identities(in: "#\n\(Self.recipient)\n")
        }
    }

    static let hasAge = (try? runProgram(["age", "--version"])) != nil

    @Test(.enabled(if: hasAge, "age is not installed"), arguments: [0, 18, 70_000])
    func `writes what age opens`(count: Int) throws {
        let folder = try TemporaryFolder()
        let text = String(repeating: "x", count: count)
        let file = try Age.encrypt(Array(text.utf8), to: [try AgeRecipient(Self.recipient)])
        let opened = try runProgram(
            ["sh", "-c", "cat > a && printf '%s' \(Self.key) > k && age -d -i k a"], in: folder.path,
            input: AgeArmor.encode(file))
        #expect(opened == text)
    }

    @Test(arguments: ["aes256GCM", "chaCha20Poly1305"])
    func `seals and opens with the nonces that are usual`(name: String) throws {
        let kind: AEAD = name == "aes256GCM" ? .aes256GCM : .chaCha20Poly1305
        let key = Self.bytes(11)(32)
        let nonce = Self.bytes(12)(kind == .aes256GCM ? 32 : 12)
        let sealed = try kind.seal([1, 2, 3], key: key, nonce: nonce, context: [9])
        #expect(sealed.count == 19)
        #expect(try kind.open(sealed, key: key, nonce: nonce, context: [9]) == [1, 2, 3])
        #expect(try kind.open(sealed, key: key, nonce: nonce, context: [8]) == nil)
        #expect(throws: CryptoError.self) { try kind.seal([1], key: [1], nonce: nonce) }
    }

    /// RFC 8439, section 2.8.2, of whose ciphertext the beginning and the tag are told.
    @Test func `gives RFC 8439's tag`() throws {
        let text =
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
        let sealed = try AEAD.chaCha20Poly1305.seal(
            Array(text.utf8), key: Array(0x80...0x9f), nonce: [7, 0, 0, 0] + Array(0x40...0x47),
            context: Hex.decode("50515253c0c1c2c3c4c5c6c7") ?? [])
        #expect(Hex.encode(sealed.prefix(8)) == "d31a8d34648e60db")
        #expect(Hex.encode(sealed.suffix(16)) == "1ae10b594f09e26a7e902ecbd0600691")
    }

    @Test func `agrees from both ends, and with no point that is zero`() throws {
        let (alice, bob) = (Self.bytes(13)(32), Self.bytes(14)(32))
        let shared = try X25519.agree(alice, with: try X25519.publicKey(of: bob))
        #expect(shared != nil)
        #expect(try X25519.agree(bob, with: try X25519.publicKey(of: alice)) == shared)
        #expect(try X25519.agree(alice, with: [UInt8](repeating: 0, count: 32)) == nil)
    }
}
