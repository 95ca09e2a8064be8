import Datasets
import Document
import Glibc
import System
import TestSupport
import Testing

/// Scrubbed dumps against Debian's own PostgreSQL: whether they load, and every constraint holds.
@Suite(.enabled(if: RealPostgres.isInstalled, "needs Debian's package postgresql")) struct RealPostgresTests {
    private static let schema = #"""
        CREATE TYPE mood AS ENUM ('fine', 'sad');
        CREATE DOMAIN year AS integer CHECK (VALUE > 1900);
        CREATE TABLE people (
            id serial PRIMARY KEY, email text NOT NULL UNIQUE, name varchar(30), mood mood, born year, note text,
            boss integer REFERENCES people, shown text GENERATED ALWAYS AS (upper(name)) STORED, tags text[], extra jsonb
        );
        CREATE TABLE orders (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person integer NOT NULL REFERENCES people,
            amount numeric(10,2) CHECK (amount > 0), raw bytea
        );
        CREATE INDEX ON people (lower(name));
        CREATE VIEW rich AS SELECT person, sum(amount) FROM orders GROUP BY person;
        CREATE FUNCTION total() RETURNS numeric LANGUAGE sql BEGIN ATOMIC SELECT sum(amount) FROM orders; END;
        COMMENT ON TABLE people IS 'see ada@example.com';
        INSERT INTO people (email, name, mood, born, note, boss, tags, extra)
            SELECT 'p' || i || '@example.com', 'Name ' || i, 'fine', 1950 + i % 50, E'tab\tline\nback\\slash ''q''; \\.',
                CASE WHEN i > 1 THEN i / 2 END, ARRAY['a,b', 'c"d'], '{"a": [1, null]}' FROM generate_series(1, 3000) i;
        INSERT INTO orders (person, amount, raw) SELECT i, i * 1.5, decode('00ff5c0a', 'hex') FROM generate_series(1, 3000) i;
        """#

    private static let planner = TestPlanner(
        rules: [
            "people.id": .shift, "people.boss": .shift, "orders.person": .shift, "people.email": .reverse,
            "people.name": .reverse, "people.note": .reverse,
        ], everything: .keep)

    private static let dumps = [
        "plain": ["-Fp"], "inserts": ["-Fp", "--inserts"],
        "columns": ["-Fp", "--column-inserts", "--rows-per-insert=7"],
        "conflicts": ["-Fp", "--inserts", "--on-conflict-do-nothing"], "custom": ["-Fc"],
        "uncompressed": ["-Fc", "-Z0"],
    ]

    @Test(arguments: ["plain", "inserts", "columns", "conflicts", "custom", "uncompressed"])
    func `a scrubbed dump loads, with every constraint and the numbers that follow`(name: String) throws {
        let server = try RealPostgres()
        defer { server.stop() }
        try server.query(Self.schema, in: "postgres")
        let dump = try server.dump("postgres", Self.dumps[name] ?? [])
        var outputs: [[UInt8]] = []
        for threads in [1, 2] {
            let outcome = scrubBytes(dump, as: .postgres, Self.planner, threads: threads)
            #expect(outcome.message == "")
            outputs.append(outcome.bytes)
        }
        #expect(outputs[0] == outputs[1] || name == "custom" && outputs[0].count > 0)
        try server.query("CREATE DATABASE copy", in: "postgres")
        try server.load(outputs[1], into: "copy", isCustom: name == "custom" || name == "uncompressed")
        let counts = "SELECT count(*), min(id), count(boss), count(DISTINCT email) FROM people"
        #expect(try server.query(counts, in: "copy") == "3000|1000001|2999|3000")
        let joined =
            "SELECT count(*), sum(amount) FROM orders JOIN people ON person = people.id WHERE raw = '\\x00ff5c0a'"
        #expect(try server.query(joined, in: "copy") == "3000|6752250.00")
        let note = "SELECT DISTINCT reverse(note) = E'tab\\tline\\nback\\\\slash ''q''; \\\\.' FROM people"
        #expect(try server.query(note, in: "copy") == "t")
        #expect(try server.query("INSERT INTO people (email) VALUES ('new') RETURNING id", in: "copy") == "1003001")
        #expect(try server.query("SELECT count(*) FROM people WHERE email LIKE 'p%@%'", in: "copy") == "0")
        #expect(try server.query("SELECT obj_description('people'::regclass) IS NULL", in: "copy") == "t")
    }

    @Test func `what is kept whole is the same database`() throws {
        let server = try RealPostgres()
        defer { server.stop() }
        try server.query(Self.schema, in: "postgres")
        try server.query("COMMENT ON TABLE people IS NULL", in: "postgres")
        let dump = try server.dump("postgres", ["-Fp"])
        let outcome = scrubBytes(dump, as: .postgres, TestPlanner(everything: .keep), threads: 2)
        #expect(outcome.bytes == dump)
    }

    @Test(arguments: ["plain", "custom"]) func `a dump cut anywhere is reported as truncated`(name: String) throws {
        let server = try RealPostgres()
        defer { server.stop() }
        try server.query(
            "CREATE TABLE a (x text); INSERT INTO a VALUES ('one'), ('two'); CREATE TABLE b (y int)", in: "postgres")
        let dump = try server.dump("postgres", Self.dumps[name] ?? [])
        for end in 60..<dump.count {
            let outcome = scrubBytes(Array(dump[..<end]), as: .postgres, TestPlanner(everything: .keep), threads: 1)
            #expect(outcome.message.contains("truncated"), "cut at \(end) of \(dump.count): \(outcome.message)")
        }
    }
}

/// A server of its own, in a folder of its own, that listens to a socket there.
final class RealPostgres {
    private let folder = try? TemporaryFolder()
    private var path: String { folder?.path ?? "/nonexistent" }

    private static let binaries: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? Files.names(in: root)) ?? []
        return versions.last.map { "\(root)/\($0)/bin" }
    }()

    /// It refuses to run as root, so it runs as the user that its package makes.
    static var isInstalled: Bool {
        binaries.map { Files.exists("\($0)/initdb") } == true && Files.exists("/usr/bin/setpriv") && getuid() == 0
    }

    init() throws {
        try Program.run(["chown", "postgres", path])
        try Program.run(["chmod", "711", path])
        let settings = ["-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"]
        try asPostgres("initdb", ["-D", "\(path)/data"] + settings)
        let options = "-k \(path) -c listen_addresses='' -c fsync=off -c full_page_writes=off"
        try asPostgres("pg_ctl", ["-D", "\(path)/data", "-l", "\(path)/log", "-w", "-o", options, "start"])
    }

    func stop() {
        _ = try? asPostgres("pg_ctl", ["-D", "\(path)/data", "-m", "immediate", "-w", "stop"])
    }

    @discardableResult
    func query(_ sql: String, in database: String) throws -> String {
        try Files.replace("\(path)/query.sql", with: Array(sql.utf8))
        let output = try asPostgres(
            "psql", client + ["-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "\(path)/query.sql"])
        return output.split(separator: "\n").joined(separator: "\n")
    }

    func dump(_ database: String, _ arguments: [String]) throws -> [UInt8] {
        try asPostgres("pg_dump", client + arguments + ["-f", "\(path)/dump", database])
        return try Files.read("\(path)/dump")
    }

    /// Loads a dump in one transaction.
    func load(_ dump: [UInt8], into database: String, isCustom: Bool) throws {
        try Files.replace("\(path)/scrubbed", with: dump)
        if isCustom {
            try asPostgres(
                "pg_restore", client + ["--single-transaction", "--exit-on-error", "-d", database, "\(path)/scrubbed"])
        } else {
            try asPostgres(
                "psql", client + ["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", "\(path)/scrubbed"])
        }
    }

    private var client: [String] { ["-h", path, "-U", "postgres"] }

    @discardableResult
    private func asPostgres(_ program: String, _ arguments: [String]) throws -> String {
        let user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        return try Program.run(user + ["\(Self.binaries ?? "")/\(program)"] + arguments)
    }
}

/// Runs a dataset in memory, for output that is no text.
func scrubBytes(
    _ input: [UInt8], as format: DatasetScrub.Format, _ planner: TestPlanner, threads: Int, piece: Int = .max
) -> (bytes: [UInt8], message: String) {
    var output: [UInt8] = []
    let source = DatasetInput(input, named: "input", piece: piece)
    let gate = OutputGate(spoolIn: "/tmp") { output += $0 }
    var options = DatasetScrub.Options()
    options.threads = threads
    do {
        _ = try DatasetScrub(format, options).run(source, into: gate, planner: planner)
        return (output, "")
    } catch {
        return (output, "\(error)")
    }
}
