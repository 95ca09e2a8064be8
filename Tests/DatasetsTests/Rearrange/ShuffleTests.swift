import Document
import Scrub
import Testing

@testable import Datasets

@Suite struct ShuffleTests {
    private static func csv(_ count: Int) -> String {
        "id,salary,grade,note\n"
            + (1...count).map { "\($0),\($0 % 11 == 0 ? "" : "\(1000 + $0)"),G\($0),\"a \"\"b\"\"\n\($0)\"\n" }.joined()
    }

    private static func shuffled(
        _ text: String, _ rules: String = "{id: sequence, salary: shuffle, grade: shuffle, note: keep}",
        more: String = "",
        key: UInt8 = 7, threads: Int = 1
    ) throws -> (rows: [[String]], message: String) {
        var options = DatasetScrub.Options()
        options.document = "pay"
        options.threads = threads
        var output: [UInt8] = []
        let compiler = DatasetCompiler(
            try Shop.rules("pay: \(rules)", more), keys: ScrubKeys(environment: [key]))
        do {
            _ = try DatasetScrub(.csv, options).run(
                DatasetInput(Array(text.utf8), named: "input"), into: OutputGate(spoolIn: "/tmp") { output += $0 },
                planner: compiler)
        } catch { return ([], "\(error)\(output.isEmpty ? "" : " with output")") }
        let lines = String(decoding: output, as: UTF8.self).replacing("\n\"", with: "").split(separator: "\n")
        let rows = lines.dropFirst().filter { $0.contains(",") }
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        return (rows, "")
    }

    @Test(arguments: [2, 3, 500, 70_000]) func `values change rows, and none is lost or made`(count: Int) throws {
        let text = Self.csv(count)
        let (rows, message) = try Self.shuffled(text)
        #expect(message == "")
        #expect(rows.count == count)
        let salaries = (1...count).map { $0 % 11 == 0 ? "" : "\(1000 + $0)" }
        #expect(rows.map { $0[1] }.sorted() == salaries.sorted())
        #expect(rows.map { $0[2] }.sorted() == (1...count).map { "G\($0)" }.sorted())
        // Every value differs but NULL, so no row keeps its own.
        #expect(!zip(rows.map { $0[2] }, (1...count).map { "G\($0)" }).contains { $0 == $1 })
    }

    @Test func `the key decides who gets what, and threads do not`() throws {
        let text = Self.csv(70_000)
        let first = try Self.shuffled(text).rows
        #expect(try Self.shuffled(text, threads: 2).rows == first)
        #expect(try Self.shuffled(text, key: 8).rows.map { $0[2] } != first.map { $0[2] })
        // Two columns change rows apart, unless they have one identity.
        func pairs(_ rows: [[String]]) -> Int { rows.count { $0[1].dropFirst() == $0[2].dropFirst() } }
        let plain = "id,salary,grade,note\n" + (100...999).map { "\($0),S\($0),G\($0),x\n" }.joined()
        #expect(try pairs(Self.shuffled(plain).rows) < 20)
        let together = "{id: sequence, \"salary, grade\": {transform: shuffle, identity: pay}, note: keep}"
        #expect(try pairs(Self.shuffled(plain, together).rows) == 900)
    }

    @Test func `of a subset only the rows that stay change values`() throws {
        let more = "subset: {roots: [{table: pay, column: grade, in: [G3, G5, G8]}]}"
        let (rows, message) = try Self.shuffled(
            Self.csv(50), "{id: sequence, salary: shuffle, grade: keep, note: keep}", more: more)
        #expect(message == "")
        #expect(rows.map { $0[2] } == ["G3", "G5", "G8"])
        #expect(rows.map { $0[1] }.sorted() == ["1003", "1005", "1008"])
        #expect(rows.map { $0[1] } != ["1003", "1005", "1008"])
    }

    @Test func `values that tell who somebody is stop the run, and so does a single row`() throws {
        let text = Self.csv(20).replacing("G7,", with: "eve.miller@company.com,")
        let (_, message) = try Self.shuffled(text)
        #expect(message.contains("pay.grade holds what looks like email") && message.contains("row 7"), "\(message)")
        #expect(!message.contains("with output"))
        #expect(try Self.shuffled(Self.csv(1)).message.contains("a single row"))
    }

    /// Changes of the shop's policy, and what is said of them.
    @Test(arguments: [
        ("email: email", "email: shuffle", "tells who or what somebody is", "use email"),
        ("name: name", "name: shuffle", "somebody is", "use name"),
        ("id: {transform: sequence, identity: customer}\n  name", "id: shuffle\n  name", "somebody is", "use sequence"),
        (
            "customer_id: {transform: sequence, identity: customer}", "customer_id: shuffle", "somebody is",
            "use sequence"
        ),
        ("placed: {transform: date-shift, by: customer_id}", "placed: shuffle", "", ""),
        (
            "mood: keep", "mood: {transform: when, cases: [{column: id, in: [1], rule: keep}], otherwise: shuffle}",
            "none within another", "shuffle the column itself"
        ),
    ])
    func `identifiers are not shuffled`(old: String, new: String, message: String, hint: String) {
        #expect(Shop.good.contains(old))
        let problems = Shop.problems(Shop.good.replacing(old, with: new, maxReplacements: 1))
        #expect(
            problems.contains(message) && problems.contains(hint) && problems.isEmpty == message.isEmpty, "\(problems)")
    }

    @Test func `a key's column is not shuffled, whatever it is called`() {
        var table = Shop.order
        table.columns.append(ColumnSchema("slot", Shop.integer))
        table.constraints.append(.unique(["slot"]))
        let problems = Shop.problems(Shop.good + "\n  slot: shuffle", "", [Shop.customer, table])
        #expect(
            problems.contains("public.order.slot is part of a unique constraint: its values name rows"), "\(problems)")
    }
}
