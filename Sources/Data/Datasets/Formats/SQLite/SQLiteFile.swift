import CSQLite
import Document
import Glibc
import System

/// A connection to an SQLite file that is somebody's data, and none of Belay's own.
final class SQLiteFile {
    let handle: OpaquePointer
    private let name: String
    /// The descriptor that the file is opened through, which is closed with it.
    var backing: Int32 = -1

    /// - Parameter immutable: whether the file is only read, and nobody writes it meanwhile.
    init(_ path: String, named name: String, immutable: Bool) throws(Problem) {
        self.name = name
        var handle: OpaquePointer?
        let flags =
            SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
            | (immutable ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
        let code = sqlite3_open_v2(
            path == ":memory:" ? path : "file:\(path)\(immutable ? "?immutable=1" : "")", &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            sqlite3_close_v2(handle)
            throw Problem("\(name) cannot be opened: \(String(cString: sqlite3_errstr(code)))")
        }
        self.handle = handle
        sqlite_set_defensive(handle)
        try run("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA cache_size=-4000")
    }

    /// Takes what a file in memory holds for the database, to be read only.
    func adopt(_ descriptor: Int32, size: Int) throws {
        let map = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0)
        guard let map, map != MAP_FAILED else { throw SystemError(errno, call: "mmap", subject: name) }
        memory = (map, size)
        // Versions 2 ask for a log beside the file, which a file in memory cannot have; our view of its head says 1.
        if size >= 20 { (map + 18).storeBytes(of: 0x0101, as: UInt16.self) }
        let bytes = map.assumingMemoryBound(to: UInt8.self)
        let code = sqlite3_deserialize(
            handle, "main", bytes, Int64(size), Int64(size), UInt32(SQLITE_DESERIALIZE_READONLY))
        guard code == SQLITE_OK else { throw failure() }
    }

    private var memory: (start: UnsafeMutableRawPointer, size: Int)?

    deinit {
        sqlite3_close_v2(handle)
        if let memory { munmap(memory.start, memory.size) }
        if backing >= 0 { close(backing) }
    }

    func run(_ sql: String) throws(Problem) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    func prepare(_ sql: String) throws(Problem) -> SQLiteStatement {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else { throw failure() }
        return SQLiteStatement(statement, self)
    }

    /// Rows of few columns, as text; nil for NULL.
    func texts(_ sql: String, _ values: String...) throws(Problem) -> [[String?]] {
        let statement = try prepare(sql)
        for (index, value) in values.enumerated() {
            sqlite_bind_text_copy(statement.handle, Int32(index + 1), value, UInt64(value.utf8.count))
        }
        var rows: [[String?]] = []
        while try statement.step() {
            rows.append(
                (0..<sqlite3_column_count(statement.handle)).map { column in
                    sqlite3_column_text(statement.handle, column).map { String(cString: $0) }
                })
        }
        return rows
    }

    /// SQLite's own words, without a value of a row: those of constraints name columns alone.
    func failure() -> Problem {
        Problem("\(name): \(String(cString: sqlite3_errmsg(handle)))")
    }

    /// A name in SQL.
    static func quoted(_ name: String) -> String { "\"" + name.replacingAll("\"", with: "\"\"") + "\"" }
}

/// A prepared statement.
final class SQLiteStatement {
    let handle: OpaquePointer
    private let file: SQLiteFile

    init(_ handle: OpaquePointer, _ file: SQLiteFile) {
        self.handle = handle
        self.file = file
    }

    deinit { sqlite3_finalize(handle) }

    /// - Returns: whether a row came.
    func step() throws(Problem) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        default: throw file.failure()
        }
    }

    func reset() { sqlite3_reset(handle) }
}
