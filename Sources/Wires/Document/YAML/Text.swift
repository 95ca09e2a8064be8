/// Bytes as lines and columns.
enum Text {
    /// Refuses what is not UTF-8, naming the place of the first byte that is not.
    static func check(_ bytes: [UInt8], file: SourceFile) throws(Problem) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw Problem("the file is UTF-16", at: Origin(file), hint: "save it as UTF-8")
        }
        guard let offset = firstInvalid(bytes) else { return }
        let (line, column) = place(of: offset, in: bytes)
        throw Problem(
            "the file is not UTF-8 here", at: Origin(file, line: line, column: column), hint: "save it as UTF-8")
    }

    /// The offset of the first byte that is no part of well-formed UTF-8 (Unicode, table 3-7).
    static func firstInvalid(_ bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBufferPointer { firstInvalid($0) }
    }

    static func firstInvalid(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let words = UnsafeRawBufferPointer(bytes)
        var offset = 0
        while offset < bytes.count {
            if bytes[offset] < 0x80 {
                offset += 1
                // Nearly all text is ASCII: eight bytes at a time.
                while offset + 8 <= bytes.count,
                    words.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    offset += 8
                }
                continue
            }
            let length = sequenceLength(bytes, at: offset)
            if length == 0 { return offset }
            offset += length
        }
        return nil
    }

    /// The bytes of the non-ASCII character at an offset; 0 when it is malformed.
    private static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Int {
        func continues(_ distance: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            offset + distance < bytes.count && range.contains(bytes[offset + distance])
        }
        switch bytes[offset] {
        case 0xC2...0xDF: return continues(1) ? 2 : 0
        case 0xE0: return continues(1, 0xA0...0xBF) && continues(2) ? 3 : 0
        case 0xED: return continues(1, 0x80...0x9F) && continues(2) ? 3 : 0
        case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : 0
        case 0xF0: return continues(1, 0x90...0xBF) && continues(2) && continues(3) ? 4 : 0
        case 0xF4: return continues(1, 0x80...0x8F) && continues(2) && continues(3) ? 4 : 0
        case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : 0
        default: return 0
        }
    }

    /// Line and column, in characters, of a byte, both from 1.
    static func place(of offset: Int, in bytes: some Collection<UInt8>) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }
}
