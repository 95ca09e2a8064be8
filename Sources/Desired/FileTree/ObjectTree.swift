import Synchronization

/// Where git's objects are: trees and blobs by id. The Git room's repositories are adapted to this.
package protocol ObjectSource: Sendable {
    /// The entries of a tree object.
    func entries(ofTree id: ContentID) throws -> [ObjectEntry]

    /// The bytes of a blob, at most `limit`; nil when it is longer.
    func blob(_ id: ContentID, limit: Int) throws -> [UInt8]?
}

/// One entry of a tree object.
package struct ObjectEntry: Sendable, Hashable {
    package var name: String
    package var kind: FileEntry.Kind
    package var id: ContentID

    package init(name: String, kind: FileEntry.Kind, id: ContentID) {
        self.name = name
        self.kind = kind
        self.id = id
    }
}

extension ObjectEntry {
    /// Whether this is what a path with its name leads to.
    fileprivate var isPlain: Bool { kind == .file || kind == .folder }
}

/// A tree of git objects, as at one commit: nothing is checked out, and what is read cannot change.
package final class ObjectTree: FileTree {
    /// The id of the root's tree object; equal roots, equal trees.
    package let root: ContentID
    private let source: any ObjectSource
    private let limit: Int
    /// Trees that were read. A commit's folders are few, and are looked at again and again.
    private let known = Mutex<[ContentID: [String: ObjectEntry]]>([:])
    /// Folders by the paths by which they were asked for.
    private let folders = Mutex(Folders())

    private struct Folders: Sendable {
        var byPath: [TreePath: Folder] = [:]
        /// That of the path that was asked for last.
        var last: (path: TreePath, folder: Folder)?

        mutating func folder(at path: TreePath) -> Folder? {
            guard let known = byPath[path] else { return nil }
            last = (path, known)
            return known
        }

        mutating func keep(_ folder: Folder, at path: TreePath) {
            byPath[path] = folder
            last = (path, folder)
        }
    }

    private struct Folder: Sendable {
        let path: TreePath
        /// Where it is, links followed.
        let place: TreePath
        let children: [String: ObjectEntry]

        /// Where an entry is that is no link.
        func place(of entry: TreePath) -> TreePath { path == place ? entry : place.appending(entry.name) }
    }
    /// As many links as Linux follows in one path (path_resolution(7)).
    private static let linkLimit = 40

    /// - Parameter limit: the longest file that is read, in bytes.
    package init(root: ContentID, in source: any ObjectSource, limit: Int = 64 << 20) {
        self.root = root
        self.source = source
        self.limit = limit
    }

    package var version: ContentID? { root }

    package func kind(of path: TreePath) throws(TreeError) -> EntryKind {
        do throws(TreeError) {
            return try find(path).kind == .folder ? .folder : .file
        } catch {
            guard error.reason == .absent else { throw error }
            return .absent
        }
    }

    package func contentID(of path: TreePath) throws(TreeError) -> ContentID {
        let entry = try find(path)
        guard entry.kind == .file else { throw TreeError(path, .isFolder) }
        return entry.id
    }

    package func read(_ path: TreePath) throws(TreeError) -> TreeFile {
        let id = try contentID(of: path)
        return TreeFile(bytes: try blob(id, for: path), id: id)
    }

    package func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] {
        let entry = try find(folder)
        guard entry.kind == .folder else { throw TreeError(folder, .isNotFolder) }
        return try children(of: entry.id, for: folder).values.map { FileEntry($0.name, $0.kind) }
            .sorted { $0.name < $1.name }
    }

    package func resolved(_ path: TreePath) throws(TreeError) -> TreePath {
        if let folder = try folder(above: path), let entry = folder.children[path.name], entry.isPlain {
            return folder.place(of: path)
        }
        return try trail(to: path).dropFirst().reduce(TreePath.root) { $0.appending($1.name) }
    }

    package func treeID(of folder: TreePath) -> ContentID? {
        guard let trail = try? trail(to: folder), let last = trail.last, last.kind == .folder,
            trail.dropFirst().map(\.name) == folder.parts.map(String.init)
        else { return nil }
        return last.id
    }

    package func look(at path: TreePath) throws(TreeError) -> Sight {
        if let folder = try folder(above: path) {
            guard let entry = folder.children[path.name] else { return Sight(.absent, at: path) }
            let place = folder.place(of: path)
            if entry.kind == .file { return Sight(.file, at: place, id: entry.id) }
            if entry.kind == .folder { return Sight(.folder, at: place) }
        }
        let kind = try kind(of: path)
        return Sight(kind, at: kind == .absent ? path : try resolved(path))
    }

    /// The folder that a path is in; nil when it is not there. Thousands of files have few folders.
    private func folder(above path: TreePath) throws(TreeError) -> Folder? {
        if let last = folders.withLock({ $0.last }), last.path.isParent(of: path) { return last.folder }
        guard let parent = path.parent else { return nil }
        if let known = folders.withLock({ $0.folder(at: parent) }) { return known }
        guard let trail = try? trail(to: parent), let last = trail.last, last.kind == .folder else { return nil }
        let place = trail.dropFirst().reduce(TreePath.root) { $0.appending($1.name) }
        let folder = Folder(path: parent, place: place, children: try children(of: last.id, for: parent))
        folders.withLock { $0.keep(folder, at: parent) }
        return folder
    }

    /// The file or folder at a path, links followed.
    private func find(_ path: TreePath) throws(TreeError) -> ObjectEntry {
        if let folder = try folder(above: path) {
            guard let entry = folder.children[path.name] else { throw TreeError(path, .absent) }
            if entry.isPlain { return entry }
        }
        guard let last = try trail(to: path).last else { throw TreeError(path, .outside) }
        return last
    }

    /// The root and every entry on the way to what a path names, links followed.
    private func trail(to path: TreePath) throws(TreeError) -> [ObjectEntry] {
        var open = Array(path.parts.map(String.init).reversed())
        var trail = [ObjectEntry(name: "", kind: .folder, id: root)]
        var links = 0
        while let name = open.popLast() {
            guard let folder = trail.last, folder.kind == .folder else { throw TreeError(path, .absent) }
            if name == ".." {
                trail.removeLast()
                if trail.isEmpty { throw TreeError(path, .outside) }
                continue
            }
            guard let entry = try children(of: folder.id, for: path)[name] else { throw TreeError(path, .absent) }
            switch entry.kind {
            case .file, .folder: trail.append(entry)
            case .other: throw TreeError(path, .notReadable)
            case .link:
                links += 1
                if links > Self.linkLimit { throw TreeError(path, .tooManyLinks) }
                let target = String(decoding: try blob(entry.id, for: path), as: UTF8.self)
                if target.hasPrefix("/") { throw TreeError(path, .outside) }
                open += target.split(separator: "/").filter { $0 != "." }.map(String.init).reversed()
            }
        }
        return trail
    }

    private func children(of tree: ContentID, for path: TreePath) throws(TreeError) -> [String: ObjectEntry] {
        if let entries = known.withLock({ $0[tree] }) { return entries }
        let entries: [ObjectEntry]
        do {
            entries = try source.entries(ofTree: tree)
        } catch {
            throw TreeError(path, .failed("\(error)"))
        }
        let byName = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        known.withLock { $0[tree] = byName }
        return byName
    }

    private func blob(_ id: ContentID, for path: TreePath) throws(TreeError) -> [UInt8] {
        do {
            if let bytes = try source.blob(id, limit: limit) { return bytes }
        } catch {
            throw TreeError(path, .failed("\(error)"))
        }
        throw TreeError(path, .tooLarge(limit: limit))
    }
}
