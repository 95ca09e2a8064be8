/// A tree with some files more: those lie over what the tree has at the same paths.
package struct OverlaidTree: FileTree {
    private var base: any FileTree
    private let added: [TreePath: TreeFile]

    /// - Parameter files: contents by path.
    package init(_ base: any FileTree, adding files: [TreePath: [UInt8]]) {
        self.base = base
        added = files.mapValues { TreeFile(bytes: $0, id: .blob($0)) }
    }

    package func kind(of path: TreePath) throws(TreeError) -> EntryKind {
        if added[path] != nil { return .file }
        let kind = try base.kind(of: path)
        return kind == .absent && holdsAdded(path) ? .folder : kind
    }

    package func read(_ path: TreePath) throws(TreeError) -> TreeFile {
        if let file = added[path] { return file }
        return try base.read(path)
    }

    package func contentID(of path: TreePath) throws(TreeError) -> ContentID {
        if let file = added[path] { return file.id }
        return try base.contentID(of: path)
    }

    package func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] {
        var entries: [String: FileEntry] = [:]
        if try base.kind(of: folder) == .folder || !holdsAdded(folder) {
            for entry in try base.entries(of: folder) { entries[entry.name] = entry }
        }
        for path in added.keys where folder != path && folder.contains(path) {
            let rest = path.parts.dropFirst(folder.parts.count)
            guard let first = rest.first else { continue }
            entries[String(first)] = FileEntry(String(first), rest.count == 1 ? .file : .folder)
        }
        return entries.values.sorted { $0.name < $1.name }
    }

    package func resolved(_ path: TreePath) throws(TreeError) -> TreePath {
        added[path] != nil ? path : try base.resolved(path)
    }

    package func reading(remembersIDs: Bool) -> any FileTree {
        var copy = self
        copy.base = base.reading(remembersIDs: remembersIDs)
        return copy
    }

    package func displayName(of path: TreePath) -> String { base.displayName(of: path) }

    private func holdsAdded(_ folder: TreePath) -> Bool {
        added.keys.contains { $0 != folder && folder.contains($0) }
    }
}
