import Glibc

/// Folders with all that is in them.
extension Files {
    /// Removes a file, or a folder with all that is in it; what is gone already is fine. Links are removed, never
    /// followed, and each step is taken relative to an open folder, so that nobody can lead it elsewhere meanwhile.
    package static func removeTree(_ path: String) throws(SystemError) {
        try removeTree(Array(path.utf8CString), in: AT_FDCWD, named: path, depth: 0)
    }

    private static func removeTree(
        _ name: [CChar], in folder: Int32, named path: String, depth: Int
    ) throws(SystemError) {
        if unlinkat(folder, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw SystemError(errno, call: "unlinkat", subject: path) }
        let reason = errno
        guard depth < 4096 else { throw SystemError(ELOOP, call: "unlinkat", subject: path) }
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let descriptor = openat(folder, name, flags)
        guard descriptor != -1 else {
            if errno == ENOENT { return }
            throw SystemError(errno == ENOTDIR ? reason : errno, call: "unlinkat", subject: path)
        }
        guard let stream = fdopendir(descriptor) else {
            close(descriptor)
            throw SystemError(errno, call: "fdopendir", subject: path)
        }
        defer { closedir(stream) }
        for name in names(stream) { try removeTree(name, in: descriptor, named: path, depth: depth + 1) }
        if unlinkat(folder, name, AT_REMOVEDIR) == -1, errno != ENOENT {
            throw SystemError(errno, call: "rmdir", subject: path)
        }
    }

    /// Names as the kernel has them, which need not be UTF-8.
    private static func names(_ stream: OpaquePointer) -> [[CChar]] {
        var names: [[CChar]] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
                }
            }
            if name != [46, 0] && name != [46, 46, 0] { names.append(name) }
        }
        return names
    }
}
