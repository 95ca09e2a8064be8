import Crypto

/// Secrets that show themselves in the middle, and what is none although it stands where secrets stand.
struct Oddities {
    let text: [UInt8]

    /// A token whose mark is not its start.
    func token(_ word: Range<Int>) -> (type: String, range: Range<Int>)? {
        let next = text.at(word.upperBound)
        // Terraform Cloud: 14 signs, a mark, the rest.
        if next == 0x2E, word.count == 14, text.has(".atlasv1.", at: word.upperBound) {
            return run(word, from: word.upperBound + 9, least: 60, most: 75, "terraform-cloud-token")
        }
        // Azure AD: a mark after the fourth sign.
        if next == 0x7E, word.count == 5, text[word.upperBound - 1] == 0x51, text[word.upperBound - 2].isDigit {
            return run(word, from: word.upperBound + 1, least: 31, most: 34, "azure-ad-client-secret")
        }
        // Mailchimp: 32 hexadecimal digits and the data centre.
        if next == 0x2D, word.count == 32, text.has("-us", at: word.upperBound), text[word].allSatisfy({ $0.isHex }) {
            return run(word, from: word.upperBound + 3, least: 1, most: 2, "mailchimp-api-key")
        }
        // Discord: a number in base64, a time, a check sum.
        if next == 0x2E, (23...28).contains(word.count),
            text[word.lowerBound] == 0x4D || text[word.lowerBound] == 0x4E || text[word.lowerBound] == 0x4F
        {
            return discord(word)
        }
        return nil
    }

    private func run(_ word: Range<Int>, from start: Int, least: Int, most: Int, _ type: String) -> (
        String, Range<Int>
    )? {
        var end = start
        while end - start <= most,
            text.at(end).isWord || text.at(end) == 0x2D || text.at(end) == 0x2E || text.at(end) == 0x7E
        { end += 1 }
        return (least...most).contains(end - start) ? (type, word.lowerBound..<end) : nil
    }

    private func discord(_ word: Range<Int>) -> (String, Range<Int>)? {
        var place = word.upperBound + 1
        let time = place
        while text.at(place).isWord || text.at(place) == 0x2D { place += 1 }
        guard place - time == 6, text.at(place) == 0x2E else { return nil }
        let sum = place + 1
        place = sum
        while text.at(place).isWord || text.at(place) == 0x2D { place += 1 }
        return (27...40).contains(place - sum) ? ("discord-bot-token", word.lowerBound..<place) : nil
    }

    /// A credential that starts with a number: Telegram's, Asana's, and the lines of a `.pgpass`.
    func credential(at start: Int) -> (type: String, range: Range<Int>)? {
        var end = start
        while text.at(end).isDigit { end += 1 }
        if text.at(end) == 0x3A, (8...10).contains(end - start), text.has("AA", at: end + 1) {
            return run(start..<end, from: end + 1, least: 35, most: 35, "telegram-bot-token")
        }
        if text.at(end) == 0x2F, end - start == 1, text.at(end + 1).isDigit { return asana(start, end + 1) }
        if text.at(end) == 0x3A, text.at(start - 1) == 0x3A, (2...5).contains(end - start), goesOnTwice(from: end + 1) {
            return passwordFile(start, end)
        }
        return nil
    }

    private func asana(_ start: Int, _ number: Int) -> (type: String, range: Range<Int>)? {
        var place = number
        while text.at(place).isDigit { place += 1 }
        guard place - number >= 10, text.at(place) == 0x3A else { return nil }
        let sum = place + 1
        place = sum
        while text.at(place).isHex { place += 1 }
        return place - sum == 32 ? ("asana-pat", start..<place) : nil
    }

    /// Whether two more colons follow before a blank: of a time of day they do not.
    private func goesOnTwice(from start: Int) -> Bool {
        var colons = 0
        var place = start
        while place < text.count, colons < 2, place - start < 512, !text[place].isSpace {
            if text[place] == 0x3A { colons += 1 }
            place += 1
        }
        return colons == 2
    }

    /// `host:port:database:user:password` (PostgreSQL, "The Password File"), with the port at `port`.
    private func passwordFile(_ port: Int, _ portEnd: Int) -> (type: String, range: Range<Int>)? {
        let line = text.nearLineStart(of: port)..<text.nearLineEnd(from: port)
        let parts = text[line].split(separator: 0x3A, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[1].startIndex == port, !parts[0].contains(0x20),
            parts.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isBlank) })
        else { return nil }
        let password = text.trimmed(parts[4].startIndex..<line.upperBound)
        let value = SecretValue(text: text, range: password, isQuoted: true)
        return value.isSecret(.password) ? ("pgpass-password", password) : nil
    }

    /// Whether base64 at `range` is `user:password`.
    func isUserAndPassword(_ range: Range<Int>) -> Bool {
        guard let plain = Base64.decode(text.text(range)), let colon = plain.firstIndex(of: 0x3A), colon > 0 else {
            return false
        }
        let password = plain[(colon + 1)...]
        return password.count >= 4 && plain.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
            && !SecretValue(text: plain, range: colon + 1..<plain.count, isQuoted: true).isStandIn
    }

    /// Whether what stands in a Secret is one: no reference, no stand-in, and no public part of a key.
    func isSecret(_ entry: KubernetesSecrets.Entry) -> Bool {
        let range = entry.value
        guard range.count >= 2, text.at(range.lowerBound) != 0x7B || text.at(range.lowerBound + 1) == 0x22,
            !isNull(range), !SecretValue(text: text, range: range, isQuoted: true).isStandInOfSecret
        else { return false }
        guard entry.isEncoded else { return !isPublic(text, range) && isPlausible(entry.name, text, range) }
        guard let plain = Base64.decode(String(decoding: text[range].filter { !$0.isSpace }, as: UTF8.self)) else {
            return true
        }
        guard !plain.isEmpty else { return false }
        let all = 0..<plain.count
        if SecretValue(text: plain, range: all, isQuoted: true).isStandInOfSecret { return false }
        return !isPublic(plain, all) && isPlausible(entry.name, plain, all)
    }

    /// Whether a value is what SealedSecrets encrypt, or a stand-in in base64.
    func isCiphertextOrStandIn(_ range: Range<Int>) -> Bool {
        if range.count >= 300, text.has("Ag", at: range.lowerBound),
            text.contains("encrypteddata", in: 0..<range.lowerBound)
        {
            return true
        }
        guard range.count % 4 == 0, range.count <= 400, let plain = Base64.decode(text.text(range)), !plain.isEmpty,
            plain.allSatisfy({ $0.isSpace || $0 >= 0x20 && $0 < 0x7F })
        else { return false }
        return SecretValue(text: plain, range: 0..<plain.count, isQuoted: true).isStandInOfSecret
            || isPublic(plain, 0..<plain.count)
    }

    private func isNull(_ range: Range<Int>) -> Bool {
        text[range].elementsEqual("null".utf8) || text[range].elementsEqual("~".utf8)
            || text[range].elementsEqual("{}".utf8)
    }

    private func isPublic(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        if text.contains("private key", in: range) { return false }
        return text.contains("-----begin certificate", in: range) || text.contains("-----begin public key", in: range)
            || text.has("ssh-ed25519 ", at: range.lowerBound) || text.has("ssh-rsa ", at: range.lowerBound)
            || text.has("ecdsa-sha2-", at: range.lowerBound) || text.contains("-----begin x509 crl", in: range)
            || text.contains("-----begin pgp public", in: range)
    }

    /// A user's name, a host or a port beside the password is none.
    private func isPlausible(_ name: Range<Int>, _ plain: [UInt8], _ range: Range<Int>) -> Bool {
        let words = FieldName.words(text, name)
        guard let last = words.last, Self.companions.contains(last) else { return true }
        return FieldName(text, name).secrecy != .none
    }

    private static let companions: Set<String> = [
        "user", "username", "login", "host", "hostname", "port", "database", "dbname", "name", "region", "email",
        "endpoint", "bucket", "namespace", "type", "scheme", "protocol", "issuer", "crt", "pub", "domain", "schema",
        "sslmode",
    ]
}

extension SecretValue {
    /// A token that its issuer prints in its documentation.
    var isExample: Bool {
        text.contains("example", in: range) || text.contains("xxxx", in: range)
            || text.contains("1234567890abcdef", in: range)
            || text.contains("....", in: range) || text[range].suffix(8).allSatisfy { $0 == 0x30 }
    }

    /// As `isStandIn`, of a value that stands alone in a Secret: short words are secrets there.
    var isStandInOfSecret: Bool {
        if text.has("ENC[", at: range.lowerBound) || text.contains("{{", in: range) || text.contains("${", in: range) {
            return true
        }
        if text.at(range.lowerBound) == 0x3C, text.at(range.upperBound - 1) == 0x3E { return true }
        if text.has("$(", at: range.lowerBound) { return true }
        return range.count >= 4 && range.count < 40 && isStandIn
    }
}
