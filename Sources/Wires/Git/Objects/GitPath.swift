/// Paths inside a git tree: components joined by `/`, none at the front or the end; the root is the empty path.
enum GitPath {
    /// The longest path that is looked at, in bytes; git itself stops at the platform's 4,096.
    static let limit = 4096

    /// Refuses absolute paths, `.`, `..` and `.git`, empty components and NUL: nothing in a tree has such a path.
    static func check(_ path: String) throws(GitError) {
        if path.isEmpty { return }
        let refused =
            path.utf8.count > limit
            || path.split(separator: "/", omittingEmptySubsequences: false)
                .contains { !isName($0) }
        if refused { throw GitError(.invalid, "look up \(path.prefix(200))", "it is no path inside a repository") }
    }

    /// Whether a tree may hold an entry of this name, as git's own fsck has it.
    static func isName(_ name: some StringProtocol) -> Bool {
        if name.isEmpty || name == "." || name == ".." { return false }
        if name.utf8.count == 4, name.lowercased() == ".git" { return false }
        return !name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "/") }
    }
}
