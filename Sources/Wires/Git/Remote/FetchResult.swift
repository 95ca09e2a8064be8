/// What a fetch found and changed.
package struct FetchResult: Sendable, Hashable {
    /// The branches that the remote has, by name without `refs/heads/`; empty for a repository without commits.
    package var branches: [String: ObjectID]
    /// The branch that the remote's `HEAD` names; nil when it names none that exists.
    package var defaultBranch: String?
    /// What became of the mirror's references, ordered by name.
    package var changes: [ReferenceChange]

    package init(branches: [String: ObjectID], defaultBranch: String?, changes: [ReferenceChange]) {
        self.branches = branches
        self.defaultBranch = defaultBranch
        self.changes = changes
    }

    /// Whether the remote is there and has no branch at all.
    package var isEmpty: Bool { branches.isEmpty }
}

/// A reference that a fetch made, moved or removed.
package struct ReferenceChange: Sendable, Hashable {
    /// In full: `refs/heads/main`.
    package var name: String
    /// nil when it is new.
    package var old: ObjectID?
    /// nil when it is gone.
    package var new: ObjectID?
    /// Whether the old commit is no ancestor of the new one: the branch was rewritten.
    package var isForced: Bool

    package init(name: String, old: ObjectID?, new: ObjectID?, isForced: Bool) {
        self.name = name
        self.old = old
        self.new = new
        self.isForced = isForced
    }
}
