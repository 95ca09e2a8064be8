import Document

/// Splitting of what follows an instruction's name.
enum Words {
    /// A JSON array of strings; nil when the text is none.
    static func array(_ text: String) -> [String]? {
        guard text.hasPrefix("["), let value = try? JSON.parse(Array(text.utf8)), let items = value.items else {
            return nil
        }
        let strings = items.compactMap(\.string)
        return strings.count == items.count ? strings : nil
    }

    /// Words by white space; quotes and escapes keep white space in a word, and stay in it.
    static func split(_ text: String, escape: Character) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == escape, quote != "'", let next = rest.popFirst() {
                word += [character, next]
            } else if let open = quote {
                if character == open { quote = nil }
                word.append(character)
            } else if character.isWhitespace {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                if character == "\"" || character == "'" { quote = character }
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// `--name=value` words at the beginning, and what follows them.
    static func flags(_ text: String) -> (flags: [(name: String, value: String?)], rest: String) {
        var rest = text.trimmed
        var flags: [(String, String?)] = []
        while rest.hasPrefix("--"), rest.count > 2 {
            let word = rest.prefix { !$0.isWhitespace }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            flags.append((String(parts[0]), parts.count > 1 ? String(parts[1]) : nil))
            rest = rest.dropFirst(word.count).trimmed
        }
        return (flags, rest)
    }
}
