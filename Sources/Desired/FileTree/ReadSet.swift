package import Crypto
import Synchronization
import System

/// What a rendering looked at, and what it saw: the key of its cache.
///
/// A rendering is a function of its read set alone. Where another tree shows the same at every path, it would yield the
/// same, whatever else has changed there.
package struct ReadSet: Sendable {
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

    /// What was found out about one path.
    package struct Look: Sendable, Hashable {
        /// nil when only the place was asked for.
        package fileprivate(set) var seen: Seen?
        /// What the path led to with links followed; nil when that was not asked.
        package fileprivate(set) var place: TreePath?
    }

    /// Every path in the order in which they were first looked at: those of one folder mostly follow one another.
    private(set) var looks: [(path: TreePath, look: Look)] = []
    private var positions: [TreePath: Int] = [:]

    package init() {}

    package subscript(path: TreePath) -> Look? { positions[path].map { looks[$0].look } }

    /// How many paths were looked at.
    package var count: Int { looks.count }

    /// Notes what was seen; a look does not replace what a reading found out.
    package mutating func note(_ path: TreePath, _ what: Seen) {
        note(path, what, leadsTo: nil)
    }

    /// Notes where a path led to.
    package mutating func note(_ path: TreePath, leadsTo place: TreePath) {
        note(path, nil, leadsTo: place)
    }

    /// Notes what was seen at a path, and where it led to; nil of what was not asked.
    mutating func note(_ path: TreePath, _ what: Seen?, leadsTo place: TreePath?) {
        if let last = looks.indices.last, looks[last].path == path {
            return looks[last].look.add(what, place)
        }
        guard let known = positions.updateValue(looks.count, forKey: path) else {
            var look = Look()
            look.add(what, place)
            return looks.append((path, look))
        }
        positions[path] = known
        looks[known].look.add(what, place)
    }

    /// Adds what another rendering of the same tree looked at.
    package mutating func merge(_ other: ReadSet) {
        for (path, look) in other.looks { note(path, look.seen, leadsTo: look.place) }
    }

    /// The files that were read, sorted.
    package var files: [TreePath] {
        looks.compactMap { if case .content = $0.look.seen { $0.path } else { nil } }.sorted()
    }

    /// Whether another tree shows the same at every path. A tree that cannot be read is an error, not a difference.
    package func isUnchanged(in tree: some FileTree) throws(TreeError) -> Bool {
        try changedFiles(in: tree, most: 0) != nil
    }

    /// The files that hold something else in another tree, which otherwise shows the same; nil where more is different, or
    /// more than so many files are. A tree that cannot be read is an error.
    package func changedFiles(in tree: some FileTree, most: Int) throws(TreeError) -> [TreePath]? {
        let left = Atomic(most)
        let parts = inParts(of: looks.count, atLeast: 256) { part -> (files: [TreePath], error: TreeError?) in
            var files: [TreePath] = []
            do throws(TreeError) {
                for (path, look) in looks[part] where left.load(ordering: .relaxed) >= 0 {
                    if try isUnchanged(path, look, in: tree) { continue }
                    let isOther = try holdsOther(path, look, in: tree)
                    left.subtract(isOther ? 1 : most + 1, ordering: .relaxed)
                    files.append(path)
                }
                return (files, nil)
            } catch { return (files, error) }
        }
        if left.load(ordering: .relaxed) < 0 { return nil }
        if let error = parts.compactMap(\.error).first { throw error }
        return parts.flatMap(\.files)
    }

    /// Whether what has changed is a file that is still one, where it was.
    private func holdsOther(_ path: TreePath, _ look: Look, in tree: some FileTree) throws(TreeError) -> Bool {
        guard case .content = look.seen, try isUnchanged(path, .file, in: tree) else { return false }
        guard let place = look.place else { return true }
        return try leads(path, to: place, in: tree)
    }

    private func isUnchanged(_ path: TreePath, _ look: Look, in tree: some FileTree) throws(TreeError) -> Bool {
        // Where the tree knows a file's content, one look tells both.
        if case .content(let id) = look.seen, let place = look.place, let sight = try? tree.look(at: path),
            let now = sight.id
        {
            return now == id && sight.place == place
        }
        if let what = look.seen, try !isUnchanged(path, what, in: tree) { return false }
        guard let place = look.place else { return true }
        return try leads(path, to: place, in: tree)
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
        let sorted = looks.sorted { $0.path < $1.path }
        for (path, look) in sorted {
            guard let seen = look.seen else { continue }
            let text =
                switch seen {
                case .absent: "absent"
                case .folder: "folder"
                case .file: "file"
                case .listing(let entries):
                    "listing " + entries.map { "\($0.kind.rawValue) \($0.name)" }.joined(separator: "/")
                case .content(let id): "content \(id)"
                }
            stream.update(Array("\(path.text)\0\(text)\0".utf8))
        }
        for (path, look) in sorted {
            guard let place = look.place else { continue }
            stream.update(Array("\(path.text)\0leads to \(place.text)\0".utf8))
        }
        return stream.finish()
    }
}

extension ReadSet: Equatable {
    /// Whether the same was seen at the same paths, in whichever order.
    package static func == (left: ReadSet, right: ReadSet) -> Bool {
        left.count == right.count && left.looks.allSatisfy { right[$0.path] == $0.look }
    }
}

extension ReadSet.Look {
    fileprivate mutating func add(_ what: ReadSet.Seen?, _ place: TreePath?) {
        if let what, what.rank >= seen?.rank ?? 0 { seen = what }
        if let place { self.place = place }
    }
}
