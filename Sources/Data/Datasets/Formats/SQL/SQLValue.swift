import Scrub

/// One value of an INSERT, as it is written: where it stands, and what it is.
struct SQLValue {
    enum Kind: UInt8 {
        case null
        /// `'…'`, with what stands before it: `E`, `N`, `_utf8mb4`, `_binary`, `DATE`.
        case text
        /// `X'…'` and `0x…`.
        case hex
        /// A number, or a word such as TRUE.
        case word
        /// Anything else: a function's call, an array, DEFAULT.
        case expression
    }

    var kind = Kind.expression
    /// The value, without blanks and comments around it.
    var start = 0
    var end = 0
    /// What stands in the quotes, or the digits.
    var bodyStart = 0
    var bodyEnd = 0
    /// Whether a backslash escapes in the body.
    var hasBackslashes = false
    /// The byte that quotes the body.
    var quote: UInt8 = 0x27
}

/// Reads tuples, `(1, 'a', NULL)`, value by value.
struct TupleReader {
    let lexer: SQLLexer

    /// Reads one tuple.
    ///
    /// - Parameters:
    ///   - start: where its parenthesis opens.
    ///   - found: takes each value; false ends the reading.
    /// - Returns: the place after the closing parenthesis; nil where the bytes end before, or are no tuple.
    @inline(__always)
    func read(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ found: (SQLValue) -> Bool) -> Int? {
        var place = start + 1
        while true {
            guard let first = skipBlanks(bytes, place), first < bytes.count else { return nil }
            var value = SQLValue()
            guard let end = read(bytes, first, &value), found(value) else { return nil }
            guard let next = skipBlanks(bytes, end), next < bytes.count else { return nil }
            if bytes[next] == 0x29 { return next + 1 }
            guard bytes[next] == 0x2C else { return nil }
            place = next + 1
        }
    }

    /// The place after blanks, comments, and the marks of what only some versions execute.
    @inline(__always)
    func skipBlanks(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var place = start
        while place < bytes.count {
            let byte = bytes[place]
            if SQLLexer.isSpace(byte) {
                place += 1
            } else if byte == 0x2F || byte == 0x2D || byte == 0x23 || byte == 0x2A {
                guard let next = skipMark(bytes, place) else { return nil }
                if next == place { return place }
                place = next
            } else {
                return place
            }
        }
        return place
    }

    private func skipMark(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Int? {
        if bytes[place] == 0x2A {
            return place + 1 < bytes.count && bytes[place + 1] == 0x2F ? place + 2 : place
        }
        if bytes[place] == 0x2F, let inner = lexer.startOfVersioned(bytes, place) { return inner }
        guard let next = lexer.skip(bytes, place, after: place) else { return nil }
        return next == place + 1 ? place : next
    }

    /// Reads one value.
    ///
    /// - Returns: the place after it.
    @inline(__always)
    private func read(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ value: inout SQLValue) -> Int? {
        value.start = start
        let byte = bytes[start]
        if byte == 0x27 || (byte == 0x22 && lexer.dialect.hasDoubleQuotedTexts) {
            return text(bytes, start, &value, backslashes: lexer.hasBackslashes)
        }
        var place = start
        if byte == 0x2D || byte == 0x2B { place += 1 }
        while place < bytes.count, SQLLexer.isWord(bytes[place]) || bytes[place] == 0x2E { place += 1 }
        guard place < bytes.count else { return nil }
        // The exponent of 1e-7 has a sign.
        if bytes[place] == 0x2D || bytes[place] == 0x2B, place > start, bytes[place - 1] | 0x20 == 0x65,
            SQLLexer.isDigit(bytes[start]) || SQLLexer.isDigit(bytes[start + 1])
        {
            place += 1
            while place < bytes.count, SQLLexer.isDigit(bytes[place]) { place += 1 }
        }
        guard place > start, let after = skipBlanks(bytes, place), after < bytes.count else {
            return place > start ? nil : expression(bytes, start, &value)
        }
        switch bytes[after] {
        case 0x2C, 0x29:
            word(bytes, start, place, &value)
            return place
        case 0x27: return prefixed(bytes, start, place, after, &value)
        default: return expression(bytes, start, &value)
        }
    }

    /// A number, NULL or another word.
    private func word(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ value: inout SQLValue) {
        value.end = end
        (value.bodyStart, value.bodyEnd) = (start, end)
        if end - start == 4, SQLLexer.isWord(bytes, start, "null") {
            value.kind = .null
        } else if end - start == 7, SQLLexer.isWord(bytes, start, "default") {
            value.kind = .expression
        } else if end - start > 2, bytes[start] == 0x30, bytes[start + 1] == 0x78, lexer.dialect == .mysql {
            value.kind = .hex
            value.bodyStart = start + 2
        } else {
            value.kind = .word
        }
    }

    /// A text after a word: `E'…'`, `X'…'`, `_binary '…'`.
    private func prefixed(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ quote: Int, _ value: inout SQLValue
    ) -> Int? {
        let isLetter = end - start == 1 && quote == end
        let letter = isLetter ? bytes[start] | 0x20 : 0
        let hasBackslashes = lexer.hasBackslashes || (letter == 0x65 && lexer.dialect == .postgres)
        guard let place = text(bytes, quote, &value, backslashes: hasBackslashes) else { return nil }
        if value.kind == .text, letter == 0x78 { value.kind = .hex }
        return place
    }

    private func text(
        _ bytes: UnsafeRawBufferPointer, _ quote: Int, _ value: inout SQLValue, backslashes: Bool
    ) -> Int? {
        guard let end = lexer.endOfQuoted(bytes, quote, backslashes: backslashes) else { return nil }
        value.kind = .text
        value.quote = bytes[quote]
        value.hasBackslashes = backslashes
        (value.bodyStart, value.bodyEnd, value.end) = (quote + 1, end - 1, end)
        guard end < bytes.count, bytes[end] != 0x2C, bytes[end] != 0x29 else { return end < bytes.count ? end : nil }
        guard let after = skipBlanks(bytes, end), after < bytes.count else { return nil }
        switch bytes[after] {
        case 0x2C, 0x29: return end
        // `'…'::jsonb`: what follows stays, and says nothing of the value.
        case 0x3A: return rest(bytes, after)
        default: return expression(bytes, value.start, &value)
        }
    }

    private func expression(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ value: inout SQLValue) -> Int? {
        value.kind = .expression
        guard let end = rest(bytes, start) else { return nil }
        value.end = end
        return end
    }

    /// The place of the comma or parenthesis that ends a value.
    private func rest(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var place = start
        var depth = 0
        while place < bytes.count {
            switch bytes[place] {
            case 0x28, 0x5B: depth += 1
            case 0x29 where depth == 0, 0x2C where depth == 0: return place
            case 0x29, 0x5D: depth -= 1
            default: break
            }
            guard let next = lexer.skip(bytes, place, after: start) else { return nil }
            place = next
        }
        return nil
    }

    // MARK: Meaning

    /// Appends what a value means.
    func decode(_ value: SQLValue, _ bytes: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        let body = UnsafeRawBufferPointer(rebasing: bytes[value.bodyStart..<value.bodyEnd])
        switch value.kind {
        case .hex: decodeHex(body, into: &output)
        case .text: decodeText(body, value, into: &output)
        case .null, .word, .expression: output.append(contentsOf: body)
        }
    }

    /// Whether a value's body is its meaning.
    @inline(__always)
    func isPlain(_ value: SQLValue, _ bytes: UnsafeRawBufferPointer) -> Bool {
        switch value.kind {
        case .word: return true
        case .text:
            let body = UnsafeRawBufferPointer(rebasing: bytes[value.bodyStart..<value.bodyEnd])
            let escape = value.hasBackslashes ? 0x5C : value.quote
            return !ByteTest.any(in: body.bindMemory(to: UInt8.self)) { word in
                ByteTest.equal(value.quote, word) | ByteTest.equal(escape, word)
            }
        case .null, .hex, .expression: return false
        }
    }

    private func decodeHex(_ body: UnsafeRawBufferPointer, into output: inout ByteBuffer) {
        var place = 0
        // MySQL reads an odd number of digits as if a zero stood before them.
        if body.count % 2 == 1 {
            output.append(Hexadecimal.value(body[0]) ?? 0)
            place = 1
        }
        while place + 1 < body.count {
            output.append((Hexadecimal.value(body[place]) ?? 0) << 4 | (Hexadecimal.value(body[place + 1]) ?? 0))
            place += 2
        }
    }

    private func decodeText(_ body: UnsafeRawBufferPointer, _ value: SQLValue, into output: inout ByteBuffer) {
        var place = 0
        while place < body.count {
            let byte = body[place]
            place += 1
            if byte == value.quote {
                output.append(byte)
                place += 1
            } else if byte == 0x5C, value.hasBackslashes, place < body.count {
                escape(body, &place, into: &output)
            } else {
                output.append(byte)
            }
        }
    }

    private func escape(_ body: UnsafeRawBufferPointer, _ place: inout Int, into output: inout ByteBuffer) {
        let letter = body[place]
        place += 1
        switch (letter, lexer.dialect) {
        case (0x6E, _): output.append(0x0A)
        case (0x72, _): output.append(0x0D)
        case (0x74, _): output.append(0x09)
        case (0x62, _): output.append(0x08)
        case (0x30, .mysql): output.append(0x00)
        case (0x5A, .mysql): output.append(0x1A)
        // MySQL leaves these for LIKE.
        case (0x25, .mysql), (0x5F, .mysql):
            output.append(0x5C)
            output.append(letter)
        case (0x66, .postgres): output.append(0x0C)
        case (0x30...0x37, .postgres): number(body, &place, letter & 7, base: 8, digits: 2, into: &output)
        case (0x78, .postgres): number(body, &place, 0, base: 16, digits: 2, into: &output)
        case (0x75, .postgres): scalar(body, &place, digits: 4, into: &output)
        case (0x55, .postgres): scalar(body, &place, digits: 8, into: &output)
        default: output.append(letter)
        }
    }

    private func number(
        _ body: UnsafeRawBufferPointer, _ place: inout Int, _ first: UInt8, base: UInt8, digits: Int,
        into output: inout ByteBuffer
    ) {
        var number = first
        for _ in 0..<digits {
            guard place < body.count, let digit = Hexadecimal.value(body[place]), digit < base else { break }
            number = number &* base &+ digit
            place += 1
        }
        output.append(number)
    }

    private func scalar(
        _ body: UnsafeRawBufferPointer, _ place: inout Int, digits: Int, into output: inout ByteBuffer
    ) {
        var number: UInt32 = 0
        for _ in 0..<digits {
            guard place < body.count, let digit = Hexadecimal.value(body[place]) else { break }
            number = number << 4 | UInt32(digit)
            place += 1
        }
        UTF8.encode(Unicode.Scalar(number) ?? "\u{FFFD}") { output.append($0) }
    }
}
