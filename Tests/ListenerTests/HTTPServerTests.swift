import Glibc
import Synchronization
import System
import TestSupport
import Testing

@testable import Listener

/// Answers with what it was asked.
private let echo: @Sendable (ServerRequest) async -> ServerResponse = { request in
    let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
    let type = request.headers["content-type"] ?? "-"
    let extra = request.headers["x-special"] ?? "-"
    let body = String(decoding: request.body.prefix(100), as: UTF8.self)
    return .text("\(request.method) \(request.path) [\(query)] \(type) \(extra) \(request.body.count) \(body)\n")
}

private func server(
    _ endpoints: [Endpoint] = [.tcp(port: 0)], _ change: (inout HTTPServer.Configuration) -> Void = { _ in },
    _ handler: @escaping @Sendable (ServerRequest) async -> ServerResponse = echo
) throws -> HTTPServer {
    var configuration = HTTPServer.Configuration(endpoints: endpoints, headers: ["x-special"])
    change(&configuration)
    return try HTTPServer(configuration, HTTPServer.Handlers(request: handler))
}

private func url(_ server: HTTPServer, _ path: String = "/") -> String { "http://\(server.endpoints[0])\(path)" }

private func port(_ server: HTTPServer) -> UInt16 {
    if case .tcp(_, let port) = server.endpoints[0] { port } else { 0 }
}

@Suite struct HTTPServerTests {
    @Test func `a request comes whole and an answer goes whole`() async throws {
        let server = try server()
        let answer = try await curl([
            url(server, "/a/b%20c?x=1&y=a%26b%3Dc&z&x=2%2B3"), "-H", "X-Special: yes", "-H", "Content-Type: text/x",
            "--data", "hello",
        ])
        #expect(answer == "POST /a/b c [x=1|y=a&b=c|z=|x=2+3] text/x yes 5 hello\n")
        await server.stop()
    }

    @Test(arguments: ["GET", "PUT", "PATCH", "DELETE", "POST"])
    func `every method is served, with and without a body`(method: String) async throws {
        let server = try server()
        let without = try await curl([url(server, "/x"), url(server, "/y"), "-X", method])
        #expect(without == "\(method) /x [] - - 0 \n\(method) /y [] - - 0 \n")
        let with = try await curl([
            url(server, "/x"), url(server, "/y"), "-X", method, "-H", "content-type:", "-d", "{}",
        ])
        #expect(with == "\(method) /x [] - - 2 {}\n\(method) /y [] - - 2 {}\n")
        await server.stop()
    }

    @Test func `HEAD has the headers alone`() async throws {
        let server = try server()
        let answer = try await curl([url(server), "-I"])
        #expect(answer.lowercased().hasPrefix("http/1.1 200"))
        #expect(answer.lowercased().contains("content-length: 17"))
        await server.stop()
    }

    @Test(arguments: [0, 1, 65535, 65536, 65537, 1_000_000, 20_000_000])
    func `answers of any size arrive whole`(size: Int) async throws {
        let server = try server([.tcp(port: 0)], { _ in }) { _ in
            ServerResponse(type: "text/plain", (0..<size).map { UInt8(97 + $0 % 26) })
        }
        let answer = try await curl([url(server)])
        #expect(answer.utf8.count == size)
        #expect(answer.utf8.enumerated().allSatisfy { $0.element == UInt8(97 + $0.offset % 26) })
        await server.stop()
    }

    @Test func `a body up to the limit comes whole, one above it is refused`() async throws {
        let folder = try TemporaryFolder()
        let server = try server([.tcp(port: 0)]) { $0.bodyLimit = 1_000_000 }
        for (size, wanted) in [(1_000_000, "200"), (1_000_001, "413")] {
            let file = "\(folder.path)/body"
            try Files.replace(file, with: [UInt8](repeating: 120, count: size))
            let code = try await curl([
                url(server), "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@\(file)", "-H", "Expect:",
            ])
            #expect(code == wanted)
        }
        await server.stop()
    }

    @Test(arguments: [
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n", "413"),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "411"),
        ("POST / HTTP/1.1\r\nHost: x\r\n\r\n", "200"),
    ])
    func `who still sends when the answer is out reads it whole`(head: String, status: String) async throws {
        let server = try server([.tcp(port: 0)]) { $0.bodyLimit = 1000 }
        let client = try RawClient(port: port(server))
        try client.send(head)
        // The answer is there and unread, as for a client that sends all before it looks. Ten megabytes are more than
        // the sockets hold: what is sent goes somewhere.
        try await offPool {
            for _ in 0..<160 { try client.send([UInt8](repeating: 120, count: 65536)) }
        }
        let answer = try await offPool { try client.receiveAll() }
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.lowercased().contains("connection: close"))
        await server.stop()
    }

    @Test func `a stream's pieces arrive as they come`() async throws {
        let (pieces, source) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let server = try server([.tcp(port: 0)], { _ in }) { _ in .stream(type: "application/json", pieces) }
        let client = try RawClient(port: port(server))
        try client.send("GET /watch HTTP/1.1\r\nHost: x\r\n\r\n")
        let head = try await offPool { try client.receive(until: "\r\n\r\n") }
        #expect(head.lowercased().contains("transfer-encoding: chunked"))
        for text in ["one", "two"] {
            source.yield(Array(text.utf8))
            #expect(try await offPool { try client.receive(until: text) } == "3\r\n\(text)\r\n")
        }
        source.finish()
        #expect(try await offPool { try client.receive(until: "0\r\n\r\n") } == "0\r\n\r\n")
        await server.stop()
    }

    @Test func `a stream that fails is cut off, not ended`() async throws {
        let server = try server([.tcp(port: 0)], { _ in }) { _ in
            .stream(
                type: "text/plain",
                AsyncThrowingStream { source in
                    source.yield(Array("part".utf8))
                    source.finish(throwing: CancellationError())
                })
        }
        let error = await #expect(throws: ProgramFailure.self) { try await curl([url(server)]) }
        #expect(error?.description.contains("exit 18") == true)
        await server.stop()
    }

    @Test func `a slow client slows the source, and one that goes away ends it`() async throws {
        let (made, ended) = (Counter(), Counter())
        let server = try server([.tcp(port: 0)], { _ in }) { _ in
            let lifetime = Lifetime(ended)
            return .stream(
                type: "text/plain",
                AsyncThrowingStream(unfolding: {
                    withExtendedLifetime(lifetime) { made.add() }
                    return [UInt8](repeating: 120, count: 65536)
                }))
        }
        do {
            let client = try RawClient(port: port(server))
            try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await offPool { try client.receive() }
            try await Task.sleep(for: .milliseconds(300))
            #expect(made.count < 400)
            #expect(ended.count == 0)
        }
        #expect(await eventually { ended.count == 1 })
        await server.stop()
    }

    @Test(arguments: ["GET", "POST"])
    func `a client that goes away while nothing happens is noticed`(method: String) async throws {
        let ended = Counter()
        let server = try server([.tcp(port: 0)], { _ in }) { _ in
            .stream(type: "text/plain", AsyncThrowingStream { source in source.onTermination = { _ in ended.add() } })
        }
        do {
            let client = try RawClient(port: port(server))
            let length = method == "POST" ? "Content-Length: 1\r\n\r\nx" : "\r\n"
            try client.send("\(method) / HTTP/1.1\r\nHost: x\r\n\(length)")
            _ = try await offPool { try client.receive(until: "\r\n\r\n") }
        }
        #expect(await eventually { ended.count == 1 })
        await server.stop()
    }

    @Test func `requests on one connection are answered in turn, pipelined ones too`() async throws {
        let server = try server()
        let client = try RawClient(port: port(server))
        try client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let answer = try await offPool { try client.receiveAll() }
        #expect(answer.contains("GET /1") && answer.contains("GET /2"))
        await server.stop()
    }

    @Test func `many clients at once are all answered`() async throws {
        let server = try server([.tcp(port: 0)], { _ in }) { request in
            try? await Task.sleep(for: .milliseconds(20))
            return .text(request.path)
        }
        let urls = (0..<200).flatMap { [url(server, "/\($0)"), "-o", "/dev/null"] }
        let codes = try await curl(["-Z", "--parallel-max", "50", "-w", "%{http_code}\n"] + urls)
        #expect(codes.split(separator: "\n").filter { $0 == "200" }.count == 200)
        await server.stop()
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 40000))\r\n\r\n",
        "GET \(String(repeating: "/a", count: 20000)) HTTP/1.1\r\nHost: x\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n",
        "GET\r\n\r\n",
        "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", "GET x HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ])
    func `what is no request, or too large, never gets to the handler and harms nobody`(text: String) async throws {
        let server = try server([.tcp(port: 0)], { _ in }) { _ in .text("handled") }
        let client = try RawClient(port: port(server))
        try? client.send(text)
        let answer = try await offPool { try client.receiveAll() }
        #expect(!answer.contains("handled"))
        #expect(try await curl([url(server)]) == "handled")
        await server.stop()
    }

    @Test func `a path cannot climb out`() async throws {
        let server = try server()
        for path in ["/a/../../etc/passwd", "/a/%2e%2e/%2e%2e/etc/passwd"] {
            let answer = try await curl([url(server, path), "--path-as-is"])
            #expect(!answer.contains(".."))
        }
        await server.stop()
    }

    @Test func `a header cannot smuggle in another one`() async throws {
        let server = try server([.tcp(port: 0)], { _ in }) { _ in
            ServerResponse(headers: [("x-a", "b\r\nx-evil: yes"), ("x-fine", "1")], body: .bytes([]))
        }
        let head = try await curl([url(server), "-i"])
        #expect(head.contains("x-fine: 1") && !head.contains("x-evil"))
        await server.stop()
    }

    @Test func `a request that never ends is let go`() async throws {
        let server = try server([.tcp(port: 0)]) { $0.requestSeconds = 2 }
        let client = try RawClient(port: port(server))
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        #expect(try await offPool { try client.receiveAll() } == "")
        await server.stop()
    }

    @Test func `an answer may take longer than a request`() async throws {
        let server = try server([.tcp(port: 0)], { $0.requestSeconds = 1 }) { _ in
            try? await Task.sleep(for: .seconds(3))
            return .text("late")
        }
        #expect(try await curl([url(server), "-d", "x"]) == "late")
        await server.stop()
    }
}

/// Counts across tasks.
private final class Counter: Sendable {
    private let state = Mutex(0)
    var count: Int { state.withLock { $0 } }
    func add() { state.withLock { $0 += 1 } }
}

/// Counts its own end: that of whatever holds it.
private final class Lifetime: Sendable {
    private let ended: Counter
    init(_ ended: Counter) { self.ended = ended }
    deinit { ended.add() }
}

@Suite struct EndpointTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var path: String { "\(folder.path)/belay.sock" }

    @Test func `a unix socket serves its owner, who is known`() async throws {
        let server = try server([.unix(path: path)], { _ in }) { request in .text("\(request.peer)") }
        var status = stat()
        stat(path, &status)
        #expect(status.st_mode & 0o777 == 0o600)
        let answer = try await curl(["--unix-socket", path, "http://x/"])
        #expect(answer.contains("user: \(getuid())"))
        await server.stop()
        #expect(!Files.exists(path))
    }

    @Test func `a second server on one socket is refused, and the first goes on`() async throws {
        let first = try server([.unix(path: path)])
        let error = #expect(throws: ListenerError.self) { try server([.unix(path: path)]) }
        #expect(error?.code == .inUse)
        #expect(try await curl(["--unix-socket", path, "http://x/"]).hasPrefix("GET /"))
        await first.stop()
    }

    @Test func `a socket that a killed server left is taken over`() async throws {
        let left = try ListeningSocket(.unix(path: path))
        let raw = left.release()
        close(raw)
        #expect(Files.exists(path))
        let server = try server([.unix(path: path)])
        #expect(try await curl(["--unix-socket", path, "http://x/"]).hasPrefix("GET /"))
        await server.stop()
    }

    @Test func `a file that is no socket stays`() throws {
        try Files.replace(path, with: Array("precious".utf8))
        let error = #expect(throws: ListenerError.self) { try server([.unix(path: path)]) }
        #expect(error?.code == .badAddress)
        #expect(try Files.text(path) == "precious")
    }

    @Test func `a path that Linux cannot bind is refused`() {
        let long = "/tmp/" + String(repeating: "x", count: 200)
        let error = #expect(throws: ListenerError.self) { try server([.unix(path: long)]) }
        #expect(error?.code == .badAddress)
    }

    @Test func `a port in use is refused and leaves no socket behind`() async throws {
        let first = try server()
        let error = #expect(throws: ListenerError.self) {
            try server([.unix(path: path), .tcp(port: port(first))])
        }
        #expect(error?.code == .inUse)
        #expect(!Files.exists(path))
        await first.stop()
    }

    @Test(arguments: ["0.0.0.0", "10.0.0.1", "x"])
    func `only loopback addresses are listened on`(address: String) {
        let error = #expect(throws: ListenerError.self) { try server([.tcp(address: address, port: 0)]) }
        #expect(error?.code == .badAddress)
    }

    @Test func `stopping ends streams and closes what is left`() async throws {
        let server = try server([.tcp(port: 0)], { _ in }) { _ in
            .stream(type: "text/plain", AsyncThrowingStream { _ in })
        }
        let client = try RawClient(port: port(server))
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await offPool { try client.receive(until: "\r\n\r\n") }
        // Its grace, an hour, is for answers that take longer.
        let stopped = Counter()
        Task {
            await server.stop(grace: .seconds(3600))
            stopped.add()
        }
        #expect(await eventually { stopped.count == 1 })
        #expect(try await offPool { try client.receiveAll() }.hasSuffix("0\r\n\r\n"))
    }
}
