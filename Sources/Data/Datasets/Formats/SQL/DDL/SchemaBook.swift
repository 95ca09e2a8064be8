import Scrub

/// What is known of a dump's tables so far.
struct SchemaBook {
    private var types: TypeNames
    /// In the order in which they were stated.
    private(set) var tables: [TableDefinition] = []
    private var places: [TableName: Int] = [:]
    private var byName: [String: [TableName]] = [:]
    /// Whether rows came of a table that no statement made.
    var hasRowsWithoutTable = false
    /// Which column a sequence numbers.
    private var sequences: [String: (table: TableName, column: String)] = [:]

    init(_ dialect: SQLDialect) { types = TypeNames(dialect) }

    /// What a statement says of tables.
    enum Meaning {
        /// It makes a table.
        case table(TableName)
        /// It is about a table, some of its columns, and tables that its keys lead to.
        case about(TableName, columns: [String], references: [TableName], constraints: [TableConstraint])
        case nothing
    }

    /// A table by its name, found by the name alone where one of the two has no schema.
    func find(_ name: TableName) -> TableDefinition? {
        resolve(name).flatMap { places[$0] }.map { tables[$0] }
    }

    /// The name that a table was made under.
    func resolve(_ name: TableName) -> TableName? {
        if places[name] != nil { return name }
        let candidates = byName[name.name, default: []].filter {
            $0.schema == nil || name.schema == nil || $0.schema == name.schema
        }
        return candidates.count == 1 ? candidates[0] : nil
    }

    /// The column that a sequence numbers.
    func column(of sequence: TableName) -> (table: TableName, column: String)? {
        sequences[sequence.name]
    }

    /// Learns from a statement.
    mutating func read(_ statement: SQLStatement) -> Meaning {
        if let table = TableParser(types: types).parse(statement) {
            add(table)
            return .table(table.schema.name)
        }
        if statement.begins("create", "type") || statement.begins("create", "domain") {
            type(statement)
            return .nothing
        }
        if let index = ConstraintParser.index(statement) {
            let constraints = index.constraint.map { attach([$0], to: index.table) } ?? []
            let words = statement.tokens.filter { $0.kind == .word || $0.kind == .name }.map(\.text)
            return .about(index.table, columns: words, references: [], constraints: constraints)
        }
        if statement.begins("alter", "table") { return alterTable(statement) }
        if statement.begins("alter", "sequence") || statement.begins("create", "sequence") {
            return sequence(statement)
        }
        return about(statement)
    }

    private mutating func add(_ table: TableDefinition) {
        var table = table
        inherit(&table)
        let names = Set(table.schema.columns.map(\.name))
        table.schema.constraints = table.schema.constraints.map { $0.limited(to: names) }
        let name = table.schema.name
        for (sequence, column) in table.sequences { sequences[sequence.name] = (name, column) }
        // A serial column's sequence is called after it.
        for column in table.schema.columns where column.type.name.contains("serial") {
            sequences["\(name.name)_\(column.name)_seq"] = (name, column.name)
        }
        if let place = places[name] {
            tables[place] = table
        } else {
            places[name] = tables.count
            tables.append(table)
            byName[name.name, default: []].append(name)
        }
    }

    /// Puts the columns and conditions of a table's parents before its own; one that both name is one (CREATE TABLE).
    private func inherit(_ table: inout TableDefinition) {
        var columns: [ColumnSchema] = []
        for parent in table.parents.compactMap({ find($0)?.schema }) {
            columns += parent.columns.filter { column in !columns.contains { $0.name == column.name } }
            for case .check(let condition, let words) in parent.constraints {
                let check = TableConstraint.check(condition, words)
                if !table.schema.constraints.contains(check) { table.schema.constraints.append(check) }
            }
        }
        for column in table.schema.columns {
            if let place = columns.firstIndex(where: { $0.name == column.name }) {
                columns[place].isNullable = columns[place].isNullable && column.isNullable
            } else {
                columns.append(column)
            }
        }
        table.schema.columns = columns
    }

    /// Adds constraints to a table that is known.
    ///
    /// - Returns: them, with only the table's columns in conditions.
    private mutating func attach(_ constraints: [TableConstraint], to name: TableName) -> [TableConstraint] {
        guard let place = resolve(name).flatMap({ places[$0] }) else { return constraints }
        let names = Set(tables[place].schema.columns.map(\.name))
        let limited = constraints.map { $0.limited(to: names) }
        for constraint in limited where !tables[place].schema.constraints.contains(constraint) {
            tables[place].schema.constraints.append(constraint)
        }
        return limited
    }

    // MARK: Statements

    private mutating func type(_ statement: SQLStatement) {
        var cursor = TokenCursor(statement, from: 2)
        guard let name = cursor.tableName(), cursor.take("as") else { return }
        if statement.begins("create", "domain") {
            var type = TableParser(types: types).type(&cursor)
            type.name = name.name
            types.define(name, type)
        } else if cursor.take("enum"), let range = cursor.group() {
            var type = ColumnType(name.name, .text)
            type.values = statement.tokens[range].filter { $0.kind == .text }.map { statement.text(of: $0) }
            types.define(name, type)
        }
    }

    private mutating func alterTable(_ statement: SQLStatement) -> Meaning {
        var cursor = TokenCursor(statement, from: 2)
        _ = cursor.take("if", "exists")
        _ = cursor.take("only")
        guard let name = cursor.tableName() else { return .nothing }
        var constraints: [TableConstraint] = []
        var columns: [String] = []
        for part in TokenCursor.parts(statement, cursor.place..<statement.tokens.count) {
            var action = TokenCursor(statement, from: part.lowerBound, to: part.upperBound)
            if action.take("add") {
                if let found = ConstraintParser.constraint(&action) {
                    constraints += found
                } else {
                    columns += statement.tokens[part].filter { $0.kind == .word || $0.kind == .name }.map(\.text)
                }
            } else if action.take("attach", "partition") {
                if let part = action.tableName(), let place = resolve(part).flatMap({ places[$0] }) {
                    tables[place].schema.partitionOf = resolve(name) ?? name
                }
            } else if action.take("alter") {
                _ = action.take("column")
                guard let column = action.name() else { continue }
                columns.append(column)
                number(column, of: name, action)
            } else if action.take("modify") || action.take("change") {
                _ = action.take("column")
                if let column = action.name() { columns.append(column) }
                if statement.tokens[part].contains(where: { $0.text == "auto_increment" }), let column = columns.last {
                    setNumbered(column, of: name)
                }
            }
        }
        let limited = attach(constraints, to: name)
        return .about(
            name, columns: columns + limited.flatMap(\.columns), references: limited.compactMap(\.target),
            constraints: limited)
    }

    /// `ALTER COLUMN id SET DEFAULT nextval('…')` and `… ADD GENERATED … AS IDENTITY (SEQUENCE NAME …)`
    private mutating func number(_ column: String, of table: TableName, _ action: TokenCursor) {
        var action = action
        while action.current != nil {
            if action.take("nextval"), let range = action.group() {
                let text = action.statement.text(of: action.statement.tokens[range.lowerBound])
                if let name = TableParser.name(in: text) { own(name, table, column) }
            } else if action.take("identity"), let range = action.group() {
                if let name = TableParser.sequence(action.statement, range) { own(name, table, column) }
            } else {
                action.place += 1
            }
        }
    }

    private mutating func own(_ sequence: TableName, _ table: TableName, _ column: String) {
        sequences[sequence.name] = (resolve(table) ?? table, column)
        setNumbered(column, of: table)
    }

    private mutating func setNumbered(_ column: String, of table: TableName) {
        guard let place = resolve(table).flatMap({ places[$0] }),
            let index = tables[place].schema.index(of: column)
        else { return }
        tables[place].schema.columns[index].isNumbered = true
    }

    /// `ALTER SEQUENCE … OWNED BY public.orders.id`
    private mutating func sequence(_ statement: SQLStatement) -> Meaning {
        var cursor = TokenCursor(statement, from: 2)
        _ = cursor.take("if", "exists") || cursor.take("if", "not", "exists")
        guard let name = cursor.tableName() else { return .nothing }
        while cursor.current != nil {
            if cursor.take("owned", "by") {
                var parts: [String] = []
                while let part = cursor.name() {
                    parts.append(part)
                    if !cursor.take(".") { break }
                }
                guard parts.count >= 2, let column = parts.last else { return .nothing }
                let table = TableName(parts[parts.count - 2], in: parts.count > 2 ? parts[parts.count - 3] : nil)
                own(name, table, column)
                return .about(table, columns: [column], references: [], constraints: [])
            }
            cursor.place += 1
        }
        return .nothing
    }

    /// The table that a trigger, a grant, a lock or a rule is about.
    private func about(_ statement: SQLStatement) -> Meaning {
        let tokens = statement.tokens
        if statement.begins("lock", "tables") || statement.begins("truncate") || statement.begins("analyze") {
            var cursor = TokenCursor(statement, from: statement.begins("lock") ? 2 : 1)
            _ = cursor.take("table")
            return cursor.tableName().map { .about($0, columns: [], references: [], constraints: []) } ?? .nothing
        }
        let isGrant = statement.begins("grant") || statement.begins("revoke")
        let isTrigger = tokens.prefix(6).contains { ["trigger", "policy", "statistics"].contains($0.text) }
        guard isGrant || isTrigger, let place = tokens.firstIndex(where: { $0.kind == .word && $0.text == "on" }) else {
            return .nothing
        }
        var cursor = TokenCursor(statement, from: place + 1)
        _ = cursor.take("table")
        return cursor.tableName().map { .about($0, columns: [], references: [], constraints: []) } ?? .nothing
    }
}

extension TableConstraint {
    /// The constraint with only those words of a condition or expression that are columns.
    func limited(to columns: Set<String>) -> TableConstraint {
        switch self {
        case .check(let condition, let words): .check(condition, Self.unique(words.filter(columns.contains)))
        case .unique(let words, let expression?, let isPartial):
            .unique(Self.unique(words.filter(columns.contains)), expression: expression, isPartial: isPartial)
        case .primaryKey, .unique, .foreignKey: self
        }
    }

    private static func unique(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }
    }
}
