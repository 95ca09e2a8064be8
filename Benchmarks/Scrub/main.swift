import Datasets
import Document
import Glibc
import Scrub
import System

/// `ScrubBench generate mysql|copy ROWS FILE` writes the table; `ScrubBench pass|touch FORMAT FILE THREADS` reads a
/// dump, keeping everything or rewriting seven columns by the cheapest transform there is, and tells how fast it was.
enum ScrubBench {
    static func run(_ arguments: [String]) throws {
        if arguments.count == 4, arguments[0] == "generate", let form = People.Form(rawValue: arguments[1]),
            let rows = Int(arguments[2])
        {
            return try People(form: form, rows: rows).write(to: arguments[3])
        }
        guard arguments.count == 4, let format = DatasetScrub.Format(rawValue: arguments[1]),
            let threads = Int(arguments[3])
        else {
            print("usage: ScrubBench generate mysql|copy ROWS FILE | pass|touch FORMAT FILE THREADS")
            exit(2)
        }
        try measure(format, arguments[2], threads: threads, touches: arguments[0] == "touch")
    }

    private static func measure(_ format: DatasetScrub.Format, _ path: String, threads: Int, touches: Bool) throws {
        let file = try checked("open", on: path) { open(path, O_RDONLY | O_CLOEXEC) }
        let nowhere = try checked("open", on: "/dev/null") { open("/dev/null", O_WRONLY | O_CLOEXEC) }
        let gate = OutputGate(writingTo: nowhere, named: "/dev/null", spoolIn: "/tmp")
        var options = DatasetScrub.Options()
        options.threads = threads
        let start = ContinuousClock.now
        let counts = try DatasetScrub(format, options).run(
            DatasetInput(reading: file, named: path), into: gate, planner: BenchPlanner(touches: touches))
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let speed = Int(Double(counts.bytesIn) / 1e6 / seconds)
        print(
            "\(path): \(counts.rowsIn) rows, \(speed) MB/s, \(Int(Double(counts.rowsIn) / seconds)) rows/s,"
                + " \(usage.ru_maxrss / 1024) MB resident")
    }
}

/// Keeps everything, or reverses what seven columns hold.
private struct BenchPlanner: DatasetPlanning {
    let touches: Bool

    mutating func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        tables.map { table in
            let touched = ["first_name", "last_name", "email", "phone", "card", "born", "address"]
            return TablePlan(
                table.name,
                columns: table.columns.map {
                    touches && touched.contains($0.name) ? .transform(Reverse()) : .keep
                })
        }
    }

    mutating func add(_ constraint: TableConstraint, to table: TableName) throws(Problem) {}
    mutating func plan(forDocument name: String) throws(Problem) -> PathRules { PathRules(root: .init(action: .keep)) }
    mutating func plan(forFile path: String) throws(Problem) -> FilePlan { .keep }
    mutating func finish() throws(Problems) {}
}

private struct Reverse: TransformRecipe {
    var traits: TransformTraits { TransformTraits(.injective, output: .sameShape) }
    func instance() -> any CellTransform { Reversal() }
}

private final class Reversal: CellTransform {
    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        let place = output.extend(by: cell.count)
        for index in 0..<cell.count { place[index] = cell[cell.count - 1 - index] }
        return .value
    }
}

do { try ScrubBench.run(Array(CommandLine.arguments.dropFirst())) } catch {
    print(error)
    exit(1)
}
