import Document
import Manifest
import Testing

/// A document from text, for tests.
func yaml(_ text: String, _ file: String = "test.yaml") throws -> Value {
    try YAML.parseOne(Array(text.utf8), file: SourceFile(file))
}

@Suite struct JSONPatchTests {
    @Test(arguments: [
        ("[{op: add, path: /a/x, value: 1}]", "{a: {b: [1, 2], x: 1}}"),
        ("[{op: add, path: /a/b/0, value: 0}]", "{a: {b: [0, 1, 2]}}"),
        ("[{op: add, path: /a/b/-, value: 3}]", "{a: {b: [1, 2, 3]}}"),
        ("[{op: add, path: '', value: {c: 1}}]", "{c: 1}"),
        ("[{op: remove, path: /a/b/-1}]", "{a: {b: [1]}}"),
        ("[{op: remove, path: /a}]", "{}"),
        ("[{op: replace, path: /a/b/1, value: x}]", "{a: {b: [1, x]}}"),
        ("[{op: move, from: /a/b/0, path: /c}]", "{a: {b: [2]}, c: 1}"),
        ("[{op: copy, from: /a/b, path: /c}]", "{a: {b: [1, 2]}, c: [1, 2]}"),
        ("[{op: test, path: /a/b/0, value: 1}, {op: add, path: /m~1n~0, value: x}]", "{a: {b: [1, 2]}, m/n~: x}"),
        ("[{op: add, path: /n}]", "{a: {b: [1, 2]}, n: null}"),
    ])
    func `applies each operation`(patch: String, expected: String) throws {
        let result = try JSONPatch(try yaml(patch)).apply(to: try yaml("{a: {b: [1, 2]}}"))
        #expect(result == (try yaml(expected)))
    }

    @Test func `a patch that copies a thing into itself again and again is refused`() throws {
        let operations = (0..<60).map { "{op: copy, from: /a, path: /a/x\($0)}" }.joined(separator: ", ")
        let patch = try JSONPatch(try yaml("[\(operations)]"))
        let problem = #expect(throws: Problem.self) { try patch.apply(to: try yaml("{a: {b: [1, 2]}}")) }
        #expect(problem?.message.contains("copies more than") == true)
    }

    @Test(arguments: [
        ("{op: add}", "list"), ("[{path: /a}]", "no \"op\""), ("[{op: ad, path: /a}]", "unknown"),
        ("[{op: add, value: 1}]", "no \"path\""), ("[{op: add, path: a, value: 1}]", "slash"),
        ("[{op: move, path: /a}]", "from"), ("[{op: remove, path: /x}]", "no such field"),
        ("[{op: replace, path: /x, value: 1}]", "no such field"),
        ("[{op: add, path: /x/y, value: 1}]", "no such field"),
        ("[{op: add, path: /a/b/9, value: 1}]", "out of the list"), ("[{op: test, path: /a/b/0, value: 2}]", "test"),
        ("[{op: remove, path: /a/b/01}]", "no such field"), ("[{op: add, path: /a/b/0/c, value: 1}]", "no such field"),
        ("[x]", "mapping"), ("[{op: 1, path: /a}]", "no string"), ("[{op: remove, path: ''}]", "no such field"),
    ])
    func `names the operation that does not apply`(patch: String, words: String) throws {
        let problem = #expect(throws: Problem.self) {
            try JSONPatch(try yaml(patch)).apply(to: try yaml("{a: {b: [1, 2]}}"))
        }
        #expect(problem?.description.contains(words) == true, "\(problem?.description ?? "")")
        #expect(problem?.origin.line == 1)
    }

    @Test func `keeps where values came from`() throws {
        let base = try yaml("a:\n  b: 1\n", "base.yaml")
        let patch = try JSONPatch(try yaml("- op: replace\n  path: /a/b\n  value: 2\n", "patch.yaml"))
        let result = try patch.apply(to: base)[path: "a", "b"]
        #expect(result?.origin.description == "patch.yaml:3:10")
        #expect(result?.trivia?.replaced.map(\.description) == ["base.yaml:2:6"])
    }
}

@Suite struct MergePatchTests {
    /// The cases of RFC 7386, appendix A.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
        (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
    func `merges as the RFC shows`(old: String, patch: String, new: String) throws {
        func json(_ text: String) throws -> Value { try JSON.parse(Array(text.utf8)) }
        #expect(MergePatch.apply(try json(patch), to: try json(old)) == (try json(new)))
    }

    @Test func `makes the patch between two values`() throws {
        let old = try yaml("{a: 1, b: {c: [1], d: x}, e: 1}")
        let new = try yaml("{a: 1, b: {c: [2], d: x}, f: {}}")
        let patch = try #require(MergePatch.difference(from: old, to: new))
        #expect(patch == (try yaml("{b: {c: [2]}, e: null, f: {}}")))
        #expect(MergePatch.apply(patch, to: old) == new)
        #expect(MergePatch.difference(from: old, to: old) == nil)
    }
}
