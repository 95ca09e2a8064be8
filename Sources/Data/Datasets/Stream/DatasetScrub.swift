import Document
import Scrub

/// One dataset on its way from an input to an output.
package struct DatasetScrub {
    /// A form that a dataset may have.
    package enum Format: String, CaseIterable, Sendable {
        /// What pg_dump writes, as SQL or in the custom format, which it is told by itself.
        case postgres
        /// What mysqldump writes.
        case mysql
    }

    package struct Options: Sendable {
        /// How many threads work.
        package var threads = 1
        /// Whether output goes before the whole input has been accepted, in formats that do not state what comes.
        package var isUnspooled = false
        /// The name of the document, for the planner's rules.
        package var document = ""

        package init() {}
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
            switch format {
            case .postgres: return try sql(.postgres, input, gate, planner)
            case .mysql: return try sql(.mysql, input, gate, planner)
            }
        } catch {
            try? spoil(gate)
            throw error
        }
    }

    private func sql(
        _ dialect: SQLDialect, _ input: DatasetInput, _ gate: OutputGate, _ planner: any DatasetPlanning
    ) throws -> DatasetCounts {
        let pool = BlockPool()
        var survey: SchemaBook?
        if dialect == .postgres, let source = input.lookAhead() {
            survey = try SQLSurvey.book(of: InputWindow(named: input.name, source), dialect, pool: pool)
        }
        let stream = SQLStream(
            InputWindow(named: input.name, input.source), dialect, planner: planner, lanes: options.threads, gate: gate,
            pool: pool, isUnspooled: options.isUnspooled, survey: survey)
        let belt = Belt(lanes: options.threads, pool: pool, next: stream.next, sink: gate.write)
        try belt.run()
        return stream.finalCounts()
    }

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
        }
    }
}

/// A look through a whole dump for its tables, before anything of it goes out.
enum SQLSurvey {
    static func book(of window: InputWindow, _ dialect: SQLDialect, pool: BlockPool) throws -> SchemaBook {
        let nowhere = OutputGate(spoolIn: "/") { _ in }
        try nowhere.open()
        let stream = SQLStream(
            window, dialect, planner: SurveyPlanner(), lanes: 1, gate: nowhere, pool: pool, isUnspooled: true)
        let belt = Belt(lanes: 1, pool: pool, next: stream.next, sink: { _ in })
        try belt.run()
        return stream.book
    }
}
