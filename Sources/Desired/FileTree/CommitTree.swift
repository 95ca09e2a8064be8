package import Git

extension ObjectTree {
    /// The files of a commit, straight from the object database: nothing is checked out.
    ///
    /// - Parameter limit: the longest file that is read, in bytes.
    /// - Returns: nil when git's id is not one that can be written down, which no real tree's is.
    package convenience init?(_ tree: GitTree, limit: Int = 64 << 20) {
        guard let root = ContentID(bytes: tree.id.bytes) else { return nil }
        self.init(root: root, in: RepositoryObjects(repository: tree.repository), limit: limit)
    }
}

/// Git's objects as trees want them.
private struct RepositoryObjects: ObjectSource {
    let repository: GitRepository

    func entries(ofTree id: ContentID) throws -> [ObjectEntry] {
        try repository.entries(ofTree: try gitID(id)).map { entry in
            let kind: FileEntry.Kind =
                switch entry.kind {
                case .file, .executable: .file
                case .folder: .folder
                case .symlink: .link
                case .submodule: .other
                }
            guard let id = ContentID(bytes: entry.id.bytes) else {
                throw GitError(.malformed, "list \(id)", "the id of \(entry.name) is none")
            }
            return ObjectEntry(name: entry.name, kind: kind, id: id)
        }
    }

    func blob(_ id: ContentID, limit: Int) throws -> [UInt8]? {
        do throws(GitError) {
            return try repository.blob(try gitID(id), limit: limit)
        } catch {
            guard error.code == .tooLarge else { throw error }
            return nil
        }
    }

    private func gitID(_ id: ContentID) throws(GitError) -> ObjectID {
        guard let id = ObjectID(id.hex) else { throw GitError(.invalid, "read \(id)", "the id is none") }
        return id
    }
}
