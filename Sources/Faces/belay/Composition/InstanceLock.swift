import Document
import Glibc
import System

/// The hold that one service has on its state: the second one is refused, and a killed one leaves nothing to clean.
struct InstanceLock: ~Copyable {
    private let lock: FileLock

    /// - Parameter patience: how long to wait for another service to let go.
    /// - Throws: `Problem` naming the process that has it.
    init(_ paths: Paths, patience: Duration = .seconds(2)) throws {
        try Files.makeFolders(paths.state, mode: 0o700)
        try Files.makeFolders(paths.run, mode: 0o711)
        let lock = try Self.take(paths, patience)
        ftruncate(lock.raw, 0)
        try Files.write("\(getpid())\n".utf8, to: lock.raw, named: paths.lock)
        self.lock = lock
    }

    private static func take(_ paths: Paths, _ patience: Duration) throws -> FileLock {
        do {
            return try FileLock(paths.lock, patience: patience)
        } catch {
            guard error.code == EWOULDBLOCK else { throw error }
            let owner = owner(paths).map { ": process \($0)" } ?? ""
            throw Problem(
                "another service uses \(paths.state)\(owner)",
                hint: "stop it, or give this one folders of its own with --state and --run")
        }
    }

    /// The process that has the lock, as it says itself.
    private static func owner(_ paths: Paths) -> pid_t? {
        (try? Files.text(paths.lock)).flatMap { pid_t($0.prefix { $0 != "\n" }) }
    }

    /// Takes the lock, and ends the service that has it first.
    ///
    /// - Throws: `Problem` when that service does not end within 20 seconds.
    static func takingOver(_ paths: Paths) async throws -> InstanceLock {
        for attempt in 0..<200 {
            do {
                return try InstanceLock(paths, patience: .zero)
            } catch let problem as Problem {
                guard attempt < 199 else { throw problem }
                if attempt == 0, let owner = owner(paths) { kill(owner, SIGTERM) }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        return try InstanceLock(paths)
    }
}
