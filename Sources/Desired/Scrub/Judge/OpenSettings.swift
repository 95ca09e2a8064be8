import Crypto

/// Texts that say nothing, and whose change would only break what reads them.
enum PlainWords {
    private static let words: Set<String> = [
        "", "true", "false", "yes", "no", "on", "off", "null", "none", "nil", "enabled", "disabled",
    ]

    static func contains(_ bytes: [UInt8]) -> Bool {
        bytes.count <= 8 && words.contains(String(decoding: bytes, as: UTF8.self).lowercased())
    }
}

/// Parts of Secrets that are settings beside the secret ones: a port, a mode, the name of a host in the cluster.
enum OpenSettings {
    /// The last words of names of such parts.
    private static let names: Set<String> = [
        "host", "hostname", "port", "ports", "scheme", "protocol", "mode", "sslmode", "level", "region", "zone", "type",
        "version", "timeout", "ttl", "interval", "retries", "size", "limit", "charset", "encoding", "driver", "dialect",
        "adapter", "engine", "format", "algorithm", "alg", "kty", "path", "prefix", "database", "dbname", "db", "ssl",
        "tls", "pool", "enabled", "debug", "encrypt",
    ]

    /// Whether a part of a Secret's value may stay as it is.
    ///
    /// Of the value as a whole only plain words may, and addresses within the cluster: whatever somebody put into a
    /// Secret by itself is secret.
    static func isOpen(_ leaf: Leaf) -> Bool {
        let bytes = leaf.bytes
        switch leaf.role {
        case .binary, .pem, .password, .user: return false
        case .host, .key: return true
        case .path: return !RandomText.isIn(bytes)
        case .text: break
        }
        if leaf.forms.last == "settings", leaf.name.isEmpty { return false }
        guard leaf.isNested else { return false }
        let meaning = FieldName(Array(leaf.name.utf8), 0..<leaf.name.utf8.count)
        if meaning.secrecy == .password || meaning.secrecy == .token { return false }
        if bytes.count <= 6, bytes.allSatisfy(\.isDigit) { return true }
        if isMeasure(bytes) { return true }
        if meaning.personal != .none || AccountName.isOne(leaf) { return false }
        let words = FieldName.words(Array(leaf.name.utf8), 0..<leaf.name.utf8.count)
        guard let last = words.last, names.contains(last) else { return isWord(bytes) }
        return !RandomText.isIn(bytes)
    }

    /// `30s`, `10Mi`, `0.5`
    private static func isMeasure(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, first.isDigit, bytes.count <= 8 else { return false }
        let digits = bytes.prefix { $0.isDigit || $0 == 0x2E }
        return bytes.count - digits.count <= 2 && bytes[digits.count...].allSatisfy(\.isLetter)
    }

    /// `require`, `verify-full`, `IfNotPresent`: what a setting is set to.
    private static func isWord(_ bytes: [UInt8]) -> Bool {
        bytes.count <= 24 && bytes.allSatisfy { $0.isLetter || $0 == 0x2D || $0 == 0x5F }
    }
}

/// SHA-256 in hexadecimal.
enum Digests {
    static func hex(_ bytes: [UInt8]) -> String { Digest.sha256(bytes).hex }
}

/// Names of fields that may hold long random texts which everybody may know.
enum PublicNames {
    private static let words: Set<String> = [
        "image", "tag", "digest", "uid", "uuid", "guid", "version", "revision", "commit", "sha", "checksum", "hash",
        "etag", "integrity", "fingerprint", "id", "bundle", "cabundle", "crt", "cert", "certificate", "ca", "pub",
        "public",
        "schema", "icon", "n", "x", "y", "x5c", "x5t", "jwks", "logo", "expr", "selector", "arn", "match", "regex",
        "pattern",
    ]

    static func isPublic(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return FieldName.words(bytes, 0..<bytes.count).contains(where: words.contains)
    }
}

/// Texts that chance made, and no person or program to be read.
enum RandomText {
    /// Whether a run of letters and digits, long and mixed as no name is, makes up most of a text.
    static func isIn(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 20, bytes.count <= 4096, !bytes.contains(where: \.isSpace) else { return false }
        var longest = 0..<0
        var start = 0
        for place in bytes.indices + [bytes.count] {
            if place < bytes.count, bytes[place].isLetter || bytes[place].isDigit { continue }
            if place - start > longest.count { longest = start..<place }
            start = place + 1
        }
        guard longest.count >= 20, longest.count * 2 >= bytes.count else { return false }
        var (upper, lower, digits, turns) = (0, 0, 0, 0)
        var last: Int?
        for byte in bytes[longest] {
            let kind = byte.isDigit ? 0 : byte.isUpper ? 1 : 2
            if kind == 0 { digits += 1 } else if kind == 1 { upper += 1 } else { lower += 1 }
            if kind != last { turns += 1 }
            last = kind
        }
        return upper >= 2 && lower >= 2 && digits >= 2 && turns * 3 >= longest.count
    }
}

/// Hashes of passwords in the forms that crypt(3), htpasswd and PHC strings have.
enum PasswordHashText {
    private static let starts: [StaticString] = [
        "$2a$", "$2b$", "$2y$", "$apr1$", "$1$", "$5$", "$6$", "$y$", "$argon2", "$scrypt$", "$pbkdf2", "{SHA}",
        "{SSHA}",
        "SCRAM-SHA-256$", "pbkdf2_sha256$",
    ]

    static func isOne(_ bytes: [UInt8]) -> Bool {
        guard let hash = hash(in: bytes) else { return false }
        return hash.count >= 20 && !bytes.contains(0x0A)
    }

    /// The hash in `user:hash` or by itself.
    static func hash(in bytes: [UInt8]) -> Range<Int>? {
        let starts = bytes.trimmed(0..<bytes.count)
        guard !starts.isEmpty else { return nil }
        var place = starts.lowerBound
        if let colon = bytes.index(of: 0x3A, from: place, to: min(starts.upperBound, place + 128)) {
            let first = bytes[place]
            if first != 0x24, first != 0x7B { place = colon + 1 }
        }
        guard Self.starts.contains(where: { bytes.has($0, at: place) }) else { return nil }
        return place..<starts.upperBound
    }
}
