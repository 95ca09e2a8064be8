import Synchronization
import System
import TestSupport
import Testing

@testable import Transport

@Suite struct WebSocketClientTests {
    private func connect(
        _ server: ScriptedServer, _ path: String = "/", socket: String? = nil, subprotocols: [String] = [],
        headers: HTTPHeaders = [:], limit: Int = 1 << 20
    ) async throws -> WebSocketClient {
        let request = HTTPRequest("GET", try WebURL(server.address + path), headers: headers, unixSocket: socket)
        return try await WebSocketClient.connect(to: request, subprotocols: subprotocols, messageLimit: limit)
    }

    @Test func `messages come whole, and the subprotocol is the one that the server chose`() async throws {
        let server = try ScriptedServer { request in
            [
                WebSocketServer.accept(request, subprotocol: "v4.test"),
                WebSocketServer.frame(Array("text".utf8), opcode: 1),
                WebSocketServer.frame([1, 2], isFinal: false), WebSocketServer.frame([3], opcode: 0),
                WebSocketServer.frame([UInt8](repeating: 7, count: 300_000)), WebSocketServer.frame([]),
                WebSocketServer.frame([0x03, 0xe8], opcode: 8), .close,
            ]
        }
        let client = try await connect(
            server, "/exec?command=a%20b", subprotocols: ["v5.test", "v4.test"], headers: ["Authorization": "Bearer t"])
        #expect(client.subprotocol == "v4.test")
        #expect(try await client.next() == .init(Array("text".utf8), isText: true))
        #expect(try await client.next() == .init([1, 2, 3]))
        #expect(try await client.next()?.bytes.count == 300_000)
        #expect(try await client.next()?.bytes == [])
        #expect(try await client.next() == nil)
        #expect(try await client.next() == nil)
        let request = try #require(server.requests.first)
        #expect(request.path == "/exec?command=a%20b")
        #expect(request.headers["authorization"] == "Bearer t")
        #expect(request.headers["sec-websocket-protocol"]?.replacing(" ", with: "") == "v5.test,v4.test")
    }

    @Test func `a unix socket is reached`() async throws {
        let folder = try TemporaryFolder()
        let server = try ScriptedServer(unixSocket: "\(folder.path)/s") { request in
            [
                WebSocketServer.accept(request), WebSocketServer.frame([9]),
                WebSocketServer.frame([3, 232], opcode: 8), .close,
            ]
        }
        let client = try await connect(server, "/x", socket: "\(folder.path)/s")
        #expect(try await client.next()?.bytes == [9])
        #expect(try await client.next() == nil)
        #expect(server.requests.first?.path == "/x")
    }

    @Test(arguments: ["200 OK", "401 Unauthorized", "404 Not Found", "500 Oops"])
    func `a server that does not agree is an error`(status: String) async throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("no", status: status) + [.close] }
        let error = await #expect(throws: HTTPError.self) { try await connect(server) }
        #expect(error?.message.contains(server.address) == true)
    }

    @Test func `nobody who listens is an error`() async throws {
        let error = await #expect(throws: HTTPError.self) {
            try await WebSocketClient.connect(to: HTTPRequest("GET", WebURL("http://127.0.0.1:1/")))
        }
        #expect(error?.code == .connection)
        await #expect(throws: HTTPError.self) {
            try await WebSocketClient.connect(
                to: HTTPRequest("GET", WebURL("http://x/"), unixSocket: "/nowhere/socket"))
        }
    }

    @Test func `a connection that breaks is an error, not an end`() async throws {
        let server = try ScriptedServer { request in
            [WebSocketServer.accept(request), WebSocketServer.frame([1]), .write([0x82, 100, 1, 2]), .close]
        }
        let client = try await connect(server)
        #expect(try await client.next()?.bytes == [1])
        let error = await #expect(throws: HTTPError.self) { try await client.next() }
        #expect(error?.code == .transfer)
        await #expect(throws: HTTPError.self) { try await client.send(.init([1])) }
    }

    @Test func `a message longer than allowed ends the connection`() async throws {
        let server = try ScriptedServer { request in
            [WebSocketServer.accept(request), WebSocketServer.frame([UInt8](repeating: 1, count: 2000))]
        }
        let client = try await connect(server, limit: 1999)
        let error = await #expect(throws: HTTPError.self) { try await client.next() }
        #expect(error?.code == .tooLarge)
    }

    @Test func `cancelling ends a wait for the connection and for a message`() async throws {
        for path in ["/slow", "/silent"] {
            // One each: a connection that was never made leaves its signal behind.
            let gate = System.Semaphore()
            let server = try ScriptedServer { request in
                path == "/slow" ? [.pause(gate), .close] : [WebSocketServer.accept(request), .pause(gate), .close]
            }
            let task = Task { try await connect(server, path).next() }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            gate.signal()
        }
    }

    @Test func `a reader that is slow holds the server back`() async throws {
        let written = Mutex(0)
        let chunk = [UInt8](repeating: 1, count: 256 << 10)
        let server = try ScriptedServer { request in
            [WebSocketServer.accept(request)]
                + (0..<200).flatMap { _ in [WebSocketServer.frame(chunk), .note { written.withLock { $0 += 1 } }] }
                + [WebSocketServer.frame([3, 232], opcode: 8), .close]
        }
        let client = try await connect(server)
        try await Task.sleep(for: .milliseconds(200))
        #expect(written.withLock { $0 } < 150)
        var total = 0
        while let message = try await client.next() { total += message.bytes.count }
        #expect(total == 200 * chunk.count)
    }
}
