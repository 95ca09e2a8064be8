/// A file that differs between two trees.
package struct TreeChange: Sendable, Hashable {
    /// From the root.
    package let path: String
    /// nil when it is new.
    package let old: TreeEntry?
    /// nil when it is gone.
    package let new: TreeEntry?

    package init(path: String, old: TreeEntry?, new: TreeEntry?) {
        self.path = path
        self.old = old
        self.new = new
    }
}

extension GitRepository {
    /// The files that differ between two trees, ordered by path; equal folders are not looked into.
    ///
    /// - Parameters:
    ///   - old: nil for the empty tree.
    ///   - path: only what is at or beneath it; the root is empty.
    /// - Throws: `GitError`, `.tooLarge` beyond `limit` changes.
    package func changes(
        from old: GitTree?, to new: GitTree, beneath path: String = "", limit: Int = 100_000
    ) throws(GitError) -> [TreeChange] {
        var comparison = TreeComparison(repository: self, limit: limit)
        try comparison.compare(try old?.entry(at: path), try new.entry(at: path), at: path, depth: 0)
        return comparison.changes.sorted { $0.path < $1.path }
    }
}

private struct TreeComparison {
    let repository: GitRepository
    let limit: Int
    var changes: [TreeChange] = []

    init(repository: GitRepository, limit: Int) {
        self.repository = repository
        self.limit = limit
    }

    mutating func compare(_ old: TreeEntry?, _ new: TreeEntry?, at path: String, depth: Int) throws(GitError) {
        if old?.id == new?.id, old?.kind == new?.kind { return }
        guard depth < 64 else { throw GitError(.tooLarge, "compare \(path)", "folders are nested too deep") }
        let (oldLeaf, newLeaf) = (old.flatMap(Self.leaf), new.flatMap(Self.leaf))
        if oldLeaf != nil || newLeaf != nil {
            guard changes.count < limit else {
                throw GitError(.tooLarge, "compare trees", "more than \(limit) files differ")
            }
            changes.append(TreeChange(path: path, old: oldLeaf, new: newLeaf))
        }
        try compareFolders(old.flatMap(Self.folder), new.flatMap(Self.folder), at: path, depth: depth)
    }

    private mutating func compareFolders(
        _ old: ObjectID?, _ new: ObjectID?, at path: String, depth: Int
    ) throws(GitError) {
        if old == nil, new == nil { return }
        let olds = try entries(old, path)
        let news = try entries(new, path)
        for name in Set(olds.keys).union(news.keys) {
            let child = path.isEmpty ? name : "\(path)/\(name)"
            try compare(olds[name], news[name], at: child, depth: depth + 1)
        }
    }

    private func entries(_ id: ObjectID?, _ path: String) throws(GitError) -> [String: TreeEntry] {
        guard let id else { return [:] }
        let entries = try repository.entries(ofTree: id, named: path)
        return Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    private static func leaf(_ entry: TreeEntry) -> TreeEntry? { entry.kind == .folder ? nil : entry }
    private static func folder(_ entry: TreeEntry) -> ObjectID? { entry.kind == .folder ? entry.id : nil }
}
