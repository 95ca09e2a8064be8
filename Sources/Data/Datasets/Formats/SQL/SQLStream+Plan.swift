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

    // MARK: Statements about tables that change

    /// A statement without what is left out: tables, columns, and what is about them.
    func rewritten(_ statement: HeldStatement) -> [UInt8] {
        if let (name, text) = statement.sequence { return rewrittenSequence(statement, name, text) }
        switch statement.meaning {
        case .nothing: return statement.bytes
        case .table(let name):
            guard let table = book.resolve(name).flatMap({ tables[$0] }), let definition = book.find(name) else {
                return statement.bytes
            }
            if table.plan.isDropped { return [] }
            return rewritten(statement.bytes, definition, table)
        case .about(let name, let columns, let references, _):
            guard let table = book.resolve(name).flatMap({ tables[$0] }) else { return statement.bytes }
            if table.plan.isDropped || references.contains(where: isDropped) { return [] }
            return columns.contains { table.isDropped($0) } ? [] : statement.bytes
        }
    }

    private func isDropped(_ name: TableName) -> Bool {
        book.resolve(name).flatMap { tables[$0] }?.plan.isDropped == true
    }

    private func rewritten(_ bytes: [UInt8], _ definition: TableDefinition, _ table: TableStream) -> [UInt8] {
        var bytes = bytes
        if let counter = definition.counter, table.renumbers, counter.upperBound <= bytes.count {
            bytes.removeSubrange(counter)
        }
        let gone = definition.parts.map { part in
            part.column.map(table.isDropped)
                ?? (part.about.contains(where: table.isDropped)
                    || part.references.map(isDropped) == true)
        }
        guard gone.contains(true), let first = definition.parts.first, let last = definition.parts.last,
            last.range.upperBound <= bytes.count
        else { return bytes }
        var result = Array(bytes[..<first.range.lowerBound])
        var isFirst = true
        for (part, isGone) in zip(definition.parts, gone) where !isGone {
            if !isFirst { result += Array(",\n    ".utf8) }
            isFirst = false
            result += bytes[part.range]
        }
        return result + bytes[last.range.upperBound...]
    }

    // MARK: Sequences

    /// `SELECT setval('public.orders_id_seq', 200, true)`: where ids are remapped, the largest one that was written
    /// decides, and the database itself looks for it.
    func sequence(_ statement: SQLStatement, _ ending: [UInt8]) {
        var held = HeldStatement(bytes: statement.bytes + ending, meaning: .nothing)
        if let text = statement.tokens.first(where: { $0.kind == .text }).map({ statement.text(of: $0) }),
            let name = TableParser.name(in: text)
        {
            held.sequence = (name, Array(text.utf8))
        }
        pass(held)
    }

    /// What becomes of a sequence's setting.
    func rewrittenSequence(_ statement: HeldStatement, _ name: TableName, _ text: [UInt8]) -> [UInt8] {
        let book = survey ?? book
        guard let owner = book.column(of: name), let table = book.resolve(owner.table).flatMap({ tables[$0] }) else {
            return statement.bytes
        }
        if table.plan.isDropped || table.isDropped(owner.column) { return [] }
        guard table.renumbers(owner.column) || table.hasNoRows else { return statement.bytes }
        let renumbering = Self.renumbering(String(decoding: text, as: UTF8.self), owner) + Array(";".utf8)
        if table.rows > 0 || !statement.isHeld { return renumbering }
        // Before the rows nobody knows the largest: it is asked for at the end.
        lateSequences.append(Array("\n".utf8) + renumbering)
        return []
    }

    static func renumbering(_ sequence: String, _ owner: (table: TableName, column: String)) -> [UInt8] {
        let quoted = sequence.replacingAll("'", with: "''")
        let table = owner.table.quoted
        return Array(
            "SELECT pg_catalog.setval('\(quoted)', (SELECT pg_catalog.max(\(TableName(owner.column).quoted)) FROM \(table)))"
                .utf8)
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
        guard let place = schema.index(of: column) else { return false }
        if case .drop = plan.columns[place] { return true }
        return false
    }

    /// Whether a column's values become others.
    func renumbers(_ column: String) -> Bool {
        guard let place = schema.index(of: column) else { return false }
        if case .transform = plan.columns[place] { return true }
        return plan.rows != nil
    }

    /// Whether a column that the database numbers has other values, or fewer.
    var renumbers: Bool {
        schema.columns.contains { $0.isNumbered && renumbers($0.name) } || hasNoRows
    }
}
