import Glibc

/// A file that one holder has at a time (flock(2)): as long as the value lives, and at most as long as the process,
/// however that ends.
package struct FileLock: ~Copyable, Sendable {
    private let file: OwnedDescriptor

    /// The locked file, open for reading and writing.
    package var raw: Int32 { file.raw }

    /// Makes the file where there is none, readable for its owner alone, and takes its lock.
    ///
    /// - Parameters:
    ///   - path: a link there is refused.
    ///   - patience: how long to wait for another holder. A child that is being started has a copy of every descriptor
    ///     until it executes, so the lock of a process that was killed right then outlives it by a moment.
    /// - Throws: `SystemError`; `EWOULDBLOCK` when somebody else has the lock.
    package init(_ path: String, patience: Duration = .seconds(2)) throws(SystemError) {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let file = OwnedDescriptor(owning: try checked("open", on: path) { open(path, flags, 0o600) })
        let end = ContinuousClock.now + patience
        while flock(file.raw, LOCK_EX | LOCK_NB) == -1 {
            let code = errno
            guard code == EINTR || (code == EWOULDBLOCK && ContinuousClock.now < end) else {
                throw SystemError(code, call: "flock", subject: path)
            }
            usleep(10_000)
        }
        self.file = file
    }

    deinit {
        // Told to, the kernel lets go at once; closing alone would wait for the copies that starting children have.
        flock(file.raw, LOCK_UN)
    }
}
