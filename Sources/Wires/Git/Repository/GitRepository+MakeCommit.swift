internal import CGit2
internal import Glibc
internal import System

/// What becomes of one file in a new commit.
package enum FileEdit: Sendable, Hashable {
    /// New bytes. A file that is there keeps its mode; a new one gets `isExecutable`.
    case write([UInt8], isExecutable: Bool = false)
    /// An entry as another tree has it, link or file.
    case put(TreeEntry)
    case remove
}

extension GitRepository {
    /// Makes a commit whose tree is its first parent's with some files changed; no reference moves.
    ///
    /// - Parameters:
    ///   - parents: the first one's tree is the base; none for a first commit.
    ///   - edits: by path from the root.
    ///   - message: with its trailers (`Trailer.append`); control characters in it are the caller's to remove.
    /// - Throws: `GitError`, `.invalid` for a path that leads through a file or a link.
    package func makeCommit(
        on parents: [ObjectID], edits: [String: FileEdit], author: Signature, committer: Signature? = nil,
        message: String
    ) throws(GitError) -> ObjectID {
        let base: ObjectID? = if let parent = parents.first { try commit(parent).tree } else { nil }
        let tree = try makeTree(on: base, edits)
        return try handles.with { repository throws(GitError) in
            let files = try OwnedTree(repository, tree)
            let author = try OwnedSignature(author)
            let committer = try committer.map { person throws(GitError) in try OwnedSignature(person) } ?? author
            var oid = git_oid()
            var found: [OpaquePointer?] = []
            defer { for commit in found { git_commit_free(commit) } }
            for parent in parents {
                var (id, commit) = (parent.oid, OpaquePointer?.none)
                try check("read commit \(parent.short)", git_commit_lookup(&commit, repository, &id))
                found.append(commit)
            }
            let count = found.count
            try check(
                "make a commit",
                git_commit_create(
                    &oid, repository, nil, author.pointer, committer.pointer, nil, message, files.pointer, count, &found
                ))
            return ObjectID(oid)
        }
    }

    /// Writes the tree that `base` becomes by `edits`; the empty tree is the base when there is none.
    package func makeTree(on base: ObjectID?, _ edits: [String: FileEdit]) throws(GitError) -> ObjectID {
        for path in edits.keys {
            try GitPath.check(path)
            if path.isEmpty { throw GitError(.invalid, "change files", "a file's path is empty") }
        }
        var changes: [(path: String, change: PlannedEdit)] = []
        for (path, edit) in edits.sorted(by: { $0.key < $1.key }) {
            guard let change = try plan(edit, at: path, on: base) else { continue }
            changes.append((path, change))
        }
        guard let base else { return try write(changes, on: emptyTree()) }
        return try write(changes, on: base)
    }

    private enum PlannedEdit {
        case put(ObjectID, git_filemode_t)
        case remove
    }

    /// Writes the blob of an edit; nil when there is nothing to remove.
    private func plan(_ edit: FileEdit, at path: String, on base: ObjectID?) throws(GitError) -> PlannedEdit? {
        let old: TreeEntry? = if let base { try tree(base).entry(at: path) } else { nil }
        switch edit {
        case .remove: return old == nil ? nil : .remove
        case .put(let entry): return .put(entry.id, entry.kind.mode)
        case .write(let bytes, let isExecutable):
            if let old, !old.isFile {
                throw GitError(.invalid, "write \(path)", "something other than a file is there")
            }
            let kind = old?.kind ?? (isExecutable ? .executable : .file)
            return .put(try writeBlob(bytes), kind.mode)
        }
    }

    private func writeBlob(_ bytes: [UInt8]) throws(GitError) -> ObjectID {
        try handles.with { repository throws(GitError) in
            var oid = git_oid()
            try check("write a blob", git_blob_create_from_buffer(&oid, repository, bytes, bytes.count))
            return ObjectID(oid)
        }
    }

    private func emptyTree() throws(GitError) -> ObjectID {
        try handles.with { repository throws(GitError) in
            var builder: OpaquePointer?
            defer { git_treebuilder_free(builder) }
            try check("make a tree", git_treebuilder_new(&builder, repository, nil))
            var oid = git_oid()
            try check("make a tree", git_treebuilder_write(&oid, builder))
            return ObjectID(oid)
        }
    }

    private func write(
        _ changes: [(path: String, change: PlannedEdit)], on base: ObjectID
    ) throws(GitError) -> ObjectID {
        if changes.isEmpty { return base }
        let paths = changes.map { strdup($0.path) }
        defer { for path in paths { free(path) } }
        var updates = zip(changes, paths).map { change, path in
            var update = git_tree_update()
            update.path = UnsafePointer(path)
            switch change.change {
            case .put(let id, let mode):
                update.action = GIT_TREE_UPDATE_UPSERT
                update.id = id.oid
                update.filemode = mode
            case .remove: update.action = GIT_TREE_UPDATE_REMOVE
            }
            return update
        }
        return try handles.with { repository throws(GitError) in
            let tree = try OwnedTree(repository, base)
            var oid = git_oid()
            let count = updates.count
            try check(
                "change \(changes[0].path)", git_tree_create_updated(&oid, repository, tree.pointer, count, &updates))
            return ObjectID(oid)
        }
    }
}

extension TreeEntry.Kind {
    fileprivate var mode: git_filemode_t {
        switch self {
        case .file: GIT_FILEMODE_BLOB
        case .executable: GIT_FILEMODE_BLOB_EXECUTABLE
        case .symlink: GIT_FILEMODE_LINK
        case .folder: GIT_FILEMODE_TREE
        case .submodule: GIT_FILEMODE_COMMIT
        }
    }
}

/// A `git_signature`.
private final class OwnedSignature {
    let pointer: UnsafeMutablePointer<git_signature>

    init(_ signature: Signature) throws(GitError) {
        var made: UnsafeMutablePointer<git_signature>?
        // Angle brackets and line breaks would forge the rest of the line.
        try check(
            "name \(signature.name)",
            git_signature_new(
                &made, Self.clean(signature.name, or: "unknown"), Self.clean(signature.email, or: "unknown"),
                signature.time.seconds, Int32(clamping: signature.offset)))
        guard let made else { throw GitError(.failed, "name an author", "out of memory") }
        pointer = made
    }

    deinit {
        git_signature_free(pointer)
    }

    private static func clean(_ text: String, or fallback: String) -> String {
        let kept = text.filter { $0 != "<" && $0 != ">" && !$0.isNewline && $0 != "\0" }
        return kept.allSatisfy(\.isWhitespace) ? fallback : kept
    }
}
