import Glibc
import Synchronization
import System

/// TCP ports of the loopback address, for servers that a test starts.
package enum LoopbackPort {
    /// The first that was not given away yet. The kernel hands out ports from 32768 on, to connections too: one that was
    /// free a moment ago could be another test's before the server has it. These are only given away here.
    private static let next = Atomic(20_000 + Int(getpid()) % 1000 * 10)

    /// One that nobody listens on, and that no other test of this process is given.
    package static func free() throws -> Int {
        while true {
            let port = next.add(1, ordering: .relaxed).oldValue
            guard port < 32_768 else { throw SystemError(EADDRINUSE, call: "bind", subject: "127.0.0.1") }
            if try isFree(port) { return port }
        }
    }

    private static func isFree(_ port: Int) throws -> Bool {
        let descriptor = OwnedDescriptor(
            owning: try checked("socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
        var name = address(UInt16(port))
        return withName(&name) { bind(descriptor.raw, $0, $1) == 0 }
    }

    /// Waits until somebody accepts connections there.
    package static func waitUntilListening(_ port: Int) async throws {
        if try await eventually({ try isListening(port) }) { return }
        throw SystemError(ETIMEDOUT, call: "connect", subject: "127.0.0.1:\(port)")
    }

    private static func isListening(_ port: Int) throws -> Bool {
        let descriptor = OwnedDescriptor(
            owning: try checked("socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
        var name = address(UInt16(clamping: port))
        return withName(&name) { connect(descriptor.raw, $0, $1) == 0 }
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return name
    }

    private static func withName<Result>(
        _ name: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) throws -> Result
    ) rethrows -> Result {
        try withUnsafeMutablePointer(to: &name) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
