import Scrub

/// Writes values as SQL.
struct SQLLiteral {
    let dialect: SQLDialect
    /// Whether a backslash in `'…'` escapes where the output is read.
    let hasBackslashes: Bool

    /// The letter that stands for a byte after MySQL's backslash; 0 for bytes that stand as they are.
    @inline(__always)
    private static func letter(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x00: 0x30
        case 0x0A: 0x6E
        case 0x0D: 0x72
        case 0x1A: 0x5A
        case 0x22, 0x27, 0x5C: byte
        default: 0
        }
    }

    /// Puts what was appended to a buffer since it had `start` bytes into quotes, unless some of it cannot stand there
    /// as it is: see `escape`.
    ///
    /// - Returns: whether it did.
    @inline(__always)
    func quote(_ output: inout ByteBuffer, from start: Int) -> Bool {
        guard !needsEscape(output, from: start) else { return false }
        // Room for the opening quote was left by whoever appended.
        output.mutableBytes[start - 1] = 0x27
        output.append(0x27)
        return true
    }

    @inline(__always)
    private func needsEscape(_ output: borrowing ByteBuffer, from start: Int) -> Bool {
        ByteTest.any(in: output.bytes, from: start) { word in
            let both = ByteTest.equal(0x27, word) | ByteTest.equal(0x5C, word)
            return dialect == .mysql ? both | ByteTest.equal(0x22, word) | ByteTest.below(0x1B, word) : both
        }
    }

    /// Puts what was appended to a buffer since it had `start` bytes into quotes.
    @inline(never)
    func escape(_ output: inout ByteBuffer, from start: Int, scratch: inout ByteBuffer) {
        scratch.removeAll()
        scratch.append(contentsOf: UnsafeBufferPointer(rebasing: output.bytes[start...]))
        output.truncate(to: start - 1)
        let hasBackslash = ByteScan.index(of: 0x5C, in: UnsafeRawBufferPointer(scratch.bytes)) != nil
        let doubles = hasBackslash && (dialect == .postgres || hasBackslashes)
        // E'…' means the same whatever the session says of backslashes.
        if hasBackslash, dialect == .postgres { output.append(contentsOf: " E") }
        output.append(0x27)
        for byte in scratch.bytes {
            if dialect == .mysql, hasBackslashes {
                let letter = Self.letter(byte)
                if letter != 0 { output.append(0x5C) }
                output.append(letter != 0 ? letter : byte)
            } else {
                if byte == 0x27 || (byte == 0x5C && doubles) { output.append(byte) }
                output.append(byte)
            }
        }
        output.append(0x27)
    }

    /// Whether bytes are a number that may stand without quotes.
    static func isNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var place = 0
        if place < bytes.count, bytes[place] == 0x2D || bytes[place] == 0x2B { place += 1 }
        let first = place
        while place < bytes.count, SQLLexer.isDigit(bytes[place]) { place += 1 }
        var digits = place - first
        if place < bytes.count, bytes[place] == 0x2E {
            place += 1
            let fraction = place
            while place < bytes.count, SQLLexer.isDigit(bytes[place]) { place += 1 }
            digits += place - fraction
        }
        guard digits > 0 else { return false }
        guard place < bytes.count else { return true }
        guard bytes[place] | 0x20 == 0x65 else { return false }
        place += 1
        if place < bytes.count, bytes[place] == 0x2D || bytes[place] == 0x2B { place += 1 }
        let exponent = place
        while place < bytes.count, SQLLexer.isDigit(bytes[place]) { place += 1 }
        return place == bytes.count && place > exponent
    }
}
