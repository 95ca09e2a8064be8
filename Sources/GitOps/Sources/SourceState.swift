package import Git

/// What is known of one branch of a repository.
package struct SourceState: Sendable, Hashable {
    /// How the last look at the repository ended.
    package enum Condition: Sendable, Hashable {
        /// Nobody has looked since the start; `head` is what the mirror held.
        case unknown
        /// `head` is what the repository has.
        case current
        /// The repository is there and has no commits yet.
        case empty
        /// The repository has commits, but no such branch.
        case branchMissing
        /// The repository could not be read; Belay goes on trying.
        case failing(SourceFailure)
    }

    /// The branch's name; nil while the default branch of a repository is not known yet.
    package var branch: String?
    /// The newest commit that was seen. It stays through failures: what runs goes on running.
    package var head: Commit?
    /// The head before this one; nil when this is the first one seen.
    package var previous: ObjectID?
    /// Whether the branch was rewritten: the previous head is no ancestor of this one.
    package var wasRewritten: Bool
    package var condition: Condition

    package init(
        branch: String? = nil, head: Commit? = nil, previous: ObjectID? = nil, wasRewritten: Bool = false,
        condition: Condition = .unknown
    ) {
        self.branch = branch
        self.head = head
        self.previous = previous
        self.wasRewritten = wasRewritten
        self.condition = condition
    }
}

/// Why a repository could not be read, and for how long that has been so.
package struct SourceFailure: Sendable, Hashable, CustomStringConvertible {
    package var error: GitError
    /// How many times in a row.
    package var attempts: Int

    package init(_ error: GitError, attempts: Int) {
        self.error = error
        self.attempts = attempts
    }

    package var description: String { error.description }

    /// What a person can do about it; empty when the error says it all.
    package var hint: String {
        switch error.code {
        case .noRepository: "check the address; what runs stays as it is until the repository is back"
        case .authentication: "check the credentials of this repository in the server's config"
        case .untrusted: "check the certificate or known_hosts of this repository in the server's config"
        case .network, .timedOut: "check that this machine can reach the server"
        case .malformed: "run git fsck in the repository"
        default: ""
        }
    }
}
