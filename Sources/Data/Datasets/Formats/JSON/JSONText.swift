import Scrub

/// JSON as bytes (RFC 8259): where things end, and what texts mean.
enum JSONText {
    @inline(__always)
    static func skipBlanks(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var place = start
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x09, 0x0A, 0x0D: place += 1
            default: return place
            }
        }
        return place
    }

    /// The place after a text whose opening quote stands at `start`; nil where the bytes end before.
    @inline(__always)
    static func endOfText(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var from = start + 1
        while let quote = ByteScan.index(of: 0x22, in: bytes, from: from) {
            var first = quote
            while first > from, bytes[first - 1] == 0x5C { first -= 1 }
            if (quote - first) & 1 == 0 { return quote + 1 }
            from = quote + 1
        }
        return nil
    }

    /// The place after a number or one of the words `true`, `false` and `null`.
    static func endOfWord(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var place = start
        while place < bytes.count, isWordByte(bytes[place]) { place += 1 }
        return place
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        SQLLexer.isWord(byte) || byte == 0x2D || byte == 0x2B || byte == 0x2E
    }

    /// Whether bytes are a number as JSON writes it.
    static func isNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let digits = bytes.first == 0x2D ? bytes.dropFirst() : bytes[...]
        guard let first = digits.first, SQLLexer.isDigit(first), SQLLiteral.isNumber(bytes) else { return false }
        if first == 0x30, let second = digits.dropFirst().first, SQLLexer.isDigit(second) { return false }
        guard let point = bytes.firstIndex(of: 0x2E) else { return true }
        return point + 1 < bytes.count && SQLLexer.isDigit(bytes[point + 1])
    }

    /// Whether bytes are a number, `true` or `false`.
    static func isBare(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        isNumber(bytes) || bytes.elementsEqual("true".utf8) || bytes.elementsEqual("false".utf8)
    }

    static func isNull(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool { bytes.elementsEqual("null".utf8) }

    /// Appends what a text between its quotes means.
    ///
    /// - Returns: false for an escape that is none.
    static func decode(_ body: UnsafeRawBufferPointer, into output: inout ByteBuffer) -> Bool {
        var place = 0
        while place < body.count {
            let byte = body[place]
            place += 1
            guard byte == 0x5C else {
                output.append(byte)
                continue
            }
            guard place < body.count else { return false }
            let letter = body[place]
            place += 1
            switch letter {
            case 0x22, 0x5C, 0x2F: output.append(letter)
            case 0x62: output.append(0x08)
            case 0x66: output.append(0x0C)
            case 0x6E: output.append(0x0A)
            case 0x72: output.append(0x0D)
            case 0x74: output.append(0x09)
            case 0x75:
                guard let scalar = scalar(body, &place) else { return false }
                UTF8.encode(scalar) { output.append($0) }
            default: return false
            }
        }
        return true
    }

    private static func scalar(_ body: UnsafeRawBufferPointer, _ place: inout Int) -> Unicode.Scalar? {
        guard let first = unit(body, &place) else { return nil }
        guard first >= 0xD800, first < 0xDC00 else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        guard place + 1 < body.count, body[place] == 0x5C, body[place + 1] == 0x75 else { return "\u{FFFD}" }
        var next = place + 2
        guard let second = unit(body, &next), second >= 0xDC00, second < 0xE000 else { return "\u{FFFD}" }
        place = next
        return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    }

    private static func unit(_ body: UnsafeRawBufferPointer, _ place: inout Int) -> UInt32? {
        guard place + 4 <= body.count else { return nil }
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Hexadecimal.value(body[place]) else { return nil }
            number = number << 4 | UInt32(digit)
            place += 1
        }
        return number
    }

    /// Appends a text with its quotes.
    static func append(_ text: UnsafeBufferPointer<UInt8>, to output: inout ByteBuffer) {
        output.append(0x22)
        for byte in text {
            switch byte {
            case 0x22, 0x5C:
                output.append(0x5C)
                output.append(byte)
            case 0x0A: output.append(contentsOf: "\\n")
            case 0x0D: output.append(contentsOf: "\\r")
            case 0x09: output.append(contentsOf: "\\t")
            case 0..<0x20:
                output.append(contentsOf: "\\u00")
                withUnsafeBytes(of: byte) { Hexadecimal.append($0.bindMemory(to: UInt8.self), to: &output) }
            default: output.append(byte)
            }
        }
        output.append(0x22)
    }
}
