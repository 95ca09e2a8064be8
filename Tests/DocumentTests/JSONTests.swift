import Document
import Testing

@Suite struct JSONTests {
    private func parse(_ text: String, file: SourceFile? = SourceFile("a.json")) throws -> Value {
        try JSON.parse(Array(text.utf8), file: file)
    }

    @Test(arguments: [
        #"{"a":[1,-2.5e+3,true,false,null,"x"],"b":{}}"#, "[]", "{}", #""\"\\\n\t""#, "0", "-0", "1e400",
        "123456789012345678901234567890", #"{"":[[[]]]}"#, #""é 😀""#,
    ])
    func `writes what it read`(text: String) throws {
        #expect(JSON.text(try parse(text)) == text)
    }

    @Test func `reads escapes`() throws {
        #expect(try parse(#""\u0041\ud83d\ude00\ud83dx\/\b\f\r""#).string == "A😀\u{FFFD}x/\u{8}\u{C}\r")
    }

    @Test func `gives values their place, in characters`() throws {
        let value = try parse("{\n  \"é\": 1, \"b\": [true]}")
        #expect(value["é"]?.origin.description == "a.json:2:8")
        #expect(value["b"]?.items?[0].origin.description == "a.json:2:17")
        #expect(try parse("1", file: nil).origin == .none)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "01", "-", "1.", "1e", "+1", "nul", "\"a", "\"\\x\"", "\"\\u12G4\"",
        "\"\u{1}\"", "[1 2]", "{\"a\":1,\"a\":2}", "1 2", "'a'", "{a:1}", "NaN", "\"\\",
    ])
    func `refuses what is no JSON, with the place`(text: String) {
        let problem = #expect(throws: Problem.self) { try parse(text) }
        #expect(problem?.origin.line == 1)
    }

    @Test func `bounds depth`() {
        #expect(throws: Problem.self) { try parse(String(repeating: "[", count: 1_000_000)) }
    }

    @Test func `writes indented, sorted and escaped forms`() throws {
        let value: Value = ["b": ["x": []], "a": [1, "<&>"]]
        #expect(
            JSON.text(value, .indented) == "{\n  \"b\": {\n    \"x\": []\n  },\n  \"a\": [\n    1,\n    \"<&>\"\n  ]\n}"
        )
        #expect(JSON.text(value, .go) == #"{"a":[1,"\u003c\u0026\u003e"],"b":{"x":[]}}"#)
        #expect(JSON.text("\u{2028}\u{1}") == #""\u2028\u0001""#)
    }

    @Test func `writes YAML's numbers in decimal`() throws {
        let value = try YAML.parse(Array("[0x1F, 1_000, 1e3, 0777, .5, .inf, +1]".utf8), file: SourceFile("n.yaml"))[0]
        #expect(JSON.text(value) == #"[31,1000,1e3,511,0.5,".inf",1]"#)
    }
}
