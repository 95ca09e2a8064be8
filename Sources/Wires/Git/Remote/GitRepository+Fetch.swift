internal import CGit2
internal import Glibc

extension GitRepository {
    /// Brings this mirror's branches to what a remote has now: new ones made, rewritten ones moved, deleted ones
    /// removed.
    ///
    /// Commits that a rewrite or a deletion left behind stay in the mirror. A remote without any branch changes
    /// nothing: the result is empty, and so is never taken for the deletion of everything.
    ///
    /// - Throws: `GitError`: `.noRepository`, `.authentication`, `.untrusted`, `.network`, `.timedOut`.
    package func fetch(from remote: Remote) throws(GitError) -> FetchResult {
        if let path = remote.address.localPath, !isFolder(path) {
            throw GitError(.noRepository, "fetch \(path)", "there is no such folder")
        }
        let operation = RemoteOperation("fetch", remote)
        return try handles.with { repository throws(GitError) in
            try operation.run(repository, GIT_DIRECTION_FETCH) { handle throws(GitError) in
                let heads = try advertised(handle, operation.name)
                let wanted = heads.filter { $0.name.hasPrefix("refs/heads/") }
                let result = FetchResult(
                    branches: Dictionary(
                        wanted.map { (String($0.name.dropFirst(11)), $0.id) }, uniquingKeysWith: { $1 }),
                    defaultBranch: defaultBranch(handle), changes: [])
                if result.isEmpty { return result }
                return try take(wanted, result, repository, handle, operation)
            }
        }
    }

    private func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func take(
        _ wanted: [AdvertisedReference], _ result: FetchResult, _ repository: OpaquePointer, _ handle: OpaquePointer,
        _ operation: RemoteOperation
    ) throws(GitError) -> FetchResult {
        let held = try references(matching: "refs/heads/*")
        let moved = wanted.filter { held[$0.name] != $0.id }
        if !moved.isEmpty { try download(moved, repository, handle, operation) }
        var result = result
        // What is gone goes first: `team` may have made way for `team/side`.
        let present = Set(wanted.map(\.name))
        for (name, old) in held where !present.contains(name) {
            try removeReference(name)
            result.changes.append(.init(name: name, old: old, new: nil, isForced: false))
        }
        for reference in moved {
            let old = held[reference.name]
            let isForced = try old.map { old throws(GitError) in try !isAncestor(old, of: reference.id) } ?? false
            try setReference(reference.name, to: reference.id, expecting: old)
            result.changes.append(.init(name: reference.name, old: old, new: reference.id, isForced: isForced))
        }
        result.changes.sort { $0.name < $1.name }
        return result
    }

    /// Downloads what the remote's references need and the mirror lacks, every object's hash checked.
    private func download(
        _ wanted: [AdvertisedReference], _ repository: OpaquePointer, _ handle: OpaquePointer,
        _ operation: RemoteOperation
    ) throws(GitError) {
        var options = git_fetch_options()
        git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION))
        options.callbacks = operation.callbacks
        options.follow_redirects = operation.redirects
        options.update_fetchhead = 0
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
        options.proxy_opts.type = GIT_PROXY_AUTO
        // Names are kept apart from the branches, so that a fetch that is cut short leaves no branch half moved.
        let specs = wanted.map { "+\($0.name):refs/belay/incoming/\($0.name.dropFirst(11))" }
        let result = withStrings(specs) { git_remote_download(handle, $0, &options) }
        try check(operation.name, result)
    }

    private struct AdvertisedReference {
        var name: String
        var id: ObjectID
    }

    /// What the remote says that it has; names that git would not allow are refused, whoever sends them.
    private func advertised(
        _ handle: OpaquePointer, _ operation: String
    ) throws(GitError) -> [AdvertisedReference] {
        var heads: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try check(operation, git_remote_ls(&heads, &count, handle))
        guard count <= 100_000 else { throw GitError(.tooLarge, operation, "it has \(count) references") }
        var found: [AdvertisedReference] = []
        for index in 0..<count {
            guard let head = heads?[index]?.pointee, let raw = head.name else { continue }
            let name = String(cString: raw)
            if name.hasSuffix("^{}") { continue }
            var isValid: Int32 = 0
            guard git_reference_name_is_valid(&isValid, name) == 0, isValid == 1, name.utf8.count <= 1024 else {
                throw GitError(.malformed, operation, "it names a reference as git does not allow")
            }
            found.append(.init(name: name, id: ObjectID(head.oid)))
        }
        return found
    }

    private func defaultBranch(_ handle: OpaquePointer) -> String? {
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        guard git_remote_default_branch(&buffer, handle) == 0, let text = buffer.ptr else { return nil }
        let name = String(cString: text)
        return name.hasPrefix("refs/heads/") ? String(name.dropFirst(11)) : nil
    }
}

/// Lends strings to C as a `git_strarray`.
func withStrings<Result>(_ strings: [String], _ body: (UnsafePointer<git_strarray>) -> Result) -> Result {
    var copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeMutableBufferPointer { buffer in
        var array = git_strarray(strings: buffer.baseAddress, count: buffer.count)
        return body(&array)
    }
}
