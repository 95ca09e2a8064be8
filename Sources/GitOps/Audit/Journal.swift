package import Database
package import Plan
internal import System

/// The journal: what happened, in order, so that nobody can change it unseen.
///
/// Each entry's hash covers the hash before it and the stored bytes of its row. Entries are only ever added; one that
/// is changed, removed or moved afterwards is found by `verify`. Statements block, so the actor has its own thread.
package actor Journal: JournalWriter {
    private nonisolated let thread: ThreadExecutor
    private let database: Database
    private var head: JournalHead

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Most changes that one record keeps; a record of more says how many were left out.
    static let changeLimit = 5000
    private static let sliceLength = 2000

    private static let migrations = [
        """
        CREATE TABLE entry (
            number INTEGER PRIMARY KEY,
            hash BLOB NOT NULL,
            record TEXT NOT NULL,
            project TEXT NOT NULL,
            environment TEXT NOT NULL,
            kind TEXT NOT NULL
        ) STRICT;
        CREATE INDEX entry_place ON entry (project, environment, number);
        CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
        """
    ]

    /// Opens the journal at a path, made when there is none.
    ///
    /// - Throws: `DatabaseError`; `.inUse` when another process has it.
    package init(path: String, durability: Database.Durability = .process) throws {
        thread = ThreadExecutor(name: "journal")
        database = try Database(path: path, durability: durability, migrations: Self.migrations)
        let found = try database.rows("SELECT number, hash FROM head") { row in
            JournalHead(number: row.integer(0), hash: row.blob(1))
        }
        head = found.first ?? .start
    }

    /// The last entry's number and hash; whoever keeps it elsewhere can prove later that nothing was cut off.
    package func currentHead() -> JournalHead { head }

    @discardableResult
    package func append(_ record: JournalRecord) async throws -> Int64 {
        let number = head.number + 1
        let place = JournalPlace(record)
        let bytes = record.encoded(number: number)
        let hash = JournalHead.hash(of: bytes, at: place, after: head.hash)
        try database.transaction {
            try database.run(
                "INSERT INTO entry (number, hash, record, project, environment, kind) VALUES (?, ?, ?, ?, ?, ?)",
                .init(number), .init(hash), .init(String(decoding: bytes, as: UTF8.self)), .init(place.project),
                .init(place.environment), .init(place.kind))
            try database.run(
                "INSERT OR REPLACE INTO head (id, number, hash) VALUES (1, ?, ?)", .init(number), .init(hash))
        }
        head = JournalHead(number: number, hash: hash)
        return number
    }

    // MARK: Reading

    /// Entries of an environment, the newest first.
    ///
    /// - Parameters:
    ///   - environment: nil for all of the project.
    ///   - kinds: none for all.
    ///   - before: entries with smaller numbers only, to turn pages.
    package func history(
        project: String, environment: String? = nil, kinds: Set<JournalRecord.Kind> = [], before: Int64 = .max,
        limit: Int = 50
    ) throws -> [JournalEntry] {
        let place = environment == nil ? "" : " AND environment = ?"
        let words = kinds.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        let choice = kinds.isEmpty ? "" : " AND kind IN (\(words))"
        let sql =
            "SELECT number, hash, record FROM entry WHERE project = ?\(place) AND number < ?\(choice) "
            + "ORDER BY number DESC LIMIT ?"
        var values: [DatabaseValue] = [.init(project)]
        if let environment { values.append(.init(environment)) }
        values += [.init(before), .init(min(max(limit, 0), 10_000))]
        var found: [JournalEntry] = []
        try database.each(sql, values) { row in found.append(try Self.entry(row)) }
        return found
    }

    /// One entry; nil when there is none of this number.
    package func entry(_ number: Int64) throws -> JournalEntry? {
        try database.rows("SELECT number, hash, record FROM entry WHERE number = ?", .init(number)) { row in
            try Self.entry(row)
        }.first
    }

    private static func entry(_ row: borrowing Row) throws -> JournalEntry {
        let number = row.integer(0)
        let record = try row.withText(2) { try JournalRecord(decoding: Array($0), number: number) }
        return JournalEntry(number: number, hash: row.blob(1), record: record)
    }

    // MARK: Verifying

    /// Walks the chain from its first entry.
    ///
    /// - Parameter anchor: a head that was noted elsewhere, which must be in the chain.
    /// - Returns: the first thing that is wrong, or how far the proof reaches.
    package func verify(anchor: JournalHead? = nil) throws -> JournalVerdict {
        var walk = ChainWalk(anchor: anchor)
        // Entries are read in slices, so that none is held longer than needed.
        while walk.isSound {
            var count = 0
            let sql =
                "SELECT number, hash, record, project, environment, kind FROM entry WHERE number > ? "
                + "ORDER BY number LIMIT ?"
            try database.each(sql, [.init(walk.last.number), .init(Self.sliceLength)]) { row in
                count += 1
                let (number, hash) = (row.integer(0), row.blob(1))
                let place = JournalPlace(project: row.text(3), environment: row.text(4), kind: row.text(5))
                row.withText(2) { walk.take(number: number, hash: hash, at: place, record: $0) }
            }
            if count < Self.sliceLength { break }
        }
        let stored = try database.rows("SELECT number, hash FROM head") { row in
            JournalHead(number: row.integer(0), hash: row.blob(1))
        }
        return walk.verdict(head: stored.first ?? .start)
    }
}
