import CLinux
import Glibc
import Synchronization
package import System

/// A folder on disk. The kernel keeps every path beneath it (openat2(2), `RESOLVE_BENEATH`), links included.
package final class DirectoryTree: FileTree {
    private let root: OwnedDescriptor
    private let isWholeDisk: Bool
    private let name: String
    private let limit: Int
    private let known = Mutex(KnownFiles())
    /// More names than this in one folder are an error.
    static let entryLimit = 100_000

    /// - Parameters:
    ///   - path: the root; only it may itself be a link.
    ///   - name: how messages name the root, in front of each path; nothing when nil.
    ///   - limit: the longest file that is read, in bytes.
    package init(_ path: String, displayedAs name: String? = nil, limit: Int = 64 << 20) throws(SystemError) {
        root = OwnedDescriptor(
            owning: try checked("open", on: path) { open(path, linux_O_PATH | O_DIRECTORY | O_CLOEXEC) })
        isWholeDisk = !path.isEmpty && path.allSatisfy { $0 == "/" }
        self.name = name ?? ""
        self.limit = limit
    }

    package func displayName(of path: TreePath) -> String {
        if name.isEmpty { return path.description }
        if path == .root { return name }
        return name.hasSuffix("/") ? name + path.text : "\(name)/\(path.text)"
    }

    package func kind(of path: TreePath) throws(TreeError) -> EntryKind {
        do throws(TreeError) {
            let status = try status(of: try openBeneath(path, linux_O_PATH), path)
            if status.isFile { return .file }
            if status.isFolder { return .folder }
            throw TreeError(path, .notReadable)
        } catch {
            guard error.reason == .absent else { throw error }
            return .absent
        }
    }

    package func read(_ path: TreePath) throws(TreeError) -> TreeFile {
        let file = try openBeneath(path, Self.readingFlags)
        return try read(file, try status(of: file, path), at: path)
    }

    /// Reads an open file that has been looked at.
    func read(
        _ file: borrowing OwnedDescriptor, _ status: FileStatus, at path: TreePath
    ) throws(TreeError) -> TreeFile {
        if status.isFolder { throw TreeError(path, .isFolder) }
        if !status.isFile { throw TreeError(path, .notReadable) }
        do {
            return TreeFile(bytes: try Files.read(from: file.raw, named: path.text, limit: limit, size: status.size))
        } catch {
            throw failure(path, error)
        }
    }

    /// O_NONBLOCK so that a FIFO does not hold the reader before it is refused.
    static let readingFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC

    package func reading(remembersIDs: Bool) -> any FileTree {
        let number = known.withLock { $0.nextReading() }
        return DirectoryReading(self, number: number, remembersIDs: remembersIDs)
    }

    /// What is known of a file or folder from any reading.
    func known(_ path: TreePath) -> KnownFile? { known.withLock { $0[path] } }

    /// Remembers that a reading has seen a file or folder in the state that is known.
    func note(_ file: KnownFile, seenBy reading: Int) { known.withLock { $0.note(file, seenBy: reading) } }

    /// Remembers what a reading has found out about a file or folder.
    func remember(_ file: KnownFile) {
        var file = file
        // A file that has changed within this tick of the kernel's clock may change again without looking other.
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        if file.status.changed >= FileStatus.nanoseconds(now) - Self.tick {
            file.id = nil
            file.listing = nil
        }
        known.withLock { $0.keep(file) }
    }

    /// The longest step of the clock that files get their times from, in nanoseconds (100 Hz).
    private static let tick: Int64 = 10_000_000

    package func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] {
        let descriptor = try openBeneath(folder, O_RDONLY | O_DIRECTORY).release()
        guard let stream = fdopendir(descriptor) else {
            let code = errno
            close(descriptor)
            throw failure(folder, SystemError(code, call: "fdopendir", subject: folder.text))
        }
        defer { closedir(stream) }
        var entries: [FileEntry] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            if entries.count >= Self.entryLimit {
                throw TreeError(folder, .failed("it holds more than \(Self.entryLimit) entries"))
            }
            entries.append(FileEntry(name, kind(entry.pointee.d_type, name: name, in: descriptor)))
        }
        return entries.sorted { $0.name < $1.name }
    }

    private func kind(_ type: UInt8, name: String, in folder: Int32) -> FileEntry.Kind {
        switch Int(type) {
        case Int(DT_REG): return .file
        case Int(DT_DIR): return .folder
        case Int(DT_LNK): return .link
        case Int(DT_UNKNOWN):
            // Some file systems do not say; then the inode does.
            var status = stat()
            guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return .other }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return .file
            case S_IFDIR: return .folder
            case S_IFLNK: return .link
            default: return .other
            }
        default: return .other
        }
    }

    package func resolved(_ path: TreePath) throws(TreeError) -> TreePath {
        let file = try openBeneath(path, linux_O_PATH)
        let (top, whole) = (try place(of: root.raw, path), try place(of: file.raw, path))
        guard whole == top || whole.hasPrefix(top == "/" ? "/" : top + "/"),
            let resolved = TreePath(whole.dropFirst(top.count).drop { $0 == "/" })
        else { throw TreeError(path, .outside) }
        return resolved
    }

    /// Where the kernel says that an open file is (proc(5), `/proc/self/fd`).
    private func place(of descriptor: Int32, _ path: TreePath) throws(TreeError) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let name = "/proc/self/fd/\(descriptor)"
        let length = readlink(name, &buffer, buffer.count)
        guard length > 0, length < buffer.count else {
            throw failure(path, SystemError(length < 0 ? errno : ENAMETOOLONG, call: "readlink", subject: name))
        }
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// - Parameter followsLinks: without it, a link anywhere on the way is an error.
    func openBeneath(
        _ path: TreePath, _ flags: Int32, followsLinks: Bool = true
    ) throws(TreeError) -> OwnedDescriptor {
        var how = open_how()
        how.flags = UInt64(flags | O_CLOEXEC)
        // With the whole disk as root nothing is outside, and absolute links are fine.
        how.resolve = UInt64(RESOLVE_NO_MAGICLINKS) | UInt64(isWholeDisk ? RESOLVE_IN_ROOT : RESOLVE_BENEATH)
        if !followsLinks { how.resolve |= UInt64(RESOLVE_NO_SYMLINKS) }
        do {
            let name = path == .root ? "." : path.text
            return OwnedDescriptor(
                owning: try checked("openat2", on: path.text) { openat2(root.raw, name, &how) })
        } catch {
            throw failure(path, error)
        }
    }

    /// The state of an open file.
    func status(of file: borrowing OwnedDescriptor, _ path: TreePath) throws(TreeError) -> FileStatus {
        let descriptor = file.raw
        var status = stat()
        do {
            try checked("fstat", on: path.text) { fstat(descriptor, &status) }
        } catch {
            throw failure(path, error)
        }
        return FileStatus(status)
    }

    private func failure(_ path: TreePath, _ error: SystemError) -> TreeError {
        switch error.code {
        case ENOENT: TreeError(path, .absent)
        case ENOTDIR: TreeError(path, error.call == "openat2" ? .absent : .isNotFolder)
        case EXDEV: TreeError(path, .outside)
        case ELOOP: TreeError(path, .tooManyLinks)
        case EFBIG: TreeError(path, .tooLarge(limit: limit))
        case EISDIR: TreeError(path, .isFolder)
        default: TreeError(path, .failed(error.description))
        }
    }
}
