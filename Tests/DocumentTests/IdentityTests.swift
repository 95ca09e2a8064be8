import Document
import Testing

/// Values that mean the same need not be the same.
@Suite struct IdentityTests {
    static let text = """
        # above
        name: café # beside
        list: [1, two, "3"]
        block: |
          a
          b
        empty: {}

        """

    private func parsed(_ text: String, _ file: String = "a.yaml") throws -> Value {
        try #require(try YAML.parse(Array(text.utf8), file: SourceFile(file), keepsComments: true).first)
    }

    @Test func `is the same as itself, parsed twice`() throws {
        #expect(try parsed(Self.text).isIdentical(to: parsed(Self.text)))
    }

    @Test(arguments: [
        ("café", "cafe\u{301}"), ("# beside", "# behind"), ("# above", "# upon"), ("two", "'two'"), ("[1, ", "[1,  "),
        ("\"3\"", "3"), ("block: |", "block: |-"), ("empty: {}", "empty: []"), ("1,", "1.0,"), ("  b\n", "  b\n\n"),
        ("[1, two, \"3\"]", "\n- 1\n- two\n- \"3\""), ("name", "Name"),
    ])
    func `is another when its form or place is`(old: String, new: String) throws {
        let other = try parsed(Self.text.replacing(old, with: new))
        #expect(try !parsed(Self.text).isIdentical(to: other))
        #expect(try !other.isIdentical(to: parsed(Self.text)))
    }

    @Test func `is another in another file, and where another order is`() throws {
        #expect(try !parsed("a: 1").isIdentical(to: parsed("a: 1", "b.yaml")))
        #expect(try !parsed("{a: 1, b: 1}").isIdentical(to: parsed("{b: 1, a: 1}")))
        let value = try parsed("a: 1")
        let old = try parsed("b: 2", "b.yaml")
        #expect(!value.isIdentical(to: value.replacing(old)))
    }
}
