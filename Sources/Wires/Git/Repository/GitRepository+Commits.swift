internal import CGit2
internal import System

extension GitRepository {
    /// A commit by its id.
    ///
    /// - Throws: `GitError`, `.notFound` when there is no such commit.
    package func commit(_ id: ObjectID) throws(GitError) -> Commit {
        try handles.with { repository throws(GitError) in
            var oid = id.oid
            var pointer: OpaquePointer?
            defer { git_commit_free(pointer) }
            try check("read commit \(id.short)", git_commit_lookup(&pointer, repository, &oid))
            guard let pointer else { throw GitError(.notFound, "read commit \(id.short)", "there is no such commit") }
            return try Commit(pointer)
        }
    }

    /// Finds the commit that a revision names: a full id, a unique prefix of four digits or more, a branch, a tag or a
    /// full reference name.
    ///
    /// Git's operators (`^`, `~`, `@{…}`, `:`) are not taken: they would let a name ask for more than one commit's
    /// walk.
    ///
    /// - Throws: `GitError`, `.notFound`, `.ambiguous` or `.invalid`.
    package func resolve(_ revision: String) throws(GitError) -> ObjectID {
        let operation = "resolve \(revision.prefix(100))"
        guard !revision.isEmpty, revision.utf8.count <= 1024, revision.utf8.allSatisfy(Self.isPlain) else {
            throw GitError(.invalid, operation, "give a commit, a branch or a tag")
        }
        return try handles.with { repository throws(GitError) in
            for name in ["refs/heads/\(revision)", "refs/tags/\(revision)", revision] {
                var oid = git_oid()
                if git_reference_name_to_id(&oid, repository, name) == 0 {
                    return try peel(repository, ObjectID(oid), operation)
                }
            }
            return try peelPrefix(repository, revision, operation)
        }
    }

    private func peelPrefix(
        _ repository: OpaquePointer, _ prefix: String, _ operation: String
    ) throws(GitError) -> ObjectID {
        var oid = git_oid()
        guard prefix.utf8.count >= 4, prefix.utf8.count <= 40, git_oid_fromstrp(&oid, prefix) == 0 else {
            throw GitError(.notFound, operation, "there is no such branch, tag or commit")
        }
        var object: OpaquePointer?
        defer { git_object_free(object) }
        try check(
            operation, git_object_lookup_prefix(&object, repository, &oid, prefix.utf8.count, GIT_OBJECT_ANY))
        guard let id = ObjectID(git_object_id(object)) else {
            throw GitError(.notFound, operation, "there is no such commit")
        }
        return try peel(repository, id, operation)
    }

    /// The commit behind a tag, or the commit itself.
    private func peel(
        _ repository: OpaquePointer, _ id: ObjectID, _ operation: String
    ) throws(GitError) -> ObjectID {
        var oid = id.oid
        var object: OpaquePointer?
        defer { git_object_free(object) }
        try check(operation, git_object_lookup(&object, repository, &oid, GIT_OBJECT_ANY))
        var commit: OpaquePointer?
        defer { git_object_free(commit) }
        try check(operation, git_object_peel(&commit, object, GIT_OBJECT_COMMIT))
        guard let peeled = ObjectID(git_object_id(commit)) else {
            throw GitError(.notFound, operation, "it is no commit")
        }
        return peeled
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case ..<0x21, 0x7F: false
        case UInt8(ascii: "^"), UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "?"), UInt8(ascii: "*"),
            UInt8(ascii: "["), UInt8(ascii: "\\"), UInt8(ascii: "@"), UInt8(ascii: "{"):
            false
        default: true
        }
    }

    /// The newest commit that both have among their ancestors; nil when they share none.
    package func mergeBase(_ first: ObjectID, _ second: ObjectID) throws(GitError) -> ObjectID? {
        try handles.with { repository throws(GitError) in
            var (one, two, base) = (first.oid, second.oid, git_oid())
            let result = git_merge_base(&base, repository, &one, &two)
            if result == GIT_ENOTFOUND.rawValue { return nil }
            try check("merge base of \(first.short) and \(second.short)", result)
            return ObjectID(base)
        }
    }

    /// Whether `ancestor` is `commit` or one of its ancestors.
    package func isAncestor(_ ancestor: ObjectID, of commit: ObjectID) throws(GitError) -> Bool {
        if ancestor == commit { return true }
        return try handles.with { repository throws(GitError) in
            var (one, two) = (commit.oid, ancestor.oid)
            return try check(
                "ancestors of \(commit.short)", git_graph_descendant_of(repository, &one, &two)) == 1
        }
    }
}

extension Commit {
    init(_ pointer: OpaquePointer) throws(GitError) {
        guard let id = ObjectID(git_commit_id(pointer)), let tree = ObjectID(git_commit_tree_id(pointer)) else {
            throw GitError(.malformed, "read commit", "it has no tree")
        }
        let count = git_commit_parentcount(pointer)
        self.init(
            id: id, tree: tree, parents: (0..<count).compactMap { ObjectID(git_commit_parent_id(pointer, $0)) },
            author: Signature(git_commit_author(pointer)), committer: Signature(git_commit_committer(pointer)),
            message: git_commit_message(pointer).map { String(cString: $0) } ?? "")
    }
}

extension Signature {
    init(_ signature: UnsafePointer<git_signature>?) {
        self.init(
            name: signature?.pointee.name.map { String(cString: $0) } ?? "",
            email: signature?.pointee.email.map { String(cString: $0) } ?? "",
            time: Timestamp(seconds: min(max(signature?.pointee.when.time ?? 0, 0), 9_000_000_000)),
            offset: Int(signature?.pointee.when.offset ?? 0))
    }
}
