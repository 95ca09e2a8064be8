package import Document
package import Git
internal import System

/// A field of a rendered object, and the commit that wrote the line which it comes from.
package struct BlamedField: Sendable, Hashable {
    /// The field's path in the object: `spec.replicas`.
    package var path: String
    /// The line of git that the field comes from.
    package var origin: Origin
    /// nil when the field comes from no file of the repository: it was computed, scrubbed, or a cluster's default.
    package var commit: Commit?

    package init(path: String, origin: Origin, commit: Commit?) {
        self.path = path
        self.origin = origin
        self.commit = commit
    }
}

/// Answers who wrote the lines that live fields come from.
///
/// Walks through history block, so the actor has its own thread.
package actor Blame {
    private nonisolated let thread = ThreadExecutor(name: "git-blame")
    private let repository: GitRepository

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    package init(_ repository: GitRepository) {
        self.repository = repository
    }

    /// Blames fields, given where a rendering says that each was written; each file is walked once.
    ///
    /// - Parameters:
    ///   - fields: in any order, kept; an origin's file is a path from the repository's root.
    ///   - commit: the commit that was rendered.
    /// - Throws: `GitError` when the repository cannot be read; never for a field whose file is not in it.
    package func blame(
        _ fields: [(path: String, origin: Origin)], at commit: ObjectID
    ) throws -> [BlamedField] {
        let tree = try repository.tree(at: commit)
        var files: [SourceFile: FileBlame?] = [:]
        var commits: [ObjectID: Commit] = [:]
        return try fields.map { field in
            var blamed = BlamedField(path: field.path, origin: field.origin, commit: nil)
            guard field.origin.isKnown, field.origin.line > 0 else { return blamed }
            let file = try files[field.origin.file] ?? blame(field.origin.file, in: tree, at: commit)
            files[field.origin.file] = .some(file)
            if let id = file?.commit(ofLine: Int(field.origin.line)) {
                let found = try commits[id] ?? repository.commit(id)
                commits[id] = found
                blamed.commit = found
            }
            return blamed
        }
    }

    /// nil when the origin names no file of the commit.
    private func blame(_ file: SourceFile, in tree: GitTree, at commit: ObjectID) throws -> FileBlame? {
        do {
            guard let path = try filePath(file.path, in: tree) else { return nil }
            return try repository.blame(path, at: commit)
        } catch let error as GitError where error.code == .invalid || error.code == .tooLarge {
            return nil
        }
    }

    /// The path of the file itself, where an origin's path leads through links that stay inside the repository.
    private func filePath(_ path: String, in tree: GitTree) throws -> String? {
        var path = path
        for _ in 0..<8 {
            guard let entry = try tree.entry(at: path) else { return nil }
            if entry.isFile { return path }
            guard entry.kind == .symlink else { return nil }
            let target = String(decoding: try tree.blob(at: path, limit: 4096), as: UTF8.self)
            guard let next = Self.resolve(target, from: path) else { return nil }
            path = next
        }
        return nil
    }

    /// Where a relative link leads; nil when that is outside the repository.
    static func resolve(_ target: String, from link: String) -> String? {
        guard !target.hasPrefix("/") else { return nil }
        var parts = link.split(separator: "/").dropLast()
        for part in target.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if parts.popLast() == nil {
                return nil
            }
        }
        return parts.joined(separator: "/")
    }
}
