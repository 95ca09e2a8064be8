import Crypto
import Document
import Testing

@testable import Scrub

@Suite struct SopsWriterTests {
    private func edited(
        _ text: String, _ format: SopsFormat, _ change: (String) -> String
    ) throws -> String {
        let file = try SopsSamples.file(text, format)
        let opened = try file.opened(with: [try SopsSamples.identity()], .readable)
        let plain = change(String(decoding: opened.bytes, as: UTF8.self))
        let writer = SopsWriter(now: "2026-11-22T10:00:00Z", random: SopsSamples.bytes(200))
        return String(decoding: try writer.encrypted(Array(plain.utf8), changing: file, opened), as: UTF8.self)
    }

    private func differences(_ left: String, _ right: String) -> [String] {
        let lines = right.split(separator: "\n")
        return left.split(separator: "\n").filter { !lines.contains($0) }.map {
            String($0.prefix { $0 != ":" && $0 != "=" })
        }
    }

    @Test(arguments: [
        (SopsFormat.yaml, "correct horse", ["  password", "    lastmodified", "    mac"]),
        (.json, "é", ["  \"text\"", "    \"lastmodified\"", "    \"mac\""]),
        (.dotenv, "a=b", ["PASSWORD", "sops_lastmodified", "sops_mac"]),
        (.ini, "10", ["size", "lastmodified ", "mac "]),
    ])
    func `keeps the ciphertext of what did not change`(format: SopsFormat, old: String, lines: [String]) throws {
        let text = try SopsSamples.encrypted(SopsSamples.sample(format), format)
        let changed = try edited(text, format) { $0.replacing(old, with: "other") }
        #expect(differences(text, changed) == lines)
        #expect(try SopsSamples.opened(changed, format).contains("other"))
    }

    /// Numbers come back as what they were, not as the whole numbers that their shortest forms look like.
    @Test(arguments: [
        "-0.0", "1.0", "1e10", "1.50", "-12", "0x1F", "1_000", ".inf", "-.inf", ".nan", "12:30", "2026-01-02",
    ])
    func `opens every number of YAML, and keeps it in an edit`(number: String) throws {
        let text = try SopsSamples.encrypted("a: \(number)\nb: two\n", .yaml)
        let changed = try edited(text, .yaml) { $0.replacing("two", with: "other") }
        #expect(differences(text, changed) == ["b", "    lastmodified", "    mac"])
        #expect(try SopsSamples.opened(changed, .yaml).hasSuffix("b: other\n"))
    }

    @Test(arguments: ["-0.0", "1.0", "1e10", "1.50", "-12"])
    func `opens every number of JSON, and keeps it in an edit`(number: String) throws {
        let text = try SopsSamples.encrypted("{\n  \"a\": \(number),\n  \"b\": \"two\"\n}\n", .json)
        let changed = try edited(text, .json) { $0.replacing("two", with: "other") }
        #expect(differences(text, changed) == ["  \"b\"", "    \"lastmodified\"", "    \"mac\""])
    }

    /// Equal values in one place have ciphertexts of their own, and each keeps its own.
    @Test(arguments: [
        (SopsFormat.yaml, "list: [one, one, one]\nlast: two\n"),
        (.json, "{\"list\": [\"one\", \"one\"],\n\"last\": \"two\"}\n"),
        (.dotenv, "A=one\nA=one\n# one\n# one\nB=two\n"), (.ini, "a = one\na = one\n[s]\nb = one\nb = one\nc = two\n"),
    ])
    func `keeps the ciphertexts of equal values apart`(format: SopsFormat, text: String) throws {
        let sealed = try SopsSamples.encrypted(text, format)
        let changed = try edited(sealed, format) { $0.replacing("two", with: "other") }
        let (old, new) = (ciphertexts(sealed), ciphertexts(changed))
        #expect(Set(old).count == old.count && old.count == new.count)
        // The changed value's, and the code's.
        #expect(zip(old, new).count { $0 != $1 } == 2)
    }

    private func ciphertexts(_ text: String) -> [Substring] { text.matches(of: /ENC\[[^\]]*\]/).map(\.output) }

    @Test func `gives a repeated value a ciphertext of its own`() throws {
        let sealed = try SopsSamples.encrypted("list: [one]\n", .yaml)
        let changed = try edited(sealed, .yaml) { $0.replacing("[one]", with: "[one, one]") }
        #expect(Set(ciphertexts(changed)).count == 3)
    }

    @Test(arguments: ["  ", "     "]) func `stands where the values of an indented text stand`(indent: String) throws {
        let text = "# top\n---\n\(indent)a: one\n\(indent)b:\n\(indent)    c: two"
        let sealed = try SopsSamples.encrypted(text, .yaml)
        #expect(sealed.contains("\n\(indent)sops:\n"))
        #expect(try SopsSamples.opened(sealed, .yaml) == text + "\n")
        let changed = try edited(sealed, .yaml) { $0.replacing("two", with: "other") }
        #expect(try SopsSamples.opened(changed, .yaml) == text.replacing("two", with: "other") + "\n")
        let outdented = try edited(sealed, .yaml) { _ in "a: one\n" }
        #expect(try SopsSamples.opened(outdented, .yaml) == "a: one\n")
    }

    @Test(arguments: ["! ", "!!str ", "&mark "]) func `stands below a first key with a tag or an anchor`(
        mark: String
    ) throws {
        let text = "\(mark)a: one\nb: two\n"
        let sealed = try SopsSamples.encrypted(text, .yaml)
        #expect(sealed.contains("\nsops:\n"))
        #expect(try SopsSamples.opened(sealed, .yaml) == text)
    }

    @Test func `takes lines that are added, moved and left out`() throws {
        let text = try SopsSamples.encrypted("a: 1\nb: two\nc: three\n", .yaml)
        let changed = try edited(text, .yaml) { _ in "c: three\nd: [four]\na: 1\n" }
        #expect(try SopsSamples.opened(changed, .yaml) == "c: three\nd: [four]\na: 1\n")
        #expect(differences(text, changed) == ["b", "    lastmodified", "    mac"])
    }

    @Test func `gives every value another ciphertext when the key is rotated`() throws {
        let text = try SopsSamples.encrypted(SopsSamples.yaml, .yaml)
        let file = try SopsSamples.file(text, .yaml)
        let opened = try file.opened(with: [try SopsSamples.identity()], .readable)
        let recipients = [try SopsSamples.identity().recipient, try SopsSamples.identity(2).recipient]
        let writer = SopsWriter(now: SopsSamples.now, random: SopsSamples.bytes(300))
        let rotated = String(decoding: try writer.rotated(file, opened, to: recipients), as: UTF8.self)
        #expect(try SopsSamples.opened(rotated, .yaml) == String(decoding: opened.bytes, as: UTF8.self))
        #expect(try SopsSamples.file(rotated, .yaml).recipients == recipients.map { "\($0)" })
        let old = text.split(separator: "\n").filter { $0.contains("ENC[") }
        #expect(!old.isEmpty && old.allSatisfy { !rotated.contains($0) })
    }

    @Test func `does not shut out other kinds of keys`() throws {
        let text = try SopsSamples.encrypted("a: 1\n", .yaml).replacing(
            "sops:\n", with: "sops:\n    pgp:\n        - fp: AA\n          enc: x\n")
        let file = try SopsSamples.file(text, .yaml)
        let opened = try file.opened(with: [try SopsSamples.identity()], .readable)
        #expect(throws: Problem.self) {
            try SopsWriter(now: SopsSamples.now).rotated(file, opened, to: [try SopsSamples.identity().recipient])
        }
        #expect(try edited(text, .yaml) { $0 + "b: 2\n" }.contains("fp: AA"))
    }

    // MARK: Rules

    private static let rules = """
        creation_rules:
          - path_regex: prod/.*\\.env$
            age: RECIPIENT1
          - path_regex: \\.ya?ml$
            encrypted_regex: ^data$
            key_groups:
              - age: [RECIPIENT1, "RECIPIENT2"]
          - path_regex: cloud/
            kms: arn:aws:kms
          - path_regex: split/
            key_groups: [{age: [a]}, {age: [b]}]
          - path_regex: nobody/
            encrypted_regex: x
          - path_regex: bad/
            age: age1nobody
        """

    private func rule(_ path: String) throws -> SopsRule? {
        var text = Self.rules
        for seed in [1, 2] as [UInt64] {
            text = text.replacing("RECIPIENT\(seed)", with: "\(try SopsSamples.identity(seed).recipient)")
        }
        return try SopsRule.first(in: try YAML.parseOne(Array(text.utf8), file: SourceFile(".sops.yaml")), for: path)
    }

    @Test func `chooses the first rule that fits`() throws {
        let env = try #require(try rule("apps/prod/web.env"))
        #expect(env.recipients.count == 1 && env.selection.unencryptedSuffix == "_unencrypted")
        let yaml = try #require(try rule("apps/secret.yaml"))
        #expect(yaml.recipients.count == 2 && yaml.selection.encrypted?.text == "^data$")
        #expect(yaml.selection.unencryptedSuffix.isEmpty)
        #expect(try rule("README") == nil)
    }

    @Test(arguments: [
        "\"\"secret", "\"a\" secret", "'a'secret", "`a` secret", "\"\"\"a\"\"\" secret", "\"secret\" ; open",
    ])
    func `leaves nothing of an INI value in the clear, whatever its quotes`(value: String) throws {
        let text = try SopsSamples.encrypted("[a]\nb = \(value)\n", .ini)
        #expect(!text.contains("secret"))
        #expect(try SopsSamples.opened(text, .ini).contains("secret"))
    }

    /// As go-ini has it: the last quotes of the line close, and what they hold may hold the same.
    @Test(arguments: [
        ("`a`b`", "a`b"), ("\"\"\"\"a\" `b` \"\"\"", "\"a\" `b` "), ("\"\" = `\"\"\"", "\"\" = `\"\"\""),
        ("\"\"\"a\nb` \"c\"\"\"", "a\nb` \"c"), ("`a\"\"\"b\n'c'` ; open", "a\"\"\"b\n'c'"), ("'a;b' ; \"\"\"", "a;b"),
        ("'a` ' # \"\"\"", "a` "), ("\"\" ; open", ""), ("\" a \"", " a "), ("it's", "it's"), ("a`b ; `", "a`b"),
        ("\"\"\"\"\"\" x", "\"\"\"\"\"\" x"),
    ])
    func `reads an INI value's quotes, and writes them so that they are read alike`(value: String, text: String) throws
    {
        func leaf(_ source: String) throws -> [String] {
            try SopsSource(Array(source.utf8), .ini, file: SourceFile("f")).leaves.map(\.text)
        }
        let plain = "[a]\nb = \(value)\nc = 'd'\n"
        #expect(try leaf(plain) == [text, "d"])
        let opened = try SopsSamples.opened(try SopsSamples.encrypted(plain, .ini), .ini)
        #expect(try leaf(opened) == [text, "d"])
    }

    @Test(arguments: ["`a", "\"\"\"a ; b", "`a\nb = `c"]) func `refuses INI quotes that are not closed`(value: String) {
        #expect {
            try SopsSamples.encrypted("[a]\nb = \(value)\n", .ini)
        } throws: {
            "\($0)".contains("secret:2:5: the quotes that begin the value are not closed")
        }
    }

    @Test func `leaves INI sections below the metadata alone`() throws {
        let text = try SopsSamples.encrypted("[a]\nb = c\n", .ini)
        let parts = text.split(separator: "\n[sops]\n", maxSplits: 1)
        #expect(parts.count == 2)
        let moved = "[sops]\n\(parts[1])\n\(parts[0])"
        #expect(try SopsSamples.opened(moved, .ini) == "\n[a]\nb = c\n")
    }

    /// The first document of a file that is encrypted has the metadata; another one's would be there twice.
    @Test(arguments: [
        (SopsFormat.yaml, "a: b\n---\nc: d\nsops: {e: f}\n", "secret:4:1"),
        (.ini, "[a]\nb = c\n[sops]\n", "secret:3:1"),
    ])
    func `refuses a text in which the metadata's place is taken`(format: SopsFormat, text: String, place: String) {
        #expect {
            try SopsSamples.encrypted(text, format)
        } throws: {
            "\($0)".contains("\(place): sops is where the metadata goes")
        }
    }

    @Test func `refuses to encrypt as text what is none`() throws {
        let writer = SopsWriter(now: SopsSamples.now)
        let rule = try SopsRule(recipients: [try SopsSamples.identity().recipient])
        for format in [SopsFormat.dotenv, .ini] {
            #expect(throws: Problem.self) {
                try writer.encrypted(Array("A=b".utf8) + [0xDF, 0x0A], format, file: SourceFile("f"), by: rule)
            }
        }
    }

    @Test func `does not repeat a private key that is named as a recipient`() throws {
        let key = try SopsSamples.identity().revealed
        let problem = #expect(throws: Problem.self) { try SopsRule.recipients([key]) }
        #expect(problem.map { !"\($0)".contains(key.dropFirst(20)) && $0.hint.contains("age1") } == true)
    }

    @Test(arguments: [
        ("cloud/a", ".sops.yaml:9:10: the rule asks for keys of kms"), ("split/a", "Shamir"),
        ("nobody/a", "names no recipient"), ("bad/a", ".sops.yaml:15:10: \"age1nobody\" is no recipient"),
    ])
    func `refuses rules that it cannot follow`(path: String, message: String) {
        #expect {
            try rule(path)
        } throws: {
            "\($0)".contains(message)
        }
    }

    // MARK: Origins

    @Test func `tells which values were secret by where they stood`() {
        var origins = SecretOrigins()
        let file = SourceFile("secret-origins.yaml")
        origins.note(file, .init(recipient: "age1a", lines: [3, 5]))
        origins.note(SourceFile("secret-origins.bin"), .init(recipient: "age1b", lines: []))
        #expect(origins.recipient(of: Origin(file, line: 3, column: 9)) == "age1a")
        #expect(origins.recipient(of: Origin(file, line: 4, column: 9)) == nil)
        #expect(origins.recipient(of: Origin(file)) == "age1a")
        #expect(origins.recipient(of: Origin(SourceFile("secret-origins.bin"), line: 7)) == "age1b")
        #expect(origins.recipient(of: Origin(SourceFile("other"), line: 3)) == nil)
        let made = Value(.scalar(Scalar("x")), origin: Origin(SourceFile("other"), line: 1))
            .replacing(Value(.scalar(Scalar("y")), origin: Origin(file, line: 5)))
        #expect(origins.recipient(of: made) == "age1a")
        let whole = Value(.scalar(Scalar("x")), origin: Origin(file, line: 1), trivia: Trivia(lines: 1...4))
        #expect(origins.recipient(of: whole) == "age1a")
    }
}
