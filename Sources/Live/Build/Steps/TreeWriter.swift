import CLinux
import Glibc
import System

/// Writes files into a stage's file system. Paths are resolved within it; what a link in it leads to is within it too.
final class TreeWriter {
    /// Who owns what is written.
    struct Owner: Sendable, Hashable {
        var user: UInt32 = 0
        var group: UInt32 = 0
    }

    private let view: FolderView
    private let owner: Owner
    /// Times of folders that were there, and 0 for those made on the way: writing into a folder changes its time, and a
    /// layer's bytes must not depend on when it was built.
    private var times: [String: timespec] = [:]

    init(_ view: FolderView, owner: Owner) {
        self.view = view
        self.owner = owner
    }

    /// Makes a folder with those above it; one that is there stays as it is.
    func makeFolder(_ path: String, mode: UInt32 = 0o755, modified: Int = 0) throws(SystemError) {
        let path = FolderPath.clean(path)
        guard path != "/" else { return }
        if let status = try view.status(path, followsLast: true) {
            guard status.isFolder else { throw SystemError(ENOTDIR, call: "mkdir", subject: path) }
            return
        }
        try makeFolder(FolderPath.parent(path))
        let name = FolderPath.name(path)
        let parent = try folder(FolderPath.parent(path))
        try checked("mkdirat", on: path) { mkdirat(parent.raw, name, 0o755) }
        try checked("fchownat", on: path) { fchownat(parent.raw, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW) }
        try checked("fchmodat", on: path) { fchmodat(parent.raw, name, mode, 0) }
        times[path] = timespec(tv_sec: modified, tv_nsec: 0)
    }

    /// Writes a file in place of what has its name, unless that is a folder.
    func writeFile(
        _ path: String, mode: UInt32, modified: Int, owner: Owner? = nil,
        _ fill: (_ descriptor: Int32) throws -> Void
    ) throws {
        let path = FolderPath.clean(path)
        try makeFolder(FolderPath.parent(path))
        let parent = try folder(FolderPath.parent(path))
        let name = FolderPath.name(path)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = OwnedDescriptor(
            owning: try replacing(name, in: parent.raw, path) { openat(parent.raw, name, flags, 0o600) })
        try fill(file.raw)
        let owner = owner ?? self.owner
        try checked("fchown", on: path) { fchown(file.raw, owner.user, owner.group) }
        try checked("fchmod", on: path) { fchmod(file.raw, mode) }
        let time = timespec(tv_sec: modified, tv_nsec: 0)
        try checked("futimens", on: path) { futimens(file.raw, [time, time]) }
    }

    /// Makes a link in place of what has its name, unless that is a folder.
    func makeLink(_ path: String, to target: String, modified: Int) throws(SystemError) {
        let path = FolderPath.clean(path)
        try makeFolder(FolderPath.parent(path))
        let parent = try folder(FolderPath.parent(path))
        let name = FolderPath.name(path)
        try replacing(name, in: parent.raw, path) { symlinkat(target, parent.raw, name) }
        try checked("fchownat", on: path) { fchownat(parent.raw, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW) }
        let time = timespec(tv_sec: modified, tv_nsec: 0)
        try checked("utimensat", on: path) { utimensat(parent.raw, name, [time, time], AT_SYMLINK_NOFOLLOW) }
    }

    /// Makes a second name of a file.
    func makeHardLink(_ path: String, to target: String) throws(SystemError) {
        let path = FolderPath.clean(path)
        try makeFolder(FolderPath.parent(path))
        let parent = try folder(FolderPath.parent(path))
        let source = try view.open(FolderPath.clean(target), flags: linux_O_PATH | O_NOFOLLOW)
        let name = FolderPath.name(path)
        try replacing(name, in: parent.raw, path) {
            linkat(AT_FDCWD, "/proc/self/fd/\(source.raw)", parent.raw, name, AT_SYMLINK_FOLLOW)
        }
    }

    /// Gives folders the times that they shall have. Comes last.
    func finish() throws(SystemError) {
        for (path, time) in times {
            guard let status = try view.status(path, followsLast: true), status.isFolder else { continue }
            let folder = try view.open(path, flags: O_RDONLY | O_DIRECTORY)
            try checked("futimens", on: path) { futimens(folder.raw, [time, time]) }
        }
    }

    /// A folder that is about to be written into; its time is noted.
    private func folder(_ path: String) throws(SystemError) -> OwnedDescriptor {
        let folder = try view.open(path, flags: linux_O_PATH | O_DIRECTORY)
        if times[path] == nil {
            var status = stat()
            try checked("fstat", on: path) { fstat(folder.raw, &status) }
            times[path] = status.st_mtim
        }
        return folder
    }

    @discardableResult
    private func replacing(
        _ name: String, in folder: Int32, _ path: String, _ make: () -> Int32
    ) throws(SystemError) -> Int32 {
        let result = make()
        if result != -1 { return result }
        guard errno == EEXIST else { throw SystemError(errno, call: "create", subject: path) }
        try checked("unlinkat", on: path) { unlinkat(folder, name, 0) }
        return try checked("create", on: path, make)
    }
}
