import Render
import Synchronization

/// What is put around a load so that all of it counts or nothing.
///
/// A loader takes the end of its input for the end of the data, whoever closed it: a service that is killed closes it
/// too. So SQL for PostgreSQL gets a transaction that only its last line commits. Within it, a row of a temporary table
/// refers to one that is not there, which is looked at when somebody commits: a COMMIT in the data, or psql's own at the
/// end of its input (`--single-transaction`), fails then. The last line takes the row away.
final class LoadFraming: Sendable {
    private let format: Dataset.Format
    private let isScript = Mutex(false)

    private static let opening = """
        \\set ON_ERROR_STOP on
        BEGIN;
        SET LOCAL client_min_messages = warning;
        CREATE TEMPORARY TABLE belay_unfinished (
            id integer PRIMARY KEY, needs integer REFERENCES belay_unfinished DEFERRABLE INITIALLY DEFERRED
        ) ON COMMIT DROP;
        INSERT INTO belay_unfinished VALUES (1, 2);

        """

    private static let closing = """

        DELETE FROM pg_temp.belay_unfinished;
        COMMIT;

        """

    init(_ format: Dataset.Format) {
        self.format = format
    }

    /// What goes before the first piece. PostgreSQL's custom format has its own end, without which pg_restore fails.
    func opening(of piece: [UInt8]) -> [UInt8] {
        let isArchive = piece.starts(with: Array("PGDMP".utf8))
        guard format == .postgres, !isArchive else { return [] }
        isScript.withLock { $0 = true }
        return Array(Self.opening.utf8)
    }

    /// Whether what goes between opening and closing counts only once the closing is there.
    var isTransaction: Bool { isScript.withLock { $0 } }

    /// What goes after the last one.
    var closing: [UInt8] { isTransaction ? Array(Self.closing.utf8) : [] }
}
