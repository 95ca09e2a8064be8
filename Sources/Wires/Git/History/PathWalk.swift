internal import CGit2

/// Looks up the same paths in many commits; folders that did not change from one commit to the next are read once.
struct PathWalk {
    let repository: GitRepository
    let handle: OpaquePointer
    private var known: [Key: TreeEntry?] = [:]

    private struct Key: Hashable {
        var tree: ObjectID
        var name: Substring
    }

    /// - Parameter handle: borrowed from the repository's pool for as long as the walk lasts.
    init(_ repository: GitRepository, _ handle: OpaquePointer) {
        self.repository = repository
        self.handle = handle
    }

    /// The entry at a path that was split at its slashes; nil when nothing is there.
    mutating func entry(_ path: [Substring], in root: ObjectID) throws(GitError) -> TreeEntry? {
        var found = TreeEntry(name: "", kind: .folder, id: root)
        for name in path {
            guard found.kind == .folder, let next = try child(name, of: found.id) else { return nil }
            found = next
        }
        return found
    }

    private mutating func child(_ name: Substring, of tree: ObjectID) throws(GitError) -> TreeEntry? {
        let key = Key(tree: tree, name: name)
        if let entry = known[key] { return entry }
        let owned = try OwnedTree(handle, tree)
        var entry: TreeEntry?
        if let raw = git_tree_entry_byname(owned.pointer, String(name)) { entry = try TreeEntry(raw, in: String(name)) }
        if known.count > 200_000 { known.removeAll() }
        known[key] = .some(entry)
        return entry
    }
}
