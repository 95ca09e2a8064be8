import Datasets
import Document
import Scrub

/// Feeds datasets, policies, manifests, files of SOPS and texts to be searched: the first byte chooses the form, the second
/// what becomes of the cells, and the rest is the input.
enum ScrubTarget {
    /// Ends the process when a promise breaks: output before the plan, output that depends on threads or on how the input
    /// was cut into readings, a problem without words.
    static func check(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count > 2 else { return }
        let formats = DatasetScrub.Format.allCases
        let choice = Int(bytes[0])
        let input = Array(bytes.dropFirst(2))
        let kind = choice % (formats.count + 1 + SecretsTarget.allCases.count)
        if kind == formats.count { return policy(input) }
        if let target = SecretsTarget(rawValue: kind - formats.count - 1) {
            return target.check(input, choice: bytes[1])
        }
        let format = formats[kind]
        let planner = FuzzPlanner(choice: bytes[1])
        let first = run(input, format, planner, threads: 1, piece: .max)
        let second = run(input, format, planner, threads: 2, piece: 7 + Int(bytes[1]))
        // Where it fails depends on nothing, what has gone out by then on nothing either.
        if first != second {
            FuzzTarget.fail(
                "\(format): \(first.output.count) bytes, \(first.problem ?? "accepted"); cut otherwise, with two threads "
                    + "\(second.output.count) bytes, \(second.problem ?? "accepted")")
        }
        if let message = first.problem, message.isEmpty { FuzzTarget.fail("\(format): a problem without words") }
        if planner.refuses, !first.output.isEmpty, first.hadTables {
            FuzzTarget.fail("\(format): output although nothing is decided")
        }
    }

    private struct Outcome: Equatable {
        var output: [UInt8]
        var problem: String?
        var hadTables: Bool
    }

    private static func run(
        _ input: [UInt8], _ format: DatasetScrub.Format, _ planner: FuzzPlanner, threads: Int, piece: Int
    ) -> Outcome {
        var output: [UInt8] = []
        let asked = FuzzPlanner.Asked()
        var planner = planner
        planner.asked = asked
        let gate = OutputGate(spoolIn: "/tmp") { output += $0 }
        var options = DatasetScrub.Options()
        options.threads = threads
        options.document = "d"
        // Small blocks end in the midst of things, as large ones do in inputs too large to be mutated often.
        if planner.choice & 0x20 != 0 { options.blockSize = 24 + Int(planner.choice & 0x0F) }
        if planner.choice & 0x40 != 0 { options.longestRow = 100 }
        let source = DatasetInput(input, named: "input", piece: piece)
        do {
            _ = try DatasetScrub(format, options).run(source, into: gate, planner: planner)
            return Outcome(output: output, problem: nil, hadTables: asked.hasTables)
        } catch {
            return Outcome(output: output, problem: "\(error)", hadTables: asked.hasTables)
        }
    }

    private static func policy(_ input: [UInt8]) {
        guard let document = try? YAML.parseOne(input, file: SourceFile("scrub.yaml")) else { return }
        do throws(Problem) {
            _ = try ScrubPolicy(document)
        } catch {
            if error.message.isEmpty { FuzzTarget.fail("a problem of a policy without words") }
        }
    }
}

/// Decides on everything, or on nothing.
private struct FuzzPlanner: TablePlanning {
    final class Asked {
        var hasTables = false
    }

    let choice: UInt8
    var asked = Asked()

    init(choice: UInt8) { self.choice = choice }

    var refuses: Bool { choice % 4 == 3 }

    mutating func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        if !tables.isEmpty { asked.hasTables = true }
        if refuses, let table = tables.first { throw Problems([Problem("\(table.name) is undecided")]) }
        return tables.map { table in
            var plan = TablePlan(table.name, columns: table.columns.indices.map { column($0) })
            plan.isEmptied = choice % 16 == 9
            plan.isDropped = choice % 16 == 13
            plan.contextColumns = choice % 8 == 2 ? Array(table.columns.indices) : []
            return plan
        }
    }

    private func column(_ place: Int) -> TablePlan.Column {
        switch (Int(choice) + place) % 3 {
        case 0: .keep
        case 1: .transform(FuzzRecipe())
        default: choice % 8 == 4 ? .drop : .transform(FuzzRecipe())
        }
    }

    mutating func plan(forDocument name: String) throws(Problem) -> PathRules {
        let leaf = PathRules.Node(action: choice % 8 == 4 ? .drop : .transform(FuzzRecipe()))
        let inner = PathRules.Node(action: nil, anyChild: leaf, item: leaf)
        return PathRules(root: PathRules.Node(action: choice % 2 == 0 ? .keep : nil, anyChild: inner, item: inner))
    }

    mutating func plan(forFile path: String) throws(Problem) -> FilePlan {
        choice % 2 == 0 ? .keep : .scrub(format: ["csv", "json", "postgres"][Int(choice / 2) % 3])
    }
}

private struct FuzzRecipe: TransformRecipe {
    var traits: TransformTraits { TransformTraits(.injective, output: .sameShape) }
    func instance() -> any CellTransform { FuzzTransform() }
}

private final class FuzzTransform: CellTransform {
    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        if cell.first == 0x21 { throw TransformFailure("it begins with what it may not") }
        if cell.first == 0x3F { return .null }
        for byte in cell.reversed() { output.append(byte) }
        return .value
    }
}
