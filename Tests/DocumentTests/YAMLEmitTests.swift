import Document
import Testing

/// The expected texts are what `kubectl kustomize` writes for these values.
@Suite struct YAMLEmitTests {
    private func written(_ value: Value, _ form: YAML.Form = .canonical) -> String {
        String(YAML.text(["k": value], form).dropFirst("k:".count))
    }

    @Test(arguments: [
        ("a", " a\n"), ("", " \"\"\n"), ("yes", " \"yes\"\n"), ("n", " \"n\"\n"), ("On", " \"On\"\n"),
        ("nUll", " nUll\n"),
        ("~", " \"~\"\n"), ("1", " \"1\"\n"), ("0x1f", " \"0x1f\"\n"), ("0o7", " \"0o7\"\n"), ("1e3", " \"1e3\"\n"),
        ("08", " \"08\"\n"), ("1_000", " \"1_000\"\n"), (".inf", " \".inf\"\n"), ("1:30", " \"1:30\"\n"),
        ("2001-01-01", " \"2001-01-01\"\n"), ("<<", " \"<<\"\n"), ("=", " =\n"), ("-", " '-'\n"), ("--", " --\n"),
        ("---", " '---'\n"), ("- a", " '- a'\n"), ("-a", " -a\n"), ("? a", " '? a'\n"), ("?a", " ?a\n"),
        (":a", " :a\n"),
        ("a:", " 'a:'\n"), ("a: b", " 'a: b'\n"), ("a:b", " a:b\n"), ("#a", " '#a'\n"), ("a#b", " a#b\n"),
        ("a #b", " 'a #b'\n"),
        ("it's", " it's\n"), ("'q", " '''q'\n"), ("\"q", " '\"q'\n"), ("[a", " '[a'\n"), ("a[b", " a[b\n"),
        ("a,b", " a,b\n"),
        ("&a", " '&a'\n"), ("*a", " '*a'\n"), ("!a", " '!a'\n"), ("%a", " '%a'\n"), ("@a", " '@a'\n"),
        ("`a", " '`a'\n"),
        (" a", " ' a'\n"), ("a ", " 'a '\n"), ("a\tb", " \"a\\tb\"\n"), ("a\nb", " |-\n  a\n  b\n"),
        ("a\nb\n", " |\n  a\n  b\n"),
        ("a\n\n", " |+\n  a\n\n"), ("\n", " |2+\n\n"), ("  a\nb", " |2-\n    a\n  b\n"), ("a \nb", " \"a \\nb\"\n"),
        ("a\r\nb", " \"a\\r\\nb\"\n"), ("é", " é\n"), ("😀", " \"\\U0001F600\"\n"),
        ("\u{1B}", " \"\\e\"\n"), ("a\\b", " a\\b\n"), ("\u{FEFF}", " \"\\uFEFF\"\n"),
    ])
    func `quotes strings as go-yaml does`(text: String, expected: String) {
        #expect(written(.string(text)) == expected)
    }

    @Test(arguments: [
        ("0777", " 511\n"), ("0x1F", " 31\n"), ("1e3", " 1000\n"), ("1.0", " 1\n"), ("1.50", " 1.5\n"),
        ("1e-7", " 1e-07\n"),
        ("1234567.5", " 1.2345675e+06\n"), ("12345678901234567890", " 12345678901234567890\n"),
        ("123456789012345678901", " 1.2345678901234568e+20\n"), ("1e21", " 1e+21\n"), ("-0.0", " 0\n"),
        ("0.1", " 0.1\n"),
        ("TRUE", " true\n"), ("~", " null\n"), ("!!str 5", " \"5\"\n"), ("2001-1-1", " \"2001-1-1\"\n"),
        ("[]", " []\n"),
        ("{}", " {}\n"), ("0.000001", " 1e-06\n"), ("100000", " 100000\n"),
    ])
    func `writes other scalars as they come back from JSON`(text: String, expected: String) throws {
        let value = try #require(try YAML.parseOne(Array("k: \(text)\n".utf8), file: SourceFile("x"))["k"])
        #expect(written(value) == expected)
    }

    @Test func `folds long lines behind column 80`() {
        let words = String(repeating: "word ", count: 20) + "end"
        #expect(
            written(.string(words))
                == " word word word word word word word word word word word word word word word word\n  word word word word end\n"
        )
        let quoted = ": " + words
        #expect(written(.string(quoted)).hasPrefix(" ': word"))
        #expect(written(.string(quoted)).split(separator: "\n").count == 2)
        #expect(!written(.string(words), .asWritten).dropLast().contains("\n"))
    }

    @Test func `orders keys, and sets lists beneath their keys`() {
        let value: Value = ["b10": 1, "b9": [["y": 1, "x": [[1, 2], []]], "s"], "a": ["c": [:]], "_": 0, "B": 2]
        #expect(
            YAML.text(value) == """
                _: 0
                B: 2
                a:
                  c: {}
                b9:
                - x:
                  - - 1
                    - 2
                  - []
                  "y": 1
                - s
                b10: 1

                """)
    }

    @Test func `writes long and odd keys`() {
        let long = String(repeating: "k", count: 129)
        var mapping = Mapping()
        mapping[long] = ["a": 1]
        #expect(YAML.text(.mapping(mapping)) == "? \(long)\n: a: 1\n")
        #expect(
            YAML.text(["1": 1, "a b": 2, "": 3, "a\nb": 4]) == "\"\": 3\n\"1\": 1\n? |-\n  a\n  b\n: 4\na b: 2\n")
    }

    @Test func `joins documents, and reads back what it wrote`() throws {
        let docs: [Value] = [["a": "x: y\nz\n"], [["b": .null]], "text"]
        let bytes = YAML.emit(docs)
        #expect(String(decoding: bytes, as: UTF8.self) == "a: |\n  x: y\n  z\n---\n- b: null\n---\ntext\n")
        #expect(try YAML.parse(bytes, file: SourceFile("x")) == docs)
    }

    @Test func `keeps order and styles as written`() throws {
        let text = "b: 'x'\na: {c: [1, \"2\"], d: 0x1F}\nf: |-\n  t\n  u\ng: yes\nh: 1_000\n"
        let value = try YAML.parseOne(Array(text.utf8), file: SourceFile("x"))
        #expect(YAML.text(value, .asWritten) == text)
    }

    /// Texts, and what is read of them when go-yaml has written them folded.
    @Test(arguments: [
        ("one", "one"), ("one\ntwo", "one\ntwo"), ("one(\n  two\n)", "one(\n\n  two\n)"),
        ("one\n\n  two", "one\n\n\n  two"), ("  one\ntwo\nthree", "  one\ntwo three"),
        ("  one\ntwo\n\nthree", "  one\ntwo\nthree"), ("\none\ntwo", "\none\ntwo"), ("one\n", "one\n"),
        ("one\n  two\n", "one\n\n  two\n"), ("one\n\n", "one\n\n\n"), ("one \n  two", "one \n  two"),
        ("one\n\ttwo", "one\n\n\ttwo"), ("", ""), ("\n", "\n"), ("\n\n", "\n\n"), ("one\r\n  two", "one\r\n  two"),
    ])
    func `reads again what go-yaml folds`(text: String, read: String) {
        #expect(YAML.refolded(text) == read)
    }
}
