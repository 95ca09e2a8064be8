import CLinux
import Glibc
import Synchronization

/// A network namespace held by a file that it is bind-mounted on (network_namespaces(7)).
package struct NetworkNamespace: Sendable, Hashable {
    /// The file: `/run/belay/network/namespace`, `/proc/42/ns/net`.
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Makes a namespace and mounts it on a new file at `path`.
    ///
    /// - Throws: `SystemError`.
    package static func create(at path: String) throws -> NetworkNamespace {
        let file = OwnedDescriptor(
            owning: try checked("open", on: path) { Glibc.open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o400) })
        _ = consume file
        do {
            try onThread {
                try checked("unshare", on: "network namespace") { linux_unshare(CLONE_NEWNET) }
                let source = "/proc/thread-self/ns/net"
                try checked("mount", on: path) { mount(source, path, nil, UInt(MS_BIND), nil) }
            }
        } catch {
            try? Files.remove(path)
            throw error
        }
        return NetworkNamespace(path: path)
    }

    /// Whether the file is there and a namespace is mounted on it.
    package var exists: Bool {
        var status = statfs()
        // NSFS_MAGIC of linux/magic.h: an ordinary file is what a crash between making and mounting leaves.
        return statfs(path, &status) == 0 && status.f_type == 0x6e73_6673
    }

    /// Takes the mount and the file away; what is gone already is fine. The kernel ends the namespace with its last user.
    package func remove() throws {
        while umount2(path, Int32(MNT_DETACH)) == 0 {}
        if errno != EINVAL && errno != ENOENT { throw SystemError(errno, call: "umount2", subject: path) }
        try Files.remove(path)
    }

    /// Opens the namespace's file, to be handed to the kernel in a message.
    package func open() throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(owning: try checked("open", on: path) { Glibc.open(path, O_RDONLY | O_CLOEXEC) })
    }

    /// Runs `body` on a fresh thread inside the namespace and waits for it; the thread ends afterwards, so no thread of
    /// Belay is ever found in the wrong namespace. Blocks: not for the cooperative pool.
    package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
        let file = try open()
        let raw = file.raw
        return try Self.onThread {
            try checked("setns", on: path) { linux_setns(raw, CLONE_NEWNET) }
            return try body()
        }
    }

    private static func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
        let slot = ResultSlot<Result>()
        let done = Semaphore()
        startThread(named: "netns") {
            slot.value.withLock { $0 = Swift.Result { try body() } }
            done.signal()
        }
        done.wait()
        guard let outcome = slot.value.withLock({ $0 }) else { throw SystemError(ESRCH, call: "thread") }
        return try outcome.get()
    }
}

/// Where a thread leaves its result.
private final class ResultSlot<Value: Sendable>: Sendable {
    let value = Mutex<Result<Value, any Error>?>(nil)
}
