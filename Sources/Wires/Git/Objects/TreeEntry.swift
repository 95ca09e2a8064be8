/// One entry of a git tree.
package struct TreeEntry: Sendable, Hashable {
    /// What an entry's mode says it is (git-fast-import(1) lists them all).
    package enum Kind: Sendable, Hashable {
        /// 100644
        case file
        /// 100755
        case executable
        /// 120000: its blob is the path that it points to, and is never followed here.
        case symlink
        /// 40000
        case folder
        /// 160000: a commit of another repository, whose objects are not here.
        case submodule
    }

    /// The last component of its path, without slashes.
    package let name: String
    package let kind: Kind
    /// The blob, the tree, or for a submodule the commit in the other repository.
    package let id: ObjectID

    package init(name: String, kind: Kind, id: ObjectID) {
        self.name = name
        self.kind = kind
        self.id = id
    }

    /// Whether its bytes are the content of a file.
    package var isFile: Bool { kind == .file || kind == .executable }
}
