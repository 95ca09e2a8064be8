import Glibc

/// A file descriptor with one owner, closed when it goes out of scope.
package struct OwnedDescriptor: ~Copyable, Sendable {
    package let raw: Int32

    /// Takes over `raw`, which nobody else may close any more.
    package init(owning raw: Int32) {
        self.raw = raw
    }

    deinit {
        _ = Glibc.close(raw)
    }

    /// Gives the descriptor away without closing it.
    package consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }

    /// A second descriptor of the same open file, close-on-exec.
    package borrowing func duplicate() throws(SystemError) -> OwnedDescriptor {
        let raw = raw
        return OwnedDescriptor(owning: try checked("fcntl") { fcntl(raw, F_DUPFD_CLOEXEC, 3) })
    }
}
