import CSQLite
import Foundation
import System
import Testing

/// Files of SQLite as bytes, made and asked by SQLite itself.
enum SQLiteSample {
    static func make(_ sql: String) throws -> [UInt8] {
        try inFile([]) { path in
            try open(path) { handle in
                #expect(
                    sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK, "\(String(cString: sqlite3_errmsg(handle)))")
            }
            return try Files.read(path)
        }
    }

    /// A query's rows, their cells divided by bars.
    static func query(_ sql: String, _ bytes: [UInt8]) throws -> [String] {
        try inFile(bytes) { path in
            try open(path) { handle in
                var statement: OpaquePointer?
                #expect(
                    sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK,
                    "\(String(cString: sqlite3_errmsg(handle)))")
                defer { sqlite3_finalize(statement) }
                var rows: [String] = []
                while sqlite3_step(statement) == SQLITE_ROW {
                    let cells = (0..<sqlite3_column_count(statement)).map {
                        sqlite3_column_text(statement, $0).map { String(cString: $0) } ?? "NULL"
                    }
                    rows.append(cells.joined(separator: "|"))
                }
                return rows
            }
        }
    }

    private static func inFile<Value>(_ bytes: [UInt8], _ body: (String) throws -> Value) throws -> Value {
        let path = "/tmp/belay-sqlite-\(UUID().uuidString)"
        defer { unlink(path) }
        if !bytes.isEmpty { try Data(bytes).write(to: URL(filePath: path)) }
        return try body(path)
    }

    private static func open<Value>(_ path: String, _ body: (OpaquePointer?) throws -> Value) throws -> Value {
        var handle: OpaquePointer?
        #expect(sqlite3_open(path, &handle) == SQLITE_OK)
        defer { sqlite3_close(handle) }
        return try body(handle)
    }
}
