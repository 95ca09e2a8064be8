import Crypto
import Document
import Testing

@testable import Scrub

@Suite struct SopsFileTests {
    @Test(arguments: SopsFormat.allCases)
    func `gives back what was encrypted, in its layout`(format: SopsFormat) throws {
        let plain = SopsSamples.sample(format)
        let text = try SopsSamples.encrypted(plain, format)
        #expect(!text.contains("horse") && !text.contains("shop") && !text.contains("at all"))
        #expect(SopsFile.format(of: Array(text.utf8), name: "x") == (format == .json ? .binary : format))
        let opened = try SopsSamples.opened(text, format)
        if format == .yaml {
            // What needs no quotes is written without.
            #expect(opened == plain.replacing("date: 2026-01-02", with: "date: \"2026-01-02\""))
        } else {
            #expect(opened == plain)
        }
    }

    @Test(arguments: [SopsFormat.yaml, .json, .dotenv, .ini])
    func `leaves every value on its line when it renders`(format: SopsFormat) throws {
        let text = try SopsSamples.encrypted(SopsSamples.sample(format), format)
        let opened = try SopsSamples.opened(text, format, .inPlace)
        let before = text.split(separator: "\n", omittingEmptySubsequences: false)
        let after = opened.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in after.enumerated()
        where (line.contains("=") || line.contains(":")) && !"#;".contains(line.first { $0 != " " } ?? " ") {
            let mark: Character = line.contains("=") ? "=" : ":"
            #expect(before[index].prefix { $0 != mark } == line.prefix { $0 != mark }, "line \(index + 1)")
        }
    }

    @Test func `gives a rendering the values that were meant`() throws {
        let text = try SopsSamples.encrypted(SopsSamples.yaml, .yaml)
        let opened = try SopsSamples.file(text, .yaml).opened(with: [try SopsSamples.identity()])
        let value = try YAML.parseOne(opened.bytes, file: SourceFile("a"))
        var expected = try YAML.parseOne(Array(SopsSamples.yaml.utf8), file: SourceFile("b"))
        expected[path: "stringData", "date"] = "2026-01-02"
        #expect(value == expected)
        #expect(value[path: "stringData", "certificate"]?.origin.line == 16)
        #expect(opened.lines.contains(8) && !opened.lines.contains(7))
        #expect("\(opened.recipient)" == "\(try SopsSamples.identity().recipient)")
    }

    @Test func `encrypts several documents, and the metadata of each`() throws {
        let plain = "a: 1\n---\nb: two # why\n# end\n---\n{c: x, d: [z]}\n"
        let text = try SopsSamples.encrypted(plain, .yaml)
        #expect(text.split(separator: "\n").count { $0 == "sops:" } == 2)
        #expect(text.contains("\"sops\": {"))
        let opened = try SopsSamples.opened(text, .yaml)
        #expect(opened == plain)
    }

    @Test(arguments: [
        "a: [1, {b: c}]\n# foot", "a:\n  b: 1\n  # of a\n# of all\nc: 2\n", "a: x", "\"é ü\": ÿ # ñ\n",
        "a:\r\n  - b\r\n  - c\r\n", "list:\n# about b\n- b\n- - c\n  - d\n", "k: 'it''s'\nl: \"\\u0007 bell\"\n",
    ])
    func `opens what it made of small texts`(plain: String) throws {
        let text = try SopsSamples.encrypted(plain, .yaml)
        let opened = try SopsSamples.opened(text, .yaml)
        let file = SourceFile("x")
        #expect(try YAML.parse(Array(opened.utf8), file: file) == YAML.parse(Array(plain.utf8), file: file))
        #expect(opened.split(separator: "#").count == plain.split(separator: "#").count)
    }

    // MARK: Selection

    @Test(arguments: [
        ("encrypted_regex: ^(data|stringData)$", [8, 9, 10, 11, 14, 15, 16, 22, 23, 24, 25]),
        ("unencrypted_regex: ^(stringData|kind)$", [2, 5]), ("encrypted_suffix: word", [8]),
        ("unencrypted_suffix: Data", [2, 3, 5]), ("encrypted_comment_regex: database", [8]),
        ("unencrypted_comment_regex: Who|database", [3, 5, 9, 10, 11, 14, 15, 16, 22, 23, 24, 25]),
        ("{encrypted_regex: ^password$, mac_only_encrypted: true}", [8]),
    ])
    func `encrypts what the settings choose`(settings: String, lines: [Int]) throws {
        let settings = try YAML.parseOne(Array(settings.utf8), file: SourceFile("settings"))
        let text = try SopsSamples.encrypted(SopsSamples.yaml, .yaml, settings)
        let body = text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0 != "sops:" }
        let found = body.enumerated().filter { $1.contains("ENC[") && $1.first { $0 != " " } != "#" }.map {
            $0.offset + 1
        }
        // What took six lines is one line now.
        #expect(found.map { $0 > 16 ? $0 + 4 : $0 } == lines)
        #expect(try SopsSamples.opened(text, .yaml).contains("password: correct horse"))
    }

    @Test func `lets what is not covered be changed where the MAC is over encrypted values alone`() throws {
        let settings: Value = ["encrypted_regex": "^stringData$", "mac_only_encrypted": true]
        let text = try SopsSamples.encrypted(SopsSamples.yaml, .yaml, settings).replacing(
            "kind: Secret", with: "kind: S")
        #expect(try SopsSamples.opened(text, .yaml).contains("kind: S\n"))
    }

    @Test(arguments: [
        ("1", SopsLeaf.Kind.float, "1"), ("1.50", .float, "1.5"), ("1e3", .float, "1000"),
        ("-2.5e-3", .float, "-0.0025"),
        ("6.02e23", .float, "602000000000000000000000"), ("0.1", .float, "0.1"), ("-.inf", .float, "-Inf"),
        (".nan", .float, "NaN"), ("0x1F", .int, "31"), ("0o17", .int, "15"), ("-3", .int, "-3"),
        ("TRUE", .bool, "True"),
        ("false", .bool, "False"), ("2026-1-2", .time, "2026-01-02T00:00:00Z"),
        ("2026-01-02 03:04:05.500", .time, "2026-01-02T03:04:05.5Z"),
        ("2026-01-02t03:04:05+02:00", .time, "2026-01-02T03:04:05+02:00"),
    ])
    func `writes values as they are hashed`(text: String, kind: SopsLeaf.Kind, canonical: String) {
        #expect(SopsForm.canonical(text, kind) == canonical)
    }
}
