/// Finds where pieces of SQL end, over bytes that may be any encoding which keeps ASCII (PostgreSQL 4.1, MySQL 9.1).
///
/// Every function answers nil where the bytes end before what it looks for does.
package struct SQLLexer: Sendable {
    package var dialect: SQLDialect
    /// Whether a backslash escapes in `'…'`: PostgreSQL with `standard_conforming_strings` off, MySQL without
    /// `NO_BACKSLASH_ESCAPES`.
    package var hasBackslashes: Bool

    package init(_ dialect: SQLDialect) {
        self.dialect = dialect
        hasBackslashes = dialect == .mysql
    }

    /// Bytes that begin or end something; all others a scan passes over.
    private static let special: [Bool] = (0..<256).map { "'\"`-#/*$;()".utf8.contains(UInt8($0)) }

    // MARK: Texts

    /// The place after a text or quoted name whose opening quote stands at `start`.
    @inline(__always)
    package func endOfQuoted(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, backslashes: Bool
    ) -> Int? {
        let quote = bytes[start]
        var from = start + 1
        while let found = ByteScan.index(of: quote, in: bytes, from: from) {
            if backslashes, Self.isEscaped(bytes, found, from) {
                from = found + 1
                continue
            }
            guard found + 1 < bytes.count else { return nil }
            if bytes[found + 1] != quote { return found + 1 }
            from = found + 2
        }
        return nil
    }

    /// Whether an odd number of backslashes stands before a place.
    @inline(__always)
    private static func isEscaped(_ bytes: UnsafeRawBufferPointer, _ place: Int, _ limit: Int) -> Bool {
        var first = place
        while first > limit, bytes[first - 1] == 0x5C { first -= 1 }
        return (place - first) & 1 == 1
    }

    /// Whether the quote at `start` opens a text in which a backslash escapes.
    @inline(__always)
    package func escapes(_ bytes: UnsafeRawBufferPointer, _ start: Int, after first: Int) -> Bool {
        if hasBackslashes { return true }
        guard dialect == .postgres, start > first, bytes[start - 1] | 0x20 == 0x65 else { return false }
        return start - 1 == first || !Self.isWord(bytes[start - 2])
    }

    /// The place after `$tag$…$tag$` that begins at `start`; `start + 1` where none begins there.
    package func endOfDollarQuote(_ bytes: UnsafeRawBufferPointer, _ start: Int, after first: Int) -> Int? {
        if start > first, Self.isWord(bytes[start - 1]) { return start + 1 }
        var end = start + 1
        while end < bytes.count, Self.isWord(bytes[end]), bytes[end] != 0x24 { end += 1 }
        guard end < bytes.count else { return nil }
        guard bytes[end] == 0x24, end == start + 1 || !Self.isDigit(bytes[start + 1]) else { return start + 1 }
        let tag = UnsafeRawBufferPointer(rebasing: bytes[start...end])
        var place = end + 1
        while let found = ByteScan.index(of: 0x24, in: bytes, from: place) {
            guard found + tag.count <= bytes.count else { return nil }
            if UnsafeRawBufferPointer(rebasing: bytes[found..<found + tag.count]).elementsEqual(tag) {
                return found + tag.count
            }
            place = found + 1
        }
        return nil
    }

    // MARK: Comments

    /// The place after a line's end; the bytes' end where `isAll` and the last line has none.
    package static func endOfLine(_ bytes: UnsafeRawBufferPointer, _ start: Int, isAll: Bool) -> Int? {
        if let found = ByteScan.index(of: 0x0A, in: bytes, from: start) { return found + 1 }
        return isAll ? bytes.count : nil
    }

    /// The place after a comment that `/*` begins at `start`.
    package func endOfComment(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        var depth = 1
        var place = start + 2
        while let found = ByteScan.index(of: 0x2A, in: bytes, from: place) {
            if found + 1 < bytes.count, bytes[found + 1] == 0x2F {
                depth -= 1
                if depth == 0 { return found + 2 }
                place = found + 2
            } else if dialect.nestsComments, found > start + 2, bytes[found - 1] == 0x2F, found > place {
                depth += 1
                place = found + 1
            } else {
                place = found + 1
            }
        }
        return nil
    }

    /// Whether `--` at `start` begins a comment: MySQL wants a space or the line's end after it.
    @inline(__always)
    package func isLineComment(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        guard start + 1 < bytes.count, bytes[start + 1] == 0x2D else { return false }
        guard dialect == .mysql else { return true }
        return start + 2 >= bytes.count || bytes[start + 2] <= 0x20
    }

    /// The place after `/*!50003` that begins what MySQL executes; nil where it does not.
    package func startOfVersioned(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        guard dialect == .mysql, start + 2 < bytes.count, bytes[start + 1] == 0x2A else { return nil }
        var place = start + 2
        if bytes[place] | 0x20 == 0x6D { place += 1 }
        guard place < bytes.count, bytes[place] == 0x21 else { return nil }
        place += 1
        let version = place
        while place < bytes.count, Self.isDigit(bytes[place]) { place += 1 }
        // No server is that new: mariadb-dump tells its client something by it, in a first line without an end.
        return Self.has(Array("999999".utf8), bytes, version) ? nil : place
    }

    // MARK: Statements

    /// The place after the statement that begins at `start`, its delimiter included.
    ///
    /// - Parameters:
    ///   - delimiter: `;`, or what MySQL's client was told.
    ///   - isRoutine: whether `BEGIN ATOMIC … END` may hold delimiters, as in PostgreSQL's routines.
    package func endOfStatement(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, delimiter: [UInt8] = [0x3B], isRoutine: Bool = false
    ) -> Int? {
        var place = start
        var depth = 0
        var blocks = 0
        var versioned = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte == delimiter[0], depth <= 0 || dialect == .mysql, blocks == 0, versioned == 0 {
                guard place + delimiter.count <= bytes.count else { return nil }
                if delimiter.count == 1 || Self.has(delimiter, bytes, place) { return place + delimiter.count }
            }
            guard Self.special[Int(byte)] else {
                if isRoutine, Self.isWord(byte) {
                    place = Self.word(bytes, place, &blocks)
                } else {
                    place += 1
                }
                continue
            }
            switch byte {
            case 0x28: (depth, place) = (depth + 1, place + 1)
            case 0x29: (depth, place) = (depth - 1, place + 1)
            case 0x2F where startOfVersioned(bytes, place) != nil:
                versioned += 1
                place += 3
            case 0x2A where versioned > 0 && place + 1 < bytes.count && bytes[place + 1] == 0x2F:
                versioned -= 1
                place += 2
            default:
                guard let next = skip(bytes, place, after: start) else { return nil }
                place = next
            }
        }
        return nil
    }

    /// The place after the text, name or comment that begins at `place`, or after its one byte where none does.
    @inline(__always)
    package func skip(_ bytes: UnsafeRawBufferPointer, _ place: Int, after first: Int) -> Int? {
        switch bytes[place] {
        case 0x27: return endOfQuoted(bytes, place, backslashes: escapes(bytes, place, after: first))
        case 0x22: return endOfQuoted(bytes, place, backslashes: dialect.hasDoubleQuotedTexts && hasBackslashes)
        case 0x60 where dialect == .mysql: return endOfQuoted(bytes, place, backslashes: false)
        case 0x2D where isLineComment(bytes, place): return Self.endOfLine(bytes, place, isAll: false)
        case 0x23 where dialect.hasHashComments: return Self.endOfLine(bytes, place, isAll: false)
        case 0x2F:
            guard place + 1 < bytes.count else { return nil }
            return bytes[place + 1] == 0x2A ? endOfComment(bytes, place) : place + 1
        case 0x24 where dialect.hasDollarQuotes: return endOfDollarQuote(bytes, place, after: first)
        default: return place + 1
        }
    }

    /// Passes over a word, and counts the blocks that `BEGIN`, `CASE` and `END` open and close.
    private static func word(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ blocks: inout Int) -> Int {
        var end = start
        while end < bytes.count, isWord(bytes[end]) { end += 1 }
        switch end - start {
        case 5 where isWord(bytes, start, "begin"): blocks += 1
        case 4 where blocks > 0 && isWord(bytes, start, "case"): blocks += 1
        case 3 where blocks > 0 && isWord(bytes, start, "end"): blocks -= 1
        default: break
        }
        return end
    }

    // MARK: Bytes

    @inline(__always)
    package static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// Letters, digits, `_`, `$` and all that is not ASCII.
    @inline(__always)
    package static func isWord(_ byte: UInt8) -> Bool {
        byte >= 0x80 || isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte == 0x24
    }

    @inline(__always)
    package static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }

    /// Whether a lowercase word stands at a place, in any case.
    package static func isWord(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard start + count <= bytes.count else { return false }
        for index in 0..<count where bytes[start + index] | 0x20 != word.utf8Start[index] { return false }
        return true
    }

    private static func has(_ word: [UInt8], _ bytes: UnsafeRawBufferPointer, _ start: Int) -> Bool {
        start + word.count <= bytes.count && word.indices.allSatisfy { bytes[start + $0] == word[$0] }
    }
}
