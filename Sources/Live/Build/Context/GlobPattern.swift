/// One part of a path pattern, as Go's `filepath.Match` reads it: `*`, `?`, `[a-z]`, `[^…]`, `\x`.
struct GlobPattern: Sendable {
    private enum Token: Sendable {
        case literal(Character)
        case any
        case many
        case set([ClosedRange<Character>], negated: Bool)
    }

    private let tokens: [Token]

    /// Whether it is a plain name.
    let isLiteral: Bool

    /// nil when a `[` has no end.
    init?(_ text: some StringProtocol) {
        var tokens: [Token] = []
        var isLiteral = true
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "*":
                tokens.append(.many)
                isLiteral = false
            case "?":
                tokens.append(.any)
                isLiteral = false
            case "[":
                guard let set = Self.set(&rest) else { return nil }
                tokens.append(set)
                isLiteral = false
            case "\\": tokens.append(.literal(rest.popFirst() ?? "\\"))
            default: tokens.append(.literal(character))
            }
        }
        self.tokens = tokens
        self.isLiteral = isLiteral
    }

    private static func set(_ rest: inout Substring) -> Token? {
        let isNegated = rest.first == "^" || rest.first == "!"
        if isNegated { rest.removeFirst() }
        var ranges: [ClosedRange<Character>] = []
        while let low = rest.popFirst() {
            if low == "]", !ranges.isEmpty { return .set(ranges, negated: isNegated) }
            guard let start = low == "\\" ? rest.popFirst() : low else { return nil }
            var end = start
            if rest.first == "-", rest.dropFirst().first != "]" {
                rest.removeFirst()
                guard let high = rest.popFirst(), let last = high == "\\" ? rest.popFirst() : high, start <= last else {
                    return nil
                }
                end = last
            }
            ranges.append(start...end)
        }
        return nil
    }

    /// Whether it matches the whole name. Time grows with the product of both lengths at most.
    func matches(_ name: some StringProtocol) -> Bool {
        let name = Array(name)
        var (token, place) = (0, 0)
        var star: (token: Int, place: Int)?
        while place < name.count {
            if token < tokens.count, case .many = tokens[token] {
                star = (token, place)
                token += 1
            } else if token < tokens.count, accepts(tokens[token], name[place]) {
                token += 1
                place += 1
            } else if let back = star {
                star = (back.token, back.place + 1)
                (token, place) = (back.token + 1, back.place + 1)
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { if case .many = $0 { true } else { false } }
    }

    private func accepts(_ token: Token, _ character: Character) -> Bool {
        switch token {
        case .literal(let wanted): wanted == character
        case .any: true
        case .many: false
        case .set(let ranges, let negated): ranges.contains { $0.contains(character) } != negated
        }
    }
}
