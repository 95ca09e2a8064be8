import Document
package import Plan
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

    /// What is kept of one application.
    private struct Kept: Hashable {
        var entry: Entry?
        var hooks: HookRecord?

        var isEmpty: Bool { entry == nil && hooks == nil }
    }

    private let path: String
    private let kept: Mutex<[String: Kept]>

    /// - Parameter path: a JSON file; one that is not there is empty.
    /// - Throws: `SystemError`, or `Problem` for a file that is not ours.
    package init(path: String) throws {
        self.path = path
        var loaded: [String: Kept] = [:]
        if Files.exists(path) {
            let value = try JSON.parse(try Files.read(path), file: SourceFile(path))
            for field in value.fields?.entries ?? [] {
                loaded[field.key.text] = Kept(
                    entry: Self.entry(field.value), hooks: field.value["hooks"].flatMap(Self.hooks))
            }
        }
        kept = Mutex(loaded.filter { !$0.value.isEmpty })
    }

    package subscript(id: ApplicationID) -> Entry? {
        kept.withLock { $0[id.description]?.entry }
    }

    /// How far an application's hooks came.
    package func hooks(_ id: ApplicationID) -> HookRecord? {
        kept.withLock { $0[id.description]?.hooks }
    }

    /// The project that the store's applications belong to; nil before the first sync.
    package var project: String? {
        kept.withLock { $0.keys.min() }?.split(separator: "/").first.map(String.init)
    }

    /// Writes an entry, or removes it, before the call returns.
    package func set(_ id: ApplicationID, _ entry: Entry?) throws {
        try change(id) { $0.entry = entry }
    }

    /// Writes how far an application's hooks came, or forgets it, before the call returns.
    package func setHooks(_ id: ApplicationID, _ record: HookRecord?) throws {
        try change(id) { $0.hooks = record }
    }

    private func change(_ id: ApplicationID, _ body: (inout Kept) -> Void) throws {
        try kept.withLock { kept in
            var one = kept[id.description] ?? Kept()
            body(&one)
            guard kept[id.description] ?? Kept() != one else { return }
            var next = kept
            next[id.description] = one.isEmpty ? nil : one
            let mapping = Mapping(
                next.sorted { $0.key < $1.key }.map { .init(key: .init($0.key), value: Self.value($0.value)) })
            try Files.replace(path, with: JSON.emit(.mapping(mapping)))
            kept = next
        }
    }

    private static func value(_ kept: Kept) -> Value {
        var value = kept.entry.map(Self.value) ?? [:]
        if let hooks = kept.hooks {
            value["hooks"] = [
                "digest": .string(hooks.digest), "occasion": .string(hooks.occasion.rawValue),
                "succeeded": .sequence(hooks.succeeded.sorted().map { .string($0) }),
                "isFinished": .bool(hooks.isFinished),
            ]
        }
        return value
    }

    private static func hooks(_ value: Value) -> HookRecord? {
        guard let digest = value["digest"]?.string,
            let occasion = value["occasion"]?.string.flatMap({ Occasion(rawValue: $0) })
        else { return nil }
        return HookRecord(
            digest: digest, occasion: occasion, succeeded: Set((value["succeeded"]?.items ?? []).compactMap(\.string)),
            isFinished: value["isFinished"]?.bool ?? false)
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
