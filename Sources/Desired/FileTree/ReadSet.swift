package import Crypto

/// What a rendering looked at, and what it saw: the key of its cache.
///
/// A rendering is a function of its read set alone. Where another tree shows the same at every path, it would yield the
/// same, whatever else has changed there.
package struct ReadSet: Sendable, Hashable {
    /// What was seen at one path.
    package enum Seen: Sendable, Hashable {
        /// Looked for and not found.
        case absent
        /// A folder that was not listed.
        case folder
        /// A folder with these names in it.
        case listing([FileEntry])
        /// A file that was looked for and not read.
        case file
        /// A file with this content.
        case content(ContentID)

        var rank: Int {
            switch self {
            case .absent, .folder, .file: 0
            case .listing, .content: 1
            }
        }
    }

    package private(set) var seen: [TreePath: Seen] = [:]
    /// What paths led to with links followed, where that was asked.
    package private(set) var places: [TreePath: TreePath] = [:]

    package init() {}

    /// Notes what was seen; a look does not replace what a reading found out.
    package mutating func note(_ path: TreePath, _ what: Seen) {
        if let known = seen[path], known.rank > what.rank { return }
        seen[path] = what
    }

    /// Notes where a path led to.
    package mutating func note(_ path: TreePath, leadsTo place: TreePath) {
        places[path] = place
    }

    /// Adds what another rendering of the same tree looked at.
    package mutating func merge(_ other: ReadSet) {
        for (path, what) in other.seen { note(path, what) }
        for (path, place) in other.places { note(path, leadsTo: place) }
    }

    /// The files that were read, sorted.
    package var files: [TreePath] {
        seen.compactMap { if case .content = $0.value { $0.key } else { nil } }.sorted()
    }

    /// Whether another tree shows the same at every path. A tree that cannot be read is an error, not a difference.
    package func isUnchanged(in tree: some FileTree) throws(TreeError) -> Bool {
        for (path, what) in seen {
            guard try isUnchanged(path, what, in: tree) else { return false }
            if let place = places[path], try !leads(path, to: place, in: tree) { return false }
        }
        for (path, place) in places where seen[path] == nil {
            guard try leads(path, to: place, in: tree) else { return false }
        }
        return true
    }

    private func leads(_ path: TreePath, to place: TreePath, in tree: some FileTree) throws(TreeError) -> Bool {
        do {
            return try tree.resolved(path) == place
        } catch {
            if case .failed = error.reason { throw error }
            return false
        }
    }

    private func isUnchanged(_ path: TreePath, _ what: Seen, in tree: some FileTree) throws(TreeError) -> Bool {
        do {
            switch what {
            case .absent: return try tree.kind(of: path) == .absent
            case .folder: return try tree.kind(of: path) == .folder
            case .file: return try tree.kind(of: path) == .file
            case .listing(let entries): return try tree.entries(of: path) == entries
            case .content(let id): return try tree.contentID(of: path) == id
            }
        } catch {
            // What is gone, or has become something else, is a difference.
            if case .failed = error.reason { throw error }
            return false
        }
    }

    /// The SHA-256 of everything that was seen, in order of paths.
    package var digest: Digest {
        let stream = DigestStream(.sha256)
        for (path, what) in seen.sorted(by: { $0.key < $1.key }) {
            let text =
                switch what {
                case .absent: "absent"
                case .folder: "folder"
                case .file: "file"
                case .listing(let entries):
                    "listing " + entries.map { "\($0.kind.rawValue) \($0.name)" }.joined(separator: "/")
                case .content(let id): "content \(id)"
                }
            stream.update(Array("\(path.text)\0\(text)\0".utf8))
        }
        for (path, place) in places.sorted(by: { $0.key < $1.key }) {
            stream.update(Array("\(path.text)\0leads to \(place.text)\0".utf8))
        }
        return stream.finish()
    }
}
