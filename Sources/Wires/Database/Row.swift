import CSQLite

/// The row that a statement stands on; good only inside the closure that gets it.
package struct Row: ~Copyable {
    let statement: OpaquePointer

    /// The number of columns.
    package var count: Int { Int(sqlite3_column_count(statement)) }

    /// Whether a column, counted from 0, is NULL.
    package func isNull(_ column: Int) -> Bool {
        sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
    }

    /// A column as an integer; 0 for NULL.
    package func integer(_ column: Int) -> Int64 {
        sqlite3_column_int64(statement, Int32(column))
    }

    /// A column as an integer; 0 for NULL.
    package func int(_ column: Int) -> Int {
        Int(integer(column))
    }

    /// A column as a number; 0 for NULL.
    package func real(_ column: Int) -> Double {
        sqlite3_column_double(statement, Int32(column))
    }

    /// A column as text; empty for NULL.
    package func text(_ column: Int) -> String {
        withText(column) { String(decoding: $0, as: UTF8.self) }
    }

    /// A column as text, nil for NULL.
    package func optionalText(_ column: Int) -> String? {
        isNull(column) ? nil : text(column)
    }

    /// A column as bytes; empty for NULL.
    package func blob(_ column: Int) -> [UInt8] {
        let bytes = sqlite3_column_blob(statement, Int32(column))
        let size = sqlite3_column_bytes(statement, Int32(column))
        guard let bytes, size > 0 else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(size)))
    }

    /// Reads a text column's UTF-8 where SQLite keeps it, without a copy.
    package func withText<Result>(_ column: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows
        -> Result
    {
        let text = sqlite3_column_text(statement, Int32(column))
        let size = sqlite3_column_bytes(statement, Int32(column))
        return try body(UnsafeBufferPointer(start: text, count: text == nil ? 0 : Int(size)))
    }
}
