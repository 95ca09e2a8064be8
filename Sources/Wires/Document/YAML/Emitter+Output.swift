/// Bytes, columns and lines.
extension Emitter {
    mutating func put(_ byte: UInt8) {
        bytes.append(byte)
        if byte & 0xC0 != 0x80 { column += 1 }
    }

    mutating func append(_ text: Slice<UnsafeBufferPointer<UInt8>>) {
        bytes.append(contentsOf: text)
        for byte in text where byte & 0xC0 != 0x80 { column += 1 }
    }

    mutating func putBreak() {
        bytes.append(UInt8(ascii: "\n"))
        column = 0
    }

    /// Begins a line at the indentation, unless there the line already stands.
    mutating func writeIndent() {
        let target = max(indent, 0)
        if !indention || column > target || column == target && !whitespace { putBreak() }
        while column < target {
            bytes.append(UInt8(ascii: " "))
            column += 1
        }
        whitespace = true
        indention = true
    }

    mutating func indicator(
        _ text: StaticString, needsSpace: Bool = false, isSpace: Bool = false, isIndention: Bool = false
    ) {
        if needsSpace, !whitespace { put(UInt8(ascii: " ")) }
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        column += text.utf8CodeUnitCount
        whitespace = isSpace
        indention = indention && isIndention
    }

    // MARK: Comments

    /// Writes comment lines above what follows.
    mutating func headComment(_ trivia: Trivia?) {
        guard keepsStyle, let comment = trivia?.headComment, !comment.isEmpty else { return }
        lines(of: comment)
    }

    /// Writes a comment behind what stands on the line.
    mutating func lineComment(_ trivia: Trivia?) {
        guard keepsStyle, let comment = trivia?.lineComment, !comment.isEmpty else { return }
        if !whitespace { put(UInt8(ascii: " ")) }
        for byte in comment.utf8 { put(byte) }
        whitespace = false
    }

    /// Writes comment lines below what was written.
    mutating func footComment(_ trivia: Trivia?) {
        guard keepsStyle, let comment = trivia?.footComment, !comment.isEmpty else { return }
        lines(of: comment)
    }

    private mutating func lines(of comment: String) {
        for line in comment.split(separator: "\n", omittingEmptySubsequences: false) {
            writeIndent()
            for byte in line.utf8 { put(byte) }
            putBreak()
            whitespace = true
            indention = true
        }
    }
}
