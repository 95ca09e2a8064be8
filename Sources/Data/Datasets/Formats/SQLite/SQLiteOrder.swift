import CSQLite
import Document

/// The order in which a table's rows came, noted beside them in a file that waits for another run.
///
/// A table that is ordered by its primary key stands in another order once its keys have been transformed, and rows are known
/// by their numbers.
struct SQLiteOrder {
    let table: String
    /// The primary key that the table is ordered by.
    let key: [String]
    /// Whether the file has notes for the table.
    var isNoted = false

    /// The table of notes: SQLite's own names begin with `sqlite_`, and whoever has a table of this one is refused.
    var name: String { Self.prefix + table }

    static let prefix = "belay order of "

    private var quoted: String { SQLiteFile.quoted(name) }

    /// What stands after FROM to read the rows as they came.
    var rows: String {
        let owner = SQLiteFile.quoted(table)
        let same = key.enumerated().map { "\(owner).\(SQLiteFile.quoted($1)) = \(quoted).key\($0)" }
        // The notes are gone through by their numbers, without being sorted.
        return "\(quoted) CROSS JOIN \(owner) ON \(same.joined(separator: " AND ")) ORDER BY \(quoted).number"
    }

    func begin(in file: SQLiteFile) throws(Problem) -> Notes {
        let columns = key.indices.map { "key\($0)" }.joined(separator: ", ")
        try file.run("CREATE TABLE \(quoted) (number INTEGER PRIMARY KEY, \(columns))")
        let marks = key.map { _ in ", ?" }.joined()
        return Notes(
            keys: key.map(SQLiteFile.quoted).joined(separator: ", "), count: Int32(key.count),
            statement: try file.prepare("INSERT INTO \(quoted) VALUES (?\(marks))"))
    }

    struct Notes {
        /// The key's columns in SQL.
        let keys: String
        let count: Int32
        let statement: SQLiteStatement

        /// - Parameter written: a statement that has just written a row, and returns its key.
        func add(_ written: SQLiteStatement, number: UInt64) throws(Problem) {
            sqlite3_bind_int64(statement.handle, 1, Int64(number))
            for place in 0..<count {
                sqlite3_bind_value(statement.handle, place + 2, sqlite3_column_value(written.handle, place))
            }
            _ = try statement.step()
            statement.reset()
        }
    }
}
