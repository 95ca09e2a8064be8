import Synchronization
import System
import TestSupport
import Testing

@testable import Listener

/// The client's side of RFC 6455, as much as the tests need.
private struct WebSocketClient {
    let raw: RawClient

    init(port: UInt16, path: String, subprotocols: String) async throws {
        raw = try RawClient(port: port)
        try raw.send(
            "GET \(path) HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Protocol: \(subprotocols)\r\n\r\n")
    }

    func send(_ bytes: [UInt8], opcode: UInt8 = 2, isFinal: Bool = true) throws {
        var frame: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        switch bytes.count {
        case ..<126: frame.append(0x80 | UInt8(bytes.count))
        case ..<65536: frame += [0x80 | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
        default: frame += [0x80 | 127] + (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (56 - $0 * 8)) }
        }
        let mask: [UInt8] = [1, 2, 3, 4]
        try raw.send(frame + mask + bytes.enumerated().map { $0.element ^ mask[$0.offset % 4] })
    }

    /// Whole frames' payloads until `count` bytes of them have come.
    func receive(_ count: Int) async throws -> [UInt8] {
        let raw = raw
        return try await offPool {
            var (wire, payload): ([UInt8], [UInt8]) = ([], [])
            while payload.count < count {
                let more = try raw.receive()
                if more.isEmpty { break }
                wire += more
                while let (frame, size) = Self.frame(wire) {
                    if wire[0] & 15 == 2 { payload += frame }
                    wire.removeFirst(size)
                }
            }
            return payload
        }
    }

    private static func frame(_ wire: [UInt8]) -> (payload: [UInt8], size: Int)? {
        guard wire.count >= 2 else { return nil }
        var (length, start) = (Int(wire[1] & 127), 2)
        if length == 126 {
            guard wire.count >= 4 else { return nil }
            (length, start) = (Int(wire[2]) << 8 | Int(wire[3]), 4)
        } else if length == 127 {
            guard wire.count >= 10 else { return nil }
            (length, start) = (wire[2..<10].reduce(0) { $0 << 8 | Int($1) }, 10)
        }
        guard wire.count >= start + length else { return nil }
        return (Array(wire[start..<start + length]), start + length)
    }
}

@Suite struct WebSocketTests {
    private func server(
        admit: @escaping @Sendable (ServerRequest) -> ServerResponse? = { _ in nil },
        _ handler: @escaping @Sendable (WebSocketSession) async -> Void
    ) throws -> (server: HTTPServer, port: UInt16) {
        var configuration = HTTPServer.Configuration(endpoints: [.tcp(port: 0)], subprotocols: ["v5.test", "v4.test"])
        configuration.messageLimit = 200_000
        let server = try HTTPServer(
            configuration,
            HTTPServer.Handlers(request: { _ in .text("plain") }, admitWebSocket: admit, webSocket: handler))
        guard case .tcp(_, let port) = server.endpoints[0] else { return (server, 0) }
        return (server, port)
    }

    @Test func `messages go both ways, and the subprotocol is agreed upon`() async throws {
        let (server, port) = try server { session in
            try? await session.send(Array("\(session.subprotocol) \(session.request[query: "a"] ?? "-")".utf8))
            while let message = await session.next() { try? await session.send(message.bytes.reversed()) }
        }
        let client = try await WebSocketClient(port: port, path: "/exec?a=b", subprotocols: "v9.test, v4.test")
        let head = try await offPool { try client.raw.receive(until: "v4.test b") }
        #expect(head.hasPrefix("HTTP/1.1 101"))
        #expect(head.lowercased().contains("sec-websocket-protocol: v4.test"))
        for size in [1, 125, 126, 65535, 65536, 200_000] {
            let bytes = (0..<size).map { UInt8($0 % 251) }
            try client.send(bytes)
            #expect(try await client.receive(size) == bytes.reversed())
        }
        await server.stop()
    }

    @Test func `fragments are put together`() async throws {
        let (server, port) = try server { session in
            if let message = await session.next() { try? await session.send(message.bytes) }
        }
        let client = try await WebSocketClient(port: port, path: "/", subprotocols: "v5.test")
        _ = try await offPool { try client.raw.receive(until: "\r\n\r\n") }
        try client.send([1, 2], isFinal: false)
        try client.send([3], opcode: 0, isFinal: false)
        try client.send([4], opcode: 0)
        #expect(try await client.receive(4) == [1, 2, 3, 4])
        await server.stop()
    }

    @Test func `a refusal is an answer like any other`() async throws {
        let (server, port) = try server(admit: { _ in .text("not for you\n", status: 403) }) { _ in }
        let client = try await WebSocketClient(port: port, path: "/", subprotocols: "v5.test")
        let answer = try await offPool { try client.raw.receive(until: "not for you") }
        #expect(answer.split(separator: "\r\n")[0].contains(" 403 "))
        await server.stop()
    }

    @Test func `a message that is too large ends the connection`() async throws {
        let box = Box<WebSocketMessage?>(nil)
        let (server, port) = try server { session in box.set(await session.next()) }
        let client = try await WebSocketClient(port: port, path: "/", subprotocols: "v5.test")
        _ = try await offPool { try client.raw.receive(until: "\r\n\r\n") }
        try? client.send([UInt8](repeating: 1, count: 300_000))
        _ = try await offPool { try client.raw.receiveAll() }
        #expect(box.value == nil)
        await server.stop()
    }

    @Test func `a client that goes away ends the handler`() async throws {
        let ended = Box<Bool?>(nil)
        let (server, port) = try server { session in
            while await session.next() != nil {}
            ended.set(true)
        }
        do {
            let client = try await WebSocketClient(port: port, path: "/", subprotocols: "v5.test")
            _ = try await offPool { try client.raw.receive(until: "\r\n\r\n") }
        }
        #expect(await eventually { ended.value == true })
        await server.stop()
    }

    @Test func `a slow reader slows the client down and loses nothing`() async throws {
        let total = Box<Int?>(nil)
        let (server, port) = try server { session in
            try? await Task.sleep(for: .milliseconds(200))
            var sum = 0
            while let message = await session.next(), message.bytes.count > 1 { sum += message.bytes.count }
            total.set(sum)
        }
        let client = try await WebSocketClient(port: port, path: "/", subprotocols: "v5.test")
        _ = try await offPool { try client.raw.receive(until: "\r\n\r\n") }
        try await offPool {
            for _ in 0..<50 { try client.send([UInt8](repeating: 7, count: 100_000)) }
            try client.send([0])
        }
        #expect(await eventually { total.value != nil })
        #expect(total.value == 5_000_000)
        await server.stop()
    }
}

/// A value shared between a test and a handler.
private final class Box<Value: Sendable>: Sendable {
    private let state: Mutex<Value>
    init(_ value: Value) { state = Mutex(value) }
    var value: Value { state.withLock { $0 } }
    func set(_ new: Value) { state.withLock { $0 = new } }
}
