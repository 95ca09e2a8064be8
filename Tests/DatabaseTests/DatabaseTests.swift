import Glibc
import TestSupport
import Testing

@testable import Database

private let table = ["CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data BLOB, size REAL) STRICT"]

@Suite struct DatabaseTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var file: String { "\(folder.path)/test.db" }

    @Test func `values of every type come back as they went in`() throws {
        let database = try Database(path: file, migrations: table)
        try database.run("INSERT INTO t VALUES (?, ?, ?, ?)", 7, "na\u{0}me ü", .blob([0, 1, 255]), 1.5)
        try database.run("INSERT INTO t VALUES (?, ?, ?, ?)", 8, nil, .blob([]), nil)
        let rows = try database.rows("SELECT id, name, data, size FROM t ORDER BY id") { row in
            (row.int(0), row.optionalText(1), row.blob(2), row.isNull(2), row.real(3), row.isNull(3))
        }
        #expect(rows[0] == (7, "na\u{0}me ü", [0, 1, 255], false, 1.5, false))
        #expect(rows[1] == (8, nil, [], false, 0, true))
    }

    @Test func `what was committed is there after opening anew, what was rolled back is not`() throws {
        do {
            let database = try Database(path: file, migrations: table)
            try database.transaction {
                try database.run("INSERT INTO t (id, name) VALUES (1, 'kept')")
            }
            _ = try? database.transaction({
                try database.run("INSERT INTO t (id, name) VALUES (2, 'lost')")
                throw CancellationError()
            })
        }
        let database = try Database(path: file, migrations: table)
        #expect(try database.rows("SELECT name FROM t") { $0.text(0) } == ["kept"])
    }

    @Test func `an inner transaction that fails leaves the outer one whole`() throws {
        let database = try Database(path: file, migrations: table)
        try database.transaction({
            try database.run("INSERT INTO t (id) VALUES (1)")
            _ = try? database.transaction({
                try database.run("INSERT INTO t (id) VALUES (2)")
                throw CancellationError()
            })
            try database.run("INSERT INTO t (id) VALUES (3)")
        })
        #expect(try database.rows("SELECT id FROM t ORDER BY id") { $0.int(0) } == [1, 3])
    }

    @Test func `one statement can run inside its own rows`() throws {
        let database = try Database(path: file, migrations: table)
        for id in 1...3 { try database.run("INSERT INTO t (id) VALUES (?)", DatabaseValue(id)) }
        var pairs = 0
        try database.each("SELECT id FROM t", []) { _ in
            try database.each("SELECT id FROM t", []) { _ in pairs += 1 }
        }
        #expect(pairs == 9)
    }

    @Test func `a broken constraint is told apart and says which`() throws {
        let database = try Database(path: file, migrations: table)
        try database.run("INSERT INTO t (name) VALUES ('a')")
        let error = #expect(throws: DatabaseError.self) { try database.run("INSERT INTO t (name) VALUES ('a')") }
        #expect(error?.code == .constraint)
        #expect(error?.message == "UNIQUE constraint failed: t.name")
    }

    @Test func `a full disk is told apart, and the database goes on once there is room`() throws {
        let database = try Database(path: file, migrations: table)
        try database.script("PRAGMA max_page_count=8")
        let error = #expect(throws: DatabaseError.self) {
            try database.transaction {
                try database.run("INSERT INTO t (id) VALUES (1)")
                try database.run("INSERT INTO t (data) VALUES (zeroblob(100000))")
            }
        }
        #expect(error?.code == .full)
        try database.script("PRAGMA max_page_count=100000")
        try database.run("INSERT INTO t (data) VALUES (zeroblob(100000))")
        #expect(try database.integer("SELECT count(*) FROM t") == 1)
    }

    @Test func `a second opening is refused and names the process that has it`() throws {
        let first = try Database(path: file, migrations: table)
        let error = #expect(throws: DatabaseError.self) { try Database(path: file, migrations: table) }
        #expect(error?.code == .inUse(by: getpid()))
        #expect("\(try #require(error))".contains("process \(getpid()) has it open"))
        try first.run("INSERT INTO t (id) VALUES (1)")
    }

    @Test func `migrations run once each, in order`() throws {
        let later = table + ["ALTER TABLE t ADD COLUMN more TEXT; INSERT INTO t (id, more) VALUES (1, 'x')"]
        _ = try Database(path: file, migrations: table)
        _ = try Database(path: file, migrations: later)
        let database = try Database(path: file, migrations: later)
        #expect(try database.integer("SELECT count(*) FROM t WHERE more = 'x'") == 1)
        #expect(try database.integer("PRAGMA user_version") == 2)
    }

    @Test func `a migration that fails leaves nothing of itself`() throws {
        #expect(throws: DatabaseError.self) {
            try Database(path: file, migrations: table + ["CREATE TABLE u (a); CREATE TABLE t (b)"])
        }
        let database = try Database(path: file, migrations: table)
        #expect(try database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'u'") == 0)
    }

    @Test func `a database of a newer Belay is refused`() throws {
        _ = try Database(path: file, migrations: table + ["CREATE TABLE u (a)"])
        let error = #expect(throws: DatabaseError.self) { try Database(path: file, migrations: table) }
        #expect(error?.code == .tooNew)
    }

    @Test func `a file that is no database is refused`() throws {
        let stream = try #require(fopen(file, "w"))
        fputs(String(repeating: "not a database ", count: 1000), stream)
        fclose(stream)
        let error = #expect(throws: DatabaseError.self) { try Database(path: file, migrations: table) }
        #expect(error?.code == .corrupt)
    }

    @Test func `a folder that is not there is refused with its path`() throws {
        let error = #expect(throws: DatabaseError.self) { try Database(path: "/nonexistent/x.db", migrations: []) }
        #expect(error?.code == .access)
    }

    @Test func `nobody else may read the file`() throws {
        let database = try Database(path: file, migrations: table)
        var status = stat()
        stat(database.path, &status)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func `foreign keys hold`() throws {
        let database = try Database(
            path: ":memory:",
            migrations: ["CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a(id))"])
        let error = #expect(throws: DatabaseError.self) { try database.run("INSERT INTO b VALUES (5)") }
        #expect(error?.code == .constraint)
    }

    @Test func `a check of a whole database passes`() throws {
        let database = try Database(path: file, migrations: table)
        try database.check()
        try database.checkpoint()
    }

    @Test func `a wrong statement says what SQLite says`() throws {
        let database = try Database(path: ":memory:", migrations: [])
        let error = #expect(throws: DatabaseError.self) { try database.run("SELEKT 1") }
        #expect(error?.message == "near \"SELEKT\": syntax error")
    }
}
