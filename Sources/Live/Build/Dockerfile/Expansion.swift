/// `$NAME` and `${NAME:-word}` in a Dockerfile's words, and the quotes around them.
struct Expansion {
    let escape: Character
    /// A variable's value; nil when it is not set.
    let value: (String) -> String?

    /// Why a word cannot be expanded.
    struct Failure: Error {
        var message: String
    }

    /// A word with its variables' values, without its quotes.
    func expand(_ text: String) throws(Failure) -> String {
        var rest = Substring(text)
        return try expand(&rest, until: nil, keepsQuotes: false, depth: 0)
    }

    /// A heredoc's text with its variables' values; quotes are part of it.
    func expandText(_ text: String) throws(Failure) -> String {
        var rest = Substring(text)
        return try expand(&rest, until: nil, keepsQuotes: true, depth: 0)
    }

    private func expand(
        _ rest: inout Substring, until end: Character?, keepsQuotes: Bool, depth: Int
    ) throws(Failure) -> String {
        guard depth < 32 else { throw Failure(message: "variables within variables without end") }
        var result = ""
        var isQuoted = false
        while let character = rest.first {
            if character == end, !isQuoted { return result }
            rest.removeFirst()
            if character == escape, let next = rest.first {
                rest.removeFirst()
                result += unescaped(next, isQuoted: isQuoted, keepsQuotes: keepsQuotes)
            } else if character == "$" {
                result += try variable(&rest, depth)
            } else if character == "\"", !keepsQuotes {
                isQuoted.toggle()
            } else if character == "'", !keepsQuotes, !isQuoted {
                result += rest.prefix { $0 != "'" }
                rest = rest.drop { $0 != "'" }.dropFirst()
            } else {
                result.append(character)
            }
        }
        if end != nil { throw Failure(message: "a ${ without its }") }
        return result
    }

    private func unescaped(_ character: Character, isQuoted: Bool, keepsQuotes: Bool) -> String {
        if keepsQuotes { return character == "$" || character == escape ? String(character) : "\(escape)\(character)" }
        // In double quotes the escape counts only before what is special there.
        if isQuoted, !["\"", "$", escape].contains(character) { return "\(escape)\(character)" }
        return String(character)
    }

    private func variable(_ rest: inout Substring, _ depth: Int) throws(Failure) -> String {
        guard rest.first == "{" else {
            let name = rest.first?.isNumber == true ? rest.prefix(1) : rest.prefix(while: Self.isNameCharacter)
            guard !name.isEmpty else { return "$" }
            rest = rest.dropFirst(name.count)
            return value(String(name)) ?? ""
        }
        rest.removeFirst()
        let name = String(rest.prefix(while: Self.isNameCharacter))
        rest = rest.dropFirst(name.count)
        guard !name.isEmpty else { throw Failure(message: "a ${ without a name") }
        let modifier = try modifier(&rest, name)
        let word = modifier.isEmpty ? "" : try expand(&rest, until: "}", keepsQuotes: false, depth: depth + 1)
        guard rest.popFirst() == "}" else { throw Failure(message: "${\(name) has no }") }
        return try apply(modifier, word, name)
    }

    private func modifier(_ rest: inout Substring, _ name: String) throws(Failure) -> String {
        guard let first = rest.first, first != "}" else { return "" }
        let text = first == ":" ? rest.prefix(2) : rest.prefix(1)
        guard ["-", "+", "?", ":-", ":+", ":?"].contains(text) else {
            throw Failure(message: "${\(name)\(text)…} is not supported; the forms are :-, :+, :?, -, + and ?")
        }
        rest = rest.dropFirst(text.count)
        return String(text)
    }

    private func apply(_ modifier: String, _ word: String, _ name: String) throws(Failure) -> String {
        let value = value(name)
        let isSet = modifier.hasPrefix(":") ? value?.isEmpty == false : value != nil
        switch modifier.last {
        case "-": return isSet ? value ?? "" : word
        case "+": return isSet ? word : ""
        case "?":
            guard isSet else { throw Failure(message: word.isEmpty ? "\(name) is not set" : "\(name): \(word)") }
            return value ?? ""
        default: return value ?? ""
        }
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }
}
