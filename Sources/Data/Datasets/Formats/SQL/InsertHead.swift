import Document

/// `INSERT INTO orders (id, email) VALUES`: what stands before an INSERT's rows.
struct InsertHead {
    var table: TableName
    /// The columns that it names; nil for all.
    var columns: [String]?
    /// How many bytes it has, up to and with `VALUES`.
    var count: Int
    /// The bytes of the names in parentheses, or the place before `VALUES` where there are none.
    var columnsRange: Range<Int>

    /// How long a head may be.
    static let longest = 256 << 10

    enum Reading {
        case head(InsertHead)
        /// It is an INSERT of another form.
        case other
        /// The bytes end before `VALUES`.
        case incomplete
    }

    static func read(_ bytes: UnsafeRawBufferPointer, lexer: SQLLexer) -> Reading {
        var end = 0
        switch endOfValues(bytes, lexer) {
        case .found(let place): end = place
        case .missing: return .other
        case .incomplete: return bytes.count < longest ? .incomplete : .other
        }
        let statement = SQLStatement(UnsafeRawBufferPointer(rebasing: bytes[..<end]), lexer: lexer)
        var cursor = TokenCursor(statement)
        guard cursor.take("insert") || cursor.take("replace") else { return .other }
        _ = cursor.take("ignore") || cursor.take("low_priority")
        guard cursor.take("into"), let table = cursor.tableName() else { return .other }
        let start = statement.tokens[cursor.place - 1].range.upperBound
        var head = InsertHead(table: table, columns: nil, count: end, columnsRange: start..<start)
        let first = cursor.place
        if let range = cursor.group() {
            head.columns = TokenCursor.parts(statement, range).compactMap { statement.tokens[$0].first?.text }
            head.columnsRange =
                statement.tokens[first].range.lowerBound..<statement.tokens[cursor.place - 1].range.upperBound
        }
        _ = cursor.take("overriding", "system", "value") || cursor.take("overriding", "user", "value")
        guard cursor.take("values") || cursor.take("value"), cursor.current == nil else { return .other }
        return .head(head)
    }

    private enum End {
        case found(Int)
        /// The statement ends before.
        case missing
        case incomplete
    }

    /// The place after the word VALUES that stands outside of names.
    private static func endOfValues(_ bytes: UnsafeRawBufferPointer, _ lexer: SQLLexer) -> End {
        var place = 0
        while place < bytes.count, place < longest {
            if SQLLexer.isWord(bytes[place]) {
                let start = place
                while place < bytes.count, SQLLexer.isWord(bytes[place]) { place += 1 }
                if place - start == 6, place < bytes.count, SQLLexer.isWord(bytes, start, "values") {
                    return .found(place)
                }
            } else if bytes[place] == 0x3B {
                return .missing
            } else {
                guard let next = lexer.skip(bytes, place, after: 0) else { return .incomplete }
                place = next
            }
        }
        return .incomplete
    }
}
