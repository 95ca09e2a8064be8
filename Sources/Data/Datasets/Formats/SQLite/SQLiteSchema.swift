import CSQLite
import Document
import Scrub

/// What an SQLite file says of its tables, asked of SQLite itself.
struct SQLiteSchema {
    /// A table, index, trigger or view.
    struct Item {
        var kind: String
        var name: String
        var table: String
        var sql: String
    }

    var items: [Item] = []
    var tables: [TableSchema] = []
    /// By table: of those that are ordered by their primary key.
    var orders: [String: SQLiteOrder] = [:]

    /// - Parameter isWaiting: whether it is a file of Belay's own, with notes of its rows' order.
    init(_ file: SQLiteFile, isWaiting: Bool = false) throws {
        let types = TypeNames(.mysql)
        let rows = try file.texts(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
        )
        for row in rows {
            let item = Item(kind: row[0] ?? "", name: row[1] ?? "", table: row[2] ?? "", sql: row[3] ?? "")
            if isWaiting, item.table.hasPrefix(SQLiteOrder.prefix) {
                orders[String(item.table.dropFirst(SQLiteOrder.prefix.count))]?.isNoted = true
                continue
            }
            items.append(item)
            guard item.kind == "table" else { continue }
            guard !item.sql.lowercased().hasPrefix("create virtual") else {
                throw Problem(
                    "table \(item.name) is a virtual one, whose content lies in tables of its module",
                    hint: "leave it out of the file; a text index is made anew from its table")
            }
            tables.append(try Self.table(item.name, file, types))
            orders[item.name] = try Self.order(of: tables[tables.count - 1], file)
        }
        nameAlike()
    }

    /// Nil for a table that keeps its rows as they come. A primary key that no index is made for is the rows' own number.
    private static func order(of table: TableSchema, _ file: SQLiteFile) throws(Problem) -> SQLiteOrder? {
        let rows = try file.texts(
            """
            SELECT 1 FROM pragma_table_list(?1) WHERE schema = 'main' AND (wr OR NOT EXISTS
                (SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk'))
            """, table.name.name)
        guard !rows.isEmpty else { return nil }
        for case .primaryKey(let columns) in table.constraints {
            return SQLiteOrder(table: table.name.name, key: columns)
        }
        return nil
    }

    /// Calls tables and columns in references as they are called where they are made: SQLite tells no large letter from a
    /// small one there.
    private mutating func nameAlike() {
        for place in tables.indices {
            tables[place].constraints = tables[place].constraints.map { constraint in
                guard case .foreignKey(let columns, let target, let others) = constraint,
                    let owner = tables.first(where: { Self.isSame($0.name.name, target.name) })
                else { return constraint }
                let own = tables[place]
                return .foreignKey(
                    columns.map { Self.name($0, in: own) }, references: owner.name,
                    others.map { Self.name($0, in: owner) })
            }
        }
    }

    private static func name(_ column: String, in table: TableSchema) -> String {
        table.columns.first { isSame($0.name, column) }?.name ?? column
    }

    private static func isSame(_ one: String, _ other: String) -> Bool {
        one == other || sqlite3_stricmp(one, other) == 0
    }

    private static func table(_ name: String, _ file: SQLiteFile, _ types: TypeNames) throws(Problem) -> TableSchema {
        var table = TableSchema(TableName(name), columns: [])
        var keys: [(place: Int, name: String)] = []
        let columns = try file.texts(
            "SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid", name)
        for row in columns {
            let type = Self.type(row[1] ?? "", types)
            let key = Int(row[3] ?? "") ?? 0
            table.columns.append(
                ColumnSchema(
                    row[0] ?? "", type, isNullable: row[2] != "1" && key == 0,
                    isGenerated: ["2", "3"].contains(row[4]),
                    isNumbered: key == 1 && type.kind == .integer))
            if key > 0 { keys.append((key, row[0] ?? "")) }
        }
        if !keys.isEmpty { table.constraints.append(.primaryKey(keys.sorted { $0.place < $1.place }.map(\.name))) }
        try addIndexes(file, &table)
        try addReferences(file, &table)
        return table
    }

    private static func type(_ text: String, _ types: TypeNames) -> ColumnType {
        guard !text.isEmpty else { return .unknown }
        let bytes = Array(text.utf8)
        let statement = bytes.withUnsafeBytes { SQLStatement($0, lexer: SQLLexer(.mysql)) }
        var cursor = TokenCursor(statement)
        var type = TableParser(types: types).type(&cursor)
        // SQLite's integers have eight bytes, whatever the type is called, and its texts any length.
        if type.kind == .integer { type.range = Int64.min...Int64.max }
        if type.name == "text" || type.name == "blob" { type.length = nil }
        return type
    }

    private static func addIndexes(_ file: SQLiteFile, _ table: inout TableSchema) throws(Problem) {
        let indexes = try file.texts(
            "SELECT name, partial FROM pragma_index_list(?1) WHERE \"unique\" AND origin <> 'pk'", table.name.name)
        for index in indexes {
            let columns = try file.texts("SELECT name FROM pragma_index_info(?1) ORDER BY seqno", index[0] ?? "")
            let names = columns.compactMap { $0[0] }
            let expression = names.count < columns.count ? "an expression" : nil
            // An index over an expression may be over any column.
            table.constraints.append(
                .unique(
                    expression == nil ? names : table.columns.map(\.name), expression: expression,
                    isPartial: index[1] == "1"))
        }
    }

    private static func addReferences(_ file: SQLiteFile, _ table: inout TableSchema) throws(Problem) {
        let rows = try file.texts(
            "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq", table.name.name)
        var open: (id: String, target: String, from: [String], to: [String])?
        for row in rows + [[nil, nil, nil, nil]] {
            if let key = open, key.id != row[0] {
                let target = TableName(key.target)
                table.constraints.append(.foreignKey(key.from, references: target, key.to))
                open = nil
            }
            guard let id = row[0] else { break }
            if open == nil { open = (id, row[1] ?? "", [], []) }
            open?.from.append(row[2] ?? "")
            if let to = row[3] { open?.to.append(to) }
        }
    }
}
