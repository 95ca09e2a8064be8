package import Crypto

/// A digest of what a schema says of data: tables, columns and their types, and the constraints that are known before
/// the data. The order of tables does not matter, that of columns does.
package enum SchemaFingerprint {
    /// `sha256:…`, as a policy pins it.
    package static func of(_ tables: [TableSchema]) -> Digest {
        let stream = DigestStream(.sha256)
        for table in tables.sorted(by: { $0.name < $1.name }) { feed(table, to: stream) }
        return stream.finish()
    }

    private static func feed(_ table: TableSchema, to stream: borrowing DigestStream) {
        var lines = ["table \(table.name.name)"]
        for column in table.columns {
            let flags = [column.isNullable ? "" : "not null", column.isGenerated ? "generated" : ""]
            lines.append("column \(column.name)\0\(column.type.name)\0\(flags.joined(separator: "\0"))")
            if let values = column.type.values { lines.append("values \(values.joined(separator: "\0"))") }
        }
        if table.hasAllConstraints { lines += table.constraints.map(text).sorted() }
        for line in lines { stream.update(Array("\(line)\n".utf8)) }
    }

    private static func text(_ constraint: TableConstraint) -> String {
        switch constraint {
        case .primaryKey(let columns): "primary key \(columns)"
        case .unique(let columns, let expression, let isPartial): "unique \(columns) \(expression ?? "") \(isPartial)"
        case .foreignKey(let columns, let table, let others): "foreign key \(columns) \(table.name) \(others)"
        case .check(let text, _): "check \(text)"
        }
    }
}
