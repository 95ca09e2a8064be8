import Datasets
import Document
import Testing

@Suite struct PostgresStreamTests {
    private static let dump = #"""
        --
        -- PostgreSQL database dump
        --

        SET standard_conforming_strings = on;
        SELECT pg_catalog.set_config('search_path', '', false);

        CREATE TABLE public.people (
            id integer NOT NULL,
            name character varying(50) NOT NULL,
            note text DEFAULT 'a;b'::text,
            CONSTRAINT longer CHECK ((length((name)::text) > 0))
        );

        CREATE SEQUENCE public.people_id_seq AS integer START WITH 1;
        ALTER SEQUENCE public.people_id_seq OWNED BY public.people.id;

        CREATE FUNCTION public.f() RETURNS integer LANGUAGE plpgsql AS $_$
        BEGIN; RETURN '1;2'; END;
        $_$;

        COPY public.people (id, name, note) FROM stdin;
        1	Ada	one\ttwo\\three
        2	Bob	\N
        3	Cy\nan	line;'"$$
        \.

        SELECT pg_catalog.setval('public.people_id_seq', 3, true);

        ALTER TABLE ONLY public.people
            ADD CONSTRAINT people_pkey PRIMARY KEY (id);

        --
        -- PostgreSQL database dump complete
        --


        """#

    private static let keeping = TestPlanner(everything: .keep)

    @Test(arguments: [1, 2, 3]) func `what is kept comes out byte for byte`(threads: Int) {
        let outcome = scrub(Self.dump, as: .postgres, Self.keeping, threads: threads)
        #expect(outcome.message == "")
        #expect(outcome.output == Self.dump)
        #expect(outcome.counts?.rowsIn == 3)
        #expect(outcome.counts?.rowsOut == 3)
    }

    @Test func `cells are decoded, transformed and escaped again`() {
        let planner = TestPlanner(rules: ["people.name": .reverse, "people.note": .reverse], everything: .keep)
        let outcome = scrub(Self.dump, as: .postgres, planner)
        #expect(outcome.message == "")
        #expect(outcome.output.contains("1\tadA\teerht\\\\owt\\teno\n2\tboB\t\\N\n3\tna\\nyC\t$$\"';enil\n\\.\n"))
    }

    @Test func `a numbered column that is remapped has its sequence set from what was written`() {
        let outcome = scrub(Self.dump, as: .postgres, TestPlanner(rules: ["people.id": .shift], everything: .keep))
        #expect(outcome.output.contains("\n1000001\tAda\t"))
        let statement =
            #"setval('public.people_id_seq', (SELECT pg_catalog.max("id") FROM "public"."people"));"#
        #expect(outcome.output.contains(statement))
    }

    @Test func `an undecided column stops before the first byte`() {
        let outcome = scrub(Self.dump, as: .postgres, TestPlanner(rules: ["people.id": .keep]))
        #expect(outcome.message == "public.people.name is undecided\npublic.people.note is undecided")
        #expect(outcome.output == "")
    }

    @Test func `columns and tables are left out of statements and rows`() {
        let planner = TestPlanner(rules: ["people.note": .drop], everything: .keep)
        let outcome = scrub(Self.dump, as: .postgres, planner)
        #expect(outcome.output.contains("COPY public.people (\"id\", \"name\") FROM stdin;\n1\tAda\n2\tBob\n"))
        #expect(!outcome.output.contains("note"))
        let none = scrub(Self.dump, as: .postgres, TestPlanner(everything: .keep, droppedTables: ["people"]))
        #expect(none.message == "")
        #expect(!none.output.contains("people ("))
        #expect(!none.output.contains("Ada"))
        #expect(!none.output.contains("ADD CONSTRAINT"))
        let empty = scrub(Self.dump, as: .postgres, TestPlanner(everything: .keep, emptiedTables: ["people"]))
        #expect(empty.output.contains("CREATE TABLE public.people"))
        #expect(!empty.output.contains("COPY"))
    }

    @Test func `transforms see other cells of the row, decoded, and the row's number`() {
        let planner = TestPlanner(rules: ["people.name": .join("note")], everything: .keep)
        let outcome = scrub(Self.dump, as: .postgres, planner)
        #expect(outcome.output.contains("1\tAdaone\\ttwo\\\\three#0\tone"))
        #expect(outcome.output.contains("2\tBob<null>#1\t\\N"))
    }

    @Test func `rows that a filter does not keep are left out`() {
        let planner = TestPlanner(everything: .keep, filters: ["people": ("name", "Bob")])
        let outcome = scrub(Self.dump, as: .postgres, planner)
        #expect(outcome.output.contains("FROM stdin;\n2\tBob\t\\N\n\\.\n"))
        #expect(outcome.counts?.rowsOut == 1)
    }

    @Test func `a dump cut at any byte is reported as truncated`() {
        let bytes = Array(Self.dump.utf8)
        for end in bytes.indices {
            let outcome = scrub(Array(bytes[..<end]), as: .postgres, Self.keeping)
            #expect(outcome.message.contains("truncated"), "cut at \(end): \(outcome.message)")
        }
    }

    @Test func `a routine is known wherever its first words are parted`() {
        let dump = """
            CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;
            CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC SELECT 1; END;

            """
        let whole = scrub(dump, as: .postgres, TestPlanner(rules: [:]))
        #expect(whole.output == dump, "\(whole.message)")
        for piece in 1...40 {
            #expect(scrub(dump, as: .postgres, TestPlanner(rules: [:]), piece: piece).output == whole.output)
        }
    }

    @Test func `how the input is cut into readings does not matter`() {
        let planner = TestPlanner(rules: ["people.name": .reverse], everything: .keep)
        let whole = scrub(Self.dump, as: .postgres, planner).output
        for piece in [1, 2, 3, 7, 64] {
            #expect(scrub(Self.dump, as: .postgres, planner, piece: piece).output == whole)
        }
    }

    @Test func `a key after the rows that forbids the plan makes what went out fail to load`() {
        let planner = TestPlanner(everything: .keep, refused: [TableName("people", in: "public")])
        let outcome = scrub(Self.dump, as: .postgres, planner)
        #expect(outcome.message.contains("forbids"))
        #expect(outcome.output.hasSuffix("it is not whole'; END $$;\n"))
        let lossy = TestPlanner(
            rules: ["people.name": .fixed("x")], everything: .keep, refused: [TableName("people", in: "public")])
        #expect(scrub(Self.dump, as: .postgres, lossy).output == "")
    }

    /// Statements that carry data or credentials beside tables, and what becomes of them.
    @Test(arguments: [
        ("COMMENT ON TABLE t IS 'for ada@example.com';", ""),
        ("CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'a', password 'b');", ""),
        ("ALTER ROLE app WITH LOGIN PASSWORD 'SCRAM-SHA-256$4096:x';", ""),
        ("SELECT pg_catalog.lo_create('16400');", "large objects"),
        ("UPDATE t SET a = 1;", "UPDATE"),
        ("INSERT INTO t SELECT * FROM u;", "INSERT"),
        ("COPY t FROM '/etc/passwd';", "COPY other than FROM stdin"),
        ("COPY t (a) FROM stdin WITH (FORMAT csv);", "COPY other than FROM stdin"),
        ("DO $$ BEGIN PERFORM 1; END $$;", "DO"),
        ("CREATE TABLE t AS SELECT 1;", "CREATE TABLE AS"),
        ("\\! rm -rf x\n", "a command of psql's"),
        ("BOGUS;", "not known"),
    ]) func `statements of other kinds are dropped or refused`(statement: String, refusal: String) {
        let outcome = scrub(statement + "\n", as: .postgres, Self.keeping)
        if refusal.isEmpty {
            #expect(outcome.message == "")
            #expect(!outcome.output.contains("ada@") && !outcome.output.contains("PASSWORD"))
        } else {
            #expect(outcome.message.contains(refusal), "\(outcome.message)")
            #expect(outcome.output == "")
        }
    }

    @Test func `INSERT statements of all forms`() {
        let dump = #"""
            SET standard_conforming_strings = on;
            CREATE TABLE t (id integer, "Na me" text, v jsonb);
            INSERT INTO t VALUES (1, 'O''Neil;)', NULL);
            INSERT INTO t VALUES (2, E'tab\tquote\'', '{"a": "(,"}'::jsonb), (3, $$x'y$$, NULL);
            INSERT INTO t (v, id) OVERRIDING SYSTEM VALUE VALUES (NULL, -4.5e-3) ON CONFLICT DO NOTHING;
            """#
        let planner = TestPlanner(rules: ["t.Na me": .reverse, "t.id": .keep, "t.v": .keep])
        let kept = scrub(dump, as: .postgres, Self.keeping)
        #expect(kept.message == "")
        #expect(kept.output == dump)
        let first = scrub(dump.replacing(", (3, $$x'y$$, NULL)", with: ""), as: .postgres, planner)
        #expect(first.message == "")
        #expect(first.output.contains("VALUES (1, ');lieN''O', NULL);"))
        #expect(first.output.contains("VALUES (2, '''etouq\tbat', '{\"a\""))
        #expect(first.output.contains("VALUES (NULL, -4.5e-3) ON CONFLICT DO NOTHING;"))
        #expect(first.counts?.rowsIn == 3)
    }

    @Test func `backslashes escape where the session says so`() {
        let dump = #"SET standard_conforming_strings = off; CREATE TABLE t (a text); INSERT INTO t VALUES ('a\'b');"#
        let outcome = scrub(dump, as: .postgres, TestPlanner(everything: .reverse))
        #expect(outcome.message == "")
        #expect(outcome.output.hasSuffix("VALUES ('b''a');"))
    }

    @Test func `a table that inherits has its parents' columns`() {
        let dump = """
            CREATE TABLE a (x integer, y text);
            CREATE TABLE b (z text, CONSTRAINT c CHECK (x > 0)) INHERITS (a);
            COPY b (x, y, z) FROM stdin;
            1\ttwo\tthree
            \\.

            """
        let outcome = scrub(
            dump, as: .postgres, TestPlanner(rules: ["b.y": .reverse, "b.z": .reverse], everything: .keep))
        #expect(outcome.message == "")
        #expect(outcome.output.contains("1\towt\teerht\n"))
    }

    @Test func `rows without CREATE TABLE go by the columns that COPY names, and only all at once`() {
        let dump = "COPY a (x) FROM stdin;\n1\n\\.\nCOPY b (y, z) FROM stdin;\n1\t2\n\\.\n"
        let known = scrub(dump, as: .postgres, TestPlanner(rules: ["a.x": .keep, "b.y": .keep, "b.z": .keep]))
        #expect(known.output == dump)
        let drifted = scrub(dump, as: .postgres, TestPlanner(rules: ["a.x": .keep, "b.y": .keep]))
        #expect(drifted.message == "b.z is undecided")
        #expect(drifted.output == "")
    }
}
