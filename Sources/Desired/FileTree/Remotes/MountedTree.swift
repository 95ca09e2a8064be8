/// A tree with the trees of other repositories mounted in it, each at a commit that was pinned.
///
/// They stand beneath `.git/remotes`, where no tree of git has anything of its own. The commit is part of a mount's path,
/// so that what was read at another commit is not taken for unchanged.
package final class MountedTree: FileTree {
    /// A repository at a commit.
    package struct Mount: Sendable {
        /// The address that allows it: a repository's, or one with a folder.
        var address: RemoteBase
        var commit: String
        var tree: any FileTree

        /// - Parameter commit: its id in hexadecimal digits.
        package init(_ address: RemoteBase, at commit: String, _ tree: any FileTree) {
            self.address = address
            self.commit = commit
            self.tree = tree
        }

        var name: String { "\(address.repository)@\(commit)".replacing("/", with: "!") }

        func allows(_ base: RemoteBase) -> Bool {
            base.repository == address.repository && (address.folder.isEmpty || address.folder == base.folder)
        }
    }

    private let tree: any FileTree
    private let mounts: [Mount]

    package init(_ tree: any FileTree, mounts: [Mount]) {
        self.tree = tree
        self.mounts = mounts
    }

    package func path(ofRemote address: String) -> TreePath? {
        guard let base = RemoteBase(address), let mount = mounts.first(where: { $0.allows(base) }),
            let folder = TreePath(base.folder)
        else { return nil }
        return TreePath.remotes.appending(mount.name).resolving(folder.text)
    }

    /// The tree that a path is of, and its path there; nil beneath a mount that is none.
    private func place(_ path: TreePath) -> (tree: any FileTree, path: TreePath)? {
        guard let root = path.remoteRoot else { return (tree, path) }
        guard let mount = mounts.first(where: { $0.name == root.name }),
            let inner = TreePath(path.text.dropFirst(root.text.count).drop { $0 == "/" })
        else { return nil }
        return (mount.tree, inner)
    }

    private func asking<Answer>(
        _ path: TreePath, _ ask: (any FileTree, TreePath) throws(TreeError) -> Answer
    ) throws(TreeError) -> Answer {
        guard let (tree, inner) = place(path) else { throw TreeError(path, .absent) }
        do {
            return try ask(tree, inner)
        } catch {
            throw TreeError(path, error.reason)
        }
    }

    package func kind(of path: TreePath) throws(TreeError) -> EntryKind {
        guard let (tree, inner) = place(path) else { return .absent }
        do {
            return try tree.kind(of: inner)
        } catch {
            throw TreeError(path, error.reason)
        }
    }

    package func read(_ path: TreePath) throws(TreeError) -> TreeFile {
        try asking(path) { (tree, path) throws(TreeError) in try tree.read(path) }
    }

    package func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] {
        try asking(folder) { (tree, path) throws(TreeError) in try tree.entries(of: path) }
    }

    package func contentID(of path: TreePath) throws(TreeError) -> ContentID {
        try asking(path) { (tree, path) throws(TreeError) in try tree.contentID(of: path) }
    }

    package func resolved(_ path: TreePath) throws(TreeError) -> TreePath {
        let target = try asking(path) { (tree, path) throws(TreeError) in try tree.resolved(path) }
        guard let root = path.remoteRoot else { return target }
        return root.resolving(target.text) ?? path
    }

    /// `https://host/org/repo@0123456789ab:folder/file` for what is mounted.
    package func displayName(of path: TreePath) -> String {
        guard let root = path.remoteRoot, let mount = mounts.first(where: { $0.name == root.name }),
            let (tree, inner) = place(path)
        else { return tree.displayName(of: path) }
        return "\(mount.address.repository)@\(mount.commit.prefix(12)):\(tree.displayName(of: inner))"
    }
}

extension TreePath {
    /// Where other repositories are mounted.
    static let remotes = TreePath.root.appending(".git").appending("remotes")

    /// The root of the mounted repository that this path is in; nil for paths of the tree itself.
    package var remoteRoot: TreePath? {
        guard TreePath.remotes.contains(self), self != TreePath.remotes else { return nil }
        return TreePath.remotes.appending(String(parts[2]))
    }
}
