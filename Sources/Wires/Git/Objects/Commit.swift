package import System

/// A person and a time, as commits name their author and committer.
///
/// Names come from whoever made the commit: they prove nothing, and may hold control characters and markup.
package struct Signature: Sendable, Hashable, CustomStringConvertible {
    package var name: String
    package var email: String
    /// In whole seconds.
    package var time: Timestamp
    /// Minutes east of UTC of the person's clock.
    package var offset: Int

    package init(name: String, email: String, time: Timestamp, offset: Int = 0) {
        self.name = name
        self.email = email
        self.time = time
        self.offset = offset
    }

    /// `Name <email>`.
    package var description: String { "\(name) <\(email)>" }
}

/// A commit.
package struct Commit: Sendable, Hashable {
    package let id: ObjectID
    /// The tree object of its files.
    package let tree: ObjectID
    /// None for a first commit, several for a merge; the first one is the branch that was merged into.
    package let parents: [ObjectID]
    package let author: Signature
    package let committer: Signature
    /// As it was written, its last newline included.
    package let message: String

    package init(
        id: ObjectID, tree: ObjectID, parents: [ObjectID], author: Signature, committer: Signature, message: String
    ) {
        self.id = id
        self.tree = tree
        self.parents = parents
        self.author = author
        self.committer = committer
        self.message = message
    }

    /// The first paragraph of the message on one line.
    package var subject: String {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.drop(while: \.isEmpty).prefix(while: { !$0.isEmpty }).joined(separator: " ")
    }

    /// The trailers at the end of the message (git-interpret-trailers(1)).
    package var trailers: [Trailer] { Trailer.parse(message) }
}
