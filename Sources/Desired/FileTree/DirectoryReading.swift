import CLinux
import Glibc
import Synchronization
import System

/// A folder on disk as one rendering reads it: folders are opened once, and their files from there, so that a file costs
/// few calls of the kernel and short ways.
///
/// Names without links are looked at here; whatever else there is, and every error, is the tree's own business.
final class DirectoryReading: FileTree {
    private let tree: DirectoryTree
    /// Whether ids of contents will be asked for.
    private let remembersIDs: Bool
    private let state = Mutex(State())

    private struct State {
        var folders: [TreePath: Folder] = [:]
        /// The folder of the path that was looked at last.
        var lastFolder: (path: TreePath, folder: Folder)?
        /// What was looked at last: a file's kind, its place and its content are asked for in a row.
        var last: (path: TreePath, status: FileStatus)?
    }

    /// An open folder.
    private final class Folder: Sendable {
        let descriptor: OwnedDescriptor
        /// Where it is, links followed.
        let place: TreePath

        init(_ descriptor: consuming OwnedDescriptor, at place: TreePath) {
            self.descriptor = descriptor
            self.place = place
        }
    }

    /// Folders that are kept open at once.
    private static let folderLimit = 128

    init(_ tree: DirectoryTree, remembersIDs: Bool) {
        self.tree = tree
        self.remembersIDs = remembersIDs
    }

    func displayName(of path: TreePath) -> String { tree.displayName(of: path) }

    func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] { try tree.entries(of: folder) }

    func kind(of path: TreePath) throws(TreeError) -> EntryKind {
        guard let folder = folder(above: path) else { return try tree.kind(of: path) }
        guard let status = status(of: path, in: folder) else {
            return errno == ENOENT ? .absent : try tree.kind(of: path)
        }
        return status.isFile ? .file : status.isFolder ? .folder : try tree.kind(of: path)
    }

    func resolved(_ path: TreePath) throws(TreeError) -> TreePath {
        guard let folder = folder(above: path), let status = lastStatus(of: path) ?? status(of: path, in: folder),
            status.isFile || status.isFolder
        else { return try tree.resolved(path) }
        return folder.place.appending(path.name)
    }

    func read(_ path: TreePath) throws(TreeError) -> TreeFile {
        guard let folder = folder(above: path) else { return try tree.read(path) }
        let raw = path.withName { openat(folder.descriptor.raw, $0, DirectoryTree.readingFlags | O_NOFOLLOW) }
        if raw < 0 { return try tree.read(path) }
        let file = OwnedDescriptor(owning: raw)
        guard remembersIDs else { return try tree.read(file, at: path) }
        let status = try tree.status(of: file, path)
        let known = tree.knownID(of: path, status)
        var read = try tree.read(file, at: path)
        if let known {
            read.id = known
        } else {
            tree.remember(read.id, of: path, status)
        }
        return read
    }

    func contentID(of path: TreePath) throws(TreeError) -> ContentID {
        if let folder = folder(above: path), let status = lastStatus(of: path) ?? status(of: path, in: folder),
            status.isFile, let known = tree.knownID(of: path, status)
        {
            return known
        }
        return try read(path).id
    }

    /// The open folder that a path is in; nil for the root, and where the folder cannot be opened.
    private func folder(above path: TreePath) -> Folder? {
        if let last = state.withLock({ $0.lastFolder }), last.path.isParent(of: path) { return last.folder }
        guard let parent = path.parent else { return nil }
        if let known = state.withLock({ state -> Folder? in
            guard let known = state.folders[parent] else { return nil }
            state.lastFolder = (parent, known)
            return known
        }) {
            return known
        }
        guard let place = try? tree.resolved(parent),
            let descriptor = try? tree.openBeneath(parent, linux_O_PATH | O_DIRECTORY)
        else { return nil }
        let folder = Folder(descriptor, at: place)
        state.withLock { state in
            if state.folders.count >= Self.folderLimit { state.folders.removeAll() }
            state.folders[parent] = folder
            state.lastFolder = (parent, folder)
        }
        return folder
    }

    private func lastStatus(of path: TreePath) -> FileStatus? {
        state.withLock { $0.last?.path == path ? $0.last?.status : nil }
    }

    /// What the last name of a path stands for, a link not followed; nil, with `errno`, when that cannot be said.
    private func status(of path: TreePath, in folder: Folder) -> FileStatus? {
        var status = stat()
        let code = path.withName { fstatat(folder.descriptor.raw, $0, &status, AT_SYMLINK_NOFOLLOW) }
        if code != 0 { return nil }
        let found = FileStatus(status)
        state.withLock { $0.last = (path, found) }
        return found
    }
}

/// What tells one state of a file from another without reading it.
struct FileStatus: Sendable, Hashable {
    var device: UInt64
    var inode: UInt64
    var mode: UInt32
    var size: Int64
    /// The last change of the content, and of anything, in nanoseconds.
    var modified: Int64
    var changed: Int64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        mode = status.st_mode
        size = Int64(status.st_size)
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
    }

    static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    var isFile: Bool { mode & S_IFMT == S_IFREG }
    var isFolder: Bool { mode & S_IFMT == S_IFDIR }
}
