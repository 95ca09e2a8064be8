import Document
import Testing

@Suite struct YAMLParseTests {
    private func parse(_ text: String) throws -> [Value] {
        try YAML.parse(Array(text.utf8), file: SourceFile("test.yaml"))
    }

    @Test func `gives every value its line and column`() throws {
        let value = try parse("a: 1\nbé:\n  - x\n  - {c: d}\n")[0]
        #expect(value.origin.description == "test.yaml:1:1")
        #expect(value["a"]?.origin.description == "test.yaml:1:4")
        #expect(value.fields?.entries[1].key.origin.description == "test.yaml:2:1")
        #expect(value["bé"]?.origin.description == "test.yaml:3:3")
        #expect(value["bé"]?.items?[0].origin.description == "test.yaml:3:5")
        #expect(value["bé"]?.items?[1]["c"]?.origin.description == "test.yaml:4:9")
    }

    @Test(arguments: [
        ("~", Scalar.Kind.null), ("", .null), ("null", .null), ("Null", .null), ("nULL", .string),
        ("true", .bool), ("True", .bool), ("yes", .string), ("on", .string), ("off", .string), ("y", .string),
        ("0", .int), ("-7", .int), ("+7", .int), ("0x1F", .int), ("0o17", .int), ("0b101", .int), ("-0b101", .int),
        ("0777", .int), ("08", .float), ("1_000", .int), ("18446744073709551615", .int),
        ("18446744073709551616", .float), ("1e3", .float), ("1.", .float), (".5", .float), ("1e400", .string),
        (".inf", .float), ("-.Inf", .float), (".nan", .float), (".", .string), ("1:30", .string), ("1.2.3", .string),
        ("0x", .string), ("-x", .string), ("2026-11-20", .timestamp), ("2026-11-20T12:31:28Z", .timestamp),
        ("2026-11-20 12:31:28.5", .timestamp), ("2026-13-20", .string), ("2026-02-30", .string), ("v1", .string),
    ])
    func `types plain scalars as go-yaml does`(text: String, kind: Scalar.Kind) throws {
        let scalar = try #require(try parse("a: \(text)\n")[0]["a"]?.scalar)
        #expect(scalar.kind == kind)
        #expect(scalar.text == text)
    }

    @Test func `reads quoted scalars as strings and keeps styles`() throws {
        let value = try parse("a: '1'\nb: \"true\"\nc: |\n  x\n  y\nd: >-\n  x\n  y\ne: !!str 12\n")[0]
        #expect(value["a"]?.scalar?.style == .singleQuoted)
        #expect(value["a"]?.string == "1")
        #expect(value["b"]?.string == "true")
        #expect(value["c"]?.string == "x\ny\n")
        #expect(value["d"]?.string == "x y")
        #expect(value["d"]?.scalar?.style == .folded)
        #expect(value["e"]?.string == "12")
    }

    @Test func `reads numbers in each base`() {
        #expect(Number.integer("0777") == 511)
        #expect(Number.integer("0o17") == 15)
        #expect(Number.integer("-0x1f") == -31)
        #expect(Number.integer("1_000") == 1000)
        #expect(Number.integer("0") == 0)
        #expect(Number.double("08") == 8)
        #expect(Number.decimal("1e3") == "1000")
        #expect(Number.decimal("0.0000001") == "1e-7")
        #expect(Number.decimal("1e21") == "1e+21")
    }

    @Test func `reads several documents and leaves out empty ones`() throws {
        #expect(try parse("---\na: 1\n---\n# nothing\n---\nb: 2\n...\n").count == 2)
        #expect(try parse("# only a comment\n").isEmpty)
        #expect(try parse("").isEmpty)
        #expect(try parse("\u{FEFF}a: 1\n")[0]["a"]?.int == 1)
        #expect(try parse("a: 1\r\nb: 2\r\n")[0]["b"]?.origin.line == 2)
    }

    @Test func `expands aliases and merge keys`() throws {
        let value = try parse(
            """
            base: &base {a: 1, b: 2}
            other: &other {b: 3, c: 4}
            one:
              b: 9
              <<: *base
            two: {<<: [*base, *other], d: *base}
            """)[0]
        #expect(value["one"] == ["b": 9, "a": 1])
        #expect(value["one"]?["a"]?.origin.line == 1)
        #expect(value["two"] == ["d": ["a": 1, "b": 2], "a": 1, "b": 2, "c": 4])
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "given twice"), ("a:\n\t- b\n", 2, 1, "tab"), ("a: *x\n", 1, 4, "no anchor"),
        ("a: &x [*x]\n", 1, 8, "contains itself"), ("a: [1, 2\n", 2, 1, "YAML"), ("{{ x }}: 1\n", 1, 1, "a key is"),
        ("a: b: c\n", 1, 5, "YAML"), ("<<: 3\n", 1, 1, "merge key"), ("a: !!int x\n", 1, 4, "tagged"),
        ("a: \"\\q\"\n", 1, 5, "escape"), ("a: \u{1}\n", 1, 4, "control"), ("a: 'x\n", 2, 1, "quoted"),
    ])
    func `names the place of a mistake`(text: String, line: UInt32, column: UInt32, words: String) {
        let problem = #expect(throws: Problem.self) { try parse(text) }
        #expect(problem?.origin.line == line)
        #expect(problem?.origin.column == column, "\(problem?.description ?? "")")
        #expect(problem?.description.contains(words) == true, "\(problem?.description ?? "")")
    }

    @Test(arguments: ["password: *Kx9vTq2Lm84\n", "password: @Kx9vTq2Lm84\n", "password: 'Kx9vTq2Lm84' x\n"])
    func `does not tell a value that was written without quotes`(text: String) {
        let problem = #expect(throws: Problem.self) { try parse(text) }
        #expect(problem?.description.contains("Kx9vTq2Lm84") == false)
    }

    @Test func `refuses what is not UTF-8`() {
        let bytes = Array("a: 1\nb: ".utf8) + [0xFF, 0x0A]
        let problem = #expect(throws: Problem.self) { try YAML.parse(bytes, file: SourceFile("x.yaml")) }
        #expect(problem?.origin.description == "x.yaml:2:4")
    }

    @Test func `bounds depth, size and aliases`() {
        let deep = String(repeating: "[", count: 10_000_000)
        #expect(throws: Problem.self) { try parse(deep) }
        let deepBlock = (0..<3000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(throws: Problem.self) { try parse(deepBlock) }
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<20 {
            bomb += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]\n"
        }
        let problem = #expect(throws: Problem.self) { try parse(bomb) }
        #expect(problem?.message.contains("aliases") == true)
        #expect(throws: Problem.self) {
            try YAML.parse(Array("a: 1".utf8), file: SourceFile("x"), limits: .init(bytes: 3))
        }
    }
}
