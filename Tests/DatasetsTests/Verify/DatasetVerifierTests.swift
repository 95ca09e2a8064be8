import Crypto
import Document
import Glibc
import Scrub
import Testing

@testable import Datasets

/// A dump of customers and their orders, scrubbed and verified.
@Suite struct DatasetVerifierTests {
    private static let policy = """
        customer:
          id: {transform: sequence, identity: customer}
          name: name
          email: email
          phone: phone
          zip: keep
        order:
          id: sequence
          customer_id: {transform: sequence, identity: customer}
          note: filler
        """

    private static func dump(customers: Int = 300, zip: (Int) -> String = { _ in "10115" }, note: String = "call back")
        -> String
    {
        let people = (1...customers).map { id in
            "\(id)\tName \(id)\tperson\(id)@shop.example\t+49 30 \(1_000_000 + 7 * id)\t\(zip(id))"
        }
        let orders = (1...(2 * customers)).map { "\($0)\t\(($0 - 1) % customers + 1)\t\($0 % 9 == 0 ? "\\N" : note)" }
        return """
            CREATE TABLE public.customer (
                id integer NOT NULL,
                name character varying(45) NOT NULL,
                email character varying(60),
                phone character varying(30),
                zip text
            );
            CREATE TABLE public."order" (
                id integer NOT NULL,
                customer_id integer NOT NULL,
                note text
            );
            COPY public.customer (id, name, email, phone, zip) FROM stdin;
            \(people.joined(separator: "\n"))
            \\.
            COPY public."order" (id, customer_id, note) FROM stdin;
            \(orders.joined(separator: "\n"))
            \\.
            ALTER TABLE ONLY public.customer ADD CONSTRAINT customer_pkey PRIMARY KEY (id);
            ALTER TABLE ONLY public.customer ADD CONSTRAINT customer_email UNIQUE (email);
            ALTER TABLE ONLY public."order" ADD CONSTRAINT order_pkey PRIMARY KEY (id);
            ALTER TABLE ONLY public."order"
                ADD CONSTRAINT order_customer FOREIGN KEY (customer_id) REFERENCES public.customer(id);
            --
            -- PostgreSQL database dump complete
            --


            """
    }

    /// Scrubs a dump, lets something happen to the output, and verifies that.
    private static func verify(
        _ dump: String, _ more: String = "", policy: String = policy, meanwhile: (String) -> String = { $0 }
    ) throws -> (output: String, report: VerificationReport) {
        let rules = try Shop.rules(policy, more)
        let verifier = DatasetVerifier(rules, keys: Shop.keys)
        let scrubbed = scrub(
            dump, as: .postgres, verifier.watching(DatasetCompiler(rules, keys: Shop.keys)), threads: 2)
        #expect(scrubbed.message == "")
        let probed = scrub(meanwhile(scrubbed.output), as: .postgres, verifier.probing(), threads: 2)
        #expect(probed.message == "")
        return (scrubbed.output, try verifier.report(VerificationReport()))
    }

    @Test func `a scrubbed dump passes, and its report counts what there is`() throws {
        let (output, report) = try Self.verify(Self.dump())
        #expect(report.failures == [])
        #expect(!output.contains("person") && !output.contains("+49") && output.contains("@example.com"))
        #expect(report.rows == [TableName("customer", in: "public"): 300, TableName("order", in: "public"): 600])
        let email = try #require(report.columns.first { $0.name == "email" })
        #expect(email.cellsIn == 300 && email.cellsOut == 300 && email.distinct == 300 && email.kept == 0)
        let note = try #require(report.columns.first { $0.name == "note" })
        #expect(note.cellsOut == 534 && note.nullsOut == 66 && note.distinct == 1)
    }

    /// What goes wrong with an output, and what the report says of it.
    @Test(arguments: [
        (0, ""), (1, "originals of classified columns"), (2, "canaries were found 1 times"),
        (3, "rows refer to nothing"), (4, "is unique, and 1 values occur again"),
        (5, "has 299 values in the output, and 300 were written"),
    ])
    func `what is wrong with an output is told`(damage: Int, message: String) throws {
        let (_, report) = try Self.verify(Self.dump(), "canaries: [CANARY-7]") { output in
            var lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            guard let first = lines.firstIndex(where: { $0.contains("@example.com") }) else { return output }
            func cells(_ place: Int) -> [String] {
                lines[place].split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            }
            var row = cells(first)
            switch damage {
            case 1: row[2] = "person17@shop.example"
            case 2: row[1] = "so CANARY-7 it is"
            case 3: row[0] = "999999999"
            case 4: row[2] = cells(first + 1)[2]
            case 5: row[3] = "\\N"
            default: break
            }
            lines[first] = row.joined(separator: "\t")
            return lines.joined(separator: "\n")
        }
        if message.isEmpty {
            #expect(report.isPassed)
        } else {
            #expect(report.failures.contains { $0.contains(message) }, "\(report.failures)")
        }
    }

    @Test func `a reference that leaves the columns out is one to the primary key`() throws {
        let dump = Self.dump().replacing("REFERENCES public.customer(id)", with: "REFERENCES public.customer")
        #expect(dump != Self.dump())
        #expect(try Self.verify(dump).report.failures == [])
        let report = try Self.verify(dump) { output in
            // One customer less, with a first row that orders refer to.
            output.replacing(/FROM stdin;\n[^\n]*\n/, with: "FROM stdin;\n", maxReplacements: 1)
        }.report
        #expect(report.failures.contains { $0.contains("rows refer to nothing") }, "\(report.failures)")
    }

    /// A document in a row, what becomes of the output, and what the report says of it.
    @Test(arguments: [
        ("", "", ""), ("7,", "\"bob@shop.example\",", "originals of classified columns"),
        ("7,", "{\"b\": [\"ada@shop.example\"]},", "originals of classified columns"),
        ("\"n\": 7", "\"ada@shop.example\": 7", "originals of classified columns"),
        ("plain", "bob@shop.example", "originals of classified columns"),
        ("plain", "{tag, 7}", ""),
    ])
    func `documents in cells are looked into`(old: String, new: String, message: String) throws {
        let dump = """
            CREATE TABLE public.person (
                email text,
                extra jsonb,
                note text
            );
            COPY public.person (email, extra, note) FROM stdin;
            ada@shop.example\t{"n": 7, "friend": "bob@shop.example"}\tplain
            \\.
            --
            -- PostgreSQL database dump complete
            --


            """
        let policy = """
            person:
              email: email
              extra: {transform: json, paths: {friend: email, n: keep}}
              note: keep
            """
        let (output, report) = try Self.verify(dump, policy: policy) { output in
            output.replacing(old.isEmpty ? "none" : old, with: new, maxReplacements: 1)
        }
        #expect(output.contains("\"n\": 7,") && !output.contains("shop.example"))
        if message.isEmpty {
            #expect(report.failures == [])
        } else {
            #expect(report.failures.contains { $0.contains(message) }, "\(report.failures)")
        }
    }

    @Test func `a verified scrub names the digests of what it read and wrote`() throws {
        let rules = try Shop.rules(Self.policy)
        let bytes = Array(Self.dump(customers: 20).utf8)
        let path = "/tmp/belay-verified-\(getpid()).sql"
        let file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        defer {
            close(file)
            unlink(path)
        }
        var given = VerificationReport()
        given.environment = "qa"
        let result = try VerifiedScrub(rules, keys: Shop.keys, scrub: DatasetScrub(.postgres), spoolIn: "/tmp")
            .run(DatasetInput(bytes, named: "dump"), to: file, named: path, report: given)
        #expect(result.report.failures == [])
        #expect(result.report.environment == "qa" && result.report.dataset == "shop")
        #expect(result.report.input == Digest.sha256(bytes).description)
        let written = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(written) }
        var output = [UInt8](repeating: 0, count: 1 << 20)
        output.removeSubrange(read(written, &output, output.count)...)
        #expect(result.report.output == Digest.sha256(output).description)
        #expect(result.counts.rowsIn == 60)
    }

    @Test func `small groups are told`() throws {
        let groups = "groups: [{columns: customer.(zip), k: 5}]"
        #expect(try Self.verify(Self.dump(), groups).report.isPassed)
        let report = try Self.verify(Self.dump(zip: { $0 < 3 ? "99999" : "10115" }), groups).report
        #expect(report.groups.map(\.least) == [2])
        #expect(report.failures == ["1 values of public.customer.(zip) are shared by fewer than 5 rows"])
    }

    @Test func `a report is believed only under the environment's key, and unchanged`() throws {
        var (_, report) = try Self.verify(Self.dump(customers: 3))
        report.output = "sha256:00"
        let bytes = report.signed(by: Shop.keys)
        let file = SourceFile("report.json")
        let checked = try VerificationReport.check(bytes, file: file, by: Shop.keys)
        #expect(checked.isPassed && checked.dataset == "shop" && checked.output == "sha256:00")
        #expect(throws: Problem.self) {
            try VerificationReport.check(bytes, file: file, by: ScrubKeys(environment: [1]))
        }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(!text.contains("person1"))
        let forged = Array(text.replacing("sha256:00", with: "sha256:01").utf8)
        #expect(throws: Problem.self) { try VerificationReport.check(forged, file: file, by: Shop.keys) }
        #expect(throws: Problem.self) { try VerificationReport.check(Array("{}".utf8), file: file, by: Shop.keys) }
    }
}
