package import Document
package import FileTree

/// An entry of `spec.remotes`: a repository, or a folder of one, that overlays may name as a base, at one commit.
package struct RemotePin: Sendable, Hashable {
    package var address: RemoteBase
    /// 40 hexadecimal digits, or 64 for repositories with SHA-256.
    package var commit: String
    package var origin: Origin

    /// - Throws: `Problem` at a field that is missing, an address that is no repository's, a commit that is not pinned.
    init(_ value: Value) throws(Problem) {
        var reader = try FieldReader(value, "an entry of \"remotes\"")
        let url = try reader.required("url")
        let text = try reader.requiredString("url")
        let commitValue = try reader.required("commit")
        let commit = try reader.requiredString("commit")
        try reader.finish()
        guard let address = RemoteBase(text),
            ["https://", "http://", "ssh://", "git@"].contains(where: address.repository.hasPrefix)
        else {
            throw Problem(
                "the url \"\(text)\" is no address of a repository on another machine", at: url.origin,
                hint: "write it as https://host/org/repo, or ssh://git@host/org/repo")
        }
        guard ContentID(hex: commit) != nil else {
            throw Problem(
                "the commit \"\(commit)\" is not pinned", at: commitValue.origin,
                hint: "write the whole id, 40 hexadecimal digits; branches and tags move")
        }
        self.address = address
        self.commit = commit
        origin = url.origin
    }
}

extension Project {
    /// The pins of a tree's project; none when there is no project, or none that can be read.
    package static func remotes(in tree: any FileTree) -> [RemotePin] {
        (try? read(from: tree))?.remotes ?? []
    }
}
