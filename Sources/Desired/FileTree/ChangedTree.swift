/// A tree as it would be with other contents in some of its files: nothing is written.
package struct ChangedTree: FileTree {
    private let tree: any FileTree
    private let files: [TreePath: TreeFile]

    /// - Parameter files: new contents of files that are there, by their paths.
    package init(_ tree: any FileTree, changing files: [TreePath: [UInt8]]) {
        self.tree = tree
        self.files = files.mapValues { TreeFile(bytes: $0, id: .blob($0)) }
    }

    package func kind(of path: TreePath) throws(TreeError) -> EntryKind { try tree.kind(of: path) }

    package func read(_ path: TreePath) throws(TreeError) -> TreeFile {
        if let file = try changed(path) { return file }
        return try tree.read(path)
    }

    package func contentID(of path: TreePath) throws(TreeError) -> ContentID {
        if let file = try changed(path) { return file.id }
        return try tree.contentID(of: path)
    }

    package func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] { try tree.entries(of: folder) }
    package func resolved(_ path: TreePath) throws(TreeError) -> TreePath { try tree.resolved(path) }
    package func path(ofRemote address: String) -> TreePath? { tree.path(ofRemote: address) }
    package func displayName(of path: TreePath) -> String { tree.displayName(of: path) }

    /// The new content of a file, whichever links lead to it.
    private func changed(_ path: TreePath) throws(TreeError) -> TreeFile? {
        if let file = files[path] { return file }
        return files.isEmpty ? nil : files[try tree.resolved(path)]
    }
}
