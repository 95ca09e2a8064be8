import System
import Testing

@testable import Transport

@Suite struct WebURLTests {
    @Test(arguments: [
        ("HTTP://Example.COM:80/a/../b?q=1#frag", "http://example.com/b?q=1"),
        ("https://[::1]:8443", "https://[::1]:8443/"),
        ("https://user:pw@host/x", "https://host/x"),
        ("http://host/a b", "http://host/a%20b"),
    ])
    func `addresses are normalised`(text: String, absolute: String) throws {
        #expect(try WebURL(text).absolute == absolute)
    }

    @Test(arguments: [
        "", "ftp://host/", "file:///etc/passwd", "host/path", "http://", "http://ho st/", "http://h:99999/",
    ])
    func `what is no address of the web is refused`(text: String) {
        #expect(throws: HTTPError.self) { try WebURL(text) }
    }

    @Test func `a refusal does not show credentials`() {
        let error = #expect(throws: HTTPError.self) { try WebURL("ftp://me:s3cret@host/x?token=s3cret") }
        #expect(error?.message.contains("s3cret") == false)
    }

    @Test(arguments: [
        ("http://127.0.0.1/", true), ("http://127.9.9.9:5/", true), ("http://localhost:5000/", true),
        ("http://[::1]/", true), ("http://127.0.0.1.example.com/", false), ("http://example.com/", false),
        ("http://10.0.0.1/", false),
    ])
    func `loopback is known`(text: String, expected: Bool) throws {
        #expect(try WebURL(text).isLoopback == expected)
    }

    @Test(arguments: [("/v2/x", "https://h/v2/x"), ("y?z", "https://h/a/y?z"), ("//other/x", "https://other/x")])
    func `references are relative to a base`(reference: String, absolute: String) throws {
        #expect(try WebURL(reference, relativeTo: WebURL("https://h/a/b")).absolute == absolute)
    }
}

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(attempts: 4, base: .seconds(1), cap: .seconds(3))

    private func wait(_ outcome: RetryPolicy.Outcome, _ attempt: Int = 1, mayRepeat: Bool = true) -> Duration? {
        policy.wait(
            after: outcome, attempt: attempt, mayRepeat: mayRepeat, now: Timestamp(seconds: 784_111_770), random: 0)
    }

    @Test func `waits double up to a cap and end`() {
        let waits = (1...4).map { wait(.error(.connection), $0) }
        #expect(waits == [.milliseconds(500), .seconds(1), .milliseconds(1500), nil])
    }

    @Test(arguments: [200, 301, 400, 401, 404, 500, 501])
    func `answers that another try would not change are final`(status: Int) {
        #expect(wait(.status(status, retryAfter: nil)) == nil)
    }

    @Test func `what may not be repeated is only repeated when nothing was done`() {
        #expect(wait(.error(.connection), mayRepeat: false) != nil)
        #expect(wait(.status(429, retryAfter: nil), mayRepeat: false) != nil)
        #expect(wait(.error(.transfer), mayRepeat: false) == nil)
        #expect(wait(.status(503, retryAfter: nil), mayRepeat: false) == nil)
    }

    @Test(
        arguments: [
            ("2", Duration.seconds(2)), ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(7)), ("9999", nil),
            ("soon", .milliseconds(500)),
            ("-5", .milliseconds(500)),
        ] as [(String, Duration?)])
    func `Retry-After is honoured within bounds`(text: String, expected: Duration?) {
        #expect(wait(.status(503, retryAfter: text)) == expected)
    }
}

@Suite struct RedirectTests {
    private func next(_ status: Int, _ location: String, method: String = "GET", from: String = "https://h/a") throws
        -> HTTPRequest?
    {
        let request = HTTPRequest(method, try WebURL(from), body: method == "POST" ? .bytes([1]) : .none)
        return try Redirect.next(after: request, status: status, headers: ["Location": location], followed: 0)
    }

    @Test(arguments: [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
    func `a POST becomes a GET where RFC 9110 says so`(status: Int, method: String) throws {
        #expect(try next(status, "/b", method: "POST")?.method == method)
    }

    @Test func `encryption is not given up`() {
        let error = #expect(throws: HTTPError.self) { try next(302, "http://h/b") }
        #expect(error?.code == .redirect)
    }

    @Test(arguments: ["file:///etc/passwd", "gopher://x", "http://"])
    func `only the web is followed`(location: String) {
        let error = #expect(throws: HTTPError.self) { try next(302, location, from: "http://h/") }
        #expect(error?.code == .redirect)
    }

    @Test func `an answer without a place is no redirect`() throws {
        let request = HTTPRequest("GET", try WebURL("http://h"))
        #expect(try Redirect.next(after: request, status: 302, headers: [:], followed: 0) == nil)
        #expect(try Redirect.next(after: request, status: 304, headers: ["Location": "/"], followed: 0) == nil)
    }
}

@Suite struct ProxySettingsTests {
    @Test func `the environment is read by curl's names, less the one that a client can set`() {
        let variables = ["HTTP_PROXY": "http://evil", "https_proxy": "http://p:1", "NO_PROXY": "a,b"]
        let settings = ProxySettings.environment { variables[$0] }
        #expect(settings == ProxySettings(http: nil, https: "http://p:1", exceptions: "a,b"))
    }
}

@Suite struct HTTPHeadersTests {
    @Test func `credentials are not shown`() {
        let headers: HTTPHeaders = ["Authorization": "Bearer s3cret", "Accept": "x"]
        #expect(headers.description == "Authorization: <hidden>\nAccept: x")
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
    func `base 64 is as RFC 4648 has it`(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
    }
}
