package import System

/// Asks servers over HTTP/1.1 and HTTP/2: connections are shared and kept, certificates verified, proxies taken from the
/// environment, redirects bounded, bodies streamed both ways, and what may be repeated is repeated.
///
/// All transfers of a client run on one thread, which starts with the client and ends with the last transfer.
package struct HTTPClient: Sendable {
    private let loop: CurlLoop.Handle
    private let retries: RetryPolicy
    private let clock: WallClock
    private let random: @Sendable () -> Double

    /// - Parameters:
    ///   - retries: for requests that may be repeated; until the head of an answer is there.
    ///   - random: a number in 0..<1, for the jitter of waits.
    /// - Throws: `HTTPError` when libcurl cannot be started.
    package init(
        proxies: ProxySettings = .environment(), tls: TLSSettings = TLSSettings(), retries: RetryPolicy = RetryPolicy(),
        userAgent: String = "belay", clock: WallClock = .system,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) throws(HTTPError) {
        let settings = CurlSettings(proxies: proxies, tls: tls, userAgent: userAgent)
        guard let loop = CurlLoop.Handle(settings: settings) else {
            throw HTTPError(.request, "libcurl cannot be started")
        }
        self.loop = loop
        self.retries = retries
        self.clock = clock
        self.random = random
    }

    /// Sends a request and returns once the answer's head is there; the body follows as it is read.
    ///
    /// - Throws: `HTTPError`; `CancellationError` when the task is cancelled, which ends the transfer at once; what the
    ///   request's own body throws.
    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        if let user = request.url.user, request.headers["Authorization"] == nil {
            request.authorize(user: user, password: request.url.password ?? "")
        }
        var followed = 0
        while true {
            let response = try await sendRepeating(request)
            let next = try Redirect.next(
                after: request, status: response.status, headers: response.headers, followed: followed)
            guard let next else { return response }
            request = next
            followed += 1
        }
    }

    private func sendRepeating(_ request: HTTPRequest) async throws -> HTTPResponse {
        var attempt = 1
        while true {
            let outcome: RetryPolicy.Outcome
            let result: Result<HTTPResponse, any Error>
            do {
                let response = try await sendOnce(request)
                outcome = .status(response.status, retryAfter: response.headers["Retry-After"])
                result = .success(response)
            } catch let error as HTTPError {
                outcome = .error(error.code)
                result = .failure(error)
            }
            let wait = retries.wait(
                after: outcome, attempt: attempt, mayRepeat: request.mayRepeat, now: clock.now(), random: random())
            guard let wait else { return try result.get() }
            try await clock.sleep(wait)
            attempt += 1
        }
    }

    private func sendOnce(_ request: HTTPRequest) async throws -> HTTPResponse {
        let transfer = Transfer(request, on: loop)
        let body = HTTPBody(transfer)
        let head = try await transfer.begin()
        return HTTPResponse(status: head.status, headers: head.headers, url: request.url, body: body)
    }
}
