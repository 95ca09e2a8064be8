import Scrub

typealias TransformKind = TransformTraits.Kind

/// A table as its CREATE TABLE states it, with the places of its parts, so that some can be left out.
struct TableDefinition {
    /// One part between the commas of the parenthesis.
    struct Part {
        /// Bytes of the statement.
        var range: Range<Int>
        /// The column that the part defines; nil for a constraint or an index.
        var column: String?
        /// Columns that a constraint or index is about.
        var about: [String] = []
        /// The table that a foreign key leads to.
        var references: TableName?
    }

    var schema: TableSchema
    var parts: [Part]
    /// The sequence that numbers a column, where the statement names one.
    var sequences: [(sequence: TableName, column: String)] = []
    /// Tables whose columns it has too, before its own.
    var parents: [TableName] = []
    /// Bytes of `AUTO_INCREMENT=200` among the table's options.
    var counter: Range<Int>?
}

/// Reads CREATE TABLE.
struct TableParser {
    let types: TypeNames

    /// Words that end a column's type.
    private static let ends: Set<String> = [
        "collate", "not", "null", "default", "primary", "unique", "check", "references", "generated", "constraint",
        "auto_increment", "comment", "on", "as", "charset", "virtual", "stored", "invisible", "visible", "storage",
        "compression", "srid", "with", "key", "column_format", "identity",
    ]

    /// - Returns: nil for what is no CREATE TABLE with a list of columns.
    func parse(_ statement: SQLStatement) -> TableDefinition? {
        var cursor = TokenCursor(statement)
        guard cursor.take("create") else { return nil }
        while ["global", "local", "temp", "temporary", "unlogged", "foreign", "or", "replace"].contains(cursor.peek()) {
            cursor.place += 1
        }
        guard cursor.take("table") else { return nil }
        _ = cursor.take("if", "not", "exists")
        guard let name = cursor.tableName(), let range = cursor.group() else { return nil }
        var table = TableDefinition(schema: TableSchema(name, columns: [], hasAllConstraints: false), parts: [])
        for part in TokenCursor.parts(statement, range) { read(part, of: statement, into: &table) }
        table.counter = Self.counter(statement, from: cursor.place)
        if cursor.take("inherits"), let range = cursor.group() {
            table.parents = TokenCursor.parts(statement, range).compactMap { part in
                var name = TokenCursor(statement, from: part.lowerBound, to: part.upperBound)
                return name.tableName()
            }
        }
        return table
    }

    private static func counter(_ statement: SQLStatement, from place: Int) -> Range<Int>? {
        let tokens = statement.tokens
        for index in place..<max(place, tokens.count - 2)
        where tokens[index].text == "auto_increment" && tokens[index + 1].text == "=" {
            return tokens[index].range.lowerBound..<tokens[index + 2].range.upperBound
        }
        return nil
    }

    private func read(_ range: Range<Int>, of statement: SQLStatement, into table: inout TableDefinition) {
        let tokens = statement.tokens[range]
        guard let first = tokens.first, let last = tokens.last else { return }
        var part = TableDefinition.Part(range: first.range.lowerBound..<last.range.upperBound)
        var cursor = TokenCursor(statement, from: range.lowerBound, to: range.upperBound)
        if let constraints = ConstraintParser.constraint(&cursor) {
            table.schema.constraints += constraints
            part.about = constraints.flatMap(\.columns)
            part.references = constraints.compactMap(\.target).first
        } else if ConstraintParser.isIndex(cursor) {
            part.about = tokens.filter { $0.kind == .name || $0.kind == .word }.map(\.text)
        } else if let name = cursor.name() {
            part.column = name
            column(name, &cursor, &table)
        }
        table.parts.append(part)
    }

    private func column(_ name: String, _ cursor: inout TokenCursor, _ table: inout TableDefinition) {
        var column = ColumnSchema(name, type(&cursor))
        column.isNumbered = column.type.name.contains("serial")
        while cursor.current != nil {
            if cursor.take("not", "null") {
                column.isNullable = false
            } else if cursor.take("primary", "key") {
                column.isNullable = false
                table.schema.constraints.append(.primaryKey([name]))
            } else if cursor.take("unique") {
                table.schema.constraints.append(.unique([name]))
            } else if cursor.take("auto_increment") {
                column.isNumbered = true
            } else if cursor.take("references") {
                reference(name, &cursor, &table)
            } else if cursor.peek() == "check", let found = ConstraintParser.constraint(&cursor) {
                table.schema.constraints += found
            } else if cursor.take("generated") {
                generated(&column, &cursor, &table)
            } else if cursor.take("as") {
                column.isGenerated = true
                _ = cursor.group()
            } else if cursor.take("default") {
                standard(&column, &cursor, &table)
            } else if cursor.group() == nil {
                cursor.place += 1
            }
        }
        table.schema.columns.append(column)
    }

    private func reference(_ name: String, _ cursor: inout TokenCursor, _ table: inout TableDefinition) {
        guard let target = cursor.tableName() else { return }
        let columns = cursor.columns()?.names ?? []
        table.schema.constraints.append(.foreignKey([name], references: target, columns))
    }

    private func generated(
        _ column: inout ColumnSchema, _ cursor: inout TokenCursor, _ table: inout TableDefinition
    ) {
        _ = cursor.take("always") || cursor.take("by", "default")
        guard cursor.take("as") else { return }
        if cursor.take("identity") {
            column.isNumbered = true
            if let range = cursor.group(), let sequence = Self.sequence(cursor.statement, range) {
                table.sequences.append((sequence, column.name))
            }
        } else {
            column.isGenerated = true
            _ = cursor.group()
        }
    }

    /// `DEFAULT nextval('public.orders_id_seq'::regclass)`
    private func standard(_ column: inout ColumnSchema, _ cursor: inout TokenCursor, _ table: inout TableDefinition) {
        guard cursor.take("nextval") || cursor.take("pg_catalog", ".", "nextval") else { return }
        column.isNumbered = true
        guard let range = cursor.group(), range.lowerBound < cursor.end else { return }
        let text = cursor.statement.text(of: cursor.statement.tokens[range.lowerBound])
        if let name = Self.name(in: text) { table.sequences.append((name, column.name)) }
    }

    /// `(SEQUENCE NAME public.orders_id_seq START WITH 1 …)`
    static func sequence(_ statement: SQLStatement, _ range: Range<Int>) -> TableName? {
        var cursor = TokenCursor(statement, from: range.lowerBound, to: range.upperBound)
        while cursor.current != nil {
            if cursor.take("sequence", "name") { return cursor.tableName() }
            cursor.place += 1
        }
        return nil
    }

    /// A name in a text, as `nextval` and `setval` take it.
    static func name(in text: String) -> TableName? {
        let bytes = Array(text.utf8)
        let statement = bytes.withUnsafeBytes { SQLStatement($0, lexer: SQLLexer(.postgres)) }
        var cursor = TokenCursor(statement)
        return cursor.tableName()
    }

    /// The type that comes next.
    func type(_ cursor: inout TokenCursor) -> ColumnType {
        var words: [String] = []
        var arguments: [SQLToken] = []
        var isArray = false
        while let token = cursor.current {
            let isZone = token.text == "with" && (words.last == "time" || words.last == "timestamp")
            if token.kind == .word, Self.ends.contains(token.text), !isZone { break }
            if token.kind == .word, token.text == "character", !words.isEmpty, words.last != "national" { break }
            if let range = cursor.group() {
                arguments = Array(cursor.statement.tokens[range])
                continue
            }
            if token.text == "[" || token.text == "]" || token.text == "array" { isArray = true }
            // `public.mood`: the schema says nothing of what the type is.
            if token.text == "." { words.removeAll() }
            if token.kind == .word || token.kind == .name, token.text != "array" { words.append(token.text) }
            cursor.place += 1
        }
        return types.type(words, arguments: arguments, statement: cursor.statement, isArray: isArray)
    }
}
