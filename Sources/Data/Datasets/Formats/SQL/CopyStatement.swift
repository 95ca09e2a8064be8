/// `COPY public.orders (id, email) FROM stdin;`
struct CopyStatement {
    var table: TableName
    /// The columns that it names; nil for all.
    var columns: [String]?
    /// The place of the token after the table's name.
    var columnsAt: Int

    /// - Returns: nil for what is no such statement, or one with options that change the form of the rows.
    init?(_ statement: SQLStatement) {
        var cursor = TokenCursor(statement)
        guard cursor.take("copy"), let table = cursor.tableName() else { return nil }
        self.table = table
        columnsAt = cursor.place
        if let range = cursor.group() {
            columns = TokenCursor.parts(statement, range).compactMap { statement.tokens[$0].first?.text }
        }
        guard cursor.take("from", "stdin") else { return nil }
        _ = cursor.take("with")
        if let range = cursor.group() {
            let words = statement.tokens[range].map(\.text)
            guard words == ["format", "text"] else { return nil }
        }
        guard cursor.current == nil else { return nil }
    }
}
