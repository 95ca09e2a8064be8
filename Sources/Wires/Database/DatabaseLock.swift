import Glibc
import System

/// One process a database: a lock on a file beside it (flock(2)), which ends with the process, however that ends.
final class DatabaseLock {
    private let file: OwnedDescriptor

    /// Takes the lock.
    ///
    /// - Throws: `DatabaseError` with `.inUse` when another process, or another connection of this one, holds it.
    init(database path: String) throws(DatabaseError) {
        let name = "\(path).lock"
        do {
            let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
            file = OwnedDescriptor(owning: try checked("open", on: name) { open(name, flags, 0o600) })
        } catch {
            throw DatabaseError(.access, "cannot open its lock: \(error)", path: path)
        }
        do {
            let descriptor = file.raw
            // A child that another thread is just starting holds a copy until it executes: that passes in a moment.
            var waits = 200
            while flock(descriptor, LOCK_EX | LOCK_NB) == -1, errno == EWOULDBLOCK, waits > 0 {
                waits -= 1
                usleep(10_000)
            }
            try checked("flock", on: name) { flock(descriptor, LOCK_EX | LOCK_NB) }
            try checked("ftruncate", on: name) { ftruncate(descriptor, 0) }
            try Files.write(Array("\(getpid())\n".utf8), to: descriptor, named: name)
        } catch  where error.code == EWOULDBLOCK {
            let holder = (try? Files.text(name, limit: 64)).flatMap { Int32($0.filter { $0 != "\n" }) }
            let who = holder.map { "process \($0)" } ?? "another process"
            throw DatabaseError(
                .inUse(by: holder), "\(who) has it open; stop that one, or use another --state folder", path: path)
        } catch {
            throw DatabaseError(error.code == ENOSPC ? .full : .io, "cannot lock it: \(error)", path: path)
        }
    }
}
