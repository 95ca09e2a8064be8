package import Scrub

/// What becomes of a table: what the engine asks for as soon as the table's schema is known.
package struct TablePlan: Sendable {
    /// What becomes of a column.
    package enum Column: Sendable {
        /// Its cells pass byte for byte.
        case keep
        /// Column and cells are left out, and the DDL's line for it.
        case drop
        case transform(any TransformRecipe)
        /// The database computes it: a value that the format holds is left out.
        case generated
    }

    package var table: TableName
    /// In the order of the schema's columns.
    package var columns: [Column]
    /// The table is left out, with its DDL.
    package var isDropped = false
    /// The table stays and its rows are left out.
    package var isEmptied = false
    /// Columns whose values change rows once all rows have come, by their places; they are kept until then.
    package var shuffled: [Int: DomainKey] = [:]
    /// Which rows stay; all when nil.
    package var rows: (any RowFilter)?
    /// Places of the columns that transforms and the filter read: the engine decodes these before it applies any.
    package var contextColumns: [Int] = []

    package init(_ table: TableName, columns: [Column]) {
        self.table = table
        self.columns = columns
    }
}

/// Which rows of a table stay.
package protocol RowFilter: Sendable {
    /// Places of the columns that it reads.
    var reads: [Int] { get }

    /// Whether the row stays.
    func keeps(_ row: RowContext) -> Bool
}
