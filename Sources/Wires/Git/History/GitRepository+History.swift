extension GitRepository {
    /// The commits that a commit has as ancestors, itself first, the newest first.
    ///
    /// - Parameters:
    ///   - path: only commits that changed what is at this path; of a merge, the side that changed nothing hides the
    ///     other, as `git log -- path` has it. Empty for all commits.
    ///   - limit: how many to find.
    ///   - walkLimit: how many commits to look at before giving up; the rest is left out.
    package func history(
        of path: String = "", from head: ObjectID, limit: Int = 100, walkLimit: Int = 1_000_000
    ) throws(GitError) -> [Commit] {
        try GitPath.check(path)
        let ids = try handles.with { handle throws(GitError) in
            var walk = HistoryWalk(PathWalk(self, handle), path.split(separator: "/"))
            return try walk.run(from: head, limit: limit, walkLimit: walkLimit)
        }
        var found: [Commit] = []
        for id in ids { found.append(try commit(id)) }
        return found
    }
}

private struct HistoryWalk {
    private var paths: PathWalk
    private let path: [Substring]
    private var queue = CommitQueue()
    private var seen: Set<ObjectID> = []

    init(_ paths: PathWalk, _ path: [Substring]) {
        self.paths = paths
        self.path = path
    }

    mutating func run(from head: ObjectID, limit: Int, walkLimit: Int) throws(GitError) -> [ObjectID] {
        var found: [ObjectID] = []
        try push(head)
        var visited = 0
        while found.count < limit, visited < walkLimit, let id = queue.pop() {
            visited += 1
            if try visit(id) { found.append(id) }
        }
        return found
    }

    /// Whether a commit changed the path; its parents that matter are queued.
    private mutating func visit(_ id: ObjectID) throws(GitError) -> Bool {
        let node = try paths.repository.commits.node(id, in: paths.repository)
        if path.isEmpty {
            for parent in node.parents { try push(parent) }
            return true
        }
        let own = try paths.entry(path, in: node.tree)
        for parent in node.parents {
            let tree = try paths.repository.commits.node(parent, in: paths.repository).tree
            if try paths.entry(path, in: tree) == own {
                try push(parent)
                return false
            }
        }
        for parent in node.parents { try push(parent) }
        return own != nil || !node.parents.isEmpty
    }

    private mutating func push(_ id: ObjectID) throws(GitError) {
        guard seen.insert(id).inserted else { return }
        queue.push(id, time: try paths.repository.commits.node(id, in: paths.repository).time)
    }
}
