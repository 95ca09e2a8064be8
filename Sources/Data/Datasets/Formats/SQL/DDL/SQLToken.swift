/// A piece of a statement that is not data.
struct SQLToken {
    enum Kind {
        /// A word without quotes; `text` is lower case.
        case word
        /// A name in quotes; `text` is what it says.
        case name
        /// A text in quotes; `text` is empty, since nobody needs it.
        case text
        case number
        /// One byte of anything else.
        case symbol
    }

    var kind: Kind
    var text: String
    /// Where it stands in the statement.
    var range: Range<Int>
}

/// A statement cut into tokens; comments and blanks are left out.
struct SQLStatement {
    let bytes: [UInt8]
    let tokens: [SQLToken]

    init(_ bytes: UnsafeRawBufferPointer, lexer: SQLLexer) {
        self.bytes = Array(bytes)
        var tokens: [SQLToken] = []
        let reader = TupleReader(lexer: lexer)
        var place = 0
        while let start = reader.skipBlanks(bytes, place), start < bytes.count {
            let end = Self.end(bytes, start, lexer)
            tokens.append(Self.token(bytes, start..<end))
            place = end
        }
        self.tokens = tokens
    }

    private static func end(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ lexer: SQLLexer) -> Int {
        guard SQLLexer.isWord(bytes[start]), bytes[start] != 0x24 else {
            return lexer.skip(bytes, start, after: start) ?? bytes.count
        }
        var end = start
        while end < bytes.count, SQLLexer.isWord(bytes[end]) { end += 1 }
        return end
    }

    private static func token(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> SQLToken {
        let first = bytes[range.lowerBound]
        let all = UnsafeRawBufferPointer(rebasing: bytes[range])
        if SQLLexer.isDigit(first) {
            return SQLToken(kind: .number, text: String(decoding: all, as: UTF8.self), range: range)
        }
        if first == 0x22 || first == 0x60, range.count > 1 {
            let quote = String(UnicodeScalar(first))
            let inner = String(decoding: UnsafeRawBufferPointer(rebasing: all[1..<all.count - 1]), as: UTF8.self)
            return SQLToken(kind: .name, text: inner.replacingAll(quote + quote, with: quote), range: range)
        }
        if first == 0x27 || (first == 0x24 && range.count > 1) {
            return SQLToken(kind: .text, text: "", range: range)
        }
        guard SQLLexer.isWord(first) else {
            return SQLToken(kind: .symbol, text: String(UnicodeScalar(first)), range: range)
        }
        return SQLToken(kind: .word, text: String(decoding: all, as: UTF8.self).lowercased(), range: range)
    }

    /// Whether the statement begins with these words.
    func begins(_ words: String...) -> Bool {
        tokens.count >= words.count && words.indices.allSatisfy { tokens[$0].text == words[$0] }
    }

    /// A text's meaning as it is written between its quotes.
    func text(of token: SQLToken) -> String {
        guard token.range.count >= 2, bytes[token.range.lowerBound] == 0x27 else { return "" }
        let inner = bytes[(token.range.lowerBound + 1)..<(token.range.upperBound - 1)]
        return String(decoding: inner, as: UTF8.self).replacingAll("''", with: "'")
    }

    /// What is written from one token to another, with single blanks.
    func source(_ range: Range<Int>) -> String {
        guard let first = tokens[range].first, let last = tokens[range].last else { return "" }
        return String(decoding: bytes[first.range.lowerBound..<last.range.upperBound], as: UTF8.self)
    }
}

extension String {
    /// Every occurrence of a text replaced by another.
    func replacingAll(_ text: String, with other: String) -> String {
        guard contains(text) else { return self }
        var result = ""
        var rest = self[...]
        while let range = rest.firstRange(of: text) {
            result += rest[..<range.lowerBound] + other
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}

/// Walks over a statement's tokens.
struct TokenCursor {
    let statement: SQLStatement
    var place: Int
    let end: Int

    init(_ statement: SQLStatement, from place: Int = 0, to end: Int? = nil) {
        self.statement = statement
        self.place = place
        self.end = min(end ?? statement.tokens.count, statement.tokens.count)
    }

    var current: SQLToken? { place < end ? statement.tokens[place] : nil }

    /// The text of a word or symbol ahead; a quoted name is neither.
    func peek(_ ahead: Int = 0) -> String {
        guard place + ahead < end else { return "" }
        let token = statement.tokens[place + ahead]
        return token.kind == .name || token.kind == .text ? "" : token.text
    }

    /// Passes over these words if they come next.
    mutating func take(_ words: String...) -> Bool {
        for index in words.indices where peek(index) != words[index] { return false }
        place += words.count
        return true
    }

    /// A name, quoted or not.
    mutating func name() -> String? {
        guard let token = current, token.kind == .name || token.kind == .word else { return nil }
        place += 1
        return token.text
    }

    /// `schema.table` or `table`.
    mutating func tableName() -> TableName? {
        guard var last = name() else { return nil }
        var schema: String?
        while take(".") {
            guard let next = name() else { return nil }
            (schema, last) = (last, next)
        }
        return TableName(last, in: schema)
    }

    /// The tokens between a parenthesis that comes next and its end; passes over both.
    mutating func group() -> Range<Int>? {
        guard peek() == "(" else { return nil }
        let first = place + 1
        var depth = 0
        while place < end {
            if peek() == "(" { depth += 1 }
            if peek() == ")" { depth -= 1 }
            place += 1
            if depth == 0 { return first..<place - 1 }
        }
        return nil
    }

    /// Names in a parenthesis, of index columns the names alone; nil where one is an expression.
    mutating func columns() -> (names: [String], expression: String?)? {
        guard let range = group() else { return nil }
        var names: [String] = []
        var isPlain = true
        for part in Self.parts(statement, range) {
            var cursor = TokenCursor(statement, from: part.lowerBound, to: part.upperBound)
            guard let name = cursor.name(), cursor.peek() != "." else {
                isPlain = false
                continue
            }
            // `name(10)` is a prefix in MySQL, and a call where what is in it is no number.
            if let inner = cursor.group(), !(inner.count == 1 && statement.tokens[inner.lowerBound].kind == .number) {
                isPlain = false
            } else {
                names.append(name)
            }
        }
        if isPlain { return (names, nil) }
        let words = statement.tokens[range].filter { $0.kind == .word || $0.kind == .name }.map(\.text)
        return (words, statement.source(range))
    }

    /// Ranges between the commas of a range that are in no parenthesis.
    static func parts(_ statement: SQLStatement, _ range: Range<Int>) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        var depth = 0
        for index in range where statement.tokens[index].kind == .symbol {
            switch statement.tokens[index].text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "," where depth == 0:
                parts.append(start..<index)
                start = index + 1
            default: break
            }
        }
        if start < range.upperBound { parts.append(start..<range.upperBound) }
        return parts
    }
}
