import Glibc
import System
import TestSupport

/// Runs blocking work on a thread of its own: the few threads of Swift's pool are the server's.
func offPool<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        startThread(named: "test") { continuation.resume(with: .init(catching: body)) }
    }
}

func curl(_ arguments: [String]) async throws -> String {
    try await offPool { try Program.run(["curl", "-sS", "--max-time", "120"] + arguments) }
}

/// A client that says what it is told to say, byte by byte.
final class RawClient: Sendable {
    private let socket: Int32

    /// Connects to a loopback port.
    init(port: UInt16) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code == -1 { throw SystemError(errno, call: "connect") }
    }

    deinit {
        close(socket)
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        try Files.write(bytes, to: socket, named: "socket")
    }

    /// What comes next, at most `limit` bytes; empty at the end.
    func receive(_ limit: Int = 65536) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = recv(socket, &buffer, limit, 0)
        if count == -1, errno == ECONNRESET { return [] }
        if count == -1 { throw SystemError(errno, call: "recv") }
        return Array(buffer[..<count])
    }

    /// All until the other side closes.
    func receiveAll() throws -> String {
        var all: [UInt8] = []
        while true {
            let bytes = try receive()
            if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += bytes
        }
    }

    /// All until a text has come.
    func receive(until text: String) throws -> String {
        var all = ""
        while !all.contains(text) {
            let bytes = try receive()
            if bytes.isEmpty { break }
            all += String(decoding: bytes, as: UTF8.self)
        }
        return all
    }
}
