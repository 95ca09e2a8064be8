internal import CGit2
internal import System

extension GitRepository {
    /// Makes one pack of many, as each fetch leaves one behind and every lookup asks each; nothing is dropped, commits
    /// that no branch has any more included.
    ///
    /// No one else may use the repository meanwhile. A crash leaves objects twice, never none.
    ///
    /// - Parameter limit: how many packs are left alone.
    package func consolidatePacks(keeping limit: Int = 50) throws(GitError) {
        let folder = "\(try commonFolder())/objects/pack"
        let packs = ((try? Files.names(in: folder)) ?? []).filter { $0.hasSuffix(".pack") }
        guard packs.count > limit else { return }
        let kept = try handles.with { repository throws(GitError) in try writeAll(repository, to: folder) }
        handles.drain()
        for pack in packs where pack != "pack-\(kept).pack" {
            let name = pack.dropLast(5)
            if Files.exists("\(folder)/\(name).keep") { continue }
            for suffix in ["idx", "pack"] { try? Files.remove("\(folder)/\(name).\(suffix)") }
        }
    }

    /// Writes every object into one pack and returns its name.
    private func writeAll(_ repository: OpaquePointer, to folder: String) throws(GitError) -> String {
        var database: OpaquePointer?
        defer { git_odb_free(database) }
        try check("open objects of \(path)", git_repository_odb(&database, repository))
        var builder: OpaquePointer?
        defer { git_packbuilder_free(builder) }
        try check("make a pack", git_packbuilder_new(&builder, repository))
        let insert: git_odb_foreach_cb = { id, builder in
            git_packbuilder_insert(builder.map { OpaquePointer($0) }, id, nil)
        }
        try check("make a pack", git_odb_foreach(database, insert, UnsafeMutableRawPointer(builder)))
        try check("write a pack to \(folder)", git_packbuilder_write(builder, folder, 0o444, nil, nil))
        guard let name = git_packbuilder_name(builder) else {
            throw GitError(.failed, "write a pack to \(folder)", "it has no name")
        }
        return String(cString: name)
    }
}
