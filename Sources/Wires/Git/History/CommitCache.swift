internal import Synchronization
internal import System

/// What a walk through history asks of a commit, in 64 bytes.
struct CommitNode: Sendable {
    let tree: ObjectID
    let parents: [ObjectID]
    /// Seconds since the epoch.
    let time: Int64
}

/// Commits that walks have met; they never change, so an entry stays true for ever.
final class CommitCache: Sendable {
    private let nodes = Mutex<[ObjectID: CommitNode]>([:])
    private let limit = 200_000

    func node(_ id: ObjectID, in repository: GitRepository) throws(GitError) -> CommitNode {
        if let known = nodes.withLock({ $0[id] }) { return known }
        let commit = try repository.commit(id)
        let node = CommitNode(tree: commit.tree, parents: commit.parents, time: commit.committer.time.seconds)
        nodes.withLock { nodes in
            if nodes.count >= limit { nodes.removeAll() }
            nodes[id] = node
        }
        return node
    }
}
