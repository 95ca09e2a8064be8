internal import CGit2

/// The files of a repository at a commit, straight from the object database.
///
/// Safe to use from any thread, synchronously; links are entries of their own kind and are never followed.
package struct GitTree: Sendable {
    package let repository: GitRepository
    /// The tree object.
    package let id: ObjectID
    /// The commit that it was asked for by; nil for a bare tree.
    package let commit: ObjectID?

    /// The entry at a path; nil when nothing is there, a path through a file or a link included.
    package func entry(at path: String) throws(GitError) -> TreeEntry? {
        try GitPath.check(path)
        if path.isEmpty { return TreeEntry(name: "", kind: .folder, id: id) }
        return try repository.handles.with { repository throws(GitError) in
            var found = TreeEntry(name: "", kind: .folder, id: id)
            for name in path.split(separator: "/") {
                guard found.kind == .folder else { return nil }
                let tree = try OwnedTree(repository, found.id)
                guard let entry = git_tree_entry_byname(tree.pointer, String(name)) else { return nil }
                found = try TreeEntry(entry, in: path)
            }
            return found
        }
    }

    /// The entries of the folder at a path, in git's order (bytes of the names, folders as if they ended in `/`).
    ///
    /// - Throws: `GitError`, `.notFound` when there is no folder, `.tooLarge` beyond `limit` entries.
    package func entries(of path: String = "", limit: Int = 100_000) throws(GitError) -> [TreeEntry] {
        guard let folder = try entry(at: path), folder.kind == .folder else {
            throw GitError(.notFound, "list \(path.isEmpty ? "/" : path)", "there is no such folder")
        }
        return try repository.entries(ofTree: folder.id, named: path, limit: limit)
    }

    /// The bytes of the file at a path; of a link, the path that it points to.
    ///
    /// - Throws: `GitError`, `.notFound` when no file is there, `.tooLarge` beyond `limit` bytes.
    package func blob(at path: String, limit: Int = 16 << 20) throws(GitError) -> [UInt8] {
        guard let entry = try entry(at: path), entry.isFile || entry.kind == .symlink else {
            throw GitError(.notFound, "read \(path)", "there is no such file")
        }
        return try repository.blob(entry.id, named: path, limit: limit)
    }

    /// Every entry beneath a folder with its path from the root, folders before what is in them.
    ///
    /// - Throws: `GitError`, `.tooLarge` beyond `limit` entries or 64 levels.
    package func walk(_ path: String = "", limit: Int = 1_000_000) throws(GitError) -> [(
        path: String, entry: TreeEntry
    )] {
        var found: [(path: String, entry: TreeEntry)] = []
        try walk(path, depth: 0, limit: limit, into: &found)
        return found
    }

    private func walk(
        _ path: String, depth: Int, limit: Int, into found: inout [(path: String, entry: TreeEntry)]
    ) throws(GitError) {
        guard depth < 64 else {
            throw GitError(.tooLarge, "list \(path)", "folders are nested more than 64 levels deep")
        }
        for entry in try entries(of: path) {
            let child = path.isEmpty ? entry.name : "\(path)/\(entry.name)"
            guard found.count < limit else { throw GitError(.tooLarge, "list \(path)", "more than \(limit) entries") }
            found.append((child, entry))
            if entry.kind == .folder { try walk(child, depth: depth + 1, limit: limit, into: &found) }
        }
    }
}

extension GitRepository {
    /// The tree of a commit.
    package func tree(at commit: ObjectID) throws(GitError) -> GitTree {
        GitTree(repository: self, id: try self.commit(commit).tree, commit: commit)
    }

    /// A tree by its own id.
    package func tree(_ id: ObjectID) -> GitTree {
        GitTree(repository: self, id: id, commit: nil)
    }

    /// The bytes of a blob.
    ///
    /// - Parameter name: what errors call it.
    /// - Throws: `GitError`, `.tooLarge` beyond `limit` bytes, before any of them is read.
    package func blob(_ id: ObjectID, named name: String = "", limit: Int = 16 << 20) throws(GitError) -> [UInt8] {
        try object(id, GIT_OBJECT_BLOB, named: name.isEmpty ? id.short : name, limit: limit)
    }

    /// The entries of a tree by its own id.
    package func entries(
        ofTree id: ObjectID, named path: String = "", limit: Int = 100_000
    ) throws(GitError) -> [TreeEntry] {
        try handles.with { repository throws(GitError) in
            let tree = try OwnedTree(repository, id)
            let count = git_tree_entrycount(tree.pointer)
            guard count <= limit else {
                throw GitError(.tooLarge, "list \(path)", "\(count) entries, more than \(limit)")
            }
            var entries: [TreeEntry] = []
            entries.reserveCapacity(count)
            for index in 0..<count {
                guard let entry = git_tree_entry_byindex(tree.pointer, index) else { continue }
                entries.append(try TreeEntry(entry, in: path))
            }
            return entries
        }
    }

    /// The bytes of an object of a type, its size looked at first.
    func object(
        _ id: ObjectID, _ type: git_object_t, named name: String, limit: Int
    ) throws(GitError) -> [UInt8] {
        try handles.with { repository throws(GitError) in
            var database: OpaquePointer?
            defer { git_odb_free(database) }
            try check("open objects of \(path)", git_repository_odb(&database, repository))
            var oid = id.oid
            var size = 0
            var found = GIT_OBJECT_INVALID
            let result = git_odb_read_header(&size, &found, database, &oid)
            guard result == 0 else { throw GitError(missingObject: result, "read \(name)") }
            guard found == type else { throw GitError(.notFound, "read \(name)", "it is of another type") }
            guard size <= limit else { throw GitError(.tooLarge, "read \(name)", "\(size) bytes, more than \(limit)") }
            var object: OpaquePointer?
            defer { git_odb_object_free(object) }
            try check("read \(name)", git_odb_read(&object, database, &oid))
            let bytes = UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object))
            return Array(bytes)
        }
    }
}

extension TreeEntry {
    /// A name that is not UTF-8 is listed with replacement characters, and can then not be looked up.
    ///
    /// - Throws: `.malformed` for names that no git makes (`..`, `.git`, slashes).
    init(_ entry: OpaquePointer, in path: String) throws(GitError) {
        let name = git_tree_entry_name(entry).map { String(cString: $0) } ?? ""
        guard GitPath.isName(name) else {
            throw GitError(
                .malformed, "list \(path.isEmpty ? "/" : path)", "it holds an entry whose name is not allowed")
        }
        let kind: Kind =
            switch git_tree_entry_filemode_raw(entry).rawValue & 0o170000 {
            case 0o040000: .folder
            case 0o120000: .symlink
            case 0o160000: .submodule
            default: git_tree_entry_filemode(entry) == GIT_FILEMODE_BLOB_EXECUTABLE ? .executable : .file
            }
        guard let id = ObjectID(git_tree_entry_id(entry)) else {
            throw GitError(.malformed, "list \(path)", "\(name) has no id")
        }
        self.init(name: name, kind: kind, id: id)
    }
}

/// A `git_tree` of a borrowed repository handle.
struct OwnedTree: ~Copyable {
    let pointer: OpaquePointer

    init(_ repository: OpaquePointer, _ id: ObjectID) throws(GitError) {
        var oid = id.oid
        var tree: OpaquePointer?
        let result = git_tree_lookup(&tree, repository, &oid)
        guard let tree else { throw GitError(missingObject: result, "read tree \(id.short)") }
        pointer = tree
    }

    deinit {
        git_tree_free(pointer)
    }
}
