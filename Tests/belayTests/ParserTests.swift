import Testing

@testable import belay

@Suite struct ParserTests {
    private let parser = Parser(root: Verbs.all(), common: Verbs.common)

    private func invocation(_ words: String...) throws -> Invocation {
        guard case .run(let invocation) = try parser.parse(words) else { throw UsageError("help") }
        return invocation
    }

    private func refusal(_ words: String...) -> String {
        do {
            _ = try parser.parse(words)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `options stand before, between and behind arguments`() throws {
        let invocation = try invocation("promote", "-o", "json", "dev", "--state=/tmp/s", "qa")
        #expect(invocation.arguments == ["dev", "qa"])
        #expect(invocation.value("output") == "json")
        #expect(invocation.value("state") == "/tmp/s")
    }

    @Test(arguments: [
        ("--dependency-update", "belay chart vendor"), ("--repo=https://x", "belay chart pin"), ("-g", "--release"),
        ("--validate", "belay diff"), ("--post-renderer=x", "kustomization"), ("--atomik", "unknown option"),
    ])
    func `Helm's options that cannot be had say what to do instead`(option: String, expected: String) {
        #expect(refusal("render", "chart", option).contains(expected))
    }

    @Test func `Helm's options that change nothing are taken, and flags may be said to be true or false`() throws {
        let invocation = try invocation(
            "render", "--wait", "--create-namespace=true", "-l", "a=b", "--timeout", "5m", "--include-crds=true",
            "--no-hooks=false", "chart")
        #expect(invocation.arguments == ["chart"])
        #expect(invocation.has("include-crds") && !invocation.has("no-hooks"))
        #expect(refusal("render", "--include-crds=perhaps").contains("takes no value"))
    }

    @Test func `a release's name may stand before its chart`() throws {
        let named = try Verbs.named(try invocation("render", "web", "charts/web", "--set", "a=b"))
        #expect(named.arguments == ["charts/web"] && named.value("release") == "web")
        #expect(try Verbs.named(try invocation("render", "charts/web")).value("release") == nil)
        #expect(throws: UsageError.self) {
            try Verbs.named(try invocation("render", "web", "charts/web", "--release", "other"))
        }
    }

    @Test func `nouns lead to verbs of their own`() throws {
        let invocation = try invocation("image", "build", "-t", "a", "-t", "b", ".")
        #expect(invocation.path == ["image", "build"])
        #expect(invocation.values("tag") == ["a", "b"])
    }

    @Test func `what follows the pod of exec is the program's, dashes included`() throws {
        #expect(try invocation("exec", "-i", "web", "--", "sh", "-c", "ls -l").rest == ["sh", "-c", "ls -l"])
        #expect(try invocation("exec", "web", "-n", "shop", "ls", "--all").rest == ["ls", "--all"])
        #expect(try invocation("exec", "web", "--", "--help").rest == ["--help"])
    }

    @Test(arguments: [
        (["statsu"], "did you mean status?"), (["sync", "dev", "--dry-rum"], "did you mean --dry-run?"),
        (["sync"], "ENV is missing"), (["status", "a", "b"], "unexpected 'b'"),
        (["get", "pods", "-n"], "needs a value"),
        (["sync", "dev", "--wait=yes"], "takes no value"), (["get", "a", "-n", "x", "-n", "y"], "given twice"),
        (["image"], ""),
    ])
    func `a wrong word is answered with what was expected`(words: [String], part: String) {
        let text = (try? parser.parse(words)) == nil ? refusal(words) : ""
        #expect(text.contains(part))
    }

    private func refusal(_ words: [String]) -> String {
        do {
            _ = try parser.parse(words)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `help is there for every verb`() throws {
        func walk(_ command: Command, _ path: [String]) throws {
            guard case .help(let found, let at) = try parser.parse(path + ["--help"]) else {
                Issue.record("no help for \(path)")
                return
            }
            #expect(found.name == command.name && at == path)
            #expect(!Help(command: command, path: path, common: Verbs.common).text.isEmpty)
            for next in command.commands { try walk(next, path + [next.name]) }
        }
        try walk(Verbs.all(), [])
    }

    @Test(arguments: [("90s", 90_000), ("250ms", 250), ("1h30m", 5_400_000), ("2d", 172_800_000)])
    func `durations are read in their short form`(text: String, milliseconds: Int64) throws {
        #expect(try #require(Duration(short: text)) == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "s", "5", "5y", "-5s", "5s5"])
    func `what is no duration is refused`(text: String) {
        #expect(Duration(short: text) == nil)
    }

    @Test func `how far two words are apart`() {
        #expect(editDistance("status", "statsu") == 2)
        #expect(editDistance("", "abc") == 3)
        #expect(editDistance("same", "same") == 0)
    }
}
