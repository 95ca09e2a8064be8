import Document
import Foundation
import Testing

@testable import belay

@Suite struct OutputTests {
    @Test func `columns are as wide as their widest cell, colours not counted`() {
        var table = TextTable(headings: ["NAME", "STATE"])
        table.rows = [["a", "x"], ["\u{1b}[32mlonger\u{1b}[0m", "y"]]
        #expect(table.text == "NAME     STATE\na        x\n\u{1b}[32mlonger\u{1b}[0m   y\n")
    }

    @Test(arguments: [(5, "5s"), (119, "119s"), (125, "2m5s"), (3600, "60m"), (90000, "25h"), (500_000, "5d")])
    func `ages are short`(seconds: Int, text: String) {
        #expect(Age.text(.seconds(seconds)) == text)
    }

    @Test func `lines come out of chunks whole`() {
        var lines = LineSplitter()
        #expect(lines.add(Array("a\nb".utf8)) == [Array("a".utf8)])
        #expect(lines.add(Array("c\n\nd".utf8)) == [Array("bc".utf8), []])
        #expect(lines.add(Array("\n".utf8)) == [Array("d".utf8)])
    }

    @Test func `a query keeps to the unreserved characters`() {
        #expect(ServiceClient.escaped("a b/ü&=~") == "a%20b%2F%C3%BC%26%3D~")
    }

    @Test func `each shell takes its completions`() throws {
        let completion = Completion(root: Verbs.all(), common: Verbs.common)
        let script = try #require(completion.script(for: "bash"))
        let process = Process()
        let input = Pipe()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-n"]
        process.standardInput = input
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(script.utf8))
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(completion.script(for: "fish")?.contains("complete -c belay") == true)
        #expect(completion.script(for: "tcsh") == nil)
    }

    @Test func `origins stand beside their fields`() throws {
        let value = try YAML.parseOne(Array("a: 1\nb:\n- c: x\n".utf8), file: SourceFile("f.yaml"))
        let lines = OriginText(value: value).text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasSuffix("# f.yaml:1:4"))
        #expect(lines[2].hasPrefix("- c: x") && lines[2].hasSuffix("# f.yaml:3:6"))
    }

    @Test func `origins tell what was replaced, and show the lines of a text each with its own`() throws {
        let text = "a: 1\nb: |\n  x\n  y\nc: 2\n"
        let old = try YAML.parseOne(Array(text.utf8), file: SourceFile("base.yaml"))
        var value = try YAML.parseOne(Array(text.utf8), file: SourceFile("f.yaml"))
        value["a"] = value["a"]?.replacing(old["a"])
        value["c"] = value["c"]?.synthesised()
        let lines = OriginText(value: value).text.split(separator: "\n")
        #expect(lines[0].hasSuffix("# f.yaml:1:4 ← base.yaml:1:4"))
        #expect(
            lines[1].hasSuffix("# f.yaml:3-4") && lines[2].hasSuffix("# f.yaml:3") && lines[3].hasSuffix("# f.yaml:4"))
        #expect(lines[4].hasSuffix("# made by f.yaml:5:4"))
    }

    @Test func `origins of Secrets come without the values`() throws {
        let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a/b: hunter2, c: {d: hunter3}}\n"
        let value = try YAML.parseOne(Array(text.utf8), file: SourceFile("f.yaml"))
        let shown = OriginText(value: value).text
        #expect(!shown.contains("hunter") && shown.contains("  a/b: <secret>") && shown.contains("# f.yaml:4:19"))
        let list = OriginList(objects: [value]).text
        #expect(!list.contains("hunter"))
        let entries = try #require(try JSON.parse(Array(list.utf8)).items)
        #expect(entries.count == 5)
        #expect(entries[3]["field"] == "/stringData/a~1b" && entries[3]["secret"] == true)
        #expect(entries[0]["value"] == "v1" && entries[0][path: "origin", "line"] == 1)
        #expect(entries[0][path: "object", "name"] == "s")
    }
}

@Suite struct ServerConfigTests {
    private func read(_ yaml: String) throws -> ServerConfig {
        let file = FileManager.default.temporaryDirectory.appending(path: "server-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(yaml.utf8).write(to: file)
        return try ServerConfig(readingFrom: file.path)
    }

    @Test func `projects are read with their branch and poll`() throws {
        let config = try read(
            """
            apiVersion: belay/v1
            kind: Server
            spec:
              projects: [{url: "https://git.example.org/shop.git", branch: main, poll: 1m}]
            """)
        let only = try #require(config.repositories.first)
        #expect(only.branch == "main" && only.poll == .seconds(60))
    }

    @Test(arguments: [
        ("spec: {projects: [{url: /a, colour: red}]}", "colour"), ("spec: {projects: []}", "projects"),
        ("spec: {projects: [{url: /a, poll: soon}]}", "poll"), ("spec: {}", "projects"),
    ])
    func `what makes no sense is refused with its place`(spec: String, word: String) {
        let problems = #expect(throws: Problems.self) { try read("apiVersion: belay/v1\nkind: Server\n\(spec)\n") }
        #expect(problems?.all.contains { "\($0)".contains(word) && $0.origin.line > 0 } == true)
    }
}
