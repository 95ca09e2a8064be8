/// Reads constraints of tables: those of CREATE TABLE, ALTER TABLE and CREATE INDEX.
enum ConstraintParser {
    /// The constraint that comes next, as several where one clause states several.
    ///
    /// - Returns: nil, with the cursor where it was, where none comes.
    static func constraint(_ cursor: inout TokenCursor) -> [TableConstraint]? {
        let start = cursor.place
        if cursor.take("constraint"), !["primary", "unique", "foreign", "check", "exclude"].contains(cursor.peek()) {
            _ = cursor.name()
        }
        if let found = body(&cursor) { return found }
        cursor.place = start
        return nil
    }

    private static func body(_ cursor: inout TokenCursor) -> [TableConstraint]? {
        if cursor.take("primary", "key") {
            skipIndexType(&cursor)
            guard let columns = cursor.columns() else { return nil }
            return [.primaryKey(columns.names)]
        }
        if cursor.take("foreign", "key") {
            if cursor.peek() != "(" { _ = cursor.name() }
            guard let columns = cursor.columns(), cursor.take("references"), let target = cursor.tableName() else {
                return nil
            }
            return [.foreignKey(columns.names, references: target, cursor.columns()?.names ?? [])]
        }
        if cursor.peek() == "check", cursor.peek(1) == "(" {
            cursor.place += 1
            guard let range = cursor.group() else { return nil }
            let words = cursor.statement.tokens[range].filter { $0.kind == .word || $0.kind == .name }.map(\.text)
            return [.check(cursor.statement.source(range), words)]
        }
        if cursor.take("unique") {
            _ = cursor.take("key") || cursor.take("index")
            _ = cursor.take("nulls", "not", "distinct") || cursor.take("nulls", "distinct")
            if cursor.peek() != "(" { _ = cursor.name() }
            skipIndexType(&cursor)
            guard let columns = cursor.columns() else { return nil }
            return [.unique(columns.names, expression: columns.expression)]
        }
        // What an exclusion forbids depends on operators; equal values are the least of it.
        if cursor.take("exclude") {
            skipIndexType(&cursor)
            guard let range = cursor.group() else { return nil }
            let words = cursor.statement.tokens[range].filter { $0.kind == .word || $0.kind == .name }.map(\.text)
            return [.unique(words, expression: cursor.statement.source(range))]
        }
        return nil
    }

    private static func skipIndexType(_ cursor: inout TokenCursor) {
        if cursor.take("using") { _ = cursor.name() }
    }

    /// Whether an index that forbids nothing comes next, as MySQL has them among the columns.
    static func isIndex(_ cursor: TokenCursor) -> Bool {
        let first = cursor.peek()
        let second = cursor.peek(1)
        guard ["key", "index", "fulltext", "spatial"].contains(first) else { return false }
        // A column may be called `key`: then its type follows, and no parenthesis after a name.
        if ["key", "index"].contains(second) || second == "(" { return true }
        return cursor.peek(2) == "(" || cursor.peek(2) == "using"
    }

    /// `CREATE UNIQUE INDEX … ON table USING btree (lower(email)) WHERE …`
    static func index(_ statement: SQLStatement) -> (table: TableName, constraint: TableConstraint?)? {
        var cursor = TokenCursor(statement)
        guard cursor.take("create") else { return nil }
        let isUnique = cursor.take("unique")
        _ = cursor.take("fulltext") || cursor.take("spatial")
        guard cursor.take("index") else { return nil }
        _ = cursor.take("concurrently")
        _ = cursor.take("if", "not", "exists")
        if cursor.peek() != "on" { _ = cursor.tableName() }
        guard cursor.take("on") else { return nil }
        _ = cursor.take("only")
        guard let table = cursor.tableName() else { return nil }
        skipIndexType(&cursor)
        guard isUnique, let columns = cursor.columns() else { return (table, nil) }
        var isPartial = false
        while cursor.current != nil {
            isPartial = isPartial || cursor.peek() == "where"
            cursor.place += 1
        }
        return (table, .unique(columns.names, expression: columns.expression, isPartial: isPartial))
    }
}

extension TableConstraint {
    /// The columns of the constraint's own table.
    var columns: [String] {
        switch self {
        case .primaryKey(let columns), .unique(let columns, _, _), .foreignKey(let columns, _, _),
            .check(_, let columns):
            columns
        }
    }

    /// The table that a foreign key leads to.
    var target: TableName? {
        if case .foreignKey(_, let target, _) = self { target } else { nil }
    }
}
