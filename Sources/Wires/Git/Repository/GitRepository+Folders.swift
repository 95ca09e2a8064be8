internal import CGit2

extension GitRepository {
    /// The folder that holds `HEAD`: the repository itself when it is bare, otherwise its `.git`.
    package func gitFolder() throws(GitError) -> String {
        try handles.with { repository throws(GitError) in
            guard let path = git_repository_path(repository) else {
                throw GitError(.noRepository, "open \(path)", "it has no folder")
            }
            return Self.trimmed(path)
        }
    }

    /// The folder that holds branches and objects: another than `gitFolder` in a worktree (git-worktree(1)).
    package func commonFolder() throws(GitError) -> String {
        try handles.with { repository throws(GitError) in
            guard let path = git_repository_commondir(repository) else {
                throw GitError(.noRepository, "open \(path)", "it has no folder")
            }
            return Self.trimmed(path)
        }
    }

    private static func trimmed(_ path: UnsafePointer<CChar>) -> String {
        var text = String(cString: path)
        while text.count > 1, text.hasSuffix("/") { text.removeLast() }
        return text
    }
}
