import Datasets
import Document
import Scrub

/// Plans written down in a test, by `table.column`; a column without one is an undecided column.
struct TestPlanner: TablePlanning {
    enum Rule {
        case keep
        case drop
        case reverse
        /// Adds 1,000,000 to a number.
        case shift
        case fixed(String)
        case null
        /// Writes the value of another column of the row after its own.
        case join(String)
    }

    var rules: [String: Rule] = [:]
    var everything: Rule?
    var droppedTables: Set<String> = []
    var emptiedTables: Set<String> = []
    /// Keeps the rows of a table whose column has this value.
    var filters: [String: (column: String, value: String)] = [:]
    var files: [String: FilePlan] = [:]
    var document = PathRules(root: .init(action: .keep))
    var refused: Set<TableName> = []

    mutating func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        var problems: [Problem] = []
        let plans = tables.map { table in
            var plan = TablePlan(table.name, columns: [])
            for column in table.columns {
                guard let rule = rules["\(table.name.name).\(column.name)"] ?? everything else {
                    problems.append(Problem("\(table.name).\(column.name) is undecided"))
                    continue
                }
                plan.columns.append(Self.column(rule, table))
                if case .join(let other) = rule, let place = table.index(of: other) {
                    plan.contextColumns.append(place)
                }
            }
            plan.isDropped = droppedTables.contains(table.name.name)
            plan.isEmptied = emptiedTables.contains(table.name.name)
            plan.rows = filters[table.name.name].flatMap { filter in
                table.index(of: filter.column).map { EqualFilter(column: $0, value: Array(filter.value.utf8)) }
            }
            return plan
        }
        if !problems.isEmpty { throw Problems(problems) }
        return plans
    }

    private static func column(_ rule: Rule, _ table: TableSchema) -> TablePlan.Column {
        switch rule {
        case .keep: .keep
        case .drop: .drop
        case .reverse: .transform(TestRecipe { Array($0.reversed()) })
        case .shift:
            .transform(TestRecipe { Array("\((Int(String(decoding: $0, as: UTF8.self)) ?? 0) + 1_000_000)".utf8) })
        case .fixed(let text):
            .transform(TestRecipe(traits: .init(.lossy, output: .sameShape)) { _ in Array(text.utf8) })
        case .null: .transform(TestRecipe { _ in nil })
        case .join(let other): .transform(TestRecipe(other: table.index(of: other)) { $0 })
        }
    }

    mutating func add(_ constraint: TableConstraint, to table: TableName) throws(Problem) {
        if refused.contains(table) { throw Problem("a key of \(table) forbids its plan") }
    }

    mutating func plan(forDocument name: String) throws(Problem) -> PathRules { document }

    mutating func plan(forFile path: String) throws(Problem) -> FilePlan {
        guard let plan = files[path] else { throw Problem("file \(path) is undecided") }
        return plan
    }
}

struct TestRecipe: TransformRecipe {
    var traits = TransformTraits(.injective, output: .sameShape)
    var other: Int?
    let body: @Sendable ([UInt8]) -> [UInt8]?

    func instance() -> any CellTransform { TestTransform(other: other, body: body) }
}

private final class TestTransform: CellTransform {
    private let other: Int?
    private let body: @Sendable ([UInt8]) -> [UInt8]?

    init(other: Int?, body: @escaping @Sendable ([UInt8]) -> [UInt8]?) {
        self.other = other
        self.body = body
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        guard let bytes = body(Array(cell)) else { return .null }
        output.append(contentsOf: bytes)
        if let other {
            output.append(contentsOf: row.cell(other).map { Array($0) } ?? Array("<null>".utf8))
            output.append(contentsOf: "#\(row.number)")
        }
        return .value
    }
}

private struct EqualFilter: RowFilter {
    let column: Int
    let value: [UInt8]
    var reads: [Int] { [column] }

    func keeps(_ row: RowContext) -> Bool { row.cell(column).map { Array($0) == value } ?? false }
}

/// What came of a stream: its output, and what it threw.
struct Outcome {
    var output: String
    var error: (any Error)?
    var counts: DatasetCounts?

    var message: String { error.map { "\($0)" } ?? "" }
}

/// Runs a dataset in memory.
func scrub(
    _ input: String, as format: DatasetScrub.Format, _ planner: any DatasetPlanning, threads: Int = 1,
    isUnspooled: Bool = false, piece: Int = .max, blockSize: Int? = nil, longestRow: Int? = nil
) -> Outcome {
    scrub(
        Array(input.utf8), as: format, planner, threads: threads, isUnspooled: isUnspooled, piece: piece,
        blockSize: blockSize, longestRow: longestRow)
}

func scrub(
    _ input: [UInt8], as format: DatasetScrub.Format, _ planner: any DatasetPlanning, threads: Int = 1,
    isUnspooled: Bool = false, piece: Int = .max, blockSize: Int? = nil, longestRow: Int? = nil
) -> Outcome {
    var output: [UInt8] = []
    let gate = OutputGate(spoolIn: "/tmp") { output += $0 }
    var options = DatasetScrub.Options()
    options.threads = threads
    options.isUnspooled = isUnspooled
    options.blockSize = blockSize ?? options.blockSize
    options.longestRow = longestRow ?? options.longestRow
    let source = DatasetInput(input, named: "input", piece: piece)
    do {
        let counts = try DatasetScrub(format, options).run(source, into: gate, planner: planner)
        return Outcome(output: String(decoding: output, as: UTF8.self), error: nil, counts: counts)
    } catch {
        return Outcome(output: String(decoding: output, as: UTF8.self), error: error, counts: nil)
    }
}
