internal import CGit2
internal import Synchronization

/// Open libgit2 handles of one repository, each used by one thread at a time.
///
/// Handles of the same folder are independent in libgit2, so reading never waits for a fetch in another thread. A
/// handle notices packs that another one wrote when it misses an object.
final class HandlePool: Sendable {
    let path: String
    private let idle = Mutex<[Handle]>([])
    private let kept = 4

    init(path: String) {
        _ = Library.ready
        self.path = path
    }

    /// Lends a handle to `body`; it must not outlive the call.
    func with<Result>(_ body: (OpaquePointer) throws(GitError) -> Result) throws(GitError) -> Result {
        let handle: Handle
        if let known = idle.withLock({ $0.popLast() }) { handle = known } else { handle = try Handle(opening: path) }
        defer {
            idle.withLock { if $0.count < kept { $0.append(handle) } }
        }
        return try body(handle.pointer)
    }

    /// Closes the handles that nobody uses, as when the repository at the path was replaced.
    func drain() {
        idle.withLock { $0.removeAll() }
    }
}

/// One `git_repository`.
// Sendable: the pool lends it to one thread at a time, which is all that libgit2 asks for.
private final class Handle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(opening path: String) throws(GitError) {
        var opened: OpaquePointer?
        try check(
            "open \(path)",
            git_repository_open_ext(&opened, path, GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue, nil))
        guard let opened else { throw GitError(.noRepository, "open \(path)", "there is no repository") }
        pointer = opened
    }

    deinit {
        git_repository_free(pointer)
    }
}
