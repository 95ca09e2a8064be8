/// Whether a value could be somebody's secret, or only stands for one.
struct SecretValue {
    let text: [UInt8]
    let range: Range<Int>
    let isQuoted: Bool

    /// Whether `range` is a secret, given what its field's name says.
    func isSecret(_ secrecy: FieldName.Secrecy) -> Bool {
        guard range.count >= (secrecy == .password ? 6 : 12), !isStandIn, !isReference else { return false }
        let letters = Letters(text, range)
        switch secrecy {
        case .none: return false
        case .password: return letters.looksChosen
        case .token: return letters.looksRandom
        case .ifRandom: return range.count >= 20 && letters.looksRandom && !isDottedName && !isPhrase
        }
    }

    /// `value-of-the-setting-2`: words, and one short number at the most.
    private var isPhrase: Bool {
        let parts = text[range].split { $0 == 0x2D || $0 == 0x5F }
        guard parts.count >= 3 else { return false }
        let numbers = parts.filter { $0.allSatisfy(\.isDigit) }
        return numbers.count <= 1 && numbers.allSatisfy { $0.count <= 3 }
            && parts.allSatisfy { part in part.allSatisfy(\.isDigit) || part.count <= 12 && part.allSatisfy(\.isLower) }
    }

    /// Empty, masked, a template, a variable, or a word such as `changeme`.
    var isStandIn: Bool {
        guard range.count >= 4 else { return true }
        let first = text[range.lowerBound]
        let last = text[range.upperBound - 1]
        if first == 0x24, text.at(range.lowerBound + 1) == 0x7B || text.at(range.lowerBound + 1) == 0x28 { return true }
        if first == 0x24, text[range].dropFirst().allSatisfy({ $0.isWord }) { return true }
        if first == 0x3C, last == 0x3E || text.has("<%", at: range.lowerBound) { return true }
        if first == 0x7B, last == 0x7D { return true }
        if first == 0x5B, last == 0x5D { return true }
        if first == 0x25, last == 0x25 { return true }
        if first == 0x5F, last == 0x5F { return true }
        if text.has("{{", at: range.lowerBound) || text.has("ENC[", at: range.lowerBound) { return true }
        if isRepetition { return true }
        return Self.standIns.isFound(in: text, range) || isUpperCaseName || isStandInWord
    }

    /// Wherever they stand in a value.
    private static let standIns = WordSearch([
        "{{", "${",
        "changeme", "change-me", "change_me", "replace-me", "replaceme", "replace_me", "replace-with", "placeholder",
        "redacted", "example", "insert-", "insert_", "your-", "your_", "not-a-", "not_a_", "xxxx", "****", "....",
        "my-secret", "mysecret", "secret-here", "goes-here", "goes_here", "to-be-", "set-me", "set_me", "notreal",
        "fill-in", "fill_in", "put-your", "insecure", "dummy-", "fake-", "dummy_", "fake_", "<redact",
    ])
    /// Where nothing but signs stands around them: chance puts them into long random texts.
    private static let standInWords = WordSearch(standInWordList)
    private static let standInWordSet = Set(standInWordList)
    private static let standInWordList = [
        "none", "null", "undefined", "todo", "fixme", "tbd", "unset", "empty", "unused", "default", "dummy", "fake",
        "sample", "lorem", "masked", "hidden", "secret", "password", "token", "true", "false", "unknown", "xxx",
    ]

    private var isStandInWord: Bool {
        guard Self.standInWords.isFound(in: text, range), !text[range].contains(where: \.isDigit) else { return false }
        let words = FieldName.words(text, range)
        return words.count <= 4 && words.allSatisfy { word in word.utf8.allSatisfy(\.isLetter) }
            && words.contains { Self.standInWordSet.contains($0) }
    }

    /// One sign again and again: `********`, `00000000-0000-0000-0000-000000000000`.
    private var isRepetition: Bool {
        var first: UInt8?
        var second: UInt8?
        for byte in text[range] where byte != 0x2D && byte != 0x5F && byte != 0x20 && byte != first && byte != second {
            guard second == nil else { return false }
            if first == nil { first = byte } else { second = byte }
        }
        return true
    }

    /// `DB_PASSWORD`: the name of a variable that holds the value.
    private var isUpperCaseName: Bool {
        text[range].allSatisfy { $0.isUpper || $0 == 0x5F } && text[range].contains(0x5F)
    }

    /// A path, an address without a password, or a place where another program finds the value.
    var isReference: Bool {
        let start = range.lowerBound
        let first = text[start]
        if first == 0x2F || first == 0x7E || text.has("./", at: start) || text.has("../", at: start) {
            if isPath { return true }
        }
        if first.isLower, text[range].count(where: { $0 == 0x2F }) >= 2, isPath { return true }
        if text.contains("://", in: range) { return true }
        if let colon = text.index(of: 0x3A, from: start, to: Swift.min(range.upperBound, start + 24)) {
            if Self.stores.contains(text.text(start..<colon).lowercased()) { return true }
        }
        if text.has("ref+", at: start) || text.has("op:", at: start) || text.has("arn:", at: start) { return true }
        if !isQuoted, isExpression { return true }
        return false
    }

    /// Before a colon: where secrets are kept.
    private static let stores: Set<String> = [
        "vault", "ssm", "arn", "secretsmanager", "awssm", "gcpsm", "azurekv", "keyvault", "file", "env", "op", "sops",
        "kms", "doppler", "infisical", "secret", "secrets", "k8s", "ssmparameter", "akeyless", "conjur", "bitwarden",
        "keepass", "pass", "consul", "etcd", "sha256", "sha384", "sha512", "md5", "aws", "gcp", "azure", "resolve",
    ]

    /// A path: words between slashes, not one long random run with a slash in it.
    private var isPath: Bool {
        let parts = text[range].split(separator: 0x2F)
        return parts.count >= 1 && parts.allSatisfy { $0.count <= 24 } && Letters(text, range).digits * 4 < range.count
    }

    /// Code that asks for the value: `random_password.db.result`, `getenv("X")`, `config.token`.
    private var isExpression: Bool {
        let bytes = text[range]
        if let open = bytes.firstIndex(where: { $0 == 0x28 || $0 == 0x5B }), open > bytes.startIndex {
            // A call or a look-up, whole or cut off at its first blank.
            return bytes[..<open].allSatisfy { $0.isWord || $0 == 0x2E }
        }
        return isDottedName
    }

    private var isDottedName: Bool {
        let parts = text[range].split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count >= 2 else { return false }
        return parts.allSatisfy { part in
            guard let first = part.first, first.isLetter || first == 0x5F, part.count <= 30 else { return false }
            return part.allSatisfy { $0.isWord || $0 == 0x2D } && part.count(where: \.isDigit) * 3 <= part.count
                && !Letters(text, part.startIndex..<part.endIndex).looksRandom
        }
    }
}

/// How the signs of a value are mixed.
struct Letters {
    var digits = 0
    var lower = 0
    var upper = 0
    var hexLetters = 0
    var signs = 0
    var spaces = 0
    var distinct = 0
    private let count: Int
    private let runs: Int

    init(_ text: [UInt8], _ range: Range<Int>) {
        count = range.count
        var low: UInt64 = 0
        var high: UInt64 = 0
        var runs = 0
        var last = 0
        for place in range {
            let byte = text[place]
            let kind: Int
            if byte.isDigit {
                digits += 1
                kind = 1
            } else if byte.isLower {
                lower += 1
                kind = 2
            } else if byte.isUpper {
                upper += 1
                kind = 3
            } else if byte.isSpace {
                spaces += 1
                kind = 4
            } else {
                signs += 1
                kind = 5
            }
            if byte.isHex, byte.isLetter { hexLetters += 1 }
            if kind != last { runs += 1 }
            last = kind
            if byte < 64 { low |= 1 << UInt64(byte) } else if byte < 128 { high |= 1 << UInt64(byte - 64) }
        }
        distinct = low.nonzeroBitCount + high.nonzeroBitCount
        self.runs = runs
    }

    /// Chance made it: many kinds of signs, in no order that a word has.
    var looksRandom: Bool {
        guard spaces == 0, count >= 12, digits > 0, lower + upper > 0 else { return false }
        // All hexadecimal: half of the signs differ at 16, and there are letters and digits all over.
        if hexLetters == lower + upper { return distinct >= 8 && runs >= count / 5 }
        return distinct >= 9 && runs * 6 >= count
    }

    /// Letters of both cases beside digits, or digits at several places among letters: no word with a number behind it.
    var isManifold: Bool { digits > 0 && (lower > 0 && upper > 0 || runs >= 5) }

    /// A person or a generator chose it for a password: not a word of a language, a number or a name of a thing.
    var looksChosen: Bool {
        guard spaces == 0, distinct >= 5 else { return false }
        if digits > 0, lower + upper > 0 { return true }
        if lower > 0, upper > 0, signs > 0 || runs * 5 >= count * 2 && count >= 10 { return true }
        return signs >= 2 && lower + upper + digits >= 4 && runs >= 6
    }
}
