import Document
import Synchronization
package import System

/// What was last applied to each application: how a restarted service tells drift from a new commit, and finishes the
/// journal's record of a sync that it was killed in.
package final class AppliedStore: Sendable {
    /// One application's last sync.
    package struct Entry: Sendable, Hashable {
        /// The rendering that was applied, by its digest.
        package var digest: String
        package var commit: String
        package var planHash: String
        package var startedAt: Timestamp
        /// Whether the journal still waits for the sync's end.
        package var isOpen: Bool
    }

    private let path: String
    private let entries: Mutex<[String: Entry]>

    /// - Parameter path: a JSON file; one that is not there is empty.
    /// - Throws: `SystemError`, or `Problem` for a file that is not ours.
    package init(path: String) throws {
        self.path = path
        var loaded: [String: Entry] = [:]
        if Files.exists(path) {
            let value = try JSON.parse(try Files.read(path), file: SourceFile(path))
            for field in value.fields?.entries ?? [] { loaded[field.key.text] = Self.entry(field.value) }
        }
        entries = Mutex(loaded)
    }

    package subscript(id: ApplicationID) -> Entry? {
        entries.withLock { $0[id.description] }
    }

    /// The project that the store's applications belong to; nil before the first sync.
    package var project: String? {
        entries.withLock { $0.keys.min() }?.split(separator: "/").first.map(String.init)
    }

    /// Writes an entry, or removes it, before the call returns.
    package func set(_ id: ApplicationID, _ entry: Entry?) throws {
        try entries.withLock { entries in
            guard entries[id.description] != entry else { return }
            var next = entries
            next[id.description] = entry
            let mapping = Mapping(
                next.sorted { $0.key < $1.key }.map { .init(key: .init($0.key), value: Self.value($0.value)) })
            try Files.replace(path, with: JSON.emit(.mapping(mapping)))
            entries = next
        }
    }

    private static func entry(_ value: Value) -> Entry? {
        guard let digest = value["digest"]?.string, let started = value["startedAt"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        return Entry(
            digest: digest, commit: value["commit"]?.string ?? "", planHash: value["planHash"]?.string ?? "",
            startedAt: started, isOpen: value["isOpen"]?.bool ?? false)
    }

    private static func value(_ entry: Entry) -> Value {
        [
            "digest": .string(entry.digest), "commit": .string(entry.commit), "planHash": .string(entry.planHash),
            "startedAt": .string(entry.startedAt.nano), "isOpen": .bool(entry.isOpen),
        ]
    }
}
