import Datasets
import Document
import Testing

@Suite struct SQLiteStreamTests {
    private static let schema = #"""
        PRAGMA user_version = 7;
        CREATE TABLE [people] (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL CHECK (length(name) > 0),
            email TEXT UNIQUE, photo BLOB, score REAL, up TEXT AS (upper(name)) STORED);
        CREATE TABLE orders (id INTEGER PRIMARY KEY, person INTEGER NOT NULL REFERENCES people, note);
        CREATE INDEX by_name ON people (name);
        CREATE VIEW names AS SELECT name FROM people;
        CREATE TRIGGER t AFTER INSERT ON orders BEGIN UPDATE orders SET note = NULL WHERE 0; END;
        INSERT INTO people (name, email, photo, score) VALUES ('Ada', 'a@x', x'00ff', 1.5), ('Bob', NULL, x'', NULL);
        INSERT INTO orders VALUES (1, 1, 'n;o'), (2, 2, 42), (3, 2, NULL);
        """#

    @Test func `rows go through transforms into a file whose constraints hold`() throws {
        let planner = TestPlanner(
            rules: ["people.id": .shift, "orders.person": .shift, "people.name": .reverse, "people.photo": .reverse],
            everything: .keep)
        let outcome = scrubBytes(try SQLiteSample.make(Self.schema), as: .sqlite, planner, threads: 1)
        #expect(outcome.message == "")
        #expect(
            try SQLiteSample.query("SELECT id, name, email, hex(photo), score, up FROM people", outcome.bytes)
                == ["1000001|adA|a@x|FF00|1.5|ADA", "1000002|boB|NULL||NULL|BOB"])
        #expect(
            try SQLiteSample.query(
                "SELECT o.id, name, note, typeof(note) FROM orders o JOIN people p ON p.id = person", outcome.bytes)
                == ["1|adA|n;o|text", "2|boB|42|integer", "3|boB|NULL|null"])
        #expect(try SQLiteSample.query("PRAGMA foreign_key_check", outcome.bytes) == [])
        #expect(try SQLiteSample.query("PRAGMA integrity_check", outcome.bytes) == ["ok"])
        #expect(try SQLiteSample.query("PRAGMA user_version", outcome.bytes) == ["7"])
        #expect(
            try SQLiteSample.query(
                "SELECT name FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL ORDER BY 1", outcome.bytes)
                == ["by_name", "names", "t"])
        #expect(try SQLiteSample.query("SELECT seq FROM sqlite_sequence", outcome.bytes) == ["1000002"])
        #expect(outcome.bytes.firstRange(of: Array("Ada".utf8)) == nil)
    }

    @Test func `columns and tables are left out, and an undecided one stops`() throws {
        let bytes = try SQLiteSample.make(Self.schema)
        let planner = TestPlanner(rules: ["people.score": .drop], everything: .keep, droppedTables: ["orders"])
        let outcome = scrubBytes(bytes, as: .sqlite, planner, threads: 1)
        #expect(outcome.message == "")
        #expect(
            try SQLiteSample.query(
                "SELECT count(*) FROM pragma_table_xinfo('people') WHERE name = 'score'", outcome.bytes) == ["0"])
        #expect(try SQLiteSample.query("SELECT name FROM sqlite_schema WHERE tbl_name = 'orders'", outcome.bytes) == [])
        let undecided = scrubBytes(bytes, as: .sqlite, TestPlanner(rules: ["people.id": .keep]), threads: 1)
        #expect(undecided.message.contains("people.name is undecided"))
        #expect(undecided.bytes.isEmpty)
    }

    @Test func `a transform that breaks a constraint stops, and so does a file that is cut`() throws {
        let bytes = try SQLiteSample.make(Self.schema)
        let planner = TestPlanner(rules: ["people.name": .fixed("")], everything: .keep)
        let outcome = scrubBytes(bytes, as: .sqlite, planner, threads: 1)
        #expect(outcome.message.contains("CHECK constraint failed"))
        #expect(outcome.bytes.isEmpty)
        for end in stride(from: 0, to: bytes.count, by: 511) {
            let cut = scrubBytes(Array(bytes[..<end]), as: .sqlite, TestPlanner(everything: .keep), threads: 1)
            #expect(cut.message.contains("truncated"), "cut at \(end): \(cut.message)")
            #expect(cut.bytes.isEmpty)
        }
    }
}
