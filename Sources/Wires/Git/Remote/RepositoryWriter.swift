/// The one who writes to a repository elsewhere: fetches, then pushes under a lease.
///
/// There is one for each repository, so that writers of one process queue up instead of racing each other.
package protocol RepositoryWriter: Sendable {
    /// The mirror, in which commits are made before they are pushed.
    var mirror: GitRepository { get }

    /// Fetches, and returns the branch's head as it is now.
    ///
    /// - Throws: `GitError`, `.notFound` when the branch is not there.
    func freshHead(of branch: String) async throws -> ObjectID

    /// Pushes a commit of the mirror as the branch's new head.
    ///
    /// - Throws: `GitError`, `.leaseLost` when the branch is no longer at `expected`.
    func push(_ commit: ObjectID, to branch: String, expecting expected: ObjectID) async throws
}
