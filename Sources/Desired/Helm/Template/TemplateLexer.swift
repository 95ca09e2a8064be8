import Glibc

/// Cuts a template's text into tokens (text/template/parse/lex.go).
struct TemplateLexer {
    enum Kind: UInt8 {
        case text, leftDelimiter, rightDelimiter, identifier, field, variable, dot, number, character, string, pipe
        case leftParenthesis, rightParenthesis, comma, assign, declare, end
    }

    /// One token; its text is made when it is asked for (`text(_:)`), since that of most is not.
    struct Token {
        var kind: Kind
        var followsSpace: Bool
        var start: Int
        var end: Int
    }

    let source: TemplateSource
    private let bytes: [UInt8]
    private var offset = 0
    private var inAction = false
    private var trimsNext = false

    init(_ source: TemplateSource) {
        self.source = source
        bytes = source.bytes
    }

    mutating func next() throws -> Token {
        inAction ? try actionToken() : try textToken()
    }

    /// What a token was written as.
    func text(_ token: Token) -> String { text(token.start, token.end) }

    /// The name of a field, without its dot.
    func name(_ token: Token) -> String { text(token.start + 1, token.end) }

    private func text(_ start: Int, _ end: Int) -> String {
        bytes.withUnsafeBufferPointer { String(decoding: $0[start..<end], as: UTF8.self) }
    }

    /// Whether a token is just this word.
    func spells(_ token: Token, _ word: StaticString) -> Bool {
        guard token.end - token.start == word.utf8CodeUnitCount else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { memcmp($0 + token.start, word.utf8Start, word.utf8CodeUnitCount) == 0 } ?? false
        }
    }

    func failure(_ message: String, at offset: Int) -> TemplateError {
        let place = source.place(of: min(offset, bytes.count))
        return TemplateError(message, source: source, line: place.line, column: place.column)
    }

    private func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private mutating func textToken() throws -> Token {
        while true {
            var start = offset
            let found = nextDelimiter(offset)
            let mark = found ?? bytes.count
            if trimsNext {
                while start < mark, Self.isSpace(bytes[start]) { start += 1 }
                trimsNext = false
            }
            guard found != nil else {
                offset = bytes.count
                return token(start < mark ? .text : .end, start, mark)
            }
            let trims = byte(mark + 2) == 0x2D && Self.isSpace(byte(mark + 3))
            var end = mark
            if trims { while end > start, Self.isSpace(bytes[end - 1]) { end -= 1 } }
            let inside = mark + (trims ? 4 : 2)
            if byte(inside) == 0x2F, byte(inside + 1) == 0x2A {
                offset = try skipComment(inside)
            } else {
                offset = mark + (trims ? 3 : 2)
                inAction = true
            }
            if start < end { return token(.text, start, end) }
            if inAction { return try actionToken() }
        }
    }

    /// Where the next `{{` stands.
    private func nextDelimiter(_ start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var index = start
            while index + 1 < bytes.count {
                guard let brace = memchr(base + index, 0x7B, bytes.count - 1 - index) else { return nil }
                index = UnsafeRawPointer(brace) - UnsafeRawPointer(base)
                if base[index + 1] == 0x7B { return index }
                index += 1
            }
            return nil
        }
    }

    private mutating func skipComment(_ start: Int) throws -> Int {
        var index = start + 2
        while index + 1 < bytes.count, !(bytes[index] == 0x2A && bytes[index + 1] == 0x2F) { index += 1 }
        guard index + 1 < bytes.count else { throw failure("unclosed comment", at: start) }
        index += 2
        if Self.isSpace(byte(index)), byte(index + 1) == 0x2D, byte(index + 2) == 0x7D, byte(index + 3) == 0x7D {
            trimsNext = true
            return index + 4
        }
        guard byte(index) == 0x7D, byte(index + 1) == 0x7D else {
            throw failure("comment ends before closing delimiter", at: start)
        }
        return index + 2
    }

    private func token(_ kind: Kind, _ start: Int, _ end: Int, space: Bool = false) -> Token {
        Token(kind: kind, followsSpace: space, start: start, end: end)
    }

    private mutating func actionToken() throws -> Token {
        let before = offset
        while offset < bytes.count, Self.isSpace(bytes[offset]) { offset += 1 }
        let space = offset > before
        guard offset < bytes.count else { throw failure("unclosed action", at: before) }
        let start = offset
        if space, byte(start) == 0x2D, byte(start + 1) == 0x7D, byte(start + 2) == 0x7D {
            offset = start + 3
            inAction = false
            trimsNext = true
            return token(.rightDelimiter, start, offset, space: space)
        }
        if byte(start) == 0x7D, byte(start + 1) == 0x7D {
            offset = start + 2
            inAction = false
            return token(.rightDelimiter, start, offset, space: space)
        }
        let kind = try scan(start)
        return token(kind, start, offset, space: space)
    }

    private mutating func scan(_ start: Int) throws -> Kind {
        let first = byte(start)
        offset = start + 1
        switch first {
        case UInt8(ascii: "|"): return .pipe
        case UInt8(ascii: "("): return .leftParenthesis
        case UInt8(ascii: ")"): return .rightParenthesis
        case UInt8(ascii: ","): return .comma
        case UInt8(ascii: "="): return .assign
        case UInt8(ascii: ":") where byte(offset) == UInt8(ascii: "="):
            offset += 1
            return .declare
        case UInt8(ascii: "\""): return try scanString(start)
        case UInt8(ascii: "`"):
            while offset < bytes.count, bytes[offset] != first { offset += 1 }
            guard offset < bytes.count else { throw failure("unterminated raw quoted string", at: start) }
            offset += 1
            return .string
        case UInt8(ascii: "'"): return try scanCharacter(start)
        case UInt8(ascii: "$"):
            skipName()
            return .variable
        case UInt8(ascii: "."):
            if Self.isDigit(byte(offset)) {
                skipNumber()
                return .number
            }
            let name = offset
            skipName()
            return offset > name ? .field : .dot
        default:
            if Self.isDigit(first)
                || (first == 0x2D || first == 0x2B) && (Self.isDigit(byte(offset)) || byte(offset) == 0x2E)
            {
                skipNumber()
                return .number
            }
            guard Self.isName(first) else {
                let character = String(decoding: bytes[start..<min(start + 4, bytes.count)], as: UTF8.self).prefix(1)
                throw failure("unrecognized character in action: U+00\(hex(first)) '\(character)'", at: start)
            }
            skipName()
            return .identifier
        }
    }

    private func hex(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16, uppercase: true)
        return text.utf8.count < 2 ? "0" + text : text
    }

    private mutating func scanString(_ start: Int) throws -> Kind {
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\"") {
            if bytes[offset] == 0x0A { throw failure("unterminated quoted string", at: start) }
            offset += bytes[offset] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard offset < bytes.count else { throw failure("unterminated quoted string", at: start) }
        offset += 1
        return .string
    }

    private mutating func scanCharacter(_ start: Int) throws -> Kind {
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "'"), bytes[offset] != 0x0A {
            offset += bytes[offset] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard offset < bytes.count, bytes[offset] != 0x0A else {
            throw failure("unterminated character constant", at: start)
        }
        offset += 1
        return .character
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func isName(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == 0x5F || (0x61...0x7A).contains(byte | 0x20) || byte >= 0x80
    }

    private mutating func skipName() {
        while offset < bytes.count, Self.isName(bytes[offset]) { offset += 1 }
    }

    private mutating func skipNumber() {
        while offset < bytes.count {
            let byte = bytes[offset]
            let afterExponent = (byte == 0x2B || byte == 0x2D) && "eEpP".utf8.contains(bytes[offset - 1])
            guard Self.isName(byte) || byte == 0x2E || afterExponent else { return }
            offset += 1
        }
    }
}
