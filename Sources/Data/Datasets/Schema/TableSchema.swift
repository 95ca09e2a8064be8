/// A table's name, with the schema that it is in where the format has such.
package struct TableName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// PostgreSQL's schema or MySQL's database; nil where the format names none.
    package var schema: String?
    package var name: String

    package init(_ name: String, in schema: String? = nil) {
        self.schema = schema
        self.name = name
    }

    package var description: String { schema.map { "\($0).\(name)" } ?? name }

    package static func < (left: TableName, right: TableName) -> Bool {
        (left.schema ?? "", left.name) < (right.schema ?? "", right.name)
    }
}

/// What a format states of a table, or what the parser of DDL finds.
package struct TableSchema: Sendable, Hashable {
    package var name: TableName
    /// In the order of the format's rows.
    package var columns: [ColumnSchema]
    package var constraints: [TableConstraint]
    /// Whether every constraint is known: a plain pg_dump states keys after the data, and CSV states none.
    package var hasAllConstraints: Bool
    /// The table whose rows these are a part of; its references and keys are this one's too.
    package var partitionOf: TableName?

    package init(
        _ name: TableName, columns: [ColumnSchema], constraints: [TableConstraint] = [], hasAllConstraints: Bool = true
    ) {
        self.name = name
        self.columns = columns
        self.constraints = constraints
        self.hasAllConstraints = hasAllConstraints
    }

    /// The place of a column in `columns`.
    package func index(of column: String) -> Int? {
        columns.firstIndex { $0.name == column }
    }
}

/// One column.
package struct ColumnSchema: Sendable, Hashable {
    package var name: String
    package var type: ColumnType
    package var isNullable: Bool
    /// The database computes it; a dump of PostgreSQL's holds no values for it.
    package var isGenerated: Bool
    /// The database numbers it where no value is given: `serial`, `AUTO_INCREMENT`, an identity column.
    package var isNumbered: Bool

    package init(
        _ name: String, _ type: ColumnType = .unknown, isNullable: Bool = true, isGenerated: Bool = false,
        isNumbered: Bool = false
    ) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
        self.isGenerated = isGenerated
        self.isNumbered = isNumbered
    }
}

/// What a table's rows must hold to.
package enum TableConstraint: Sendable, Hashable {
    case primaryKey([String])
    /// A unique constraint or index. `expression` stands for an index over more than columns, such as `lower(email)`:
    /// its columns are those that occur in it.
    case unique([String], expression: String? = nil, isPartial: Bool = false)
    case foreignKey([String], references: TableName, [String])
    /// The condition as it is written, and the columns that occur in it.
    case check(String, [String])
}
