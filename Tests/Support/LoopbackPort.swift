import Glibc
import System

/// TCP ports of the loopback address, for servers that a test starts.
package enum LoopbackPort {
    /// One that nobody listens on at the moment.
    package static func free() throws -> Int {
        let descriptor = OwnedDescriptor(
            owning: try checked("socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
        var name = address(0)
        try withName(&name) { name, length in
            _ = try checked("bind") { bind(descriptor.raw, name, length) }
        }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withName(&name) { name, _ in
            _ = try checked("getsockname") { getsockname(descriptor.raw, name, &length) }
        }
        return Int(UInt16(bigEndian: name.sin_port))
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
