import Glibc
import System

/// What keeps a sweep away from images that are being made: whoever adds to the store shares the lock until the name is
/// set, and a sweep has it alone. It holds between processes (flock(2)) and goes with them.
package final class StoreLock: Sendable {
    private let file: OwnedDescriptor

    private init(at path: String) throws(ImageError) {
        do {
            file = OwnedDescriptor(
                owning: try checked("open", on: path) { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) })
        } catch {
            throw ImageError(error, while: "locking the image store")
        }
    }

    static func shared(_ root: String, clock: WallClock) async throws -> StoreLock {
        try await take(root, LOCK_SH, clock)
    }

    static func exclusive(_ root: String, clock: WallClock) async throws -> StoreLock {
        try await take(root, LOCK_EX, clock)
    }

    private static func take(_ root: String, _ kind: Int32, _ clock: WallClock) async throws -> StoreLock {
        let lock = try StoreLock(at: "\(root)/store.lock")
        while !(try lock.tries(kind)) { try await clock.sleep(.milliseconds(50)) }
        return lock
    }

    private func tries(_ kind: Int32) throws(ImageError) -> Bool {
        if flock(file.raw, kind | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK || errno == EINTR { return false }
        throw ImageError(SystemError(errno, call: "flock"), while: "locking the image store")
    }
}
