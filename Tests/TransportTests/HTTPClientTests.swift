import Synchronization
import System
import TestSupport
import Testing

@testable import Transport

@Suite struct HTTPClientTests {
    private func client(_ retries: RetryPolicy = .never) throws -> HTTPClient {
        try HTTPClient(proxies: .none, retries: retries, clock: instantClock)
    }

    @Test func `a body, its status and its headers come back`() async throws {
        let server = try ScriptedServer { _ in
            ScriptedServer.answer("hello", headers: "X-Thing: one\r\nX-Thing: two\r\n")
        }
        let response = try await client().send(HTTPRequest(to: server.address + "/a?b=c"))
        #expect(response.status == 200)
        #expect(response.headers.values("x-thing") == ["one", "two"])
        #expect(try await String(decoding: response.collect(), as: UTF8.self) == "hello")
        #expect(server.requests.map(\.path) == ["/a?b=c"])
    }

    @Test func `a connection is used again`() async throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("x") }
        let client = try client()
        for _ in 0..<5 { _ = try await client.send(HTTPRequest(to: server.address)).collect() }
        #expect(server.connectionCount == 1)
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func `bytes are sent with every method`(method: String) async throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        var request = try HTTPRequest(to: server.address)
        request.method = method
        request.body = .bytes(Array("payload".utf8))
        _ = try await client().send(request).collect()
        #expect(server.requests.first?.method == method)
        #expect(server.requests.first.map { String(decoding: $0.body, as: UTF8.self) } == "payload")
        #expect(server.requests.first?.headers["content-type"] == nil)
    }

    @Test func `a POST without a body says that its length is 0`() async throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        var request = try HTTPRequest(to: server.address)
        request.method = "POST"
        _ = try await client().send(request).collect()
        #expect(server.requests.first?.headers["content-length"] == "0")
    }

    @Test(arguments: [3_000_000, nil] as [Int?])
    func `a body is streamed out and in`(length: Int?) async throws {
        let server = try ScriptedServer { request in
            [.text("HTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n"), .write(request.body)]
        }
        var request = try HTTPRequest(to: server.address)
        request.method = "PUT"
        request.body = .stream(length: length) {
            AsyncThrowingStream { continuation in
                for part in 0..<30 { continuation.yield([UInt8](repeating: UInt8(part), count: 100_000)) }
                continuation.finish()
            }
        }
        let bytes = try await client().send(request).collect()
        #expect(bytes.count == 3_000_000)
        #expect(bytes == server.requests.first?.body)
        #expect(bytes.last == 29)
    }

    @Test func `a body that fails to be read ends the request with its own error`() async throws {
        struct Broken: Error {}
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        var request = try HTTPRequest(to: server.address)
        request.method = "PUT"
        request.body = .stream(length: 10) { AsyncThrowingStream { $0.finish(throwing: Broken()) } }
        let sent = request
        await #expect(throws: Broken.self) { try await client().send(sent) }
    }

    @Test func `a reader that is slow holds the sender back`() async throws {
        let written = Mutex(0)
        let size = 64 << 20
        let chunk = [UInt8](repeating: 7, count: 1 << 20)
        let server = try ScriptedServer { _ in
            [.text("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")]
                + (0..<64).flatMap { _ in [.write(chunk), .note { written.withLock { $0 += 1 } }] }
        }
        let response = try await client().send(HTTPRequest(to: server.address))
        var iterator = response.body.makeAsyncIterator()
        var total = try #require(try await iterator.next()).count
        try await Task.sleep(for: .milliseconds(200))
        #expect(written.withLock { $0 } < 32)
        while let chunk = try await iterator.next() { total += chunk.count }
        #expect(total == size)
    }

    @Test func `an answer longer than allowed is refused, with and without a length`() async throws {
        let server = try ScriptedServer { request in
            if request.path == "/said" { return ScriptedServer.answer(String(repeating: "x", count: 1000)) }
            return [
                .text("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\(String(repeating: "x", count: 1000))"), .close,
            ]
        }
        for path in ["/said", "/unsaid"] {
            let response = try await client().send(HTTPRequest(to: server.address + path))
            let error = await #expect(throws: HTTPError.self) { try await response.collect(limit: 999) }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test func `an answer that breaks off is an error, not an end`() async throws {
        let server = try ScriptedServer { _ in [.text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), .close] }
        let response = try await client().send(HTTPRequest(to: server.address))
        let error = await #expect(throws: HTTPError.self) { try await response.collect() }
        #expect(error?.code == .transfer)
    }

    @Test func `cancelling ends a wait for the head and for the body`() async throws {
        let gate = System.Semaphore()
        let server = try ScriptedServer { request in
            request.path == "/head"
                ? [.pause(gate), .close]
                : [.text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), .pause(gate), .close]
        }
        let client = try client()
        for path in ["/head", "/body"] {
            let task = Task { try await client.send(HTTPRequest(to: server.address + path)).collect() }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        gate.signal()
        gate.signal()
    }

    @Test func `a task cancelled before it asks sends nothing`() async throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        let client = try client()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await client.send(HTTPRequest(to: server.address))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(server.requests.isEmpty)
    }

    @Test func `nobody who listens is an error that names the address`() async throws {
        let error = await #expect(throws: HTTPError.self) {
            try await client().send(HTTPRequest(to: "http://127.0.0.1:1/x?token=s3cret"))
        }
        #expect(error?.code == .connection)
        #expect(error?.message.contains("http://127.0.0.1:1/x") == true)
        #expect(error?.message.contains("s3cret") == false)
    }

    @Test func `silence ends in a timeout`() async throws {
        let gate = System.Semaphore()
        let server = try ScriptedServer { _ in [.pause(gate), .close] }
        var request = try HTTPRequest(to: server.address)
        request.timeouts.total = .milliseconds(150)
        let sent = request
        let error = await #expect(throws: HTTPError.self) { try await client().send(sent) }
        #expect(error?.code == .timeout)
        gate.signal()
    }

    @Test func `a unix socket is reached, whatever proxies are set`() async throws {
        let folder = try TemporaryFolder()
        let server = try ScriptedServer(unixSocket: "\(folder.path)/s") { _ in ScriptedServer.answer("there") }
        let client = try HTTPClient(proxies: ProxySettings(http: "http://127.0.0.1:1"), retries: .never)
        var request = try HTTPRequest(to: server.address + "/api")
        request.unixSocket = "\(folder.path)/s"
        #expect(try await String(decoding: client.send(request).collect(), as: UTF8.self) == "there")
    }

    @Test func `a proxy is used for what is no exception`() async throws {
        let proxy = try ScriptedServer { _ in ScriptedServer.answer("by proxy") }
        let server = try ScriptedServer { _ in ScriptedServer.answer("direct") }
        for (exceptions, expected) in [("", "by proxy"), ("127.0.0.1", "direct")] {
            let client = try HTTPClient(
                proxies: ProxySettings(http: proxy.address, exceptions: exceptions), retries: .never)
            let response = try await client.send(HTTPRequest(to: server.address))
            #expect(try await String(decoding: response.collect(), as: UTF8.self) == expected)
        }
    }

    @Test func `credentials of the URL go into a header and nowhere else`() async throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        let url = try WebURL(server.address.replacing("http://", with: "http://me:p%40ss@"))
        _ = try await client().send(HTTPRequest("GET", url)).collect()
        #expect(server.requests.first?.headers["authorization"] == "Basic bWU6cEBzcw==")
        #expect(!"\(url)".contains("me"))
    }

    @Test func `a header that could forge another is refused`() async throws {
        for headers: HTTPHeaders in [["X": "a\r\nY: b"], ["X Y": "a"], ["": "a"]] {
            let request = try HTTPRequest(to: "http://127.0.0.1:1", headers: headers)
            let error = await #expect(throws: HTTPError.self) { try await client().send(request) }
            #expect(error?.code == .request)
        }
    }

    @Test(arguments: ["no http at all\r\n\r\n", "HTTP/1.1 banana\r\n\r\n", ""])
    func `what is no HTTP is an error`(text: String) async throws {
        let server = try ScriptedServer { _ in [.text(text), .close] }
        await #expect(throws: HTTPError.self) { try await client().send(HTTPRequest(to: server.address)).collect() }
    }

    @Test func `a head without end is refused`() async throws {
        let line = "X-Filler: \(String(repeating: "y", count: 60_000))\r\n"
        let server = try ScriptedServer { _ in
            [.text("HTTP/1.1 200 OK\r\n")] + (0..<20).map { _ in .text(line) } + [.text("\r\n"), .close]
        }
        await #expect(throws: HTTPError.self) { try await client().send(HTTPRequest(to: server.address)) }
    }

    @Test func `interim answers are passed over`() async throws {
        let server = try ScriptedServer { _ in
            [.text("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")] + ScriptedServer.answer("final")
        }
        let response = try await client().send(HTTPRequest(to: server.address))
        #expect(response.status == 200)
        #expect(response.headers["Link"] == nil)
        #expect(try await response.collect() == Array("final".utf8))
    }

    @Test func `many transfers run at once`() async throws {
        let server = try ScriptedServer { request in ScriptedServer.answer(request.path) }
        let client = try client()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let body = try await client.send(HTTPRequest(to: server.address + "/\(number)")).collect()
                    return body == Array("/\(number)".utf8)
                }
            }
            for try await right in group { #expect(right) }
        }
    }
}

@Suite struct RepeatedRequestTests {
    private func answers(_ statuses: [String]) throws -> ScriptedServer {
        let left = Mutex(statuses)
        return try ScriptedServer { _ in
            let status = left.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? "500 X" }
            return ScriptedServer.answer("", status: status)
        }
    }

    @Test func `a GET is repeated until the server is well again`() async throws {
        let server = try answers(["503 Busy", "502 Bad", "200 OK"])
        let client = try HTTPClient(proxies: .none, clock: instantClock)
        #expect(try await client.send(HTTPRequest(to: server.address)).status == 200)
        #expect(server.requests.count == 3)
    }

    @Test func `a POST is sent once`() async throws {
        let server = try answers(["503 Busy", "200 OK"])
        let client = try HTTPClient(proxies: .none, clock: instantClock)
        var request = try HTTPRequest(to: server.address)
        request.method = "POST"
        #expect(try await client.send(request).status == 503)
        #expect(server.requests.count == 1)
    }

    @Test func `attempts are bounded and the last answer comes back`() async throws {
        let server = try answers(["503 Busy"])
        let client = try HTTPClient(proxies: .none, retries: RetryPolicy(attempts: 3), clock: instantClock)
        #expect(try await client.send(HTTPRequest(to: server.address)).status == 503)
        #expect(server.requests.count == 3)
    }
}

@Suite struct FollowedRedirectTests {
    @Test func `credentials stay with the origin that they were for`() async throws {
        let other = try ScriptedServer { _ in ScriptedServer.answer("other") }
        let server = try ScriptedServer { request in
            request.path == "/same"
                ? ScriptedServer.answer("same")
                : ScriptedServer.answer(
                    "", status: "307 Go",
                    headers: "Location: \(request.path == "/a" ? "/same" : other.address + "/b")\r\n")
        }
        let client = try HTTPClient(proxies: .none, retries: .never)
        for path in ["/a", "/c"] {
            var request = try HTTPRequest(
                to: server.address + path, headers: ["Private-Token": "t", "Accept": "text/plain"])
            request.authorize(bearer: "secret")
            _ = try await client.send(request).collect()
        }
        #expect(server.requests.last { $0.path == "/same" }?.headers["authorization"] == "Bearer secret")
        let foreign = try #require(other.requests.first)
        #expect(foreign.headers["authorization"] == nil)
        #expect(foreign.headers["private-token"] == nil)
        #expect(foreign.headers["accept"] == "text/plain")
    }

    @Test func `a circle of redirects ends`() async throws {
        let server = try ScriptedServer { _ in
            ScriptedServer.answer("", status: "302 Go", headers: "Location: /again\r\n")
        }
        let client = try HTTPClient(proxies: .none, retries: .never)
        let error = await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(to: server.address)) }
        #expect(error?.code == .redirect)
        #expect(server.requests.count == 11)
    }
}

@Suite struct EncryptedTransferTests {
    @Test func `a certificate nobody vouches for is refused, one that is trusted is not`() async throws {
        let folder = try TemporaryFolder()
        try Program.run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(folder.path)/key",
            "-out",
            "\(folder.path)/cert",
        ])
        let port = try LoopbackPort.free()
        let server = try Program([
            "openssl", "s_server", "-quiet", "-www", "-accept", "127.0.0.1:\(port)", "-key", "\(folder.path)/key",
            "-cert",
            "\(folder.path)/cert",
        ])
        defer { withExtendedLifetime(server) {} }
        try await LoopbackPort.waitUntilListening(port)
        let untrusting = try HTTPClient(proxies: .none, retries: .never)
        let error = await #expect(throws: HTTPError.self) {
            try await untrusting.send(HTTPRequest(to: "https://localhost:\(port)/"))
        }
        #expect(error?.code == .tls)
        let tls = TLSSettings(authorities: try Files.read("\(folder.path)/cert"))
        let trusting = try HTTPClient(proxies: .none, tls: tls, retries: .never)
        #expect(try await trusting.send(HTTPRequest(to: "https://localhost:\(port)/")).status == 200)
        let wrongName = await #expect(throws: HTTPError.self) {
            try await trusting.send(HTTPRequest(to: "https://127.0.0.1:\(port)/"))
        }
        #expect(wrongName?.code == .tls)
    }
}

/// Waits take no time.
private let instantClock = WallClock(now: { Timestamp(seconds: 0) }, sleep: { _ in })

extension HTTPRequest {
    fileprivate init(to text: String, headers: HTTPHeaders = [:]) throws {
        self.init("GET", try WebURL(text), headers: headers)
    }
}
