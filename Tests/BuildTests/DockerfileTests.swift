import Document
import Testing

@testable import Build

@Suite struct DockerfileTests {
    private func parse(_ text: String) throws -> [Instruction] {
        try DockerfileParser.parse(text, file: SourceFile("Dockerfile"))
    }

    private func only(_ line: String) throws -> Instruction.Kind {
        try #require(parse("FROM a\n\(line)").last).kind
    }

    @Test func `comments, blank lines and continued lines are read through`() throws {
        let text = """
            # a comment
            FROM a

            RUN one && \\
              # between

              two \\
              three
            # behind
            CMD ["x"]
            """
        let instructions = try parse(text)
        #expect(instructions.count == 3)
        guard case .run(.shell(let line), _) = instructions[1].kind else { throw Problem("no RUN") }
        #expect(line.split(whereSeparator: \.isWhitespace) == ["one", "&&", "two", "three"])
        #expect(instructions.map(\.origin.line) == [2, 4, 10])
    }

    @Test func `the escape character can be a back quote, and lines can end as in Windows`() throws {
        let instructions = try parse("# escape=`\r\nFROM a\r\nRUN x `\r\n y\\\r\n")
        guard case .run(.shell(let line), _) = instructions[1].kind else { throw Problem("no RUN") }
        #expect(line == "x  y\\")
    }

    @Test func `heredocs belong to their instruction`() throws {
        let text = "FROM a\nRUN <<EOF\nline 1\n# no comment\nEOF\nCOPY <<-'X' <<Y /to/\n\tindented\nX\n$y\nY\n"
        let instructions = try parse(text)
        guard case .run(_, let script) = instructions[1].kind, case .copy(let copy) = instructions[2].kind else {
            throw Problem("no RUN and COPY")
        }
        #expect(script == [Heredoc(name: "EOF", content: "line 1\n# no comment\n", expands: true)])
        #expect(
            copy.heredocs == [
                Heredoc(name: "X", content: "indented\n", expands: false),
                Heredoc(name: "Y", content: "$y\n", expands: true),
            ])
        #expect(copy.sources.isEmpty && copy.target == "/to/")
    }

    @Test func `FROM has a platform and a name`() throws {
        let instructions = try parse("ARG V=1\nFROM --platform=linux/amd64 debian:${V} AS Base")
        guard case .from(let image, let platform, let name) = instructions[1].kind else { throw Problem("no FROM") }
        #expect(image == "debian:${V}" && platform == "linux/amd64" && name == "base")
    }

    @Test func `COPY has its flags and both forms`() throws {
        guard case .copy(let copy) = try only(#"COPY --from=base --chown=1:2 --chmod=755 a "b c" /d/"#),
            case .copy(let array) = try only(#"COPY ["a b", "/c"]"#), case .copy(let add) = try only("ADD a /b")
        else { throw Problem("no COPY") }
        #expect(copy.from == "base" && copy.owner == "1:2" && copy.mode == "755")
        #expect(copy.sources == ["a", "\"b c\""] && copy.target == "/d/")
        #expect(array.sources == ["a b"])
        #expect(add.unpacks && !copy.unpacks)
    }

    @Test func `ENV and LABEL have both forms`() throws {
        guard case .env(let pairs) = try only(#"ENV A=1 B="two words" C=a\ b"#),
            case .env(let old) = try only("ENV A b c")
        else { throw Problem("no ENV") }
        #expect(pairs.map(\.name) == ["A", "B", "C"])
        #expect(pairs.map(\.value) == ["1", "\"two words\"", "a\\ b"])
        #expect(old == [Instruction.Pair(name: "A", value: "b c")])
    }

    @Test func `commands are for a shell or as they are`() throws {
        for (line, expected) in [
            ("CMD a b", Command.shell("a b")), (#"CMD ["a", "b"]"#, .exec(["a", "b"])), ("CMD [a", .shell("[a")),
            ("CMD []", .exec([])),
        ] {
            guard case .cmd(let command) = try only(line) else { throw Problem("no CMD") }
            #expect(command == expected)
        }
    }

    @Test func `HEALTHCHECK is read to the config's units`() throws {
        guard case .healthcheck(let check) = try only("HEALTHCHECK --interval=1m30s --retries=3 CMD curl -f localhost"),
            case .healthcheck(let none) = try only("HEALTHCHECK NONE")
        else { throw Problem("no HEALTHCHECK") }
        #expect(check.durations == ["Interval": 90_000_000_000])
        #expect(check.retries == 3)
        #expect(check.test == .shell("curl -f localhost"))
        #expect(none.test == nil)
    }

    @Test(arguments: [
        ("", 0), ("# only a comment", 0), ("RUN x\nFROM a", 1), ("ARG A", 0), ("FROM a\nFROBNICATE x", 2),
        ("FROM a\n\nRUN", 3),
        ("FROM a\nRUN --mount=type=cache,target=/x y", 2), ("FROM a\nRUN --network=none y", 2),
        ("FROM a\nCOPY --parents a b", 2),
        ("FROM a\nCOPY a", 2), ("FROM a\nADD https://example.com/x /y", 2), ("FROM a\nADD git@host:x /y", 2),
        ("FROM a AS", 1), ("FROM a AS 1x", 1), ("FROM a\nSHELL bash", 2), ("FROM a\nENV =x", 2), ("FROM a\nENV A", 2),
        ("FROM a\nARG 1A", 2),
        ("FROM a\nRUN <<EOF\nno end", 2), ("FROM a\nHEALTHCHECK --interval=soon CMD x", 2),
        ("FROM a\nONBUILD FROM b", 2),
        ("# escape=x\nFROM a", 1), ("# escape=`\n# escape=`\nFROM a", 2), ("FROM a\nCOPY --chown=1 --chown=2 a b", 2),
    ])
    func `what is wrong is said with its line`(text: String, line: Int) {
        let problem = #expect(throws: Problem.self) { try parse(text) }
        #expect(problem?.origin.line == UInt32(line))
        #expect(problem?.origin.file == SourceFile("Dockerfile"))
    }

    @Test func `two stages of one name are refused`() throws {
        let instructions = try parse("FROM a AS x\nFROM b AS X")
        let problem = #expect(throws: Problem.self) { try StagePlan(instructions) }
        #expect(problem?.origin.line == 2)
    }

    @Test func `only the stages that the target needs are built`() throws {
        let plan = try StagePlan(
            parse(
                "FROM a AS one\nFROM b AS two\nFROM one AS three\nCOPY --from=1 x y\nFROM c AS four\nCOPY --from=one x y"
            ))
        func needed(_ target: Int) throws -> [Int] { try plan.needed(for: target) { $0.image } }
        #expect(try needed(3) == [0, 3])
        #expect(try needed(2) == [0, 1, 2])
        #expect(try needed(1) == [1])
    }
}

@Suite struct ExpansionTests {
    private let variables = ["A": "a", "EMPTY": "", "PATH": "/bin"]

    private func expand(_ text: String, escape: Character = "\\") throws -> String {
        try Expansion(escape: escape) { variables[$0] }.expand(text)
    }

    @Test(arguments: [
        ("$A", "a"), ("${A}b", "ab"), ("$AB", ""), ("x$UNSET.y", "x.y"), ("${UNSET:-d}", "d"), ("${UNSET-d}", "d"),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY-d}", ""), ("${A:+set}", "set"), ("${UNSET:+set}", ""), ("${EMPTY+set}", "set"),
        ("${UNSET:-${A}x}", "ax"),
        ("${UNSET:-\"a b\"}", "a b"), (#"\$A"#, "$A"), (#""$A b""#, "a b"), (#"'$A'"#, "$A"), (#"a\ b"#, "a b"),
        (#""a\n""#, #"a\n"#), ("$", "$"),
        ("100%", "100%"), ("/x:$PATH", "/x:/bin"), ("${A:?wrong}", "a"), (#""it's""#, "it's"),
    ])
    func `words are expanded as Docker does`(text: String, expected: String) throws {
        #expect(try expand(text) == expected)
    }

    @Test(arguments: ["${", "${A", "${A:-b", "${}", "${A#x}", "${A//x/y}", "${UNSET:?is needed}", "${UNSET?}"])
    func `what cannot be expanded is an error`(text: String) {
        #expect(throws: Expansion.Failure.self) { try expand(text) }
    }

    @Test func `variables within variables have a limit`() {
        let text = String(repeating: "${X:-", count: 100) + String(repeating: "}", count: 100)
        #expect(throws: Expansion.Failure.self) { try expand(text) }
    }

    @Test func `a heredoc keeps its quotes`() throws {
        #expect(try Expansion(escape: "\\") { variables[$0] }.expandText("'$A' \"$A\" \\$A \\n") == "'a' \"a\" $A \\n")
    }
}

@Suite struct GlobPatternTests {
    @Test(arguments: [
        ("*", "abc", true), ("a*c", "abbc", true), ("a*c", "abbd", false), ("?b", "ab", true), ("?", "", false),
        ("[a-c]x", "bx", true),
        ("[^a-c]x", "bx", false), ("[!a]x", "bx", true), ("[]a]", "]", true), (#"\*"#, "*", true), (#"\*"#, "a", false),
        ("**", "a", true),
        ("*.go", ".go", true), ("a", "a", true), ("a", "ab", false), ("[a-]", "-", true),
    ])
    func `names match patterns`(pattern: String, name: String, matches: Bool) throws {
        #expect(try #require(GlobPattern(pattern)).matches(name) == matches)
    }

    @Test(arguments: ["[", "[a", "[b-a]", "[]"])
    func `what is no pattern is none`(pattern: String) {
        #expect(GlobPattern(pattern) == nil)
    }

    @Test func `a pattern that would take for ever does not`() throws {
        let pattern = try #require(GlobPattern(String(repeating: "a*", count: 50) + "b"))
        #expect(!pattern.matches(String(repeating: "a", count: 2000)))
    }
}

@Suite struct IgnoreFileTests {
    private func ignores(_ rules: String, _ path: String) throws -> Bool {
        try IgnoreFile(rules, file: SourceFile(".dockerignore")).ignores(path)
    }

    @Test(arguments: [
        ("a", "a", true), ("a", "a/b/c", true), ("a", "b/a", false), ("/a", "a", true), ("**/a", "x/y/a", true),
        ("**/a", "a", true),
        ("*.log", "x.log", true), ("*.log", "d/x.log", false), ("**/*.log", "d/x.log", true),
        ("a\n!a/keep", "a/keep", false),
        ("a\n!a/keep", "a/other", true), ("!a\na", "a", true), ("# a", "a", false), ("a/**", "a/b", true),
        ("*\n!src", "src/x", false),
        ("*\n!src", "doc", true), ("./a/../b", "b", true), ("", "a", false), ("  a  ", "a", true), ("**", "x/y", true),
    ])
    func `paths are kept out or not`(rules: String, path: String, isIgnored: Bool) throws {
        #expect(try ignores(rules, path) == isIgnored)
    }

    @Test func `a pattern that is none is said with its line`() {
        let problem = #expect(throws: Problem.self) { try ignores("ok\n[", "x") }
        #expect(problem?.origin.line == 2)
    }
}
