/// What a CHECK condition says of one column, where it is of a form that can be judged: comparisons with numbers, BETWEEN
/// and IN, joined by AND.
struct CheckCondition {
    var range: ClosedRange<Int64> = .min ... .max
    /// The values that it lists; nil where it lists none.
    var values: [String]?

    /// Nil for a condition of any other form, or over more than this column.
    init?(_ text: String, column: String) {
        var tokens = Self.tokens(text)[...]
        while tokens.first == "(", tokens.last == ")", Self.wraps(tokens) { tokens = tokens.dropFirst().dropLast() }
        for part in Self.split(tokens) {
            guard read(part, column) else { return nil }
        }
    }

    /// Whether the first parenthesis closes with the last.
    private static func wraps(_ tokens: ArraySlice<String>) -> Bool {
        var depth = 0
        for (place, token) in tokens.enumerated() {
            if token == "(" { depth += 1 }
            if token == ")" { depth -= 1 }
            if depth == 0 { return place == tokens.count - 1 }
        }
        return false
    }

    /// The parts between ANDs, except that of BETWEEN.
    private static func split(_ tokens: ArraySlice<String>) -> [ArraySlice<String>] {
        var parts: [ArraySlice<String>] = []
        var start = tokens.startIndex
        var depth = 0
        var isBetween = false
        for place in tokens.indices {
            let word = tokens[place].lowercased()
            if word == "(" { depth += 1 }
            if word == ")" { depth -= 1 }
            if word == "between" { isBetween = true }
            guard word == "and", depth == 0 else { continue }
            if isBetween {
                isBetween = false
                continue
            }
            parts.append(tokens[start..<place])
            start = place + 1
        }
        return parts + [tokens[start...]]
    }

    private mutating func read(_ part: ArraySlice<String>, _ column: String) -> Bool {
        var part = part
        while part.first == "(", part.last == ")", Self.wraps(part) { part = part.dropFirst().dropLast() }
        // Parentheses and casts around the column and its values say nothing: ((year)::integer >= 1901).
        var words = part.filter { $0 != "(" && $0 != ")" && $0 != "[" && $0 != "]" && $0 != "," }
        while let cast = words.firstIndex(of: "::") {
            words.removeSubrange(cast..<min(cast + 2, words.count))
            while cast < words.count, ["varying", "precision"].contains(words[cast].lowercased()) {
                words.remove(at: cast)
            }
        }
        guard words.count >= 3, Self.name(words[0]) == column || words[0].lowercased() == "value" else { return false }
        switch words[1].lowercased() {
        case ">=": return bound(words, from: { $0 })
        case ">": return bound(words, from: { $0 + 1 })
        case "<=": return bound(words, to: { $0 })
        case "<": return bound(words, to: { $0 - 1 })
        case "between":
            guard words.count == 5, let low = Int64(words[2]), let high = Int64(words[4]), low <= high else {
                return false
            }
            return narrow(low, high)
        case "in": return list(words.dropFirst(2))
        case "=" where words.count > 3 && words[2].lowercased() == "any":
            return list(words.dropFirst(3).filter { $0.lowercased() != "array" }[...])
        default: return false
        }
    }

    private mutating func list(_ words: ArraySlice<String>) -> Bool {
        let texts = words.map { $0.hasPrefix("'") ? String($0.dropFirst().dropLast()) : $0 }
        values = values.map { $0.filter(texts.contains) } ?? texts
        return true
    }

    private mutating func bound(
        _ words: [String], from low: (Int64) -> Int64 = { _ in .min }, to high: (Int64) -> Int64 = { _ in .max }
    ) -> Bool {
        guard words.count == 3, let number = Int64(words[2].split(separator: ".").first ?? ""), abs(number) < 1 << 60
        else { return false }
        return narrow(low(number), high(number))
    }

    private mutating func narrow(_ low: Int64, _ high: Int64) -> Bool {
        let floor = max(range.lowerBound, low)
        guard floor <= min(range.upperBound, high) else { return false }
        range = floor...min(range.upperBound, high)
        return true
    }

    private static func name(_ word: String) -> String {
        word.hasPrefix("\"") || word.hasPrefix("`") ? String(word.dropFirst().dropLast()) : word
    }

    /// Words, quoted texts and signs.
    static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var word = ""
        var quote: Character?
        var previous: Character = " "
        for character in text {
            if let open = quote {
                word.append(character)
                if character == open {
                    tokens.append(word)
                    word = ""
                    quote = nil
                }
                continue
            }
            let isSigned = character == "-" && word.isEmpty
            if character.isLetter || character.isNumber || character == "_" || character == "." || isSigned {
                word.append(character)
                previous = character
                continue
            }
            if !word.isEmpty { tokens.append(word) }
            word = ""
            if character == "'" || character == "\"" || character == "`" {
                quote = character
                word.append(character)
            } else if !character.isWhitespace {
                let pair = "\(previous)\(character)"
                if ["::", ">=", "<=", "<>", "!="].contains(pair), tokens.last == String(previous) {
                    tokens[tokens.count - 1] = pair
                } else {
                    tokens.append(String(character))
                }
            }
            previous = character
        }
        if !word.isEmpty { tokens.append(word) }
        return tokens
    }
}
