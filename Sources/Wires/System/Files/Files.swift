import Glibc

/// Whole files, read and written with bounds and without half-written results.
package enum Files {
    /// Reads a file whole.
    ///
    /// - Throws: `SystemError`; `EFBIG` when the file is longer than `limit` bytes.
    package static func read(_ path: String, limit: Int = 64 << 20) throws(SystemError) -> [UInt8] {
        let file = OwnedDescriptor(owning: try checked("open", on: path) { open(path, O_RDONLY | O_CLOEXEC) })
        return try read(from: file.raw, named: path, limit: limit)
    }

    /// Reads what is left of an open file.
    ///
    /// - Parameter known: the size of a regular file that has been looked at; nil looks.
    package static func read(
        from descriptor: Int32, named path: String, limit: Int = 64 << 20, size known: Int64? = nil
    ) throws(SystemError) -> [UInt8] {
        let size = known.map { Int(clamping: $0) } ?? regularSize(of: descriptor)
        // One byte more than there should be, so that the first reading shows the end too; files of proc say 0.
        var bytes = try readOnce(from: descriptor, named: path, atMost: size > 0 ? min(size, limit) + 1 : 65536)
        if bytes.count > limit { throw SystemError(EFBIG, call: "read", subject: path) }
        if size > 0, bytes.count <= size { return bytes }
        while true {
            let chunk = try readOnce(from: descriptor, named: path, atMost: 65536)
            if chunk.isEmpty { return bytes }
            bytes += chunk
            if bytes.count > limit { throw SystemError(EFBIG, call: "read", subject: path) }
        }
    }

    /// 0 of what is no regular file.
    private static func regularSize(of descriptor: Int32) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
        return Int(clamping: status.st_size)
    }

    private static func readOnce(
        from descriptor: Int32, named path: String, atMost count: Int
    ) throws(SystemError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            var result: Int
            repeat { result = Glibc.read(descriptor, buffer.baseAddress, count) } while result < 0 && errno == EINTR
            code = result < 0 ? errno : 0
            used = max(result, 0)
        }
        if code != 0 { throw SystemError(code, call: "read", subject: path) }
        return bytes
    }

    /// Reads a small file as text; bytes that are not UTF-8 become replacement characters.
    package static func text(_ path: String, limit: Int = 1 << 20) throws(SystemError) -> String {
        String(decoding: try read(path, limit: limit), as: UTF8.self)
    }

    /// Writes all bytes to an open file.
    package static func write(
        _ bytes: some Collection<UInt8>, to descriptor: Int32, named path: String
    ) throws(SystemError) {
        try Array(bytes).withUnsafeBufferPointer { memory throws(SystemError) in
            try write(UnsafeRawBufferPointer(memory), to: descriptor, named: path)
        }
    }

    /// The same for memory, which is not copied.
    package static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, named path: String
    ) throws(SystemError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = try checked("write", on: path) { Glibc.write(descriptor, rest.baseAddress, rest.count) }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    /// Writes into a file that exists, as cgroup and sysctl files want it: one `write`, no truncation, no new file.
    package static func poke(_ path: String, _ text: String) throws(SystemError) {
        let file = OwnedDescriptor(owning: try checked("open", on: path) { open(path, O_WRONLY | O_CLOEXEC) })
        try write(Array(text.utf8), to: file.raw, named: path)
    }

    /// Replaces a file at once: readers see the old bytes or the new ones, also after a crash.
    ///
    /// The bytes are written beside it, synced and renamed into place, and the folder is synced.
    package static func replace(
        _ path: String, with bytes: some Collection<UInt8>, mode: UInt32 = 0o644
    ) throws(SystemError) {
        let temporary = "\(path).new"
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        let file = OwnedDescriptor(owning: try checked("open", on: temporary) { open(temporary, flags, mode) })
        try write(bytes, to: file.raw, named: temporary)
        try checked("fsync", on: temporary) { fsync(file.raw) }
        try checked("rename", on: path) { rename(temporary, path) }
        try syncFolder(of: path)
    }

    /// Makes a folder and those above it; one that is there already is fine.
    package static func makeFolders(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
        var done = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            done += done.isEmpty || done.hasSuffix("/") ? String(part) : "/\(part)"
            if mkdir(done, mode) == -1, errno != EEXIST {
                throw SystemError(errno, call: "mkdir", subject: done)
            }
        }
    }

    /// Whether something is at `path`, a dangling link included.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Whether a folder is at `path`, or a link to one.
    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether a link is at `path`.
    package static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// The names in a folder, sorted, without `.` and `..`.
    package static func names(in path: String) throws(SystemError) -> [String] {
        guard let folder = opendir(path) else { throw SystemError(errno, call: "opendir", subject: path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file; one that is gone already is fine.
    package static func remove(_ path: String) throws(SystemError) {
        if unlink(path) == -1, errno != ENOENT { throw SystemError(errno, call: "unlink", subject: path) }
    }

    static func syncFolder(of path: String) throws(SystemError) {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let name = parent.isEmpty ? "/" : parent
        let folder = OwnedDescriptor(
            owning: try checked("open", on: name) { open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        try checked("fsync", on: name) { fsync(folder.raw) }
    }
}
