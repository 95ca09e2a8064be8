import Testing

@testable import Scrub

@Suite struct CellMemoTests {
    private static let key = ScrubKeys(environment: [5]).domain("person")

    private static func apply(_ transform: any CellTransform, _ text: String) throws -> String {
        var output = ByteBuffer()
        try Array(text.utf8).withUnsafeBufferPointer { cell in
            _ = try transform.apply(cell, row: .none, into: &output)
        }
        return String(decoding: output.bytes, as: UTF8.self)
    }

    /// Cells that come again, that lie in one place, that are too long, and so many others that nothing is remembered.
    @Test(arguments: [NameKind.given, .family, .full, .city, .company, .street])
    func `what a name becomes hangs on no other name`(kind: NameKind) throws {
        let recipe = NameRecipe(Self.key, identity: "person", kind: kind)
        let long = String(repeating: "Élise-", count: 9)
        let names =
            (0..<1500).map { "Name \($0 % 700)" } + ["", "Ana", "ANA", "ana", "a", long, "Zoë", "Ana\0", long, "Ana"]
        let known = recipe.instance()
        for name in names + (0..<6000).map({ "other \($0)" }) + names {
            #expect(try Self.apply(known, name) == Self.apply(recipe.instance(), name))
        }
    }

    @Test func `only what is the same cell is recalled`() {
        let memo = CellMemo()
        func recalled(_ text: String) -> String? {
            var output = ByteBuffer()
            let isKnown = Array(text.utf8).withUnsafeBufferPointer { memo.recall($0, into: &output) }
            return isKnown ? String(decoding: output.bytes, as: UTF8.self) : nil
        }
        var output = ByteBuffer()
        output.append(contentsOf: "before Berta")
        Array("Ana".utf8).withUnsafeBufferPointer { memo.remember($0, since: 7, output) }
        #expect(recalled("Ana") == "Berta")
        for other in ["", "An", "ana", "Ana\0", "Anna", "Ana Ana Ana Ana Ana Ana Ana"] {
            #expect(recalled(other) == nil)
        }
    }
}
