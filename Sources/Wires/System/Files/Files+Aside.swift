import Glibc

extension Files {
    /// Writes a file of any size that appears at once when all of it is there: it is written beside its place, synced
    /// and renamed, and removed where `body` throws.
    ///
    /// - Parameter body: gets the descriptor to write to, and what the file is called meanwhile.
    package static func writeAside<Result>(
        _ path: String, mode: UInt32 = 0o600, _ body: (Int32, String) throws -> Result
    ) throws -> Result {
        let temporary = "\(path).belay-\(getpid())"
        let flags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        let file = OwnedDescriptor(
            owning: try checked("open", on: temporary) { open(temporary, flags, mode_t(mode)) })
        do {
            let result = try body(file.raw, temporary)
            try checked("fsync", on: temporary) { fsync(file.raw) }
            try checked("rename", on: path) { rename(temporary, path) }
            try syncFolder(of: path)
            return result
        } catch {
            unlink(temporary)
            throw error
        }
    }
}
