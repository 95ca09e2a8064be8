import Document
import Scrub
import Testing

@testable import Datasets

@Suite struct DatasetSuggestionTests {
    private static let people = ["Ann Miller", "Bob Carter", "Eve Johnson", "Dan Wilson"]

    private static func dump(_ count: Int = 60) -> String {
        let rows = (1...count).map { n in
            [
                "\(n)", "ann.miller\(n)@company.com", "4111111111111111", "81.2.69.\(n % 200)", "\(1000 + n)",
                n % 3 == 0 ? "ask bob\(n)@company.com again" : "no call", "A\(n)", "t", "1980-01-0\(n % 9 + 1)", "{}",
                "\((n - 1) / 2 + 1)",
            ].joined(separator: "\t")
        }
        return """
            CREATE TABLE public.person (
                id integer NOT NULL,
                contact_point character varying(80),
                number text,
                seen_from text,
                pay integer,
                remark text,
                code text,
                active boolean,
                dob date,
                extra jsonb,
                boss integer
            );
            CREATE TABLE public.login (
                person_ref integer NOT NULL,
                surname text,
                first_name text
            );
            COPY public.person (id, contact_point, number, seen_from, pay, remark, code, active, dob, extra, boss) FROM stdin;
            \(rows.joined(separator: "\n"))
            \\.
            COPY public.login (person_ref, surname, first_name) FROM stdin;
            \\.
            ALTER TABLE ONLY public.person ADD CONSTRAINT a PRIMARY KEY (id);
            ALTER TABLE ONLY public.login ADD CONSTRAINT b UNIQUE (surname);
            ALTER TABLE ONLY public.person ADD CONSTRAINT c FOREIGN KEY (boss) REFERENCES public.person(id);
            ALTER TABLE ONLY public.login ADD CONSTRAINT d FOREIGN KEY (person_ref) REFERENCES public.person(id);
            --
            -- PostgreSQL database dump complete
            --


            """
    }

    private static func suggestion(_ text: String, _ format: DatasetScrub.Format) throws -> DatasetSuggestion {
        try DatasetSuggestion(
            DatasetInput(Array(text.utf8), named: "input"), as: format, named: "people", spoolIn: "/tmp")
    }

    @Test func `rules come from content, names and keys, and nothing is kept`() throws {
        let suggestion = try Self.suggestion(Self.dump(), .postgres)
        let rules = Dictionary(uniqueKeysWithValues: suggestion.proposals.map { ($0.column, $0.rule) })
        #expect(rules["contact_point"] == "email" && rules["number"] == "card" && rules["seen_from"] == "ip")
        #expect(
            rules["id"] == "{transform: sequence, identity: person}"
                && rules["dob"] == "{transform: date-shift, by: id}")
        #expect(rules["remark"] == "text" && rules["first_name"] == "given-name")
        #expect(rules["surname"] == "{transform: family-name, unique: true}")
        // References take the rule of what they lead to, and say so, since a pipe states them late.
        #expect(rules["boss"] == rules["id"] && rules["person_ref"] == rules["id"])
        #expect(suggestion.undecided.map(\.column) == ["pay", "code", "active", "extra"])
        let text = suggestion.policy
        #expect(!text.contains("keep") && !text.contains("company.com") && !text.contains("4111"))
        #expect(text.contains("# Undecided, 4:") && text.contains("#   person.active (boolean)"))
    }

    @Test func `what is proposed compiles, once the rest is decided`() throws {
        let text = try Self.suggestion(Self.dump(), .postgres).policy
            .replacing("        person:\n", with: "        person:\n          \"pay, code, active, extra\": keep\n")
        let rules = try #require(try ScrubPolicy(YAML.parseOne(Array(text.utf8), file: SourceFile("p"))).datasets.first)
        let outcome = scrub(Self.dump(), as: .postgres, DatasetCompiler(rules, keys: Shop.keys))
        #expect(outcome.message == "")
        #expect(!outcome.output.contains("company.com") && outcome.counts?.rowsOut == 60)
    }

    @Test func `what the schema refuses is undecided, with the reason`() throws {
        let dump = Self.dump().replacing(
            "ADD CONSTRAINT b UNIQUE (surname)",
            with: "ADD CONSTRAINT b UNIQUE (surname);\nALTER TABLE ONLY public.person ADD CONSTRAINT e UNIQUE (remark)")
        let remark = try #require(try Self.suggestion(dump, .postgres).undecided.first { $0.column == "remark" })
        #expect(remark.reason.contains("not text") && remark.reason.contains("unique"), "\(remark.reason)")
    }

    @Test func `tables of CSV are looked at by what they hold, and odd names are quoted`() throws {
        let rows = (1...50).map { "x\($0)@company.com,\($0),\(Self.people[$0 % 4])\n" }.joined()
        let suggestion = try Self.suggestion("\"the: contact\",a,yes\n" + rows, .csv)
        #expect(suggestion.proposals.map(\.column).contains("the: contact"))
        #expect(suggestion.policy.contains("\"the: contact\": email"))
        _ = try ScrubPolicy(YAML.parseOne(Array(suggestion.policy.utf8), file: SourceFile("p")))
        #expect(throws: Problem.self) { try Self.suggestion("{}", .json) }
        #expect(throws: (any Error).self) { try Self.suggestion("a,b\n1,2,3\n", .csv) }
    }
}
