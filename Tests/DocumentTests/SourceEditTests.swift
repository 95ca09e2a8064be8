import Document
import Testing

@Suite struct SourceEditTests {
    private func edit(_ text: String, _ change: (inout SourceEdit) throws -> Void) throws -> String {
        var edit = try SourceEdit(Array(text.utf8), file: SourceFile("kustomization.yaml"))
        try change(&edit)
        return String(decoding: edit.bytes, as: UTF8.self)
    }

    private static let overlay = """
        # the shop, in qa
        resources: [../base]   # one base

        images:
          # the front
          - name: web
            newTag: "1.0"   # released
          - name: api   # no tag yet

          - {name: db, newTag: '15'}
        replicas:
          - name: web
            count: 2
        """

    @Test(arguments: [
        ("images[name=web].newTag", "1.1", "newTag: \"1.0\"   # released", "newTag: \"1.1\"   # released"),
        ("images[name=db].newTag", "16", "newTag: '15'}", "newTag: '16'}"),
        ("images[name=db].digest", "sha256:ab", "newTag: '15'}", "newTag: '15', digest: 'sha256:ab'}"),
        (
            "images[name=api].newTag", "v2", "- name: api   # no tag yet\n",
            "- name: api   # no tag yet\n    newTag: v2\n"
        ),
        ("images[name=api].newTag", "1.20", "# no tag yet\n", "# no tag yet\n    newTag: \"1.20\"\n"),
        ("images[name=mail].newTag", "x", "newTag: '15'}\n", "newTag: '15'}\n  - name: mail\n    newTag: x\n"),
        ("namePrefix", "qa-", "    count: 2", "    count: 2\nnamePrefix: qa-"),
        ("images[0].name", "front", "- name: web\n    newTag", "- name: front\n    newTag"),
        ("resources[0]", "../other", "[../base]", "[../other]"),
        ("labels.app", "yes", "    count: 2", "    count: 2\nlabels:\n  app: \"yes\""),
        (
            "list[name=a].b[name=c].d", "1", "    count: 2",
            "    count: 2\nlist:\n  - name: a\n    b:\n      - name: c\n        d: \"1\""
        ),
    ])
    func `changes only what it must`(path: String, value: String, old: String, new: String) throws {
        let result = try edit(Self.overlay) { try $0.set(EditPath(path), to: .string(value)) }
        #expect(result == Self.overlay.replacingOccurrence(of: old, with: new))
    }

    @Test func `leaves a file alone that says so already`() throws {
        #expect(try edit(Self.overlay) { try $0.set(EditPath("replicas[name=web].count"), to: 2) } == Self.overlay)
        let result = try edit(Self.overlay) { try $0.set(EditPath("replicas[name=web].count"), to: 3) }
        #expect(result == Self.overlay.replacingOccurrence(of: "count: 2", with: "count: 3"))
    }

    @Test(arguments: [
        ("a:\nb: 1\n", "a.c", "a:\n  c: x\nb: 1\n"), ("a: # why\nb: 1\n", "a", "a: x # why\nb: 1\n"),
        ("a: {}\n", "a.c", "a: {c: x}\n"), ("a: []\n", "a[name=w].c", "a: [{name: w, c: x}]\n"),
        ("a: &k old # c\nb: *k\n", "b", "a: &k old # c\nb: x\n"), ("a: |\n  old\n  text\nb: 1\n", "a", "a: x\nb: 1\n"),
        ("a: old\r\nb: 1\r\n", "a", "a: x\r\nb: 1\r\n"), ("é: \"ü\"\n", "é", "é: \"x\"\n"), ("a: b", "c", "a: b\nc: x"),
        ("\u{FEFF}a: old\n", "a", "\u{FEFF}a: x\n"), ("a: long\n  text # c\n", "a", "a: x # c\n"),
        ("a:\n- name: n\n- name: m\n", "a[name=n].c", "a:\n- name: n\n  c: x\n- name: m\n"),
        ("---\na: !!str old\n...\n", "a", "---\na: !!str x\n...\n"), ("\"a.b\": 1\n", "[\"a.b\"]", "\"a.b\": x\n"),
        ("? a\n: old\n", "a", "? a\n: x\n"), ("a: 1 # c\n# end\n", "b", "a: 1 # c\nb: x\n# end\n"),
    ])
    func `sets in many layouts`(text: String, path: String, expected: String) throws {
        #expect(try edit(text) { try $0.set(EditPath(path), to: "x") } == expected)
    }

    @Test(arguments: ["1", "true", "null", "", " a ", "a: b", "# a", "'", "\"", "a\nb", "a\n", "[x", "@", "é", "\t"])
    func `quotes what needs quotes`(value: String) throws {
        for text in ["a: old\n", "a: 'old'\n", "a: \"old\"\n", "a: {b: old}\n", "- a: [old]\n", "a: |\n  old\n"] {
            let path = text.contains("{") ? "a.b" : text.contains("[") ? "[0].a[0]" : "a"
            let result = try edit(text) { try $0.set(EditPath(path), to: .string(value)) }
            let back = try SourceEdit(Array(result.utf8), file: SourceFile("x")).value(at: try EditPath(path))
            #expect(back?.string == value, "\(result)")
        }
    }

    @Test(arguments: [
        ("a: 1 # c\nb: 2\n", "a", "b: 2\n"), ("a: 1\nb: 2\n", "b", "a: 1\n"),
        ("a: {b: 1, c: 2}\n", "a.b", "a: {c: 2}\n"),
        ("a: {b: 1, c: 2}\n", "a.c", "a: {b: 1}\n"), ("a: [x]\n", "a[0]", "a: []\n"),
        ("l:\n- name: a\n  t: 1\n- name: b\n", "l[name=a]", "l:\n- name: b\n"),
        ("l:\n- name: a\n  t: 1\n- name: b\n", "l[name=a].name", "l:\n- t: 1\n- name: b\n"),
        ("l:\n- name: a\n  t: 1\n", "l[name=a].t", "l:\n- name: a\n"), ("l:\n- a\nb: 1\n", "l[0]", "l: []\nb: 1\n"),
        ("m:\n  a: 1\nb: 1\n", "m.a", "m: {}\nb: 1\n"), ("a: 1\n", "a", "{}\n"), ("a: 1\n", "b", "a: 1\n"),
        ("a:\n  - b:\n      c: 1\n", "a[0].b", "a:\n  - {}\n"),
        ("# h\na: 1\n# t\nb: |\n  x\n\nc: 1\n", "b", "# h\na: 1\n# t\n\nc: 1\n"),
    ])
    func `removes keys and items`(text: String, path: String, expected: String) throws {
        #expect(try edit(text) { try $0.remove(EditPath(path)) } == expected)
    }

    @Test(arguments: ["a.b", "a[0]", "c", "d.x", "e[name=q].r"])
    func `refuses to overwrite or to reach through`(path: String) throws {
        let text = "a: x\nc: [1]\nd: &d {e: 1}\nf: *d\ne: 3\n"
        let problem = #expect(throws: Problem.self) {
            try edit(text) { try $0.set(EditPath(path == "d.x" ? "f.x" : path), to: "y") }
        }
        #expect(problem?.origin.file.path == "kustomization.yaml")
    }

    @Test(arguments: ["a..b", ".a", "a[", "a[x]", "a[=x]", "a[\"b]", "a."])
    func `refuses malformed paths`(path: String) {
        #expect(throws: Problem.self) { try EditPath(path) }
    }

    @Test func `changes one document of several`() throws {
        var edit = try SourceEdit(Array("a: 1\n---\na: 2\n".utf8), file: SourceFile("x"), document: 1)
        try edit.set(EditPath("a"), to: 3)
        #expect(String(decoding: edit.bytes, as: UTF8.self) == "a: 1\n---\na: 3\n")
        #expect(throws: Problem.self) { try SourceEdit([], file: SourceFile("x")) }
    }
}

extension String {
    fileprivate func replacingOccurrence(of old: String, with new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        return String(self[..<range.lowerBound]) + new + self[range.upperBound...]
    }
}
