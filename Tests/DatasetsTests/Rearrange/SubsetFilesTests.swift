import Archive
import Datasets
import Document
import Glibc
import Scrub
import System
import TestSupport
import Testing

/// Subsets of inputs that are files with an order of their own: databases of SQLite, and archives.
@Suite struct SubsetFilesTests {
    /// Customer n of 40 lives in country n mod 5, and has the friend n + 1 where n is even; visits have a key of two
    /// columns and no row ids; names are written differently where they are referred to.
    private static let shop = """
        CREATE TABLE country (code TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID;
        CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT UNIQUE, country TEXT REFERENCES Country (CODE),
            friend INTEGER REFERENCES Customer);
        CREATE TABLE visit (customer INTEGER NOT NULL REFERENCES customer (ID), day INTEGER, product REFERENCES product,
            PRIMARY KEY (customer, day)) WITHOUT ROWID;
        CREATE TABLE step (customer INTEGER, day INTEGER, number INTEGER,
            FOREIGN KEY (Customer, Day) REFERENCES Visit (customer, day));
        CREATE TABLE motd (text TEXT);
        CREATE INDEX by_country ON customer (country);
        WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 4)
            INSERT INTO country SELECT 'C' || i, 'Country ' || i FROM n;
        WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 9)
            INSERT INTO product SELECT i, 'thing ' || i FROM n;
        WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 40)
            INSERT INTO customer SELECT i, 'p' || i || '@shop.example', 'C' || (i % 5),
                CASE WHEN i % 2 = 0 THEN i % 40 + 1 END FROM n;
        INSERT INTO visit SELECT id, d, id % 10 FROM customer, (SELECT 1 AS d UNION SELECT 2);
        INSERT INTO step SELECT customer, day, 7 FROM visit;
        INSERT INTO motd VALUES ('hello'), ('again');
        """

    private static let policy = """
        customer:
          id: {transform: sequence, identity: customer}
          email: email
          country: keep
          friend: {transform: sequence, identity: customer}
        country: {code: keep, name: keep}
        visit: {customer: {transform: sequence, identity: customer}, "day, product": keep}
        step: {customer: {transform: sequence, identity: customer}, "day, number": keep}
        product: {id: {transform: keep}, name: keep}
        motd: {text: keep}
        """

    private func run(
        _ input: [UInt8], as format: DatasetScrub.Format, _ more: String, policy: String = policy, threads: Int = 1
    ) -> (bytes: [UInt8], message: String, counts: DatasetCounts?) {
        var output: [UInt8] = []
        var options = DatasetScrub.Options()
        options.threads = threads
        do {
            let counts = try DatasetScrub(format, options).run(
                DatasetInput(input, named: "input"), into: OutputGate(spoolIn: "/tmp") { output += $0 },
                planner: try ShopDump.compiler(more, policy: policy))
            return (output, "", counts)
        } catch {
            return (output, "\(error)", nil)
        }
    }

    private func reading(_ path: String) throws -> OwnedDescriptor {
        OwnedDescriptor(owning: try checked("open", on: path) { open(path, O_RDONLY | O_CLOEXEC) })
    }

    private func tables(_ bytes: [UInt8]) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for name in try SQLiteSample.query("SELECT name FROM sqlite_schema WHERE type = 'table'", bytes) {
            counts[name] = try SQLiteSample.query("SELECT count(*) FROM \(name)", bytes).first.flatMap { Int($0) }
        }
        return counts
    }

    /// Roots, how many rows of each table belong to them, and the countries of the customers among them.
    @Test(arguments: [
        (
            // Eight of C1, four who have one of them for a friend, and four friends.
            "{table: customer, column: country, in: [C1]}",
            ["customer": 16, "country": 3, "visit": 24, "step": 24, "product": 3, "motd": 2], "C0 4, C1 8, C2 4"
        ),
        (
            "{table: customer, column: id, from: 7, before: 8}",
            ["customer": 2, "country": 2, "visit": 4, "step": 4, "product": 2, "motd": 2], "C1 1, C2 1"
        ),
        (
            "{table: visit, column: day, in: [2]}, {table: visit, column: product, in: [3]}",
            ["customer": 4, "country": 1, "visit": 4, "step": 4, "product": 1, "motd": 2], "C3 4"
        ),
        (
            "{table: step, column: customer, in: [12]}",
            ["customer": 2, "country": 2, "visit": 2, "step": 2, "product": 1, "motd": 2], "C2 1, C3 1"
        ),
    ])
    func `a database keeps the rows that belong together, whose keys hold`(
        list: String, expected: [String: Int], countries: String
    ) throws {
        let outcome = run(try SQLiteSample.make(Self.shop), as: .sqlite, "subset: {roots: [\(list)]}")
        #expect(outcome.message == "")
        #expect(try tables(outcome.bytes) == expected)
        let found = "SELECT country || ' ' || count(*) FROM customer GROUP BY country ORDER BY country"
        #expect(try SQLiteSample.query(found, outcome.bytes).joined(separator: ", ") == countries)
        #expect(try SQLiteSample.query("PRAGMA foreign_key_check", outcome.bytes) == [])
        #expect(try SQLiteSample.query("PRAGMA integrity_check", outcome.bytes) == ["ok"])
        #expect(outcome.bytes.firstRange(of: Array("shop.example".utf8)) == nil)
        for table in outcome.counts?.tables ?? [] { #expect(table.rowsOut == expected[table.name], "\(table.name)") }
    }

    @Test func `a database is read the same from a file, a file without a name and a pipe`() throws {
        // As servers keep them: what is new may lie beside the file.
        let bytes = try SQLiteSample.make("PRAGMA journal_mode=WAL;" + Self.shop)
        let compiler = {
            try ShopDump.compiler("subset: {roots: [{table: customer, column: id, in: [7]}]}", policy: Self.policy)
        }
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/shop.db"
        try Files.replace(path, with: bytes)
        let named = try reading(path)
        let unnamed = try Files.openUnnamed(in: folder.path)
        try bytes.withUnsafeBytes { try Files.write($0, to: unnamed.raw, named: "unnamed") }
        lseek(unnamed.raw, 0, SEEK_SET)
        let inputs = [
            DatasetInput(reading: named.raw, named: "input"), DatasetInput(reading: unnamed.raw, named: "input"),
            DatasetInput(bytes, named: "input"),
        ]
        let outputs = try inputs.map { input in
            var output: [UInt8] = []
            _ = try DatasetScrub(.sqlite).run(
                input, into: OutputGate(spoolIn: folder.path) { output += $0 }, planner: try compiler())
            return output
        }
        #expect(try tables(outputs[0])["customer"] == 2)
        #expect(Set(outputs).count == 1)
    }

    @Test func `a database whose newest rows lie beside it is refused`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/shop.db"
        try Files.replace(path, with: try SQLiteSample.make(Self.shop))
        try Files.replace("\(path)-wal", with: Array("newer rows".utf8))
        let file = try reading(path)
        let error = #expect(throws: Problem.self) {
            try DatasetScrub(.sqlite).run(
                DatasetInput(reading: file.raw, named: "input"), into: OutputGate(spoolIn: folder.path) { _ in },
                planner: try ShopDump.compiler("", policy: Self.policy))
        }
        #expect(error?.message.contains("shop.db-wal") == true && error?.hint.contains("wal_checkpoint") == true)
    }

    private static let archived = """
        customer: {id: {transform: sequence, identity: customer}, email: email, country: keep}
        order: {id: sequence, customer_id: {transform: sequence, identity: customer}, total: keep}
        parcel: {order: keep, customer: {transform: sequence, identity: customer}}
        """
    private static let joins = """
        subset: {roots: [{table: customer, column: country, in: [C1]}]}
        references:
          - {from: order.customer_id, to: customer.id}
          - {from: parcel.customer, to: customer.id}
        documents: {"*.json": {"who": email}}
        files: {"*.csv": csv, "*.tsv": tsv, "*.db": sqlite, "*.json": json, "*.bin": keep, "*.log": drop}
        """

    private func archive(_ files: [(String, [UInt8])]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = try TarWriter(.gzip) { bytes += $0 }
        for (path, content) in files {
            try writer.add(ArchiveEntry(path: Array(path.utf8), kind: .file, mode: 0o644), contents: content)
        }
        try writer.finish()
        return bytes
    }

    private func files(_ bytes: [UInt8]) throws -> [String: [UInt8]] {
        let reader = try TarReader(Bytes.source(bytes))
        var files: [String: [UInt8]] = [:]
        while let entry = try reader.next() { files[entry.name] = try reader.contents(limit: 1 << 20) }
        return files
    }

    private func rows(_ bytes: [UInt8]?, _ separator: Character) -> [[String]] {
        String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n").dropFirst()
            .map { $0.split(separator: separator, omittingEmptySubsequences: false).map(String.init) }
    }

    /// An archive whose orders stand before their customers, in tables of three forms.
    private func shopArchive() throws -> [UInt8] {
        let customers = (1...40).map { "\($0),p\($0)@shop.example,C\($0 % 5)\n" }.joined()
        let orders = (1...80).map { "\($0)\t\(($0 - 1) % 40 + 1)\t\($0)\n" }.joined()
        let parcels = try SQLiteSample.make(
            """
            CREATE TABLE parcel ("order" INTEGER PRIMARY KEY, customer INTEGER);
            WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 80)
                INSERT INTO parcel SELECT i, (i - 1) % 40 + 1 FROM n;
            """)
        return try archive([
            ("out/order.tsv", Array("id\tcustomer_id\ttotal\n\(orders)".utf8)), ("parcels.db", parcels),
            ("about.json", Array(#"{"who": "ada@shop.example"}"#.utf8)), ("logo.bin", [0, 1, 2]),
            ("run.log", Array("secret".utf8)), ("customer.csv", Array("id,email,country\n\(customers)".utf8)),
        ])
    }

    @Test(arguments: [1, 2]) func `rows of an archive's files follow each other`(threads: Int) throws {
        let outcome = run(
            try shopArchive(), as: .tar, Self.joins, policy: Self.archived, threads: threads)
        #expect(outcome.message == "")
        let files = try files(outcome.bytes)
        #expect(files.keys.sorted() == ["about.json", "customer.csv", "logo.bin", "out/order.tsv", "parcels.db"])
        let customers = rows(files["customer.csv"], ",")
        #expect(customers.count == 8 && customers.allSatisfy { $0[2] == "C1" })
        let ids = Set(customers.map { $0[0] })
        let orders = rows(files["out/order.tsv"], "\t")
        #expect(orders.count == 16 && orders.allSatisfy { ids.contains($0[1]) })
        // The first order of every fifth customer, and the second.
        let totals = orders.compactMap { Int($0[2]) }.sorted()
        #expect(totals == stride(from: 1, through: 76, by: 5).map { $0 })
        let parcels = try SQLiteSample.query("SELECT customer FROM parcel", files["parcels.db"] ?? [])
        #expect(parcels.count == 16 && Set(parcels) == ids)
        #expect(files["logo.bin"] == [0, 1, 2])
        // Documents are scrubbed once, by the first of the runs.
        let alone = run(
            try archive([("about.json", Array(#"{"who": "ada@shop.example"}"#.utf8))]), as: .tar,
            Self.joins.split(separator: "\n").suffix(2).joined(separator: "\n"), policy: Self.archived)
        #expect(try self.files(alone.bytes)["about.json"] == files["about.json"])
        for content in files.values { #expect(content.firstRange(of: Array("shop.example".utf8)) == nil) }
    }

    @Test func `an archive's table in two files is refused, and nothing goes out`() throws {
        let part = Array("id,email,country\n1,a@b.example,C1\n".utf8)
        let outcome = run(
            try archive([("a/customer.csv", part), ("b/customer.csv", part)]), as: .tar, Self.joins,
            policy: Self.archived)
        #expect(outcome.message.contains("customer comes twice") && outcome.bytes.isEmpty, "\(outcome.message)")
    }
}
