/// Values that a field's name says are secret, unless they plainly are not.
enum ClaimedSecret {
    /// Last words of names whose values may be the name of a Secret as well as a secret.
    private static let references: Set<String> = ["secret", "secrets", "credential", "credentials"]

    static func isOne(_ bytes: [UInt8], _ secrecy: FieldName.Secrecy, _ name: String) -> Bool {
        guard secrecy != .none, bytes.count >= 6 else { return false }
        let value = SecretValue(text: bytes, range: 0..<bytes.count, isQuoted: true)
        guard !value.isStandIn, !value.isReference, !isTemplate(bytes) else { return false }
        let letters = Letters(bytes, 0..<bytes.count)
        switch secrecy {
        case .none: return false
        case .password:
            let words = FieldName.words(Array(name.utf8), 0..<name.utf8.count)
            if words.last.map(references.contains) ?? false { return isMixed(letters, bytes) && !isObjectName(bytes) }
            return true
        case .token: return isMixed(letters, bytes)
        case .ifRandom:
            let isHex = bytes.count >= 32 && bytes.allSatisfy(\.isHex)
            return RandomText.isIn(bytes) || isHex && letters.looksRandom
        }
    }

    /// More than a word: digits among letters, capitals in no order, or several words.
    private static func isMixed(_ letters: Letters, _ bytes: [UInt8]) -> Bool {
        if bytes.count >= 8, letters.digits > 0, letters.lower + letters.upper > 0 { return true }
        if letters.spaces > 0 { return bytes.count >= 16 }
        var turns = 0
        for place in bytes.indices.dropFirst() where bytes[place].isUpper != bytes[place - 1].isUpper { turns += 1 }
        return bytes.count >= 12 && letters.upper > 0 && letters.lower > 0 && turns * 4 >= bytes.count
            || letters.digits >= 8
    }

    /// `db-credentials-2`: what an object may be named (RFC 1123).
    private static func isObjectName(_ bytes: [UInt8]) -> Bool {
        bytes.count <= 63 && bytes.contains(0x2D)
            && bytes.allSatisfy { $0.isLower || $0.isDigit || $0 == 0x2D || $0 == 0x2E }
            && bytes.split(separator: 0x2D).allSatisfy { part in
                part.allSatisfy(\.isDigit) || part.allSatisfy { !$0.isDigit } || part.count <= 3
            }
    }

    private static func isTemplate(_ bytes: [UInt8]) -> Bool {
        bytes.contains(where: { $0 == 0x24 })
            && (bytes.indices.contains { bytes.has("$(", at: $0) || bytes.has("${", at: $0) })
    }
}

/// How a secret value is looked for in other environments.
enum SecretReach {
    /// Passwords that everybody has, and words that stand in every configuration.
    private static let common: Set<String> = [
        "password", "passw0rd", "password1", "password123", "secret", "changeme", "changeit", "admin", "admin123",
        "administrator", "root", "toor", "postgres", "postgresql", "mysql", "mariadb", "mongodb", "mongo", "redis",
        "rabbitmq", "guest", "user", "username", "test", "test123", "test1234", "testing", "default", "example", "demo",
        "localhost", "production", "prod", "staging", "development", "qwerty", "qwerty123", "letmein", "welcome",
        "welcome1", "123456", "1234567", "12345678", "123456789", "1234567890", "11111111", "00000000", "abc123",
        "abcd1234", "grafana", "prometheus", "elastic", "kibana", "minio", "minioadmin", "minio123", "keycloak",
        "gitlab",
        "jenkins", "argocd", "vault", "consul", "kafka", "zookeeper", "service", "database", "superuser", "anonymous",
        "dockerconfigjson", "s3cr3t", "p@ssw0rd", "hunter2", "topsecret", "supersecret", "mysecretpassword",
    ]

    /// nil for values that are too short or too common to be told from chance.
    static func of(_ judgement: Judgement, in leaf: Leaf) -> Fingerprints.Reach? {
        let value = PlainForm.of(Array(leaf.bytes[judgement.range]))
        guard value.count >= 3, !isCommon(value) else { return nil }
        switch judgement.dataClass {
        case .secret: return secret(value, judgement, leaf)
        case .personal: return personal(value, judgement.type)
        case .internal: return classified(value)
        }
    }

    /// What a rule of the policy has classified.
    static func classified(_ value: [UInt8]) -> Fingerprints.Reach? {
        guard value.count >= 4, !isCommon(value) else { return nil }
        if isStrong(value) { return .anywhere }
        return value.count >= WindowHash.width ? .alone : .whole
    }

    private static func secret(_ value: [UInt8], _ judgement: Judgement, _ leaf: Leaf) -> Fingerprints.Reach? {
        if isStrong(value) { return .anywhere }
        if AccountName.isOne(leaf) { return .account }
        // In a Secret a value may be a setting as well; only a name that says so makes a plain word secret.
        let secrecy = FieldName(Array(leaf.name.utf8), 0..<leaf.name.utf8.count).secrecy
        let isNamed = leaf.role == .password || secrecy == .password || secrecy == .token
        let isKnown = judgement.type != "kubernetes-secret"
        let letters = Letters(value, 0..<value.count)
        let isMixed = letters.digits > 0 && letters.lower + letters.upper > 0
        guard isNamed || isKnown || !isAddress(value) && (isMixed || value.count >= 20) else { return nil }
        if value.count >= 12, isNamed || isMixed { return .alone }
        if value.count >= WindowHash.width, isNamed, isMixed, letters.isManifold, !isAddress(value) { return .alone }
        return value.count >= 6 ? .whole : nil
    }

    private static func personal(_ value: [UInt8], _ type: String) -> Fingerprints.Reach? {
        switch type {
        case "ipv4", "ipv6", "mac-address", "first-name", "last-name", "person-name", "date-of-birth": nil
        default: value.count >= WindowHash.width ? .alone : nil
        }
    }

    /// So random that it stands nowhere by chance.
    static func isStrong(_ value: [UInt8]) -> Bool {
        guard value.count >= 10 else { return false }
        let letters = Letters(value, 0..<value.count)
        guard letters.distinct >= 8 else { return false }
        if value.count >= 12, letters.looksRandom { return !isAddress(value) }
        var turns = 0
        for place in value.indices.dropFirst() where value[place].isUpper != value[place - 1].isUpper { turns += 1 }
        // Names such as IfNotPresent have capitals too, but fewer.
        if value.count >= 16, letters.upper * 4 >= value.count, letters.lower * 4 >= value.count,
            turns * 3 >= value.count
        {
            return true
        }
        return letters.digits > 0 && letters.upper > 0 && letters.lower > 0 && !isAddress(value)
    }

    /// A host, a path, an image: words with dots or slashes between them.
    private static func isAddress(_ value: [UInt8]) -> Bool {
        let parts = value.split { [0x2E, 0x2F, 0x3A, 0x2D, 0x5F, 0x40].contains($0) }
        guard parts.count >= 2 else { return value.allSatisfy { $0.isLower } && value.count < 20 }
        return parts.allSatisfy { part in
            let isShort = part.count <= 3 && !part.contains(where: \.isUpper)
            return part.count <= 16 && (part.allSatisfy { $0.isLower } || part.allSatisfy(\.isDigit) || isShort)
        }
    }

    static func isCommon(_ value: [UInt8]) -> Bool {
        value.count <= 20 && common.contains(String(decoding: value, as: UTF8.self).lowercased())
    }
}

/// Names of accounts, which several fields share.
enum AccountName {
    static func isOne(_ leaf: Leaf) -> Bool {
        if leaf.role == .user { return true }
        let words = FieldName.words(Array(leaf.name.utf8), 0..<leaf.name.utf8.count)
        guard let last = words.last else { return false }
        return ["user", "username", "login"].contains(last) || last.hasSuffix("user") || last.hasSuffix("username")
    }
}
