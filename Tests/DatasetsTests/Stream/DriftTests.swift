import Datasets
import Document
import Scrub
import Testing

/// A policy for one form of the data, and data that has drifted from it: nothing may go out.
@Suite struct DriftTests {
    private static let planner = TestPlanner(
        rules: ["a.x": .keep, "a.y": .reverse, ".x": .keep, ".y": .reverse],
        files: ["k.bin": .keep],
        document: PathRules(
            root: .init(
                action: nil,
                children: [
                    Array("x".utf8): .init(action: .keep),
                    Array("y".utf8): .init(action: nil, children: [Array("z".utf8): .init(action: .keep)]),
                ])))

    /// Ten places of a drift in each of five forms.
    private static func drifted(_ format: DatasetScrub.Format, _ number: Int) -> String {
        let before = (0..<number * 400).map { "\($0)\tv\($0)\n" }.joined()
        switch format {
        case .postgres:
            let table =
                "-- PostgreSQL database dump\nCREATE TABLE a (x int, y text\(number % 2 == 0 ? ", new\(number) int" : ""));\n"
            let other = number % 2 == 1 ? "CREATE TABLE other\(number) (secret text);\n" : ""
            return table + other + "COPY a (x, y) FROM stdin;\n\(before)\\.\n"
        case .mysql:
            let rows = (0...number * 400).map { "(\($0),'v')" }.joined(separator: ",")
            return "CREATE TABLE a (x int, y text);\nINSERT INTO a VALUES \(rows);\nCREATE TABLE b\(number) (q int);\n"
        case .csv: return "x,y,new\(number)\n1,2,3\n"
        case .ndjson:
            let lines = (0..<number * 400).map { "{\"x\": \($0), \"y\": {\"z\": 1}}\n" }.joined()
            return lines + (number % 2 == 0 ? "{\"new\(number)\": 1}\n" : "{\"y\": {\"new\(number)\": 1}}\n")
        default: return "{\"x\": [\(number)], \"y\": {\"z\": 1, \"new\(number)\": 2}}"
        }
    }

    @Test(arguments: [DatasetScrub.Format.postgres, .mysql, .csv, .ndjson, .json])
    func `fifty drifts stop, and release nothing`(format: DatasetScrub.Format) {
        for number in 1...10 {
            for threads in [1, 2] {
                let outcome = scrub(Self.drifted(format, number), as: format, Self.planner, threads: threads)
                #expect(outcome.message.contains("undecided"), "\(format) \(number): \(outcome.message)")
                #expect(outcome.output == "")
            }
        }
    }
}
