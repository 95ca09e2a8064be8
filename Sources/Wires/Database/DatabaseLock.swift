import Glibc
import System

/// One process a database: a lock on a file beside it, which ends with the process, however that ends.
final class DatabaseLock {
    private let lock: FileLock

    /// Takes the lock.
    ///
    /// - Throws: `DatabaseError` with `.inUse` when another process, or another connection of this one, holds it.
    init(database path: String) throws(DatabaseError) {
        let name = "\(path).lock"
        do {
            let lock = try FileLock(name)
            try checked("ftruncate", on: name) { ftruncate(lock.raw, 0) }
            try Files.write(Array("\(getpid())\n".utf8), to: lock.raw, named: name)
            self.lock = lock
        } catch {
            throw Self.problem(error, database: path, lock: name)
        }
    }

    private static func problem(_ error: SystemError, database path: String, lock name: String) -> DatabaseError {
        switch (error.call, error.code) {
        case ("open", _): return DatabaseError(.access, "cannot open its lock: \(error)", path: path)
        case ("flock", EWOULDBLOCK):
            let holder = (try? Files.text(name, limit: 64)).flatMap { Int32($0.filter { $0 != "\n" }) }
            let who = holder.map { "process \($0)" } ?? "another process"
            return DatabaseError(
                .inUse(by: holder), "\(who) has it open; stop that one, or use another --state folder", path: path)
        case (_, ENOSPC): return DatabaseError(.full, "cannot lock it: \(error)", path: path)
        default: return DatabaseError(.io, "cannot lock it: \(error)", path: path)
        }
    }
}
