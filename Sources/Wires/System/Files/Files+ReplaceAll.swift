import Glibc

extension Files {
    /// Replaces several files that are there, each at once, and all of them or none as far as a file system can: all new
    /// contents are on the disk before the first file changes, and where a later one cannot be put in its place, the
    /// earlier ones get their old contents back. Links are followed; permissions stay.
    ///
    /// - Throws: `SystemError`, of the first file that could not be replaced.
    package static func replaceAll(_ files: [(path: String, bytes: [UInt8])]) throws(SystemError) {
        var prepared: [Prepared] = []
        var done = 0
        do throws(SystemError) {
            for file in files { prepared.append(try prepare(file.path, file.bytes)) }
            for file in prepared {
                try checked("rename", on: file.path) { rename(file.temporary, file.path) }
                done += 1
            }
        } catch {
            for file in prepared.dropFirst(done) { unlink(file.temporary) }
            for file in prepared.prefix(done) { try? replace(file.path, with: file.old, mode: file.mode) }
            throw error
        }
    }

    /// A file's new content, beside it under another name.
    private struct Prepared {
        var path: String
        var temporary: String
        var old: [UInt8]
        var mode: UInt32
    }

    private static func prepare(_ path: String, _ bytes: [UInt8]) throws(SystemError) -> Prepared {
        guard let resolved = realpath(path, nil) else { throw SystemError(errno, call: "realpath", subject: path) }
        defer { free(resolved) }
        let target = String(cString: resolved)
        let old = try read(target)
        var status = stat()
        try checked("stat", on: target) { stat(target, &status) }
        let mode = UInt32(status.st_mode & 0o7777)
        let temporary = "\(target).belay-\(getpid())"
        do throws(SystemError) {
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
            let file = OwnedDescriptor(
                owning: try checked("open", on: temporary) { open(temporary, flags, mode_t(mode)) })
            try write(bytes, to: file.raw, named: temporary)
            try checked("fchmod", on: temporary) { fchmod(file.raw, mode_t(mode)) }
            try checked("fsync", on: temporary) { fsync(file.raw) }
        } catch {
            unlink(temporary)
            throw error
        }
        return Prepared(path: target, temporary: temporary, old: old, mode: mode)
    }
}
