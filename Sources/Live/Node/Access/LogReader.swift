import Glibc
import System

/// Reads a container's log files, the rotated ones included, and goes on as they grow.
///
/// The runtime renames a full log and opens a new one under the old name; the reader holds its file open to the end, so
/// that no line is lost between the two.
struct LogReader: ~Copyable {
    private let path: String
    private var file: OwnedDescriptor
    private var inode: UInt64
    private var rest: [UInt8] = []

    /// Most of one read.
    private static let chunk = 65536

    /// Opens a log; nil when there is none yet.
    init?(_ path: String) {
        let raw = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard raw >= 0 else { return nil }
        self.path = path
        file = OwnedDescriptor(owning: raw)
        inode = Self.inode(of: raw)
    }

    /// Entries that are whole, without their newlines; empty when there is nothing new.
    mutating func entries() throws -> [ArraySlice<UInt8>] {
        var buffer = [UInt8](repeating: 0, count: Self.chunk)
        let raw = file.raw
        let name = path
        let count = try checked("read", on: name) { Glibc.read(raw, &buffer, Self.chunk) }
        if count == 0, isRotated, reopen() { return try entries() }
        rest += buffer[..<count]
        guard let last = rest.lastIndex(of: 10) else { return [] }
        let whole = Array(rest[...last])
        rest.removeFirst(last + 1)
        return whole.split(separator: 10)
    }

    private var isRotated: Bool {
        var status = stat()
        return stat(path, &status) == 0 && UInt64(status.st_ino) != inode
    }

    private mutating func reopen() -> Bool {
        let raw = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard raw >= 0 else { return false }
        file = OwnedDescriptor(owning: raw)
        inode = Self.inode(of: raw)
        return true
    }

    private static func inode(of descriptor: Int32) -> UInt64 {
        var status = stat()
        fstat(descriptor, &status)
        return UInt64(status.st_ino)
    }

    /// The files of one attempt, the oldest first: rotated ones have a time behind the name.
    static func files(of log: String) -> [String] {
        guard let slash = log.lastIndex(of: "/") else { return [log] }
        let folder = String(log[..<slash])
        let name = String(log[log.index(after: slash)...])
        let all = (try? Files.names(in: folder)) ?? []
        let rotated = all.filter { $0.hasPrefix("\(name).") && !$0.hasSuffix(".gz") && !$0.hasSuffix(".tmp") }
        return rotated.sorted().map { "\(folder)/\($0)" } + (all.contains(name) ? [log] : [])
    }
}

/// Turns entries in CRI form into what people asked for.
struct LogFilter {
    var timestamps: Bool
    /// Older lines are left out.
    var since: Timestamp?
    /// Whether the last entry left its line open.
    private var isOpen = false

    init(timestamps: Bool, since: Timestamp?) {
        self.timestamps = timestamps
        self.since = since
    }

    /// The bytes of an entry; a line that was cut into several comes out whole.
    mutating func bytes(of entry: ArraySlice<UInt8>) -> [UInt8] {
        guard let line = LogLine(entry) else { return [] }
        defer { isOpen = line.isPartial }
        if let since, let time = Timestamp(String(line.time)), time < since { return [] }
        let head = timestamps && !isOpen ? Array(line.time.utf8) + [32] : []
        return head + line.content + (line.isPartial ? [] : [10])
    }
}
