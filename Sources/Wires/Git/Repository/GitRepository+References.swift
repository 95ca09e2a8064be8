internal import CGit2

extension GitRepository {
    /// The id that a reference holds, symbolic ones followed; nil when there is none.
    ///
    /// - Parameter name: in full: `refs/heads/main`, `HEAD`.
    package func reference(_ name: String) throws(GitError) -> ObjectID? {
        try handles.with { repository throws(GitError) in
            var oid = git_oid()
            let result = git_reference_name_to_id(&oid, repository, name)
            if result == GIT_ENOTFOUND.rawValue { return nil }
            try check("look up \(name)", result)
            return ObjectID(oid)
        }
    }

    /// All references whose full name matches a glob such as `refs/heads/*`, symbolic ones followed.
    package func references(matching glob: String = "refs/*") throws(GitError) -> [String: ObjectID] {
        try handles.with { repository throws(GitError) in
            var iterator: OpaquePointer?
            defer { git_reference_iterator_free(iterator) }
            try check("list \(glob)", git_reference_iterator_glob_new(&iterator, repository, glob))
            var found: [String: ObjectID] = [:]
            var name: UnsafePointer<CChar>?
            while true {
                let result = git_reference_next_name(&name, iterator)
                if result == GIT_ITEROVER.rawValue { return found }
                try check("list \(glob)", result)
                guard let text = name.map({ String(cString: $0) }) else { continue }
                var oid = git_oid()
                if git_reference_name_to_id(&oid, repository, text) == 0 { found[text] = ObjectID(oid) }
            }
        }
    }

    /// Points a reference at a commit, if it still holds what the caller saw.
    ///
    /// - Parameter expected: the id that it must hold now; nil when it must not exist.
    /// - Throws: `GitError`, `.leaseLost` when it holds something else.
    package func setReference(_ name: String, to id: ObjectID, expecting expected: ObjectID?) throws(GitError) {
        try handles.with { repository throws(GitError) in
            var (new, old) = (id.oid, (expected ?? .zero).oid)
            var reference: OpaquePointer?
            defer { git_reference_free(reference) }
            let result = git_reference_create_matching(&reference, repository, name, &new, 1, &old, "belay")
            if expected != nil, result == GIT_ENOTFOUND.rawValue {
                throw GitError(.leaseLost, "update \(name)", "it is gone")
            }
            try check("update \(name)", result)
        }
    }

    /// Removes a reference; one that is gone already is fine.
    package func removeReference(_ name: String) throws(GitError) {
        try handles.with { repository throws(GitError) in
            let result = git_reference_remove(repository, name)
            if result != GIT_ENOTFOUND.rawValue { try check("remove \(name)", result) }
        }
    }

    /// Lets `HEAD` name a branch, whether or not it has commits.
    package func setHeadBranch(_ branch: String) throws(GitError) {
        if try headBranch() == branch { return }
        try handles.with { repository throws(GitError) in
            _ = try check("point HEAD at \(branch)", git_repository_set_head(repository, "refs/heads/\(branch)"))
        }
    }

    /// The branch that `HEAD` names, whether or not it has commits; nil when `HEAD` is detached.
    package func headBranch() throws(GitError) -> String? {
        try handles.with { repository throws(GitError) in
            var head: OpaquePointer?
            defer { git_reference_free(head) }
            try check("look up HEAD", git_reference_lookup(&head, repository, "HEAD"))
            guard let target = git_reference_symbolic_target(head) else { return nil }
            let name = String(cString: target)
            return name.hasPrefix("refs/heads/") ? String(name.dropFirst(11)) : nil
        }
    }
}
