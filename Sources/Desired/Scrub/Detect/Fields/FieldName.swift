/// What the name of a field says of its value: `DB_PASSWORD`, `awsSecretAccessKey`, `customer.birth-date`.
struct FieldName: Hashable {
    /// How sure a name is that its value is secret.
    enum Secrecy: Hashable {
        case none
        /// A random value is secret: `key`, `hash`, `auth`.
        case ifRandom
        /// A value that is no word and no reference is secret: `token`, `api_key`.
        case token
        /// Whatever is no placeholder and no reference is secret: `password`.
        case password
    }

    /// What of a person it names.
    enum Personal: Hashable {
        case none, email, phone, firstName, lastName, fullName, plainName, birth, address, card, bankAccount, network
        case usSSN, ukNINO, deSteuerID, frNIR, esDNI, brCPF, inAadhaar
    }

    var secrecy = Secrecy.none
    var personal = Personal.none

    init(_ text: [UInt8], _ range: Range<Int>) {
        let words = Self.words(text, range)
        guard !words.isEmpty else { return }
        secrecy = Self.secrecy(of: words)
        personal = Self.personal(of: words)
    }

    /// Lower-case words: parted at signs, and where a lower-case letter meets an upper-case one.
    static func words(_ text: [UInt8], _ range: Range<Int>) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        func end() {
            if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
            word.removeAll(keepingCapacity: true)
        }
        for place in range {
            let byte = text[place]
            guard byte.isLetter || byte.isDigit || byte >= 0x80 else {
                end()
                continue
            }
            let follows = place > range.lowerBound ? text[place - 1] : 0
            let next = place + 1 < range.upperBound ? text[place + 1] : 0
            if byte.isUpper, follows.isLower || follows.isDigit || (follows.isUpper && next.isLower) { end() }
            word.append(byte.lowercased)
        }
        end()
        return words
    }

    private static func secrecy(of words: [String]) -> Secrecy {
        guard words.allSatisfy({ !SecretWords.public.contains($0) }) else { return .none }
        var words = words
        // DB_PASSWORD_2 is a password, and `value` says nothing.
        while words.count > 1, let last = words.last,
            last.utf8.allSatisfy(\.isDigit) || SecretWords.hollow.contains(last)
        {
            words.removeLast()
        }
        guard let last = words.last else { return .none }
        let before = words.count > 1 ? words[words.count - 2] : ""
        if SecretWords.passwords.contains(last) { return .password }
        if SecretWords.tokens.contains(last) { return .token }
        if last == "key" || last == "keys" {
            if SecretWords.notBeforeKey.contains(before) { return .none }
            return SecretWords.beforeKey.contains(before) ? .token : .ifRandom
        }
        if SecretWords.ifRandom.contains(last) { return .ifRandom }
        for ending in ["password", "passwd", "passphrase", "secret"] where last.hasSuffix(ending) { return .password }
        for ending in ["token", "apikey", "authkey", "secretkey", "accesskey", "privatekey"]
        where last.hasSuffix(ending) {
            return .token
        }
        return .none
    }

    private static func personal(of words: [String]) -> Personal {
        let last = words[words.count - 1]
        let before = words.count > 1 ? words[words.count - 2] : ""
        let found = person(words, last: last, before: before)
        return found == .address && words.contains(where: PersonalWords.machines.contains) ? .none : found
    }

    private static func person(_ words: [String], last: String, before: String) -> Personal {
        if let known = PersonalWords.wholes[words.joined()] { return known }
        if let known = PersonalWords.wholes[before + last] { return known }
        if let known = PersonalWords.lasts[last] { return known }
        for word in words.reversed() { if let known = PersonalWords.anywhere[word] { return known } }
        guard last == "name" else { return .none }
        if PersonalWords.people.contains(before) { return .fullName }
        return PersonalWords.nameless.contains(before) ? .none : .plainName
    }
}

/// Names of fields, judged once each: the same ones come again and again.
struct FieldNames {
    /// How many are remembered: a hostile text may hold no end of names.
    private static let count = 4096
    /// By the last bits of their hashes; an older one goes where a newer one comes.
    private var known: [Known] = []

    private struct Known {
        var hash: UInt64
        var bytes: [UInt8]
        var name: FieldName
    }

    mutating func name(_ text: [UInt8], _ range: Range<Int>) -> FieldName {
        var hash = WordHashes.empty
        for place in range { WordHashes.add(text[place], to: &hash) }
        if known.isEmpty {
            known = [Known](repeating: Known(hash: 0, bytes: [], name: FieldName([], 0..<0)), count: Self.count)
        }
        let slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & (Self.count - 1)
        if known[slot].hash == hash, isSame(known[slot].bytes, text, range) { return known[slot].name }
        let name = FieldName(text, range)
        known[slot] = Known(hash: hash, bytes: Array(text[range]), name: name)
        return name
    }

    private func isSame(_ bytes: [UInt8], _ text: [UInt8], _ range: Range<Int>) -> Bool {
        guard bytes.count == range.count else { return false }
        for offset in bytes.indices where bytes[offset] != text[range.lowerBound + offset] { return false }
        return true
    }
}
