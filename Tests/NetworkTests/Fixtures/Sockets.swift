import Glibc
import Synchronization
import System

@testable import Network

/// What came of speaking to an address.
enum Answer: Hashable, Sendable {
    case said(String)
    /// errno of connect, send or receive.
    case failed(Int32)

    var text: String? { if case .said(let text) = self { text } else { nil } }
}

extension sockaddr_in {
    init(_ address: IPv4Address, _ port: UInt16) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = port.bigEndian
        sin_addr.s_addr = address.bits.bigEndian
    }
}

/// Plain sockets in the calling thread's network namespace.
enum Sockets {
    static let stream = Int32(SOCK_STREAM.rawValue)
    static let datagram = Int32(SOCK_DGRAM.rawValue)

    static func bound(_ type: Int32, _ address: IPv4Address, _ port: UInt16) throws -> Int32 {
        let raw = try checked("socket") { socket(AF_INET, type | 0o2000000, 0) }
        var one: Int32 = 1
        setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        var place = sockaddr_in(address, port)
        try checked("bind", on: "\(address):\(port)") {
            withUnsafePointer(to: &place) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(raw, $0, 16) }
            }
        }
        return raw
    }

    /// SHUT_RDWR of shutdown(2).
    static let bothWays: Int32 = 2
    /// MSG_NOSIGNAL of send(2).
    static let noSignal: Int32 = 0x4000

    /// Connects, says hello, and reads what the other says first.
    static func ask(
        _ type: Int32 = stream, _ address: IPv4Address, _ port: UInt16, timeout milliseconds: Int = 60_000
    ) -> Answer {
        let answer = exchange(type, address, port, Array("hello".utf8), timeout: milliseconds)
        return answer.map { .said(String(decoding: $0, as: UTF8.self)) } ?? .failed(errno)
    }

    static func setPatience(_ raw: Int32, milliseconds: Int) {
        // A timeval: seconds and microseconds.
        var limit = (milliseconds / 1000, milliseconds % 1000 * 1000)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] { setsockopt(raw, SOL_SOCKET, option, &limit, 16) }
    }

    /// Sends a datagram from a socket that is not connected, and reads the answer.
    static func askAgain(_ raw: Int32, _ address: IPv4Address, _ port: UInt16) -> String? {
        var place = sockaddr_in(address, port)
        _ = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { sendto(raw, "hello", 5, 0, $0, 16) }
        }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = recv(raw, &buffer, buffer.count, 0)
        return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    /// Connects, sends, and reads once; nil and errno when it cannot.
    static func exchange(
        _ type: Int32, _ address: IPv4Address, _ port: UInt16, _ message: [UInt8], timeout milliseconds: Int
    ) -> [UInt8]? {
        let raw = socket(AF_INET, type | 0o2000000, 0)
        var code: Int32 = 0
        defer {
            close(raw)
            errno = code
        }
        setPatience(raw, milliseconds: milliseconds)
        var place = sockaddr_in(address, port)
        let connected = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(raw, $0, 16) }
        }
        var buffer = [UInt8](repeating: 0, count: 65536)
        var count = 0
        if connected == 0, send(raw, message, message.count, noSignal) >= 0 {
            count = recv(raw, &buffer, buffer.count, 0)
            if count >= 0 { return Array(buffer[..<count]) }
        }
        code = errno
        return nil
    }
}

/// A server that says its name and who asked: `web 10.64.0.2`.
final class Greeter: Sendable {
    private let raw: Int32

    init(
        _ name: String, in namespace: NetworkNamespace, type: Int32 = Sockets.stream,
        on address: IPv4Address = IPv4Address(bits: 0), port: UInt16
    ) throws {
        let raw = try namespace.run {
            let raw = try Sockets.bound(type, address, port)
            if type == Sockets.stream { try checked("listen") { listen(raw, 128) } }
            return raw
        }
        self.raw = raw
        startThread(named: "greeter") {
            if type == Sockets.stream { Self.serveStream(raw, name) } else { Self.serveDatagrams(raw, name) }
            close(raw)
        }
    }

    deinit {
        // Wakes the thread, which closes the socket.
        shutdown(raw, Sockets.bothWays)
    }

    private static func serveStream(_ raw: Int32, _ name: String) {
        while true {
            var peer = sockaddr_in()
            var size = socklen_t(16)
            let client = withUnsafeMutablePointer(to: &peer) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { accept(raw, $0, &size) }
            }
            guard client >= 0 else { return }
            let text = "\(name) \(IPv4Address(bits: peer.sin_addr.s_addr.bigEndian))"
            _ = send(client, text, text.utf8.count, Sockets.noSignal)
            close(client)
        }
    }

    private static func serveDatagrams(_ raw: Int32, _ name: String) {
        while true {
            var peer = sockaddr_in()
            var size = socklen_t(16)
            var buffer = [UInt8](repeating: 0, count: 512)
            withUnsafeMutablePointer(to: &peer) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                    guard recvfrom(raw, &buffer, 512, 0, place, &size) > 0 else { return }
                    let text = name
                    _ = sendto(raw, text, text.utf8.count, 0, place, size)
                }
            }
            // shutdown(2) of an unconnected socket still wakes its reader, with nothing read.
            if size == 0 { return }
        }
    }
}
