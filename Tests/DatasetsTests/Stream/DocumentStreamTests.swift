import Datasets
import Document
import Scrub
import Testing

@Suite struct CSVStreamTests {
    private static let table =
        "\u{FEFF}id,\"full name\",note\r\n1,\"O\"\"Neil, Ada\",plain\r\n2,Bob,\r\n3,\"two\nlines\",x\r\n"

    @Test(arguments: [1, 2]) func `what is kept comes out byte for byte`(threads: Int) {
        let outcome = scrub(Self.table, as: .csv, TestPlanner(everything: .keep), threads: threads)
        #expect(outcome.message == "")
        #expect(outcome.output == Self.table)
        #expect(outcome.counts?.rowsOut == 3)
    }

    @Test func `fields are decoded, transformed, and quoted where they must be`() {
        let planner = TestPlanner(rules: [".full name": .reverse, ".note": .reverse], everything: .keep)
        let outcome = scrub(Self.table, as: .csv, planner)
        #expect(outcome.output.contains("1,\"adA ,lieN\"\"O\",nialp\r\n2,boB,\r\n3,\"senil\nowt\",x\r\n"))
        let joined = TestPlanner(rules: [".note": .join("full name")], everything: .keep)
        #expect(scrub(Self.table, as: .csv, joined).output.contains("plainO\"\"Neil, Ada#0\"\r\n2,Bob,\r\n"))
    }

    @Test func `columns that are left out are gone from header and rows`() {
        let outcome = scrub(Self.table, as: .csv, TestPlanner(rules: [".full name": .drop], everything: .keep))
        #expect(outcome.output == "\u{FEFF}id,note\r\n1,plain\r\n2,\r\n3,x\r\n")
    }

    @Test(arguments: [
        ("a,b\n1,2,3\n", "a row has 3 fields, not 2"),
        ("a,b\n1\n", "a row has 1 fields, not 2"),
        ("a,b\n1,2\n3", "the input is truncated"),
        ("a,b\n1,\"2\n", "the input is truncated"),
        ("a,b\n1,x\"y\n", "a quote stands within"),
        ("a,a\n", "named twice"),
        ("", "no header"),
    ]) func `rows that do not fit stop the stream`(text: String, message: String) {
        let outcome = scrub(text, as: .csv, TestPlanner(everything: .keep))
        #expect(outcome.message.contains(message), "\(outcome.message)")
    }

    @Test func `an undecided column stops before the first byte, and tabs separate as commas do`() {
        let outcome = scrub("a\tb\n1\t2\n", as: .tsv, TestPlanner(rules: [".a": .keep]))
        #expect(outcome.message == ".b is undecided")
        #expect(outcome.output == "")
        #expect(scrub("a\tb\n1\t23\n", as: .tsv, TestPlanner(everything: .reverse)).output == "a\tb\n1\t32\n")
    }
}

@Suite struct JSONStreamTests {
    private typealias Node = PathRules.Node

    private static func key(_ name: String) -> [UInt8] { Array(name.utf8) }

    /// `id` is kept, `name` reversed, `tags[*]` reversed, `gone` dropped, `deep.kept` kept.
    private static let person = Node(
        action: nil,
        children: [
            key("id"): Node(action: .keep), key("name"): Node(action: .transform(TestRecipe { $0.reversed() })),
            key("tags"): Node(action: nil, item: Node(action: .transform(TestRecipe { $0.reversed() }))),
            key("gone"): Node(action: .drop),
            key("deep"): Node(action: nil, children: [key("kept"): Node(action: .keep)]),
        ])
    private static var planner: TestPlanner { TestPlanner(document: PathRules(root: person)) }
    private static var listPlanner: TestPlanner {
        TestPlanner(document: PathRules(root: Node(action: nil, item: person)))
    }

    private static let lines = #"""
        {"id": 1, "name": "A\u0042\"x", "tags": ["ab", null, 12, true]}
        {"gone": {"x": [1]}, "id" : 2 , "gone": 1}
        {"deep": {"kept": {"any": ["thing"]}}, "name": null}

        """#

    @Test(arguments: [1, 2]) func `lines are rewritten by their paths`(threads: Int) {
        let outcome = scrub(Self.lines, as: .ndjson, Self.planner, threads: threads)
        #expect(outcome.message == "")
        #expect(
            outcome.output == #"""
                {"id": 1, "name": "x\"BA", "tags": ["ba", null, 21, "eurt"]}
                { "id" : 2 }
                {"deep": {"kept": {"any": ["thing"]}}, "name": null}

                """#)
    }

    @Test func `an unknown key stops with its path and line, and nothing goes out`() {
        for format in [DatasetScrub.Format.ndjson, .json] {
            let outcome = scrub(#"{"id": 1, "deep": {"other": 2}}"#, as: format, Self.planner)
            #expect(outcome.message.contains("input:1:1: deep.other is undecided"))
            #expect(outcome.message.contains("rules here: kept"))
            #expect(outcome.output == "")
        }
    }

    @Test func `a document larger than memory's pieces is walked into, and comes out the same`() {
        let items = (0..<40_000).map { #"  {"id": \#($0), "name": "n\#($0)", "gone": 1, "tags": [ ]}"# }
        let text = "[\n" + items.joined(separator: ",\n") + "\n]\n"
        let outcome = scrub(text, as: .json, Self.listPlanner)
        #expect(outcome.message == "")
        #expect(outcome.output.hasPrefix("[\n  {\"id\": 0, \"name\": \"0n\", \"tags\": [ ]},\n"))
        #expect(outcome.output.hasSuffix("\"99993n\", \"tags\": [ ]}\n]\n"))
        let kept = TestPlanner(document: PathRules(root: Node(action: .keep)))
        #expect(scrub(text, as: .json, kept).output == text)
    }

    @Test func `a document cut at any byte is reported as truncated`() {
        let text = Array(#"[{"id": 1, "name": "A\u00e9", "tags": ["x"]}, {"id": true}]"#.utf8)
        for end in 0..<text.count {
            let outcome = scrub(Array(text[..<end]), as: .json, Self.listPlanner)
            #expect(outcome.message.contains("truncated"), "cut at \(end): \(outcome.message)")
            #expect(outcome.output == "")
        }
    }

    @Test(arguments: [
        ("{\"id\": }", "no JSON"), ("{\"id\" 1}", "no JSON"), ("{\"id\": 01}", "no JSON"), ("{\"id\": tru}", "no JSON"),
        ("{\"name\": [1]}", "its rule is for plain values"), ("{} {}", "follows"), ("{\"id\": 1,}", "no JSON"),
        ("\"x\"", "holds a plain value"), ("{\"name\": \"\\x\"}", "false escape"),
    ]) func `what is no JSON is refused`(text: String, message: String) {
        #expect(scrub(text, as: .json, Self.planner).message.contains(message))
    }

    @Test func `values as deep as a stack is not are refused`() {
        let deep = String(repeating: "[", count: 100_000)
        let kept = TestPlanner(document: PathRules(root: Node(action: .keep)))
        #expect(scrub(deep, as: .json, kept).message.contains("deeper"))
    }

    @Test func `YAML and dotenv go by their paths, without comments`() {
        let yaml = "# for Ada\nid: 1\nname: Ada # her\ntags:\n- ab\ndeep:\n  kept: {a: b}\n"
        let outcome = scrub(yaml, as: .yaml, Self.planner)
        #expect(outcome.message == "")
        #expect(outcome.output.contains("name: adA\n"))
        #expect(!outcome.output.contains("#"))
        #expect(scrub("other: 1\n", as: .yaml, Self.planner).message.contains("other is undecided"))
        // A key may be somebody's address, which no message shows.
        #expect(scrub("ada@shop.example: 1\n", as: .yaml, Self.planner).message.contains("(a key) is undecided"))
        let file = "# c\nexport id=1\nname='x y'\ngone=\"a\nb\"\n\nid=\"q\\n\"\n"
        #expect(scrub(file, as: .dotenv, Self.planner).output == "export id=1\nname='y x'\n\nid=\"q\\n\"\n")
        #expect(scrub("name=\"x", as: .dotenv, Self.planner).message.contains("truncated"))
        #expect(scrub("other=1\n", as: .dotenv, Self.planner).message.contains("other is undecided"))
    }
}
