import CSQLite
import Glibc
import System

/// A connection to an SQLite database that this process alone has open.
///
/// The class is not `Sendable`: it belongs to one actor, whose executor is a thread of its own (`ThreadExecutor`), since
/// every call may wait for the disk. The journal is a write-ahead log. With `Durability.process` a commit that returned
/// survives the process's death at any instruction, and after a power loss the database is whole but may lack the last
/// commits; with `.power` it is on the disk when the commit returns.
package final class Database {
    /// What a commit survives.
    package enum Durability: String, Sendable {
        /// The end of the process: `synchronous=NORMAL`, no fsync a commit.
        case process = "NORMAL"
        /// The end of the machine's power: `synchronous=FULL`, one fsync a commit.
        case power = "FULL"
    }

    /// The file, or `:memory:`.
    package let path: String
    private let handle: OpaquePointer
    private let lock: DatabaseLock?
    private var idle: [String: OpaquePointer] = [:]
    private var depth = 0
    private static let idleLimit = 64

    /// Opens a database, makes it where there is none, and brings its schema up to date.
    ///
    /// - Parameters:
    ///   - path: the file; its folder must exist. `:memory:` for one that ends with the connection.
    ///   - migrations: SQL scripts, ever appended to; the database remembers how many it has had (`user_version`), and
    ///     each runs once, in a transaction.
    /// - Throws: `DatabaseError`; `.inUse` when another process has it open, `.tooNew` after a newer Belay.
    package init(path: String, durability: Durability = .process, migrations: [String]) throws(DatabaseError) {
        self.path = path
        let isFile = path != ":memory:"
        lock = isFile ? try DatabaseLock(database: path) : nil
        handle = try Self.open(path, isFile: isFile)
        try configure(durability)
        try migrate(migrations)
    }

    deinit {
        for statement in idle.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    private static func open(_ path: String, isFile: Bool) throws(DatabaseError) -> OpaquePointer {
        if isFile {
            // SQLite would make it readable to all; its log takes over the mode.
            let made = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard made >= 0 else {
                let error = SystemError(errno, call: "open", subject: path)
                throw DatabaseError(error.code == ENOSPC ? .full : .access, "\(error)", path: path)
            }
            close(made)
        }
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
            sqlite3_close_v2(handle)
            throw DatabaseError(meaning(of: code), message, resultCode: code, path: path)
        }
        return handle
    }

    private func configure(_ durability: Durability) throws(DatabaseError) {
        sqlite_set_defensive(handle)
        sqlite3_busy_timeout(handle, 5000)
        // The lock above already keeps others out; exclusive mode spares the shared-memory file and its locks.
        try script("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=\(durability.rawValue)")
        try script("PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF")
        try script("PRAGMA journal_size_limit=16777216")
    }

    private func migrate(_ migrations: [String]) throws(DatabaseError) {
        let done = try integer("PRAGMA user_version") ?? 0
        guard done <= migrations.count else {
            throw DatabaseError(
                .tooNew, "a newer Belay wrote it (schema \(done), known \(migrations.count))", path: path)
        }
        for number in Int(done)..<migrations.count {
            try begin()
            do {
                try script(migrations[number])
                try script("PRAGMA user_version=\(number + 1)")
                try commit()
            } catch {
                rollback()
                throw error
            }
        }
    }

    // MARK: Statements

    /// Runs several statements without parameters.
    package func script(_ sql: String) throws(DatabaseError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        if code != SQLITE_OK { throw failure(code) }
    }

    /// Runs one statement that answers no rows.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    package func run(_ sql: String, _ values: DatabaseValue...) throws(DatabaseError) -> Int {
        try scan(sql, values) { _ in }
        return Int(sqlite3_changes(handle))
    }

    /// Runs one statement and maps each row that it answers.
    package func rows<Element>(
        _ sql: String, _ values: DatabaseValue..., map: (borrowing Row) throws -> Element
    ) throws -> [Element] {
        var found: [Element] = []
        try each(sql, values) { row in found.append(try map(row)) }
        return found
    }

    /// The first column of the first row as an integer; nil when there is no row.
    package func integer(_ sql: String, _ values: DatabaseValue...) throws(DatabaseError) -> Int64? {
        var found: Int64?
        try scan(sql, values) { row in found = found ?? row.integer(0) }
        return found
    }

    /// The rowid of the last row inserted.
    package var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Runs `body` in a transaction, which is rolled back whole when it throws; one inside another is a savepoint.
    @discardableResult
    package func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try begin()
        do {
            let result = try body()
            try commit()
            return result
        } catch {
            rollback()
            throw error
        }
    }

    /// Reads the whole file for damage (`PRAGMA quick_check`); slow on large ones.
    ///
    /// - Throws: `.corrupt` with what SQLite found.
    package func check() throws(DatabaseError) {
        var found: [String] = []
        try scan("PRAGMA quick_check(5)", []) { row in found.append(row.text(0)) }
        guard found == ["ok"] else {
            throw DatabaseError(.corrupt, found.joined(separator: "; "), resultCode: SQLITE_CORRUPT, path: path)
        }
    }

    /// Moves the log's pages into the database file, so that the log starts anew.
    package func checkpoint() throws(DatabaseError) {
        let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        if code != SQLITE_OK { throw failure(code) }
    }

    /// Runs one statement whose rows nobody can refuse.
    private func scan(
        _ sql: String, _ values: [DatabaseValue], _ body: (borrowing Row) -> Void
    ) throws(DatabaseError) {
        let statement = try take(sql)
        defer { giveBack(statement, sql) }
        try bind(values, to: statement)
        while try step(statement) { body(Row(statement: statement)) }
    }

    /// Runs one statement; `body` gets each row in turn.
    package func each(
        _ sql: String, _ values: [DatabaseValue], _ body: (borrowing Row) throws -> Void
    ) throws {
        let statement = try take(sql)
        defer { giveBack(statement, sql) }
        try bind(values, to: statement)
        while try step(statement) { try body(Row(statement: statement)) }
    }

    private func step(_ statement: OpaquePointer) throws(DatabaseError) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        case let code: throw failure(code)
        }
    }

    /// A prepared statement that nobody uses now; one in use is prepared a second time.
    private func take(_ sql: String) throws(DatabaseError) -> OpaquePointer {
        if let statement = idle.removeValue(forKey: sql) { return statement }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure(code) }
        return statement
    }

    private func giveBack(_ statement: OpaquePointer, _ sql: String) {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
        if idle[sql] != nil || idle.count >= Self.idleLimit {
            sqlite3_finalize(statement)
        } else {
            idle[sql] = statement
        }
    }

    private func bind(_ values: [DatabaseValue], to statement: OpaquePointer) throws(DatabaseError) {
        for (offset, value) in values.enumerated() {
            let index = Int32(offset + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(statement, index)
                case .integer(let number): sqlite3_bind_int64(statement, index, number)
                case .real(let number): sqlite3_bind_double(statement, index, number)
                case .text(let text): Self.bind(text, to: statement, index)
                case .blob(let bytes):
                    bytes.withUnsafeBytes {
                        // A nil pointer would bind NULL: an empty blob still needs an address.
                        sqlite_bind_blob_copy(
                            statement, index, $0.baseAddress ?? UnsafeRawPointer(statement), UInt64($0.count))
                    }
                }
            if code != SQLITE_OK { throw failure(code) }
        }
    }

    private static func bind(_ text: String, to statement: OpaquePointer, _ index: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                guard let start = $0.baseAddress else { return sqlite_bind_text_copy(statement, index, "", 0) }
                return sqlite_bind_text_copy(statement, index, start, UInt64($0.count))
            }
        }
    }

    // MARK: Transactions

    private func begin() throws(DatabaseError) {
        try script(depth == 0 ? "BEGIN IMMEDIATE" : "SAVEPOINT level\(depth)")
        depth += 1
    }

    private func commit() throws(DatabaseError) {
        try script(depth == 1 ? "COMMIT" : "RELEASE level\(depth - 1)")
        depth -= 1
    }

    private func rollback() {
        depth -= 1
        // On a full disk or an I/O error SQLite has rolled back by itself.
        guard sqlite3_get_autocommit(handle) == 0 else { return }
        let undo = depth == 0 ? "ROLLBACK" : "ROLLBACK TO level\(depth); RELEASE level\(depth)"
        sqlite3_exec(handle, undo, nil, nil, nil)
    }

    // MARK: Errors

    /// The error of the call that failed just now on this connection; nothing else may run in between.
    private func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(
            Self.meaning(of: code), String(cString: sqlite3_errmsg(handle)), resultCode: code, path: path)
    }

    private static func meaning(of code: Int32) -> DatabaseError.Code {
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_FULL: .full
        case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: .access
        case SQLITE_IOERR: .io
        default: .other
        }
    }
}
