/// A shell pattern over paths.
struct FilePattern {
    /// Which marks a pattern may have.
    enum Dialect {
        /// Go's `filepath.Match`: `*`, `?`, `[a-z]`, `[^a-z]`, `\`.
        case names
        /// `.Files.Glob`: those, `**` across folders, `{a,b}`, and `!` for `^`.
        case trees
    }

    private indirect enum Token {
        case literal(Unicode.Scalar)
        /// Any character but `/`.
        case one
        case anyInFolder
        case any
        case set([ClosedRange<Unicode.Scalar>], negates: Bool)
        case choice([[Token]])
    }

    private let tokens: [Token]
    /// What every match begins and ends with; the two overlap when nothing else is wanted.
    private let prefix: [UInt8]
    private let suffix: [UInt8]
    private let isLiteral: Bool

    /// - Returns: nil for a pattern that ends within a bracket, a brace or an escape.
    init?(_ text: String, _ dialect: Dialect) {
        var reader = Reader(scalars: Array(text.unicodeScalars), dialect: dialect)
        guard let tokens = reader.tokens(inBraces: false, depth: 0), reader.isAtEnd else { return nil }
        self.tokens = tokens
        prefix = Self.literal(tokens)
        suffix = Self.literal(tokens.reversed()).reversed()
        isLiteral = prefix.count == tokens.count
    }

    /// The ASCII characters that tokens begin with.
    private static func literal(_ tokens: some Sequence<Token>) -> [UInt8] {
        var bytes: [UInt8] = []
        for token in tokens {
            guard case .literal(let scalar) = token, scalar.isASCII else { break }
            bytes.append(UInt8(scalar.value))
        }
        return bytes
    }

    func matches(_ text: String) -> Bool {
        // Most names are told apart by their ends.
        guard text.utf8.count >= max(prefix.count, suffix.count), text.utf8.starts(with: prefix),
            text.utf8.suffix(suffix.count).elementsEqual(suffix)
        else { return false }
        if isLiteral { return text.utf8.count == prefix.count }
        let subject = Array(text.unicodeScalars)
        return Self.ends(tokens[...], in: subject, from: [0]).contains(subject.count)
    }

    /// Where in the subject the tokens can end: all ways are followed at once, so that no pattern takes long.
    private static func ends(_ tokens: ArraySlice<Token>, in subject: [Unicode.Scalar], from starts: Set<Int>) -> Set<
        Int
    > {
        var places = starts
        for token in tokens {
            if places.isEmpty { return [] }
            places = step(token, in: subject, from: places)
        }
        return places
    }

    private static func step(_ token: Token, in subject: [Unicode.Scalar], from places: Set<Int>) -> Set<Int> {
        switch token {
        case .choice(let ways):
            return ways.reduce(into: []) { $0.formUnion(ends($1[...], in: subject, from: places)) }
        case .anyInFolder, .any:
            var crosses = false
            if case .any = token { crosses = true }
            var result = places
            for place in places {
                var next = place
                // What another place has reached goes on from there by itself.
                while next < subject.count, crosses || subject[next] != "/", result.insert(next + 1).inserted {
                    next += 1
                }
            }
            return result
        case .literal, .one, .set:
            return Set(places.filter { $0 < subject.count && accepts(token, subject[$0]) }.map { $0 + 1 })
        }
    }

    private static func accepts(_ token: Token, _ scalar: Unicode.Scalar) -> Bool {
        switch token {
        case .literal(let wanted): scalar == wanted
        case .one: scalar != "/"
        case .set(let ranges, let negates): scalar != "/" && ranges.contains { $0.contains(scalar) } != negates
        case .any, .anyInFolder, .choice: false
        }
    }

    private struct Reader {
        let scalars: [Unicode.Scalar]
        let dialect: Dialect
        var position = 0

        var isAtEnd: Bool { position == scalars.count }

        mutating func next() -> Unicode.Scalar? {
            guard position < scalars.count else { return nil }
            defer { position += 1 }
            return scalars[position]
        }

        private func peek(_ scalar: Unicode.Scalar) -> Bool { position < scalars.count && scalars[position] == scalar }

        /// Tokens up to the end, or within braces to the comma or brace that ends them.
        mutating func tokens(inBraces: Bool, depth: Int) -> [Token]? {
            guard depth < 20 else { return nil }
            var tokens: [Token] = []
            while position < scalars.count {
                if inBraces, peek(",") || peek("}") { return tokens }
                guard let token = token(depth) else { return nil }
                tokens.append(token)
            }
            return inBraces ? nil : tokens
        }

        private mutating func token(_ depth: Int) -> Token? {
            guard let scalar = next() else { return nil }
            switch scalar {
            case "*":
                guard dialect == .trees, peek("*") else { return .anyInFolder }
                while peek("*") { position += 1 }
                return .any
            case "?": return .one
            case "[": return set()
            case "\\": return next().map(Token.literal)
            case "{" where dialect == .trees:
                var ways: [[Token]] = []
                while let way = tokens(inBraces: true, depth: depth + 1) {
                    ways.append(way)
                    if next() == "}" { return .choice(ways) }
                }
                return nil
            default: return .literal(scalar)
            }
        }

        private mutating func set() -> Token? {
            var ranges: [ClosedRange<Unicode.Scalar>] = []
            let negates = peek("^") || dialect == .trees && peek("!")
            if negates { position += 1 }
            while let scalar = next() {
                if scalar == "]", !ranges.isEmpty { return .set(ranges, negates: negates) }
                guard let low = scalar == "\\" ? next() : scalar else { return nil }
                guard peek("-"), position + 1 < scalars.count, scalars[position + 1] != "]" else {
                    ranges.append(low...low)
                    continue
                }
                position += 1
                guard let mark = next(), let high = mark == "\\" ? next() : mark, low <= high else { return nil }
                ranges.append(low...high)
            }
            return nil
        }
    }
}
