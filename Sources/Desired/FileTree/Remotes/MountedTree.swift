/// A tree with the trees of other repositories mounted in it, each at a commit that was pinned.
///
/// They stand beneath `.git/remotes`, where no tree of git has anything of its own. The commit is part of a mount's path,
/// so that what was read at another commit is not taken for unchanged.
package final class MountedTree: FileTree {
    /// A repository at a commit.
    package struct Mount: Sendable {
        /// The address that allows it: a repository's, or one with a folder.
        let address: RemoteBase
        let commit: String
        let tree: any FileTree
        /// Where it stands.
        let root: TreePath
        /// What messages put before the names of its own paths.
        let label: String

        /// - Parameter commit: its id in hexadecimal digits.
        package init(_ address: RemoteBase, at commit: String, _ tree: any FileTree) {
            self.address = address
            self.commit = commit
            self.tree = tree
            root = TreePath.remotes.appending("\(address.repository)@\(commit)".replacing("/", with: "!"))
            label = "\(address.repository)@\(commit.prefix(12)):"
        }

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
        return mount.root.resolving(folder.text)
    }

    /// Mounts are pinned: the tree is as its own part is.
    package var version: ContentID? {
        guard let own = tree.version else { return nil }
        return .object("mounted tree", Array(([own.hex] + mounts.map(\.root.text)).joined(separator: "\n").utf8))
    }

    package func reading(remembersIDs: Bool) -> any FileTree {
        MountedTree(
            tree.reading(remembersIDs: remembersIDs),
            mounts: mounts.map { mount in
                Mount(mount.address, at: mount.commit, mount.tree.reading(remembersIDs: remembersIDs))
            })
    }

    private func mount(of path: TreePath) -> Mount? {
        mounts.first { $0.root.contains(path) }
    }

    /// The tree that a path is of, and its path there; nil beneath a mount that is none.
    private func place(_ path: TreePath) -> (tree: any FileTree, path: TreePath)? {
        guard TreePath.remotes.contains(path), path != .remotes else { return (tree, path) }
        guard let mount = mount(of: path),
            let inner = TreePath(Substring(path.text.utf8.dropFirst(mount.root.text.utf8.count + 1)))
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
        guard place(path) != nil else { return .absent }
        return try asking(path) { (tree, path) throws(TreeError) in try tree.kind(of: path) }
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
        return mount(of: path)?.root.resolving(target.text) ?? target
    }

    package func treeID(of folder: TreePath) -> ContentID? {
        // The folders that mounts stand in hold more than the tree itself says.
        guard let (tree, inner) = place(folder), mount(of: folder) != nil || !folder.contains(.remotes) else {
            return nil
        }
        return tree.treeID(of: inner)
    }

    package func look(at path: TreePath) throws(TreeError) -> Sight {
        guard place(path) != nil else { return Sight(.absent, at: path) }
        var sight = try asking(path) { (tree, path) throws(TreeError) in try tree.look(at: path) }
        if let root = mount(of: path)?.root { sight.place = root.resolving(sight.place.text) ?? path }
        return sight
    }

    /// `https://host/org/repo@0123456789ab:folder/file` for what is mounted.
    package func displayName(of path: TreePath) -> String {
        guard let mount = mount(of: path), let (tree, inner) = place(path) else {
            return self.tree.displayName(of: path)
        }
        return mount.label + tree.displayName(of: inner)
    }
}

extension TreePath {
    /// Where other repositories are mounted.
    static let remotes = TreePath.root.appending(".git").appending("remotes")

    /// The root of the mounted repository that this path is in; nil for paths of the tree itself.
    package var remoteRoot: TreePath? {
        guard text.utf8.first == UInt8(ascii: "."), TreePath.remotes.contains(self), self != TreePath.remotes else {
            return nil
        }
        return TreePath.remotes.appending(String(parts[2]))
    }
}
