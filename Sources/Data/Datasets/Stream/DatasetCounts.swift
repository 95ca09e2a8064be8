/// What went through: counters, never values.
package struct DatasetCounts: Sendable, Hashable {
    /// One table or document.
    package struct Table: Sendable, Hashable {
        package var name: String
        package var rowsIn: Int
        package var rowsOut: Int

        package init(name: String, rowsIn: Int, rowsOut: Int) {
            self.name = name
            self.rowsIn = rowsIn
            self.rowsOut = rowsOut
        }
    }

    /// In the order in which they came.
    package var tables: [Table] = []
    package var bytesIn = 0
    package var bytesOut = 0
    /// What was left out besides rows: `COMMENT ON`, `CREATE USER MAPPING`, by kind.
    package var leftOut: [String: Int] = [:]

    package init() {}

    package var rowsIn: Int { tables.reduce(0) { $0 + $1.rowsIn } }
    package var rowsOut: Int { tables.reduce(0) { $0 + $1.rowsOut } }
}
