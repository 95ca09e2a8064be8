internal import Synchronization

/// Blames that were found before, the last one of each path.
final class BlameCache: Sendable {
    struct Entry: Sendable {
        var commit: ObjectID
        var blob: ObjectID
        var blame: FileBlame
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let limit = 2000

    func entry(_ path: String, at commit: ObjectID) -> Entry? {
        entries.withLock { entries in
            guard let entry = entries[path], entry.commit == commit else { return nil }
            return entry
        }
    }

    func remember(_ blame: FileBlame, at commit: ObjectID, blob: ObjectID) {
        entries.withLock { entries in
            if entries.count >= limit { entries.removeAll() }
            entries[blame.path] = Entry(commit: commit, blob: blob, blame: blame)
        }
    }
}
