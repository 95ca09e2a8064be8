internal import CGit2
internal import Glibc

extension GitRepository {
    /// Puts a commit of this repository at the head of a remote's branch, if the branch is still where the caller saw
    /// it.
    ///
    /// Nothing is ever forced: the commit must have the branch's head among its ancestors.
    ///
    /// - Parameter expected: the branch's head when the commit was made; nil when the branch must not exist.
    /// - Throws: `GitError`: `.leaseLost` when someone was faster; `.rejected` by a rule of the server.
    package func push(
        _ commit: ObjectID, to remote: Remote, branch: String, expecting expected: ObjectID?
    ) throws(GitError) {
        let reference = "refs/heads/\(branch)"
        var isValid: Int32 = 0
        guard git_reference_name_is_valid(&isValid, reference) == 0, isValid == 1 else {
            throw GitError(.invalid, "push to \(branch.prefix(200))", "git does not allow this name")
        }
        if let expected {
            guard try isAncestor(expected, of: commit) else {
                throw GitError(.invalid, "push to \(branch)", "\(commit.short) does not follow \(expected.short)")
            }
        }
        let lease = RemoteOperation.Lease(reference: reference, expected: expected)
        if let path = remote.address.localPath {
            try push(commit, toFolder: path, lease)
        } else {
            try push(commit, over: remote, lease)
        }
    }

    private func push(_ commit: ObjectID, over remote: Remote, _ lease: RemoteOperation.Lease) throws(GitError) {
        let operation = RemoteOperation("push to", remote)
        operation.lease = lease
        let source = "refs/belay/outgoing/\(commit)"
        try setReference(source, to: commit, expecting: try reference(source))
        defer { try? removeReference(source) }
        try handles.with { repository throws(GitError) in
            try operation.run(repository, GIT_DIRECTION_PUSH) { handle throws(GitError) in
                var options = git_push_options()
                git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION))
                options.callbacks = operation.callbacks
                options.follow_redirects = operation.redirects
                options.proxy_opts.type = GIT_PROXY_AUTO
                let result = withStrings(["\(source):\(lease.reference)"]) { git_remote_upload(handle, $0, &options) }
                try check(operation.name, result)
                if let rejection = operation.rejections.first {
                    throw Self.refusal(rejection.reason, lease, operation.name)
                }
            }
        }
    }

    /// The server's reasons for not updating a reference; those of a lost race are git's own words (receive-pack.c).
    private static func refusal(_ reason: String, _ lease: RemoteOperation.Lease, _ operation: String) -> GitError {
        let isRace = [
            "fetch first", "non-fast-forward", "failed to update ref", "failed to lock", "reference already exists",
        ]
        .contains { reason.contains($0) }
        return GitError(isRace ? .leaseLost : .rejected, operation, "\(lease.reference): \(reason)")
    }

    // MARK: Folders of this machine

    /// Writes the missing objects as one pack and moves the branch by comparing and swapping, as `git receive-pack`
    /// does.
    ///
    /// libgit2's own transport for folders moves the branch without comparing. Hooks of the repository are not run.
    private func push(_ commit: ObjectID, toFolder path: String, _ lease: RemoteOperation.Lease) throws(GitError) {
        let other = try GitRepository(opening: path)
        let held = try other.reference(lease.reference)
        guard held == lease.expected else {
            throw GitError(
                .leaseLost, "push to \(path)",
                "\(lease.reference) is at \(held?.short ?? "nothing"), expected \(lease.expected?.short ?? "nothing")")
        }
        if held == commit { return }
        try other.refuseCheckedOut(lease.reference)
        let known = Set(try other.references().values)
        try other.handles.with { repository throws(GitError) in
            try copy(commit, knownThere: known, to: repository)
        }
        try other.setReference(lease.reference, to: commit, expecting: lease.expected)
    }

    private func refuseCheckedOut(_ reference: String) throws(GitError) {
        try handles.with { repository throws(GitError) in
            guard git_repository_is_bare(repository) == 0, try headBranch().map({ "refs/heads/\($0)" }) == reference
            else { return }
            throw GitError(
                .rejected, "push to \(path)",
                "the branch is checked out there: push to a bare repository, or check out another branch")
        }
    }

    private func copy(
        _ commit: ObjectID, knownThere: Set<ObjectID>, to other: OpaquePointer
    ) throws(GitError) {
        var folder = git_buf()
        defer { git_buf_dispose(&folder) }
        try check("find the objects", git_repository_item_path(&folder, other, GIT_REPOSITORY_ITEM_OBJECTS))
        guard let text = folder.ptr else { return }
        let packs = String(cString: text) + "pack"
        try handles.with { repository throws(GitError) in
            var walk: OpaquePointer?
            defer { git_revwalk_free(walk) }
            try check("walk commits", git_revwalk_new(&walk, repository))
            var head = commit.oid
            try check("walk commits", git_revwalk_push(walk, &head))
            for known in knownThere where try contains(known) {
                var oid = known.oid
                git_revwalk_hide(walk, &oid)
            }
            var builder: OpaquePointer?
            defer { git_packbuilder_free(builder) }
            try check("make a pack", git_packbuilder_new(&builder, repository))
            try check("make a pack", git_packbuilder_insert_walk(builder, walk))
            try check("write a pack to \(packs)", git_packbuilder_write(builder, packs, 0o444, nil, nil))
            giveToOwner(of: packs, git_packbuilder_name(builder).map { "pack-\(String(cString: $0))" } ?? "")
        }
    }

    /// A service that runs as root leaves no file in a user's repository that the user's git could not remove.
    private func giveToOwner(of folder: String, _ pack: String) {
        var status = stat()
        guard geteuid() == 0, stat(folder, &status) == 0, status.st_uid != 0 else { return }
        for suffix in ["pack", "idx"] { _ = chown("\(folder)/\(pack).\(suffix)", status.st_uid, status.st_gid) }
    }
}
