import Document
import Testing

/// Edits that change where things stand in a document, and nothing of what they are made of.
@Suite struct ShapeEditTests {
    private func edit(_ text: String, _ change: (inout SourceEdit) throws -> Void) throws -> String {
        var edit = try SourceEdit(Array(text.utf8), file: SourceFile("app.yaml"))
        try change(&edit)
        return String(decoding: edit.bytes, as: UTF8.self)
    }

    struct Move: Sendable, CustomTestStringConvertible {
        var name: String
        var before: String
        var after: String
        var end = SourceEdit.ListEnd.end
        var testDescription: String { name }
    }

    private static let moves = [
        Move(
            name: "the key alone", before: "x: 1 # one\nold: # why\n  - a\n  # of b\n  - \"b\"\n",
            after: "x: 1 # one\nnew: # why\n  - a\n  # of b\n  - \"b\"\n"),
        Move(
            name: "to the end, with comments",
            before: "old:\n- a # first\n# of b\n- b\n\nnew:\n  - c\n  - d # last\nz: 1\n",
            after: "new:\n  - c\n  - d # last\n  - a # first\n  # of b\n  - b\nz: 1\n"),
        Move(
            name: "to the start", before: "new:\n# of c\n- c\nold:\n    - a\n", after: "new:\n- a\n# of c\n- c\n",
            end: .start),
        Move(
            name: "the key's comments", before: "x: 1\n# what is old\nold: # here\n- a\nnew:\n- c\n",
            after: "x: 1\nnew:\n- c\n# what is old\n# here\n- a\n"),
        Move(
            name: "not the license", before: "# Copyright\nold:\n- a\nnew:\n- c\n",
            after: "# Copyright\nnew:\n- c\n- a\n"),
        Move(
            name: "items commented out", before: "new:\n- c\n#- d\n# of z\nz: 1\nold:\n- a\n# - b\ny: 2\n",
            after: "new:\n- c\n#- d\n- a\n# - b\n# of z\nz: 1\ny: 2\n"),
        Move(name: "flow into block", before: "old: [a, 'b'] # x\nnew:\n- c\n", after: "new:\n- c\n# x\n- a\n- 'b'\n"),
        Move(name: "block into flow", before: "new: [c] # x\nold:\n- a\n- b\n", after: "new: [c, a, b] # x\n"),
        Move(name: "flow into flow", before: "new: [c]\nold: [a, b]\n", after: "new: [a, b, c]\n", end: .start),
        Move(name: "in place of nothing", before: "new: []\nold:\n- a\n", after: "new:\n- a\n"),
        Move(name: "the last line has no end", before: "old:\n- a\nnew:\n- c", after: "new:\n- c\n- a\n"),
        Move(
            name: "line ends of another system", before: "old:\r\n- a\r\nnew:\r\n- c\r\n",
            after: "new:\r\n- c\r\n- a\r\n"),
        Move(
            name: "items of several lines", before: "old:\n- t: |\n    x\n\n    y\n  u: 1\nnew:\n  - c: 1\n",
            after: "new:\n  - c: 1\n  - t: |\n      x\n\n      y\n    u: 1\n"),
    ]

    @Test(arguments: moves) func `items move with what is written about them`(move: Move) throws {
        #expect(try edit(move.before) { try $0.moveItems(from: "old", to: "new", at: move.end) } == move.after)
    }

    @Test(arguments: [
        ("a:\n- x.yaml # one\n- 'y'\n", "a:\n- path: x.yaml # one\n- path: 'y'\n"),
        ("a: [x, \"y\"]\n", "a: [{path: x}, {path: \"y\"}]\n"),
        (
            "a:\n  - |-\n    k: 1\n\n    l: 2\n  # z\n  - z\n",
            "a:\n  - path: |-\n      k: 1\n\n      l: 2\n  # z\n  - path: z\n"
        ),
        ("a:\n- |2\n   k: 1\nb: 1\n", "a:\n- path: |2\n     k: 1\nb: 1\n"),
        ("a:\n- \"x\n  y\"\n", "a:\n- path: \"x\n    y\"\n"),
    ])
    func `items become mappings`(before: String, after: String) throws {
        #expect(try edit(before) { try $0.nestItems(of: EditPath("a"), under: { _ in "path" }) } == after)
    }

    @Test(arguments: [
        (
            "p:\n  a: b # c\n\n  # d\n  d: e\nq: 1\n",
            "p:\n- s: true\n  pairs:\n    a: b # c\n\n    # d\n    d: e\nq: 1\n"
        ),
        ("p: {a: b} # c\n", "p:\n- s: true\n  pairs: {a: b} # c\n"),
        ("l:\n  - x\np:\n  a: b\n", "l:\n  - x\np:\n  - s: true\n    pairs:\n      a: b\n"),
        ("p:\n      a: b\n", "p:\n- s: true\n  pairs:\n    a: b\n"),
        ("p:\r\n  a: b\r\n", "p:\r\n- s: true\r\n  pairs:\r\n    a: b\r\n"),
    ])
    func `a mapping becomes a field of an item`(before: String, after: String) throws {
        let result = try edit(before) { try $0.nest(EditPath("p"), under: "pairs", after: [("s", true)]) }
        #expect(result == after)
    }

    @Test(arguments: [
        ("g:\n- e: x # c\n  n: y\n", "g:\n- e:\n  - x # c\n  n: y\n"), ("g: [{e: x, n: y}]\n", "g: [{e: [x], n: y}]\n"),
        ("g:\n  - n: y\n    e:   \"x\"\n", "g:\n  - n: y\n    e:\n      - \"x\"\n"),
    ])
    func `a text becomes a list`(before: String, after: String) throws {
        #expect(try edit(before) { try $0.makeList(EditPath("g[0].e")) } == after)
    }

    @Test(arguments: [
        ("# Copyright of somebody\n\na: 1\n", "# Copyright of somebody\n\nk: v\na: 1\n"),
        ("# about a\na: 1\n", "k: v\n# about a\na: 1\n"), ("---\na: 1\n", "---\nk: v\na: 1\n"),
        ("# SPDX-License-Identifier: X\na: 1\n", "# SPDX-License-Identifier: X\nk: v\na: 1\n"),
    ])
    func `fields go before all others`(before: String, after: String) throws {
        #expect(try edit(before) { try $0.insertFirst([("k", "v")]) } == after)
    }

    @Test func `an alias that would lose its anchor stops the edit`() throws {
        #expect(throws: Problem.self) {
            try edit("a: *x\nold:\n- &x b\nnew:\n- c\n") { try $0.moveItems(from: "old", to: "new", at: .end) }
        }
        #expect(throws: Problem.self) { try edit("a: 1\nb: 2\n") { try $0.rename(EditPath("a"), to: "b") } }
    }
}
