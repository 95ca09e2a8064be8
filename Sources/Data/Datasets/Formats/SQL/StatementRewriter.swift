/// Changes statements about tables by the tables' plans: what is left out, and sequences whose numbers are others now.
struct StatementRewriter {
    let book: SchemaBook
    let tables: [TableName: TableStream]

    private func table(_ name: TableName) -> TableStream? { book.resolve(name).flatMap { tables[$0] } }

    /// A statement without what is left out: tables, columns, and what is about them; empty where nothing is left.
    func rewritten(_ bytes: [UInt8], _ meaning: SchemaBook.Meaning) -> [UInt8] {
        switch meaning {
        case .nothing: return bytes
        case .table(let name):
            guard let table = table(name), let definition = book.find(name) else { return bytes }
            return table.plan.isDropped ? [] : rewritten(bytes, definition, table)
        case .about(let name, let columns, let references, _):
            guard let table = table(name) else { return bytes }
            if table.plan.isDropped || references.contains(where: isDropped) { return [] }
            return columns.contains { table.isDropped($0) } ? [] : bytes
        }
    }

    private func isDropped(_ name: TableName) -> Bool { table(name)?.plan.isDropped == true }

    private func rewritten(_ bytes: [UInt8], _ definition: TableDefinition, _ table: TableStream) -> [UInt8] {
        var bytes = bytes
        if let counter = definition.counter, table.renumbers, counter.upperBound <= bytes.count {
            bytes.removeSubrange(counter)
        }
        let gone = definition.parts.map { part in
            if let column = part.column { return table.isDropped(column) }
            return part.about.contains(where: table.isDropped) || part.references.map(isDropped) == true
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

    /// COPY's statement without its semicolon, with only those columns that go out.
    func header(
        _ copy: CopyStatement, _ statement: SQLStatement, _ columns: [Int], _ table: TableStream
    ) -> [UInt8] {
        let kept = columns.filter { column in
            switch table.plan.columns[column] {
            case .keep, .transform: true
            case .drop, .generated: false
            }
        }
        guard kept.count < columns.count || copy.columns == nil else { return statement.bytes }
        let names = kept.map { TableName(table.schema.columns[$0].name).quoted }.joined(separator: ", ")
        let nameEnd = statement.tokens[copy.columnsAt - 1].range.upperBound
        return statement.bytes[..<nameEnd] + Array(" (\(names)) FROM stdin".utf8)
    }

    // MARK: Sequences

    /// The sequence that `SELECT setval('…', 200, true)` sets, and the text that names it.
    static func setting(_ statement: SQLStatement) -> (name: TableName, text: String)? {
        guard let token = statement.tokens.first(where: { $0.kind == .text }) else { return nil }
        let text = statement.text(of: token)
        return TableParser.name(in: text).map { ($0, text) }
    }

    /// The table and column that a sequence numbers.
    func owner(of sequence: TableName) -> (table: TableStream?, column: String)? {
        book.column(of: sequence).map { (table($0.table), $0.column) }
    }

    /// What sets a sequence whose column has other numbers now: the largest that was written decides, and the database
    /// itself looks for it.
    ///
    /// - Returns: nil where the setting stays as it is; nothing where it is left out.
    func renumbering(_ name: TableName, _ text: String) -> [UInt8]? {
        guard let (found, column) = owner(of: name), let table = found else { return nil }
        if table.plan.isDropped || table.isDropped(column) { return [] }
        guard table.renumbers(column) || table.hasNoRows else { return nil }
        let quoted = text.replacingAll("'", with: "''")
        let largest = "SELECT pg_catalog.max(\(TableName(column).quoted)) FROM \(table.schema.name.quoted)"
        return Array("SELECT pg_catalog.setval('\(quoted)', (\(largest)))".utf8)
    }

    /// A statement that sets a sequence, as it goes out.
    func sequence(_ statement: SQLStatement, _ ending: [UInt8]) -> [UInt8] {
        guard let (name, text) = Self.setting(statement), let changed = renumbering(name, text) else {
            return statement.bytes + ending
        }
        return changed.isEmpty ? [] : changed + ending
    }
}
