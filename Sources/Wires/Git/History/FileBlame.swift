/// Which commit put each line of a file there.
package struct FileBlame: Sendable, Hashable {
    package let path: String
    /// By line, from 0.
    package let commits: [ObjectID]
    /// By line, from 0: the file's path in that commit, another one when the file was renamed since.
    package let paths: [String]

    package init(path: String, commits: [ObjectID], paths: [String]) {
        self.path = path
        self.commits = commits
        self.paths = paths
    }

    /// The commit of a line, from 1; nil when the file has no such line.
    package func commit(ofLine line: Int) -> ObjectID? {
        commits.indices.contains(line - 1) ? commits[line - 1] : nil
    }
}

extension GitRepository {
    /// Finds for each line of a file the commit that last changed it, renames followed.
    ///
    /// All lines are found in one walk. The result is remembered by path: the blame of a later commit walks only as far
    /// back as the earlier one.
    ///
    /// - Throws: `GitError`, `.notFound` when no file is there, `.tooLarge` beyond `limit` bytes.
    package func blame(_ path: String, at commit: ObjectID, limit: Int = 4 << 20) throws(GitError) -> FileBlame {
        try GitPath.check(path)
        guard let entry = try tree(at: commit).entry(at: path), entry.isFile else {
            throw GitError(.notFound, "blame \(path)", "there is no such file at \(commit.short)")
        }
        let bytes = try blob(entry.id, named: path, limit: limit)
        let blame = try handles.with { handle throws(GitError) in
            var walk = BlameWalk(PathWalk(self, handle), path: path, lines: LineDiff.lineCount(bytes), limit: limit)
            return try walk.run(from: commit, blob: entry.id)
        }
        blames.remember(blame, at: commit, blob: entry.id)
        return blame
    }
}
