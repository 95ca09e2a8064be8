/// The form of a token: literal text and runs of signs, matched without going back.
///
/// `{w36}` is 36 signs of class w, `{w20,60}` as many as there are, at least 20 and at most 60. Classes: `d` digits,
/// `x` lower-case hexadecimal, `X` hexadecimal, `w` letters and digits, `l` lower-case letters and digits, `u`
/// upper-case ones, `a` lower-case letters, `b` base64url, `B` base64, `p` letters, digits, `_.-`, `P` and `c` the
/// alphabet of crypt(3), `T` letters, digits, `._~-`, `q` letters, digits, `%`, `=` itself.
struct TokenPattern: Sendable {
    private enum Step: Sendable {
        case literal([UInt8])
        case run(of: SignSet, least: Int, most: Int)
    }

    let type: String
    private let steps: [Step]
    /// The first two bytes, by which patterns are found.
    let start: Int

    init(_ rule: TokenRule) {
        type = rule.type
        steps = Self.steps(Array(rule.pattern.utf8))
        guard case .literal(let first)? = steps.first, first.count >= 2 else {
            preconditionFailure("the pattern of \(rule.type) starts with less than two literal signs")
        }
        start = Int(first[0]) << 8 | Int(first[1])
    }

    private static func steps(_ pattern: [UInt8]) -> [Step] {
        var steps: [Step] = []
        var literal: [UInt8] = []
        var place = 0
        while place < pattern.count {
            if pattern[place] == 0x7B, let run = run(pattern, at: place) {
                if !literal.isEmpty { steps.append(.literal(literal)) }
                literal = []
                steps.append(run.step)
                place = run.end
            } else {
                literal.append(pattern[place])
                place += 1
            }
        }
        if !literal.isEmpty { steps.append(.literal(literal)) }
        return steps
    }

    private static func run(_ pattern: [UInt8], at start: Int) -> (step: Step, end: Int)? {
        guard let end = pattern[start...].firstIndex(of: 0x7D), let set = SignSet(of: pattern.at(start + 1)) else {
            return nil
        }
        let counts = pattern[(start + 2)..<end].split(separator: 0x2C).compactMap {
            Int(String(decoding: $0, as: UTF8.self))
        }
        guard let least = counts.first else { return nil }
        return (.run(of: set, least: least, most: counts.last ?? least), end + 1)
    }

    /// The end of the token that starts at `start`; nil where there is none.
    func end(in text: [UInt8], at start: Int) -> Int? {
        var place = start
        var last: SignSet?
        for step in steps {
            switch step {
            case .literal(let bytes):
                guard place + bytes.count <= text.count else { return nil }
                for offset in bytes.indices where text[place + offset] != bytes[offset] { return nil }
                place += bytes.count
            case .run(let set, let least, let most):
                let begin = place
                while place < text.count, place - begin < most, set.contains(text[place]) { place += 1 }
                guard place - begin >= least else { return nil }
                if place > begin { last = set }
            }
        }
        // Longer ones are something else.
        guard
            place == text.count || !text[place].isWord && !(last?.contains(text[place]) ?? false)
                || text[place] == 0x2E || text[place] == 0x2D || text[place] == 0x2F
        else { return nil }
        return place
    }
}

/// A set of ASCII signs.
struct SignSet: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(_ holds: (UInt8) -> Bool) {
        for byte in UInt8(0)..<128 where holds(byte) {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
    }

    init?(of letter: UInt8) {
        switch Unicode.Scalar(letter) {
        case "d": self.init(\.isDigit)
        case "x": self.init { $0.isDigit || $0 &- 0x61 < 6 }
        case "X": self.init(\.isHex)
        case "w": self.init { $0.isLetter || $0.isDigit }
        case "l": self.init { $0.isLower || $0.isDigit }
        case "u": self.init { $0.isUpper || $0.isDigit }
        case "a": self.init(\.isLower)
        case "b": self.init { $0.isWord || $0 == 0x2D }
        case "B": self.init { $0.isLetter || $0.isDigit || $0 == 0x2B || $0 == 0x2F }
        case "p": self.init { $0.isWord || $0 == 0x2D || $0 == 0x2E }
        case "P", "c": self.init { $0.isLetter || $0.isDigit || $0 == 0x2E || $0 == 0x2F }
        case "T": self.init { $0.isWord || $0 == 0x2D || $0 == 0x2E || $0 == 0x7E }
        case "q": self.init { $0.isLetter || $0.isDigit || $0 == 0x25 }
        case "=": self.init { $0 == 0x3D }
        default: return nil
        }
    }

    @inline(__always) func contains(_ byte: UInt8) -> Bool {
        byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }
}

/// All patterns, by their first two bytes.
final class TokenPatterns: Sendable {
    static let shared = TokenPatterns(TokenRule.all)

    private let patterns: [TokenPattern]
    /// For each two bytes where its patterns start in `patterns`, plus one; 0 where there are none.
    private let starts: [UInt16]
    /// For each first byte the second ones that a pattern has, as bits: most texts are told apart by it, and it is small.
    private let pairs: [UInt64]

    init(_ rules: [TokenRule]) {
        patterns = rules.map(TokenPattern.init).sorted { $0.start < $1.start }
        var starts = [UInt16](repeating: 0, count: 1 << 16)
        var pairs = [UInt64](repeating: 0, count: 256)
        for (position, pattern) in patterns.enumerated() where starts[pattern.start] == 0 {
            starts[pattern.start] = UInt16(position + 1)
        }
        for pattern in patterns { pairs[pattern.start >> 8] |= 1 << UInt64(pattern.start & 63) }
        self.starts = starts
        self.pairs = pairs
    }

    /// The longest token that starts at `place`.
    @inline(__always) func token(in text: [UInt8], at place: Int) -> (type: String, end: Int)? {
        guard place + 1 < text.count else { return nil }
        guard pairs[Int(text[place])] >> UInt64(text[place + 1] & 63) & 1 == 1 else { return nil }
        let start = Int(text[place]) << 8 | Int(text[place + 1])
        let first = starts[start]
        return first == 0 ? nil : match(text, place, Int(first) - 1, start)
    }

    private func match(_ text: [UInt8], _ place: Int, _ first: Int, _ start: Int) -> (type: String, end: Int)? {
        var best: (type: String, end: Int)?
        var position = first
        while position < patterns.count, patterns[position].start == start {
            if let end = patterns[position].end(in: text, at: place), end > best?.end ?? 0 {
                best = (patterns[position].type, end)
            }
            position += 1
        }
        return best
    }
}
