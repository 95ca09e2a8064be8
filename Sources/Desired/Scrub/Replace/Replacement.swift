import Crypto
import Document

/// Makes what takes the place of a secret or personal value: of the same type and shape, the same for one value wherever
/// it stands in an environment, and another one in every other environment.
struct Replacement {
    private let placeholder: Placeholder
    let keys: KeyMaterial
    private let hmac: HMAC

    /// - Parameters:
    ///   - key: of the environment.
    ///   - memory: keys that were made before.
    ///   - name: what becomes of the DNS names of certificates.
    init(key: [UInt8], memory: MadeKeys = MadeKeys(), name: @escaping (String) -> String = { $0 }) {
        placeholder = Placeholder(key: key)
        keys = KeyMaterial(key: key, memory: memory, name: name)
        hmac = HMAC(key: key)
    }

    /// What takes the place of a value.
    ///
    /// - Parameters:
    ///   - finding: of what type the value is, as the detectors say.
    ///   - wanted: of what type its stand-in shall be; nil for the same.
    ///   - candidates: plain values beside it, of which a password's hash may be one.
    func value(
        for bytes: [UInt8], _ finding: String, _ wanted: ScrubPolicy.SecretType? = nil, candidates: [[UInt8]] = []
    ) -> [UInt8] {
        if let wanted { return made(wanted, for: bytes, candidates: candidates) }
        if PEMText.isOne(bytes) { return pem(bytes, candidates) }
        if let lines = keys.sshPublic(bytes) { return lines }
        if let range = PasswordHashText.hash(in: bytes), !bytes.contains(0x0A) {
            let hash = HashedPassword(hmac: hmac, placeholder: placeholder)
                .changed(Array(bytes[range]), candidates: candidates)
            return bytes[..<range.lowerBound] + hash + bytes[range.upperBound...]
        }
        if let token = JWT(bytes) { return token.changed(placeholder, hmac) }
        if let personal = PersonalStandIn(type: finding, hmac: hmac)?.value(for: bytes) { return personal }
        return TokenShape.changed(bytes, placeholder)
    }

    private func pem(_ bytes: [UInt8], _ candidates: [[UInt8]]) -> [UInt8] {
        guard EncryptedKey.isOne(String(decoding: bytes, as: UTF8.self)) else { return keys.pem(bytes, placeholder) }
        let passphrases = candidates.prefix(Self.mostPassphrases).map { old in
            // A file's last line break is none of the passphrase.
            let trimmed = Array(old[old.trimmed(0..<old.count)])
            let new = value(for: old, "")
            return (trimmed, Array(new[new.trimmed(0..<new.count)]))
        }
        return keys.pem(bytes, placeholder, passphrases: passphrases)
    }

    private static let mostPassphrases = 16

    /// Why nothing can take a value's place; nil where something can.
    func refusal(of bytes: [UInt8], candidates: [[UInt8]]) -> (reason: String, hint: String)? {
        guard PEMText.isOne(bytes) else { return nil }
        let passphrases = candidates.prefix(Self.mostPassphrases).map { Array($0[$0.trimmed(0..<$0.count)]) }
        guard keys.isClosed(bytes, passphrases: passphrases) else { return nil }
        return (
            "an encrypted private key, and nothing beside it in its Secret opens it, so that no stand-in can be made that does",
            "put the passphrase into the same Secret (keys of OpenSSH: leave it out), or give the environment a key of its own"
        )
    }

    private func made(_ type: ScrubPolicy.SecretType, for bytes: [UInt8], candidates: [[UInt8]]) -> [UInt8] {
        switch type {
        case .password:
            // At least as long as the old one, and never so short that it could be guessed.
            let short = bytes.count < 16 || String(validating: bytes, as: UTF8.self) == nil
            return short ? password(for: bytes, count: max(16, min(bytes.count, 64))) : placeholder.bytes(for: bytes)
        case .keyPair: return PEMText.isOne(bytes) ? pem(bytes, candidates) : keys.newKey(for: bytes)
        case .sshKey:
            return PEMText.isOne(bytes)
                ? pem(bytes, candidates) : keys.sshPublic(bytes) ?? keys.newSSHKey(for: bytes)
        case .bcrypt:
            let isHash = PasswordHashText.isOne(bytes)
            return isHash ? value(for: bytes, "password-hash", candidates: candidates) : hash(of: bytes)
        case .jwt: return JWT(bytes)?.changed(placeholder, hmac) ?? placeholder.bytes(for: bytes)
        case .connectionString, .token: return TokenShape.changed(bytes, placeholder)
        }
    }

    /// Letters of both cases and digits.
    private func password(for bytes: [UInt8], count: Int) -> [UInt8] {
        let signs = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789".utf8)
        var stream = KeyStream(hmac, Array("password\0".utf8) + bytes)
        return (0..<count).map { _ in signs[Int(stream.next()) % signs.count] }
    }

    private func hash(of bytes: [UInt8]) -> [UInt8] {
        HashedPassword(hmac: hmac, placeholder: placeholder).bcrypt(placeholder.bytes(for: bytes), cost: 10, of: bytes)
    }
}

/// Tokens of known forms: what says whose they are stays, and check sums are right again.
enum TokenShape {
    /// Starts that name the issuer and the kind.
    private static let starts: [String] = [
        "github_pat_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_", "pypi-", "glpat-", "gldt-", "glrt-", "glptt-",
        "glsoat-", "glft-", "glcbt-", "sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "pk_test_", "whsec_",
        "xoxb-", "xoxp-", "xoxa-2-", "xoxr-", "xoxe-", "xoxs-", "xapp-1-", "AKIA", "ASIA", "ABIA", "ACCA", "AGPA",
        "AIDA", "AROA", "AIza", "ya29.", "GOCSPX-", "SG.", "sk-ant-api03-", "sk-ant-", "sk-proj-", "sk-", "hf_",
        "dop_v1_", "doo_v1_", "dor_v1_", "dp.pt.", "dckr_pat_", "shpat_", "shpss_", "shpca_", "shppa_", "sq0atp-",
        "sq0csp-", "EAAA", "lin_api_", "hvs.", "hvb.", "hvr.", "s.", "v1.0-", "AGE-SECRET-KEY-1", "ATATT3", "ATCTT3",
        "NRAK-", "NRII-", "PMAK-", "rubygems_", "tfp_", "figd_", "fo1_", "pscale_tkn_", "pscale_pw_", "rdme_", "ntn_",
        "secret_", "key-", "AC", "SK", "sntrys_", "sntryu_", "glsa_", "eyJrIjoi", "dapi", "vercel_", "nfp_", "r8_",
        "cio", "lsv2_pt_", "lsv2_sk_", "pul-", "postman-", "sbp_", "oy2", "rk-", "gsk_", "xai-", "AKC", "LTAI",
    ]

    /// Starts that are no more than a word's first letters, and count for long tokens alone.
    private static let weak: Set<String> = [
        "s.", "sk-", "key-", "secret_", "AC", "SK", "cio", "EAAA", "oy2", "rk-", "dapi",
    ]

    static func changed(_ bytes: [UInt8], _ placeholder: Placeholder) -> [UInt8] {
        let start = starts.filter { bytes.starts(with: $0.utf8) }.max { $0.utf8.count < $1.utf8.count }
        guard let start, bytes.count >= start.utf8.count + 10, !weak.contains(start) || bytes.count >= 32,
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3A && $0 != 0x40 })
        else { return placeholder.bytes(for: bytes) }
        let body = Array(bytes[start.utf8.count...])
        var changed = placeholder.bytes(for: body)
        if start.hasPrefix("AKIA") || start.hasPrefix("ASIA") { changed = changed.map(base32) }
        if let count = checkedLength(start), changed.count == count {
            // Six digits of base 62 over CRC-32 end these tokens.
            let text = Array(changed.prefix(count - 6))
            changed = text + CheckSum.base62(CheckSum.crc32(text), count: 6)
        }
        return Array(start.utf8) + changed
    }

    private static func checkedLength(_ start: String) -> Int? {
        switch start {
        case "ghp_", "gho_", "ghu_", "ghs_", "npm_": 36
        default: nil
        }
    }

    /// The alphabet of RFC 4648, section 6.
    private static func base32(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x30, 0x31: byte + 2
        case 0x38, 0x39: byte - 4
        default: byte
        }
    }
}

/// Check sums of tokens.
enum CheckSum {
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// CRC-32 (ISO 3309), as zlib and gzip have it.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var code: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            code ^= UInt32(byte)
            for _ in 0..<8 { code = code & 1 == 1 ? code >> 1 ^ 0xEDB8_8320 : code >> 1 }
        }
        return ~code
    }

    static func base62(_ number: UInt32, count: Int) -> [UInt8] {
        var number = number
        var text: [UInt8] = []
        for _ in 0..<count {
            text.insert(digits[Int(number % 62)], at: 0)
            number /= 62
        }
        return text
    }
}

/// A JSON Web Token (RFC 7519): the header stays, the claims keep their names, numbers and order.
struct JWT {
    private let header: [UInt8]
    private let claims: Value
    private let signature: [UInt8]

    /// nil for what is no signed token.
    init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: "ey".utf8), bytes.count < 16_384 else { return nil }
        let parts = bytes.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 3, let plain = Base64.decode(String(decoding: parts[1], as: UTF8.self), .url),
            let claims = try? JSON.parse(plain), claims.fields != nil,
            let header = Base64.decode(String(decoding: parts[0], as: UTF8.self), .url),
            (try? JSON.parse(header))?.fields != nil
        else { return nil }
        self.header = Array(parts[0])
        self.claims = claims
        signature = Array(parts[2])
    }

    func changed(_ placeholder: Placeholder, _ hmac: HMAC) -> [UInt8] {
        var claims = claims
        for index in (claims.fields?.entries ?? []).indices { change(&claims, index, placeholder) }
        let payload = Base64.encode(JSON.emit(claims), .url)
        let decoded = Base64.decode(String(decoding: signature, as: UTF8.self), .url) ?? signature
        var stream = KeyStream(hmac, Array("signature\0".utf8) + signature)
        let code = decoded.map { _ in stream.next() }
        return header + [0x2E] + Array(payload.utf8) + [0x2E] + Array(Base64.encode(code, .url).utf8)
    }

    /// Times, and claims that say what the token is for, stay; who it is about does not.
    private func change(_ claims: inout Value, _ index: Int, _ placeholder: Placeholder) {
        guard var mapping = claims.fields else { return }
        let key = mapping.entries[index].key.text
        guard !["alg", "typ", "token_use", "scope", "roles", "role"].contains(key) else { return }
        mapping.change(at: index) { Self.replaceTexts(&$0, placeholder) }
        claims.content = .mapping(mapping)
    }

    private static func replaceTexts(_ value: inout Value, _ placeholder: Placeholder) {
        switch value.content {
        case .scalar(let scalar):
            guard scalar.kind == .string else { return }
            value = .string(placeholder.text(for: scalar.text))
        case .sequence(var items):
            for index in items.indices { replaceTexts(&items[index], placeholder) }
            value.content = .sequence(items)
        case .mapping(var mapping):
            for index in mapping.entries.indices { mapping.change(at: index) { replaceTexts(&$0, placeholder) } }
            value.content = .mapping(mapping)
        }
    }
}

/// Stand-ins for hashed passwords.
struct HashedPassword {
    let hmac: HMAC
    let placeholder: Placeholder
    /// Passwords that are tried: each costs what the hash was made to cost.
    private static let mostTried = 8
    private static let dearest = 12

    /// The hash of the password's stand-in, where a candidate is the password; of one that nobody knows elsewhere.
    func changed(_ hash: [UInt8], candidates: [[UInt8]]) -> [UInt8] {
        let text = String(decoding: hash, as: UTF8.self)
        guard text.hasPrefix("$2"), hash.count == 60, let cost = Int(text.dropFirst(4).prefix(2)) else {
            return shuffled(hash)
        }
        let kind = Array(hash.prefix(4))
        func finish(_ new: [UInt8]) -> [UInt8] { kind + new.dropFirst(4) }
        if cost <= Self.dearest {
            for candidate in candidates.prefix(Self.mostTried) where !candidate.isEmpty && candidate.count <= 72 {
                if PasswordHash.matches(candidate, text) {
                    return finish(bcrypt(placeholder.bytes(for: candidate), cost: cost, of: hash))
                }
            }
        }
        // Nobody knows a password of it, so that a dearer one need not be paid for: it only says what it would cost.
        let new = finish(bcrypt(hmac.code(hash), cost: min(cost, Self.dearest), of: hash))
        return Array(new[..<4]) + Array(hash[4..<7]) + Array(new[7...])
    }

    /// The salt follows from what the hash takes the place of.
    func bcrypt(_ password: [UInt8], cost: Int, of original: [UInt8]) -> [UInt8] {
        let salt = Array(hmac.code(Array("salt\0".utf8) + original).prefix(16))
        let text = try? PasswordHash.bcrypt(password.map { $0 == 0 ? 1 : $0 }, cost: max(4, cost), salt: salt)
        return text.map { Array($0.utf8) } ?? shuffled(original)
    }

    /// The method and its parameters stay; the rest is another one of the same form.
    private func shuffled(_ hash: [UInt8]) -> [UInt8] {
        let body = hash.lastIndex { $0 == 0x24 || $0 == 0x7D }.map { $0 + 1 } ?? 0
        return hash[..<body] + placeholder.bytes(for: Array(hash[body...]))
    }
}
