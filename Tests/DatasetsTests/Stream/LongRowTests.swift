import Document
import Testing

@testable import Datasets

@Suite struct LongRowTests {
    /// A row of some bytes in each form, and what stands around it.
    private static func text(_ form: String, _ value: String) -> String {
        switch form {
        case "copy":
            "CREATE TABLE t (a text, b text);\nCOPY t (a, b) FROM stdin;\nx\t1\n\(value)\t2\ny\t3\n\\.\n"
        case "insert": "CREATE TABLE t (a text, b text);\nINSERT INTO t VALUES ('x','1'),('\(value)','2'),('y','3');\n"
        default: "a,b\nx,1\n\"\(value)\",2\ny,3\n"
        }
    }

    @Test(arguments: ["copy", "insert", "csv"], [1 << 20, 7777])
    func `a row as long as is allowed passes, and a longer one is told of`(form: String, piece: Int) {
        let value = String(repeating: "0123456789", count: 500_000)
        func run(_ limit: Int) -> (rows: Int?, bytes: Int, message: String) {
            var options = DatasetScrub.Options()
            options.longestRow = limit
            var bytes = 0
            let source = DatasetInput(Array(Self.text(form, value).utf8), named: "input", piece: piece)
            do {
                let counts = try DatasetScrub(form == "csv" ? .csv : .postgres, options).run(
                    source, into: OutputGate(spoolIn: "/tmp") { bytes += $0.count },
                    planner: TestPlanner(rules: ["t.b": .reverse, ".b": .reverse], everything: .keep))
                return (counts.rowsOut, bytes, "")
            } catch { return (nil, bytes, "\(error)") }
        }
        let good = run(16 << 20)
        #expect(good.rows == 3 && good.bytes > 5_000_000 && good.message == "")
        let bad = run(1 << 20)
        #expect(bad.message.contains("is longer than 1 MB") && bad.message.contains("--longest-row"), "\(bad.message)")
    }
}
