import CLinux
import Glibc
import Synchronization
import System

/// A folder on disk as one rendering reads it: folders are opened once, and their files from there, so that a file costs
/// few calls of the kernel and short ways.
///
/// Names without links are looked at here; whatever else there is, and every error, is the tree's own business. Where
/// ids are asked for, a file is looked at once, and again only where another reading came between.
final class DirectoryReading: FileTree {
    private let tree: DirectoryTree
    private let number: Int
    /// Whether ids of contents will be asked for.
    private let remembersIDs: Bool
    private let state = Mutex(State())

    private struct State {
        var folders: [TreePath: Folder] = [:]
        /// The folder that was looked into last.
        var lastFolder: Folder?
        /// What was looked at last: a file's kind, its place and its content are asked for in a row.
        var last: KnownFile?
    }

    /// An open folder.
    private final class Folder: Sendable {
        let descriptor: OwnedDescriptor
        let path: TreePath
        /// Where it is, links followed; nil when no link leads there.
        private let place: TreePath?

        init(_ descriptor: consuming OwnedDescriptor, _ path: TreePath, at place: TreePath) {
            self.descriptor = descriptor
            self.path = path
            self.place = path == place ? nil : place
        }

        /// Where an entry is that is no link.
        func place(of entry: TreePath) -> TreePath { place?.appending(entry.name) ?? entry }
    }

    /// Folders that are kept open at once.
    private static let folderLimit = 128

    /// - Parameter number: tells this reading from the tree's others.
    init(_ tree: DirectoryTree, number: Int, remembersIDs: Bool) {
        self.tree = tree
        self.number = number
        self.remembersIDs = remembersIDs
    }

    func displayName(of path: TreePath) -> String { tree.displayName(of: path) }

    /// A folder's own state tells whether a name came or went, so that it is listed once.
    func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] {
        guard remembersIDs, let above = self.folder(above: folder), var known = known(folder, in: above),
            known.status.isFolder
        else { return try tree.entries(of: folder) }
        if let listing = known.listing { return listing }
        let listing = try tree.entries(of: folder)
        known.listing = listing
        keep(known)
        return listing
    }

    func kind(of path: TreePath) throws(TreeError) -> EntryKind {
        guard let folder = folder(above: path) else { return try tree.kind(of: path) }
        guard let known = known(path, in: folder) else { return errno == ENOENT ? .absent : try tree.kind(of: path) }
        if let kind = kind(known.status) { return kind }
        return try tree.kind(of: path)
    }

    func resolved(_ path: TreePath) throws(TreeError) -> TreePath {
        guard let folder = folder(above: path), let known = known(path, in: folder), kind(known.status) != nil else {
            return try tree.resolved(path)
        }
        return folder.place(of: path)
    }

    func look(at path: TreePath) throws(TreeError) -> Sight {
        if let folder = folder(above: path), let known = known(path, in: folder), let kind = kind(known.status) {
            return Sight(kind, at: folder.place(of: path), id: kind == .file ? known.id : nil)
        }
        return try tree.look(at: path)
    }

    func read(_ path: TreePath) throws(TreeError) -> TreeFile {
        guard let folder = folder(above: path) else { return try tree.read(path) }
        let raw = path.withName { openat(folder.descriptor.raw, $0, DirectoryTree.readingFlags | O_NOFOLLOW) }
        if raw < 0 { return try tree.read(path) }
        let file = OwnedDescriptor(owning: raw)
        let status = try tree.status(of: file, path)
        var read = try tree.read(file, status, at: path)
        guard remembersIDs else { return read }
        if let known = known(path), known.status == status, let id = known.id {
            read.id = id
        } else {
            // Made once here, and not each time that it is asked for.
            let id = read.id
            read.id = id
            keep(KnownFile(path, status, id: id, seenBy: number))
        }
        return read
    }

    func contentID(of path: TreePath) throws(TreeError) -> ContentID {
        if let folder = folder(above: path), let known = known(path, in: folder), known.status.isFile, let id = known.id
        {
            return id
        }
        return try read(path).id
    }

    /// The open folder that a path is in; nil for the root, and where the folder cannot be opened.
    private func folder(above path: TreePath) -> Folder? {
        if let last = state.withLock({ $0.lastFolder }), last.path.isParent(of: path) { return last }
        guard let parent = path.parent else { return nil }
        if let known = state.withLock({ state -> Folder? in
            guard let known = state.folders[parent] else { return nil }
            state.lastFolder = known
            return known
        }) {
            return known
        }
        guard let folder = open(parent) else { return nil }
        state.withLock { state in
            if state.folders.count >= Self.folderLimit { state.folders.removeAll() }
            state.folders[parent] = folder
            state.lastFolder = folder
        }
        return folder
    }

    private func open(_ path: TreePath) -> Folder? {
        let flags = linux_O_PATH | O_DIRECTORY
        // Where no link is on the way, nobody needs to be asked where that leads.
        if let descriptor = try? tree.openBeneath(path, flags, followsLinks: false) {
            return Folder(descriptor, path, at: path)
        }
        guard let place = try? tree.resolved(path), let descriptor = try? tree.openBeneath(path, flags) else {
            return nil
        }
        return Folder(descriptor, path, at: place)
    }

    /// What the last name of a path stands for, a link not followed; nil, with `errno`, when that cannot be said.
    private func known(_ path: TreePath, in folder: Folder) -> KnownFile? {
        let before = known(path)
        if let before, before.reading == number { return before }
        var status = stat()
        let code = path.withName { fstatat(folder.descriptor.raw, $0, &status, AT_SYMLINK_NOFOLLOW) }
        if code != 0 { return nil }
        let now = FileStatus(status)
        guard var found = before, found.status == now else {
            let found = KnownFile(path, now, seenBy: number)
            keep(found)
            return found
        }
        found.reading = number
        state.withLock { $0.last = found }
        if remembersIDs { tree.note(found, seenBy: number) }
        return found
    }

    /// What is known of a path already.
    private func known(_ path: TreePath) -> KnownFile? {
        if let last = state.withLock({ $0.last?.path == path ? $0.last : nil }) { return last }
        return remembersIDs ? tree.known(path) : nil
    }

    private func keep(_ known: KnownFile) {
        state.withLock { $0.last = known }
        if remembersIDs { tree.remember(known) }
    }

    /// nil for links, and for what is neither a file nor a folder.
    private func kind(_ status: FileStatus) -> EntryKind? {
        status.isFile ? .file : status.isFolder ? .folder : nil
    }
}
