/// What a rendering may read: files and folders beneath one root, and nothing else.
///
/// A tree does not change while it is read as far as it can help it: a git tree cannot, a folder on disk may. Symlinks
/// that stay beneath the root are followed; those that lead out are refused. Calls block, so they are made on threads
/// that may wait.
package protocol FileTree: Sendable {
    /// What is at a path, links followed. Absence is an answer; what cannot be looked at is an error.
    func kind(of path: TreePath) throws(TreeError) -> EntryKind

    /// A file's bytes with the id of its content.
    func read(_ path: TreePath) throws(TreeError) -> TreeFile

    /// What a folder holds, sorted by name (byte order), links not followed.
    func entries(of folder: TreePath) throws(TreeError) -> [FileEntry]

    /// The id of what a file holds, as git names blobs; cheaper than reading where the tree knows it.
    func contentID(of path: TreePath) throws(TreeError) -> ContentID

    /// The path of what a path names, links followed.
    func resolved(_ path: TreePath) throws(TreeError) -> TreePath

    /// What a path names and where that is, links followed: `kind`, `resolved` and at times `contentID` in one.
    func look(at path: TreePath) throws(TreeError) -> Sight

    /// What names all that a folder holds, what links in it lead to left aside: equal ids, equal folders. nil where the
    /// tree knows none, where there is no folder, and where a link leads to it.
    func treeID(of folder: TreePath) -> ContentID?

    /// How messages and origins name a path of this tree.
    func displayName(of path: TreePath) -> String

    /// Where what has an address on another machine stands in this tree; nil when it does not.
    func path(ofRemote address: String) -> TreePath?

    /// The tree as one rendering reads it; what is on disk may be looked at in shorter ways meanwhile.
    ///
    /// - Parameter remembersIDs: whether the ids of what is read will be asked for.
    func reading(remembersIDs: Bool) -> any FileTree

    /// What names all that the tree holds: equal versions, equal trees. nil where a tree may change.
    var version: ContentID? { get }
}

extension FileTree {
    package func path(ofRemote address: String) -> TreePath? { nil }

    package func treeID(of folder: TreePath) -> ContentID? { nil }

    package func contentID(of path: TreePath) throws(TreeError) -> ContentID {
        try read(path).id
    }

    package func look(at path: TreePath) throws(TreeError) -> Sight {
        let kind = try kind(of: path)
        return Sight(kind, at: kind == .absent ? path : try resolved(path))
    }

    package func displayName(of path: TreePath) -> String {
        path.description
    }

    package func reading(remembersIDs: Bool) -> any FileTree { self }

    package var version: ContentID? { nil }
}

/// What a path names.
package enum EntryKind: String, Sendable, Hashable {
    case file
    case folder
    case absent
}

/// What a path names, and where that is.
package struct Sight: Sendable, Hashable {
    package var kind: EntryKind
    /// With links followed; the path itself where nothing is.
    package var place: TreePath
    /// That of a file's content, where the tree knows it without reading.
    package var id: ContentID?

    package init(_ kind: EntryKind, at place: TreePath, id: ContentID? = nil) {
        self.kind = kind
        self.place = place
        self.id = id
    }
}

/// One name in a folder.
package struct FileEntry: Sendable, Hashable {
    /// What the name stands for, before links are followed.
    package enum Kind: String, Sendable, Hashable {
        case file
        case folder
        case link
        /// A device, a socket, a git submodule: nothing that can be read.
        case other
    }

    package var name: String
    package var kind: Kind

    package init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }
}

/// A file as it was read.
package struct TreeFile: Sendable {
    package let bytes: [UInt8]
    private var known: ContentID?

    /// - Parameter id: nil when it is not known yet.
    package init(bytes: [UInt8], id: ContentID? = nil) {
        self.bytes = bytes
        known = id
    }

    /// The content's id, made when it is asked for.
    package var id: ContentID {
        get { known ?? .blob(bytes) }
        set { known = newValue }
    }
}
