import Synchronization

/// A tree that remembers what was asked of it.
package final class RecordingTree: FileTree {
    private let tree: any FileTree
    private let record = Mutex(ReadSet())

    package init(_ tree: any FileTree) {
        self.tree = tree
    }

    /// What has been looked at so far.
    package var readSet: ReadSet { record.withLock { $0 } }

    package func kind(of path: TreePath) throws(TreeError) -> EntryKind {
        let kind = try tree.kind(of: path)
        note(path, Self.seen(kind))
        return kind
    }

    package func read(_ path: TreePath) throws(TreeError) -> TreeFile {
        do {
            let file = try tree.read(path)
            note(path, .content(file.id))
            return file
        } catch {
            if error.reason == .absent { note(path, .absent) }
            throw error
        }
    }

    package func contentID(of path: TreePath) throws(TreeError) -> ContentID {
        let id = try tree.contentID(of: path)
        note(path, .content(id))
        return id
    }

    package func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] {
        do {
            let entries = try tree.entries(of: folder)
            note(folder, .listing(entries))
            return entries
        } catch {
            if error.reason == .absent { note(folder, .absent) }
            throw error
        }
    }

    package func resolved(_ path: TreePath) throws(TreeError) -> TreePath {
        do {
            let place = try tree.resolved(path)
            record.withLock { $0.note(path, leadsTo: place) }
            return place
        } catch {
            if error.reason == .absent { note(path, .absent) }
            throw error
        }
    }

    package func look(at path: TreePath) throws(TreeError) -> Sight {
        let sight = try tree.look(at: path)
        let place = sight.kind == .absent ? nil : sight.place
        let seen = sight.id.map(ReadSet.Seen.content) ?? Self.seen(sight.kind)
        record.withLock { $0.note(path, seen, leadsTo: place) }
        return sight
    }

    private static func seen(_ kind: EntryKind) -> ReadSet.Seen {
        switch kind {
        case .absent: .absent
        case .folder: .folder
        case .file: .file
        }
    }

    package func displayName(of path: TreePath) -> String {
        tree.displayName(of: path)
    }

    package func path(ofRemote address: String) -> TreePath? {
        tree.path(ofRemote: address)
    }

    private func note(_ path: TreePath, _ what: ReadSet.Seen) {
        record.withLock { $0.note(path, what) }
    }
}
