import System
import Testing

@testable import belay

@Suite struct SchemaFileTests {
    @Test(arguments: Verbs.schemas.map(\.word))
    func `the published schema is that of the file's reader`(word: String) throws {
        let known = try #require(Verbs.schemas.first { $0.word == word })
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        let text = String(decoding: try Files.read("\(root)/docs/schemas/\(word).json"), as: UTF8.self)
        #expect(text == Verbs.published(known.schema) + "\n", "run: make schemas")
    }
}
