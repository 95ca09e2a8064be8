import CLinux
import Glibc

/// A process by descriptor (pidfd_open(2)): it stays this process, however pids are used again. Readable once it ended.
package struct ProcessDescriptor: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor

    /// - Throws: `SystemError` with `ESRCH` when there is no such process.
    package init(pid: Int32) throws(SystemError) {
        descriptor = OwnedDescriptor(owning: try checked("pidfd_open", on: "\(pid)") { linux_pidfd_open(pid) })
    }

    package var raw: Int32 { descriptor.raw }

    /// Sends a signal; one that ended already is fine.
    package borrowing func send(_ signal: Int32) throws(SystemError) {
        if linux_pidfd_send_signal(descriptor.raw, signal) == -1, errno != ESRCH {
            throw SystemError(errno, call: "pidfd_send_signal")
        }
    }

    /// Takes the status of an ended child from the kernel; what is not a child of this process needs no reaping.
    package borrowing func reap() {
        _ = linux_reap(descriptor.raw)
    }

    /// Whether the process has ended.
    package var hasEnded: Bool {
        var watch = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        return poll(&watch, 1, 0) == 1
    }
}
