import Document
import Foundation
import Render
import Testing

/// The page about linting lists the rules that there are.
@Suite struct LintDocumentTests {
    @Test func `the page has every rule, and no other`() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/lint.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let start = try #require(text.range(of: "| rule | severity | finds |\n| --- | --- | --- |\n"))
        let table = text[start.upperBound...].split(separator: "\n\n", maxSplits: 1)[0]
        let rows = Lint.rules.map { "| `\($0.name)` | \($0.severity) | \($0.summary) |" }
        #expect(table.split(separator: "\n").map(String.init) == rows)
    }
}
