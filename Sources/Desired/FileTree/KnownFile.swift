import CLinux
import Glibc

/// What is known of a file or folder on disk.
struct KnownFile: Sendable {
    let path: TreePath
    var status: FileStatus
    /// Of what a file held in that state; nil when it has not been made.
    var id: ContentID?
    /// What a folder held in that state; nil when it was not listed.
    var listing: [FileEntry]?
    /// The reading that saw the state last: none other takes it for the present one.
    var reading: Int
    /// Where it stands among those that are remembered.
    fileprivate(set) var position: Int?

    init(_ path: TreePath, _ status: FileStatus, id: ContentID? = nil, seenBy reading: Int) {
        self.path = path
        self.status = status
        self.id = id
        self.reading = reading
    }
}

/// What readings of one folder have found out about its files.
struct KnownFiles: Sendable {
    private var files: [KnownFile] = []
    private var positions: [TreePath: Int] = [:]
    private var readings = 0
    private static let limit = 200_000

    mutating func nextReading() -> Int {
        readings += 1
        return readings
    }

    subscript(path: TreePath) -> KnownFile? {
        guard let position = positions[path] else { return nil }
        var file = files[position]
        file.position = position
        return file
    }

    /// Remembers that a reading has seen a file in the state that is known.
    mutating func note(_ file: KnownFile, seenBy reading: Int) {
        guard let position = file.position, position < files.count, files[position].path == file.path,
            files[position].status == file.status
        else { return }
        files[position].reading = reading
    }

    /// Remembers a file in place of what was known of it, at the position that this had.
    mutating func keep(_ file: KnownFile) {
        if let position = file.position, position < files.count, files[position].path == file.path {
            files[position] = file
            return
        }
        if files.count >= Self.limit {
            files.removeAll()
            positions.removeAll()
        }
        let position = positions[file.path, default: files.count]
        if position == files.count {
            positions[file.path] = position
            files.append(file)
        } else {
            files[position] = file
        }
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
