import Document
import Glibc
import Scrub
import System

/// One dataset on its way from an input to an output.
package struct DatasetScrub {
    /// A form that a dataset may have.
    package enum Format: String, CaseIterable, Sendable {
        /// What pg_dump writes, as SQL or in the custom format, which it is told by itself.
        case postgres
        /// What mysqldump writes.
        case mysql
        /// Comma-separated values with a header.
        case csv
        /// Tab-separated values with a header.
        case tsv
        /// A JSON value a line.
        case ndjson
        /// One JSON document.
        case json
        case yaml
        /// `NAME=value` lines.
        case dotenv
        /// An SQLite file.
        case sqlite
        /// An archive of files of these forms, as it stands or packed by gzip or zstd.
        case tar

        /// Whether it holds tables, or may hold files that do.
        var hasRows: Bool {
            switch self {
            case .postgres, .mysql, .csv, .tsv, .sqlite, .tar: true
            case .ndjson, .json, .yaml, .dotenv: false
            }
        }
    }

    package struct Options: Sendable {
        /// How many threads work.
        package var threads = 1
        /// Whether output goes before the whole input has been accepted, in formats that do not state what comes.
        package var isUnspooled = false
        /// How many bytes a row may have; one takes about four times as much memory.
        package var longestRow = 64 << 20
        /// How many bytes of rows a thread takes at a time.
        package var blockSize = 512 << 10
        /// The name of the document, for the planner's rules.
        package var document = ""
        /// Nil for a scrub whose output does not wait for another run.
        var waiting: Waiting?

        package init() {}
    }

    /// Which side of what waits for another run a scrub is on.
    enum Waiting: Sendable {
        case written
        case read
    }

    package let format: Format
    package let options: Options

    package init(_ format: Format, _ options: Options = Options()) {
        self.format = format
        self.options = options
    }

    /// Reads all of the input, and lets go through the gate what the plans say.
    ///
    /// When it throws, nothing of the output may be used; a gate that had to be opened before has been given a last
    /// statement that makes the loader fail.
    /// - Throws: `Problem` or `Problems` with places in the input; what input and output throw.
    package func run(
        _ input: DatasetInput, into gate: OutputGate, planner: any DatasetPlanning
    ) throws -> DatasetCounts {
        do {
            if let arrangement = planner.arrangement {
                return try RearrangedScrub(scrub: self, arrangement: arrangement, gate: gate)
                    .run(input, planner: planner)
            }
            switch format {
            case .postgres: return try sql(.postgres, input, gate, planner)
            case .mysql: return try sql(.mysql, input, gate, planner)
            case .csv: return try table(0x2C, input, gate, planner)
            case .tsv: return try table(0x09, input, gate, planner)
            case .ndjson: return try lines(input, gate, planner)
            case .json: return try document(input, gate, planner)
            case .yaml, .dotenv: return try whole(input, gate, planner)
            case .sqlite: return try sqlite(input, gate, planner)
            case .tar: return try TarCopy(input: input, gate: gate, options: options).run(planner)
            }
        } catch {
            try? spoil(gate)
            throw error
        }
    }

    private func window(of input: DatasetInput) -> InputWindow {
        InputWindow(named: input.name, blockSize: options.blockSize, input.source)
    }

    private func sql(
        _ dialect: SQLDialect, _ input: DatasetInput, _ gate: OutputGate, _ planner: any DatasetPlanning
    ) throws -> DatasetCounts {
        let pool = BlockPool()
        let window = window(of: input)
        let ahead = input.lookAhead()
        try window.require(CustomTOC.magic.count)
        if dialect == .postgres, window.bytes.starts(with: CustomTOC.magic) {
            let stream = try CustomStream(window, planner: planner, lanes: options.threads, gate: gate, pool: pool)
            stream.longestRow = options.longestRow
            try Belt(lanes: options.threads, pool: pool, next: stream.next, sink: stream.write).run()
            return stream.finalCounts()
        }
        var survey: SchemaBook?
        if dialect == .postgres, let source = ahead {
            survey = try SQLSurvey.book(
                of: InputWindow(named: input.name, blockSize: options.blockSize, source), dialect, pool: pool,
                longestRow: options.longestRow)
        }
        let stream = SQLStream(
            window, dialect, planner: planner, lanes: options.threads, gate: gate, pool: pool,
            isUnspooled: options.isUnspooled, survey: survey)
        stream.longestRow = options.longestRow
        let belt = Belt(lanes: options.threads, pool: pool, next: stream.next, sink: gate.write)
        try belt.run()
        return stream.finalCounts()
    }

    private func table(
        _ separator: UInt8, _ input: DatasetInput, _ gate: OutputGate, _ planner: any DatasetPlanning
    ) throws -> DatasetCounts {
        let pool = BlockPool()
        let stream = CSVStream(
            window(of: input), separator: separator, named: options.document,
            planner: planner, lanes: options.threads, gate: gate, pool: pool)
        stream.longestRow = options.longestRow
        try Belt(lanes: options.threads, pool: pool, next: stream.next, sink: gate.write).run()
        return stream.finalCounts()
    }

    private func lines(
        _ input: DatasetInput, _ gate: OutputGate, _ planner: any DatasetPlanning
    ) throws -> DatasetCounts {
        if options.isUnspooled { try gate.open() }
        let pool = BlockPool()
        let stream = try JSONLinesStream(
            window(of: input), document: options.document, planner: planner,
            lanes: options.threads, pool: pool)
        try Belt(lanes: options.threads, pool: pool, next: stream.next, sink: gate.write).run()
        try gate.open()
        var counts = stream.counts
        counts.bytesOut = gate.bytesOut
        return counts
    }

    private func document(
        _ input: DatasetInput, _ gate: OutputGate, _ planner: any DatasetPlanning
    ) throws -> DatasetCounts {
        if options.isUnspooled { try gate.open() }
        let stream = try JSONStream(
            window(of: input), document: options.document, planner: planner,
            sink: gate.write)
        var counts = try stream.run()
        try gate.open()
        counts.bytesOut = gate.bytesOut
        return counts
    }

    /// Small documents, which are read whole.
    private func whole(
        _ input: DatasetInput, _ gate: OutputGate, _ planner: any DatasetPlanning
    ) throws -> DatasetCounts {
        let window = window(of: input)
        while try window.more() {
            guard window.count <= Self.longestDocument else {
                throw Problem("the document is longer than \(Self.longestDocument >> 20) MB", at: window.origin())
            }
        }
        var planner = planner
        let plan = try DocumentPlan(options.document, from: &planner)
        let bytes = Array(window.bytes)
        let result =
            format == .yaml
            ? try YAMLDocument(plan).rewrite(bytes, named: input.name)
            : try DotenvDocument(plan, named: input.name).rewrite(bytes)
        try planner.finish()
        try gate.write(result.bytes)
        try gate.open()
        var counts = DatasetCounts()
        counts.tables = [.init(name: options.document, rowsIn: result.count, rowsOut: result.count)]
        counts.bytesIn = bytes.count
        counts.bytesOut = gate.bytesOut
        return counts
    }

    private func sqlite(
        _ input: DatasetInput, _ gate: OutputGate, _ planner: any DatasetPlanning
    ) throws -> DatasetCounts {
        let folder = try Files.makeTemporaryFolder(in: gate.folder)
        defer { try? Files.removeTree(folder) }
        let path = "\(folder)/copy"
        let (source, size) = try SQLiteCopy.open(input)
        var planner = planner
        var counts: DatasetCounts
        do {
            let target = try SQLiteFile(path, named: "the copy", immutable: false)
            let copy = SQLiteCopy(
                name: input.name, source: source, target: target,
                schema: try SQLiteSchema(source, isWaiting: options.waiting == .read), waiting: options.waiting)
            counts = try copy.run(&planner)
        }
        counts.bytesIn = size
        try gate.open()
        let file = OwnedDescriptor(owning: try checked("open", on: path) { Glibc.open(path, O_RDONLY | O_CLOEXEC) })
        let written = InputWindow(named: path) { buffer in
            try checked("read", on: path) { read(file.raw, buffer.baseAddress, buffer.count) }
        }
        while try written.more() {
            try gate.write(written.bytes)
            written.consume(written.count)
        }
        counts.bytesOut = gate.bytesOut
        return counts
    }

    private static let longestDocument = 32 << 20

    /// Ends what went out already so that whoever loads it fails, and rolls back.
    private func spoil(_ gate: OutputGate) throws {
        guard gate.isOpen, gate.bytesOut > 0 else { return }
        switch format {
        case .postgres:
            // The first line ends the rows of a COPY; elsewhere psql only wonders at it.
            let text = """

                \\.
                \\set ON_ERROR_STOP on
                DO $$ BEGIN RAISE EXCEPTION 'the scrubbing of this dump failed: it is not whole'; END $$;

                """
            try gate.write(Array(text.utf8))
        case .mysql:
            let text = """

                ;
                SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the scrubbing of this dump failed: it is not whole';

                """
            try gate.write(Array(text.utf8))
        // A quote that never closes, a line that is no JSON: what reads these stops there.
        case .csv, .tsv: try gate.write(Array("\n\"the scrubbing of this file failed: it is not whole".utf8))
        case .sqlite, .tar: break
        case .ndjson, .json, .yaml, .dotenv: try gate.write(Array("\n{\"the scrubbing of this file failed: ".utf8))
        }
    }
}

/// A look through a whole dump for its tables, before anything of it goes out.
enum SQLSurvey {
    static func book(
        of window: InputWindow, _ dialect: SQLDialect, pool: BlockPool, longestRow: Int
    ) throws -> SchemaBook {
        let nowhere = OutputGate(spoolIn: "/") { _ in }
        try nowhere.open()
        let stream = SQLStream(
            window, dialect, planner: SurveyPlanner(), lanes: 1, gate: nowhere, pool: pool, isUnspooled: true)
        stream.longestRow = longestRow
        let belt = Belt(lanes: 1, pool: pool, next: stream.next, sink: { _ in })
        try belt.run()
        return stream.book
    }
}
