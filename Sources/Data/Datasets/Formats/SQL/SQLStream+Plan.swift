import Document
import Scrub

extension SQLStream {
    /// Plans what has been stated and not planned, and lets what was held go.
    ///
    /// - Parameter table: the table whose rows come now; nil at the end.
    func plan(upTo table: TableName?) throws {
        let isFirst = !hasData
        let source = survey ?? book
        var schemas = source.tables.map(\.schema).filter { !planned.contains($0.name) }
        if let table, source.resolve(table) == nil { return }
        guard !schemas.isEmpty || isFirst else { return }
        // A dump of pg_dump's states every table before the first row.
        let isWhole = survey.map { !$0.hasRowsWithoutTable } ?? (dialect == .postgres && isFirst && trailer.isDump)
        if survey != nil || table == nil {
            for index in schemas.indices { schemas[index].hasAllConstraints = true }
        } else if dialect == .mysql {
            for index in schemas.indices { schemas[index].hasAllConstraints = true }
        }
        try adopt(schemas, isWhole: isWhole)
        hasData = true
        if isWhole || isUnspooled { openGate() }
    }

    /// Has tables planned, and makes their streams.
    func adopt(_ schemas: [TableSchema], isWhole: Bool) throws {
        let plans = try planner.plan(for: schemas, isWhole: isWhole)
        for (schema, plan) in zip(schemas, plans) {
            planned.insert(schema.name)
            tables[schema.name] = TableStream(schema, plan, lanes: lanes)
            order.append(schema.name)
        }
    }

    /// Output may go from here on: what could refuse the input's form has been asked.
    func openGate() {
        // Keys that are stated after the rows may yet forbid a plan that is not a bijection.
        let isSure = survey != nil || !tables.values.contains { $0.plan.mayBreakKeys }
        guard isUnspooled || isSure else { return }
        hasOpened = true
        let gate = gate
        flushText()
        ready.append(
            .late {
                try gate.open()
                return []
            })
    }

    /// The table of rows that come now.
    func table(_ name: TableName, columns: [String]?, at origin: Origin) throws -> TableStream {
        try plan(upTo: name)
        if let known = (survey ?? book).resolve(name), let table = tables[known] { return table }
        if let table = tables[name] { return table }
        // Rows without CREATE TABLE: what they name is all that is known of the table.
        guard let columns else {
            throw Problem(
                "rows of table \(name), whose columns the input does not state", at: origin,
                hint: "dump the schema too, or put the schema's dump before this one")
        }
        guard !hasOpened || isUnspooled else {
            throw Problem("rows of table \(name), which the schema does not state", at: origin)
        }
        let schema = TableSchema(name, columns: columns.map { ColumnSchema($0) }, hasAllConstraints: false)
        try adopt([schema], isWhole: false)
        hasData = true
        book.hasRowsWithoutTable = true
        guard let table = tables[name] else { throw Problem("table \(name) has no plan", at: origin) }
        return table
    }

    /// The places in the schema of the columns that rows hold.
    func places(of columns: [String]?, in table: TableStream, isCopy: Bool, at origin: Origin) throws -> [Int] {
        guard let columns else {
            return table.schema.columns.indices.filter { !isCopy || !table.schema.columns[$0].isGenerated }
        }
        return try columns.map { column in
            guard let place = table.schema.index(of: column) else {
                throw Problem("column \(column) of \(table.schema.name) is not in the schema", at: origin)
            }
            return place
        }
    }

    // MARK: Statements

    private var rewriter: StatementRewriter { StatementRewriter(book: survey ?? book, tables: tables) }

    /// What becomes of a statement now that tables are planned.
    func rewritten(_ statement: HeldStatement) -> [UInt8] {
        guard let setting = statement.sequence else { return rewriter.rewritten(statement.bytes, statement.meaning) }
        guard let renumbering = rewriter.renumbering(setting.name, setting.text) else { return statement.bytes }
        if renumbering.isEmpty { return [] }
        let (owner, _) = rewriter.owner(of: setting.name) ?? (nil, "")
        if (owner?.rows ?? 0) > 0 || !statement.isHeld { return renumbering + Array(";".utf8) }
        // Before the rows nobody knows the largest: it is asked for at the end.
        lateSequences.append(Array("\n".utf8) + renumbering + Array(";".utf8))
        return []
    }

    /// `SELECT setval('public.orders_id_seq', 200, true)`
    func sequence(_ statement: SQLStatement, _ ending: [UInt8]) {
        var held = HeldStatement(bytes: statement.bytes + ending, meaning: .nothing)
        held.sequence = StatementRewriter.setting(statement)
        pass(held)
    }

    func header(
        _ copy: CopyStatement, _ statement: SQLStatement, _ columns: [Int], _ table: TableStream
    ) -> [UInt8] {
        rewriter.header(copy, statement, columns, table)
    }
}

extension TableName {
    /// As PostgreSQL's SQL names it.
    var quoted: String {
        let parts = [schema, name].compactMap { $0 }
        return parts.map { "\"" + $0.replacingAll("\"", with: "\"\"") + "\"" }.joined(separator: ".")
    }
}

extension TablePlan {
    /// Whether a key that is not known yet may forbid the plan.
    var mayBreakKeys: Bool {
        columns.contains { if case .transform(let recipe) = $0 { recipe.traits.uniqueness == .lossy } else { false } }
    }
}

extension TableStream {
    /// Whether a column is left out.
    func isDropped(_ column: String) -> Bool {
        guard let place = schema.index(of: column), place < plan.columns.count else { return false }
        if case .drop = plan.columns[place] { return true }
        return false
    }

    /// Whether a column's values become others.
    func renumbers(_ column: String) -> Bool {
        guard let place = schema.index(of: column), place < plan.columns.count else { return false }
        if case .transform = plan.columns[place] { return true }
        return plan.rows != nil
    }

    /// Whether a column that the database numbers has other values, or fewer.
    var renumbers: Bool {
        schema.columns.contains { $0.isNumbered && renumbers($0.name) } || hasNoRows
    }
}
