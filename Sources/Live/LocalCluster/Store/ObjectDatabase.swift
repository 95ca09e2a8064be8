import Database
import Document
import Manifest

/// Where objects outlive the process: one row each, as JSON.
///
/// It belongs to one actor. A batch is one transaction: all of it is there after a crash, or nothing.
final class ObjectDatabase {
    private let database: Database
    /// Revisions up to this one may have been given out; a block at a time is noted, so that most commits need not.
    private var reserved: Int64
    private static let block: Int64 = 10_000

    private static let migrations = [
        """
        CREATE TABLE object (
            id INTEGER PRIMARY KEY,
            api_group TEXT NOT NULL,
            kind TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            revision INTEGER NOT NULL,
            json TEXT NOT NULL,
            UNIQUE (api_group, kind, namespace, name)
        ) STRICT;
        CREATE TABLE revision (id INTEGER PRIMARY KEY CHECK (id = 1), reserved INTEGER NOT NULL) STRICT;
        INSERT INTO revision VALUES (1, 0);
        """
    ]

    init(path: String) throws {
        database = try Database(path: path, migrations: Self.migrations)
        reserved = try database.integer("SELECT reserved FROM revision") ?? 0
    }

    /// A revision that no object has had, later than all that were.
    var firstFreeRevision: Int64 { reserved + 1 }

    /// All objects with their keys.
    ///
    /// - Throws: `DatabaseError`; a `Problem` when a row is no JSON.
    func load(_ body: (Manifest) -> Void) throws {
        try database.each("SELECT json FROM object", []) { row in
            let bytes = row.withText(0) { Array($0) }
            body(Manifest(try JSON.parse(bytes)))
        }
    }

    /// Writes the last state of each object, in one transaction.
    func write(_ changes: [Change], encoded: [ObjectKey: String]) throws {
        try database.transaction {
            for change in changes where encoded[change.key] == nil {
                try database.run(
                    "DELETE FROM object WHERE api_group = ? AND kind = ? AND namespace = ? AND name = ?",
                    .text(change.key.group), .text(change.key.kind), .text(change.key.namespace ?? ""),
                    .text(change.key.name))
            }
            for (key, json) in encoded { try put(key, json, revision: changes.last?.revision ?? 0) }
            try reserve(changes.last?.revision ?? 0)
        }
    }

    private func put(_ key: ObjectKey, _ json: String, revision: Int64) throws {
        try database.run(
            """
            INSERT INTO object (api_group, kind, namespace, name, revision, json) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (api_group, kind, namespace, name) DO UPDATE SET revision = excluded.revision, json = excluded.json
            """,
            .text(key.group), .text(key.kind), .text(key.namespace ?? ""), .text(key.name), .integer(revision),
            .text(json))
    }

    private func reserve(_ revision: Int64) throws {
        guard revision > reserved else { return }
        try database.run("UPDATE revision SET reserved = ?", .integer(revision + Self.block))
        reserved = revision + Self.block
    }
}
