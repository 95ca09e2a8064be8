import Document
import Glibc
import System

/// Locks of flock(2), which end with the process that holds them.
enum HostLock {
    /// Holds one network namespace for a moment: all Belays of a host choose address ranges and change ip_forward one
    /// after the other. The lock is on the setting's own file, of which a namespace has one.
    static func holding<Result>(_ host: NetworkNamespace?, _ body: () throws -> Result) throws -> Result {
        let raw = try Sysctl(namespace: host).inside {
            try checked("open", on: "ip_forward") { open("/proc/sys/net/ipv4/ip_forward", O_RDONLY | O_CLOEXEC) }
        }
        let file = OwnedDescriptor(owning: raw)
        try checked("flock", on: "ip_forward") { flock(file.raw, LOCK_EX) }
        return try body()
    }

    /// Claims a run folder for as long as the lock lives.
    ///
    /// - Throws: `Problem` when another process has it.
    static func claim(_ path: String) throws -> FileLock {
        do {
            return try FileLock(path)
        } catch {
            guard error.code == EWOULDBLOCK else { throw error }
            throw Problem(
                "the network of \(path) belongs to a Belay that is running",
                hint: "Stop that one first, or give this one a run folder of its own")
        }
    }
}
