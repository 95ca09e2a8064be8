import TestSupport
import Testing

@testable import Document

@Suite struct OutlineTests {
    private static let paths = [["kind"], ["metadata", "annotations", "helm.sh/hook"], ["metadata", "name"]]

    private func outline(_ text: String, _ limits: YAML.Limits = .default) throws -> Outline? {
        try Outline.read(Array(text.utf8)[...], paths: Self.paths, file: SourceFile("a.yaml"), limits: limits)
    }

    /// Texts of which an outline tells what their values tell.
    @Test(arguments: [
        "kind: A\nmetadata: {name: x}\n",
        "kind: A\nmetadata:\n  annotations:\n    helm.sh/hook: pre-install,\"post-install\"\n  name: \"y\"\n",
        "metadata: {annotations: {other: b}, labels: {helm.sh/hook: no}}\nspec: {kind: B, metadata: {name: z}}\n",
        "items: [{kind: C}, {metadata: {name: d}}]\nkind: List\n",
        "kind: 1\nmetadata: {name: true, annotations: {helm.sh/hook: 2001-01-01}}\n",
        "kind: '1'\nmetadata: {name: null}\n", "kind:\nmetadata: name\n", "kind: [A]\nmetadata: [name]\n",
        "kind: A\nkind: B\n", "metadata: {name: a}\nmetadata: {labels: {}}\n", "metadata: {name: a}\nmetadata: b\n",
        "kind: A\n---\nkind: B\n", "--- \n# nothing\n---\nkind: B\n", "null\n", "~", "", "# a comment\n",
        "kind: |\n  long\nmetadata:\n  name: >-\n    folded\n    twice\n", "kind: &a A\nmetadata: {name: b}\n",
        "\"kind\": A\n? metadata\n: name: c\n", "{kind: A, metadata: {name: {kind: B}}}",
    ])
    func `an outline holds what the values hold`(text: String) throws {
        let value = try YAML.parse(Array(text.utf8), file: SourceFile("a.yaml"), repeatedKeys: .lastCounts).first
        let outline = try #require(try outline(text))
        #expect(outline.isMapping == (value?.fields != nil))
        for (path, found) in zip(Self.paths, outline.strings) {
            #expect(found == value?[path: path]?.string, "\(path)")
        }
    }

    /// Texts of the plain form, and others that are near to it.
    @Test(arguments: [
        "a:\n- kind: A\n  b: c\n- d\n-\nkind: E\n", "a:\n  - - b\n    - c: d\n      e: f\n  -\n    g: h\nkind: I\n",
        "kind: A # b\na: \"b # c\" # d\nb: 'it''s'\nc: \"\\\"d\\n\"\n",
        "a: |\n\n  b: c\n   d\n\n  e\n# f\nkind: G\n", "a: >-\n    b\n  # c\nkind: D\n", "a: |+\nkind: B\n",
        "a:\n  b:\n    c:\n  d: e\nkind: F\n", "a: []\nb: {}\nc: [d, \"e f\", 'g', 1.5]\nkind: H\n",
        "a: b\n c\nkind: D\n",
        "  kind: A\n  metadata:\n    name: b\n", "a: b:c\nhttp://d: e\nkind: F#g\n", "a: -b\nc: --d\nkind: -1\n",
        "a: é — “b”\nkind: ü\n", "kind: A\n\n\n   \n# b\n", "a: |\n  b\tc\n  \td\nkind: E\n", "a: \"b\tc\"\nkind: D\n",
        "- a: b\n", "a:\n  - b\n - c\n", "a:\n    b: c\n  d: e\n", "a: b\n  - c\n", "a: - b\n", "a: b: c\n", "a\n",
        "a: [b\n",
        "a: \"b\n", "a: 'b'c\n", "a:\n\tb: c\n", "a: |\n   \n  b\n", "a: |\n \tb\n", "a: |2\n  b\n", "a: ? b\n",
        "a: @b\n",
        "a: b\n- c\n", "a:\n- b\n  c: d\n", "a:b\n", "a: [b, c: d]\n", "a: {b: c}\nkind: D\n", "a: \"\\q\"\n",
        "a: #b\nkind: C\n",
        "a: b\n...\nkind: C\n", "a: \u{85}b\n", "a: \u{2028}\n", "? a\n: b\n", "a: |\n b\nc\n", "a: &b c\n",
        "kind: !a b\n",
    ])
    func `the plain form is read as all YAML is`(text: String) {
        check(text)
    }

    @Test(arguments: 0..<400) func `so is whatever its pieces make`(seed: Int) {
        var chance = SplitMix(state: UInt64(seed) << 32)
        let pieces = [
            "kind: A\n", "metadata:\n", "  name: b\n", "  annotations:\n", "    helm.sh/hook: test\n", "- a: b\n",
            "- \n", "  - c\n",
            "    d: |\n", "      text: x\n", "  e: \"f\" # g\n", "\n", "# h\n", "  i:\n", "  - - j\n", "    k: 'l'\n",
            "m: >-\n", "  n\n",
            "   o: p\n", "q: [r, \"s\"]\n", "  \"t\": u\n", " ", "-", ":", "\t", "  ", "#", "'", "\"", "|\n", "{}\n",
        ]
        for _ in 0..<20 {
            let count = Int.random(in: 1...9, using: &chance)
            check((0..<count).map { _ in pieces.randomElement(using: &chance) ?? "" }.joined())
        }
    }

    /// Checks that what the plain form tells of a text, if it tells anything, is what the text's values tell.
    private func check(_ text: String) {
        let bytes = Array(text.utf8)
        let plain = bytes.withUnsafeBufferPointer { PlainBlocks.outline($0, OutlineReader(Self.paths, .default)) }
        guard let plain else { return }
        do {
            let value = try YAML.parse(bytes, file: SourceFile("a.yaml"), repeatedKeys: .lastCounts).first
            #expect(plain.isMapping == (value?.fields != nil), "\(text)")
            for (path, found) in zip(Self.paths, plain.strings) {
                #expect(found == value?[path: path]?.string, "\(text)")
            }
        } catch {
            Issue.record("what is no YAML was taken: \(error)\n\(text)")
        }
    }

    @Test(arguments: [
        "kind: *a\n", "a: &a {kind: A}\n<<: *a\n", "kind: !!str 1\n", "- kind: A\n", "text", "3", "[1]",
        "{a: b}: c\n", "kind: !own {a: b}\n", "kind: \u{1F}\n", "[[1]]",
    ])
    func `what only values tell is left to them`(text: String) {
        // Also where the text is no YAML: then that is said.
        #expect((try? outline(text)).flatMap { $0 } == nil)
    }

    @Test func `limits are kept`() throws {
        #expect(try outline("kind: {a: [1, 2, 3]}", YAML.Limits(nodes: 5)) == nil)
        #expect(try outline("kind: [[[1]]]", YAML.Limits(depth: 3)) == nil)
        #expect(try outline("kind: A", YAML.Limits(bytes: 3)) == nil)
        #expect(try outline("kind: [[[1]]]", YAML.Limits(depth: 4)) != nil)
        #expect(try Outline.read([0x61, 0x3A, 0x20, 0xFF], paths: [], file: SourceFile("a.yaml")) == nil)
    }

    @Test(arguments: ["a: b: c\n", "a: [1\n", "a:\n\t- b\n", "kind: 'A\n"])
    func `what is no YAML is refused as it is elsewhere`(text: String) {
        let problem = #expect(throws: Problem.self) { try outline(text) }
        let whole = #expect(throws: Problem.self) { try YAML.parse(Array(text.utf8), file: SourceFile("a.yaml")) }
        #expect(problem?.description == whole?.description)
    }
}
