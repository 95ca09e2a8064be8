import Glibc

/// A system call that failed: which one, on what, and the kernel's errno.
package struct SystemError: Error, Hashable, CustomStringConvertible {
    /// The kernel's error number, `ENOENT` and its like (errno(3)).
    package var code: Int32
    /// The call that failed, as its man page is named: `openat2`, `mount`.
    package var call: String
    /// What it was called on: a path, an interface, a process.
    package var subject: String

    package init(_ code: Int32, call: String, subject: String = "") {
        self.code = code
        self.call = call
        self.subject = subject
    }

    package var description: String {
        let reason = String(cString: strerror(code))
        return subject.isEmpty ? "\(call): \(reason)" : "\(call) \(subject): \(reason)"
    }
}

/// Runs a system call until it is not interrupted, and throws its errno when it answers -1.
@discardableResult
package func checked<Result: FixedWidthInteger & SignedInteger>(
    _ call: String, on subject: @autoclosure () -> String = "", _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw SystemError(code, call: call, subject: subject()) }
    }
}
