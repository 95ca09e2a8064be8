/// A tree held in memory, as git objects are: for tests, and for files that a command makes up.
package struct MemoryTree: FileTree {
    private let tree: ObjectTree

    /// - Parameters:
    ///   - files: contents by path; a path that leads above the root is left out.
    ///   - links: targets of symlinks by path.
    package init(_ files: [String: String], links: [String: String] = [:]) {
        self.init(contents: files.mapValues { Array($0.utf8) }, links: links)
    }

    /// - Parameters:
    ///   - contents: bytes by path, as those of archives; a path that leads above the root is left out.
    ///   - links: targets of symlinks by path.
    package init(contents: [String: [UInt8]], links: [String: String] = [:]) {
        var builder = MemoryObjects.Folder()
        for (path, bytes) in contents { builder.add(path, .file, bytes) }
        for (path, target) in links { builder.add(path, .link, Array(target.utf8)) }
        var objects = MemoryObjects()
        let root = objects.store(builder)
        tree = ObjectTree(root: root, in: objects)
    }

    package func kind(of path: TreePath) throws(TreeError) -> EntryKind { try tree.kind(of: path) }
    package func read(_ path: TreePath) throws(TreeError) -> TreeFile { try tree.read(path) }
    package func resolved(_ path: TreePath) throws(TreeError) -> TreePath { try tree.resolved(path) }
    package func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] { try tree.entries(of: folder) }
    package func contentID(of path: TreePath) throws(TreeError) -> ContentID { try tree.contentID(of: path) }
    package func look(at path: TreePath) throws(TreeError) -> Sight { try tree.look(at: path) }
    package func treeID(of folder: TreePath) -> ContentID? { tree.treeID(of: folder) }
    package var version: ContentID? { tree.version }
}

/// Git objects in memory.
private struct MemoryObjects: ObjectSource {
    /// A folder while it is being put together.
    struct Folder {
        var folders: [String: Folder] = [:]
        var files: [String: (kind: FileEntry.Kind, bytes: [UInt8])] = [:]

        mutating func add(_ path: String, _ kind: FileEntry.Kind, _ bytes: [UInt8]) {
            guard let path = TreePath(path), let first = path.parts.first else { return }
            let rest = path.parts.dropFirst().joined(separator: "/")
            if rest.isEmpty {
                files[String(first)] = (kind, bytes)
            } else {
                folders[String(first), default: Folder()].add(rest, kind, bytes)
            }
        }
    }

    private var trees: [ContentID: [ObjectEntry]] = [:]
    private var blobs: [ContentID: [UInt8]] = [:]

    mutating func store(_ folder: Folder) -> ContentID {
        var entries: [ObjectEntry] = []
        for (name, child) in folder.folders { entries.append(.init(name: name, kind: .folder, id: store(child))) }
        for (name, file) in folder.files {
            let id = ContentID.blob(file.bytes)
            blobs[id] = file.bytes
            entries.append(.init(name: name, kind: file.kind, id: id))
        }
        entries.sort { $0.name < $1.name }
        let text = entries.map { "\($0.kind.rawValue) \($0.name)\0\($0.id)" }.joined()
        let id = ContentID.object("tree", Array(text.utf8))
        trees[id] = entries
        return id
    }

    func entries(ofTree id: ContentID) throws -> [ObjectEntry] { trees[id] ?? [] }

    func blob(_ id: ContentID, limit: Int) throws -> [UInt8]? {
        let bytes = blobs[id] ?? []
        return bytes.count <= limit ? bytes : nil
    }
}
