internal import CGit2
internal import System

/// A git repository on disk, read and written without ever checking anything out.
///
/// Its methods block (they read files, some talk to other machines) and may be called from any thread at once.
package final class GitRepository: Sendable {
    /// The folder: a bare repository, or one with a working tree whose `.git` is used.
    package let path: String
    let handles: HandlePool
    let commits = CommitCache()
    let blames = BlameCache()

    /// Opens a repository that is there.
    ///
    /// - Throws: `GitError`, `.noRepository` when there is none at exactly this path.
    package init(opening path: String) throws(GitError) {
        self.path = path
        handles = HandlePool(path: path)
        try handles.with { _ in }
    }

    /// Opens the bare repository at `path`, making it first when nothing is there.
    ///
    /// One whose making was cut short by a crash is completed.
    package init(bareAt path: String) throws(GitError) {
        self.path = path
        handles = HandlePool(path: path)
        if (try? handles.with { _ in }) == nil { try Self.make(bareAt: path) }
        try handles.with { _ in }
    }

    private static func make(bareAt path: String) throws(GitError) {
        do {
            try Files.makeFolders(path)
        } catch {
            throw GitError(.failed, "make repository \(path)", "\(error)")
        }
        var options = git_repository_init_options()
        git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION))
        options.flags = GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue
        var made: OpaquePointer?
        defer { git_repository_free(made) }
        let result = "main".withCString { branch in
            options.initial_head = branch
            return git_repository_init_ext(&made, path, &options)
        }
        try check("make repository \(path)", result)
    }

    /// Whether there is an object of this id.
    package func contains(_ id: ObjectID) throws(GitError) -> Bool {
        try handles.with { repository throws(GitError) in
            var database: OpaquePointer?
            defer { git_odb_free(database) }
            try check("open objects of \(path)", git_repository_odb(&database, repository))
            var oid = id.oid
            return git_odb_exists(database, &oid) == 1
        }
    }
}
