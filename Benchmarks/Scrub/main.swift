import BenchSupport
import Datasets
import Document
import Glibc
import Scrub
import System

/// `ScrubBench generate mysql|copy ROWS FILE` writes the table; `ScrubBench pass|scrub FORMAT FILE THREADS` reads a dump,
/// keeping everything or with seven rules, and tells how fast it was by the clock and by the processor.
enum ScrubBench {
    static func run(_ arguments: [String]) throws {
        if arguments.count == 4, arguments[0] == "generate", let form = People.Form(rawValue: arguments[1]),
            let rows = Int(arguments[2])
        {
            return try People(form: form, rows: rows).write(to: arguments[3])
        }
        guard arguments.count == 4, let format = DatasetScrub.Format(rawValue: arguments[1]),
            let threads = Int(arguments[3]), ["pass", "scrub"].contains(arguments[0])
        else {
            print("usage: ScrubBench generate mysql|copy ROWS FILE | pass|scrub FORMAT FILE THREADS")
            exit(2)
        }
        try measure(format, arguments[2], threads: threads, scrubs: arguments[0] == "scrub")
    }

    private static func measure(_ format: DatasetScrub.Format, _ path: String, threads: Int, scrubs: Bool) throws {
        let file = try checked("open", on: path) { open(path, O_RDONLY | O_CLOEXEC) }
        let nowhere = try checked("open", on: "/dev/null") { open("/dev/null", O_WRONLY | O_CLOEXEC) }
        let gate = OutputGate(writingTo: nowhere, named: "/dev/null", spoolIn: "/var/tmp")
        var options = DatasetScrub.Options()
        options.threads = threads
        let before = processorSeconds()
        let start = ContinuousClock.now
        let counts = try DatasetScrub(format, options).run(
            DatasetInput(reading: file, named: path), into: gate, planner: try planner(scrubs: scrubs))
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let used = processorSeconds() - before
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let megabytes = Double(counts.bytesIn) / 1e6
        print(
            "\(scrubs ? "scrub" : "pass ") \(format) \(threads) thread(s): \(counts.rowsOut) rows,"
                + " \(Int(megabytes / seconds)) MB/s, \(Int(Double(counts.rowsIn) / seconds)) rows/s by the clock;"
                + " \(Int(megabytes / used)) MB/s, \(Int(Double(counts.rowsIn) / used)) rows/s a core;"
                + " \(usage.ru_maxrss / 1024) MB resident")
    }

    private static func processorSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return seconds + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    /// Seven rules of the kinds that shops need, or none.
    private static func planner(scrubs: Bool) throws -> any DatasetPlanning {
        guard scrubs else { return Keeping() }
        let document = try YAML.parseOne(Array(PeoplePolicy.text.utf8), file: SourceFile("scrub.yaml"))
        let rules = try ScrubPolicy(document).datasets
        return DatasetCompiler(rules[0], keys: ScrubKeys(environment: [UInt8](repeating: 7, count: 32)))
    }
}

/// Keeps everything.
private struct Keeping: TablePlanning {
    func plan(for tables: [TableSchema], isWhole: Bool) throws(Problems) -> [TablePlan] {
        tables.map { TablePlan($0.name, columns: $0.columns.map { _ in .keep }) }
    }
}

do { try ScrubBench.run(Array(CommandLine.arguments.dropFirst())) } catch {
    print(error)
    exit(1)
}
