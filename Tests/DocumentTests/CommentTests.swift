import Document
import Testing

@Suite struct CommentTests {
    private func roundTrip(_ text: String) throws -> String {
        String(
            decoding: YAML.emit(
                try YAML.parse(Array(text.utf8), file: SourceFile("x"), keepsComments: true), .asWritten), as: UTF8.self
        )
    }

    @Test(arguments: [
        "# head\na: 1 # line\n# of b\n# twice\nb: x\n",
        "a: # of a\n  # inner\n  b: 1\nc:\n# first\n- x # one\n# second\n- y\n",
        "a:\n- b: 1 # in an item\n  # of c\n  c: 2\n# end\n", "a: 'x # no comment' # but this\nb: x#y\n",
        "a: |\n  # text, no comment\n  b\n# of c\nc: 1\n", "a: [1, 2] # flow\n", "# one\na: 1\n---\n# two\nb: 1\n",
    ])
    func `keeps comments where they stand`(text: String) throws {
        #expect(try roundTrip(text) == text)
    }

    @Test func `gives each comment to its value`() throws {
        let value = try YAML.parseOne(
            Array("# h\na: # k\n  - 1 # l\n# f\n".utf8), file: SourceFile("x"), keepsComments: true)
        let key = try #require(value.fields?.entries.first?.key)
        #expect(key.trivia?.headComment == "# h")
        #expect(key.trivia?.lineComment == "# k")
        #expect(value["a"]?.items?.first?.trivia?.lineComment == "# l")
        #expect(value.trivia?.footComment == "# f")
    }

    @Test func `reads without comments when asked to`() throws {
        let value = try YAML.parseOne(Array("# h\na: 1 # l\n".utf8), file: SourceFile("x"))
        #expect(value.fields?.entries.first?.key.trivia == nil)
        #expect(value["a"]?.trivia == nil)
    }

    @Test func `writes no comments in the canonical form`() throws {
        let value = try YAML.parseOne(Array("# h\nb: 1 # l\na: 2\n".utf8), file: SourceFile("x"), keepsComments: true)
        #expect(YAML.text(value) == "a: 2\nb: 1\n")
    }
}
