/// What is asked of a server.
package struct HTTPRequest: Sendable {
    /// How a body is sent.
    package enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// A stream, made anew for each attempt; `length` in bytes where it is known (chunked where it is not).
        case stream(length: Int?, make: @Sendable () -> any AsyncSequence<[UInt8], any Error> & Sendable)
    }

    package var method: String
    package var url: WebURL
    package var headers: HTTPHeaders
    package var body: Body
    /// A unix socket to connect to in place of the URL's host; proxies do not count then.
    package var unixSocket: String?
    package var timeouts: Timeouts
    /// How many redirects are followed; 0 gives the redirecting answer itself.
    package var maximumRedirects: Int
    /// Whether sending it twice does what sending it once does; nil for what its method promises (RFC 9110 §9.2.2).
    package var isIdempotent: Bool?
    /// Asks for a compressed answer and unpacks it.
    package var decompresses: Bool

    package init(
        _ method: String = "GET", _ url: WebURL, headers: HTTPHeaders = [:], body: Body = .none,
        unixSocket: String? = nil, timeouts: Timeouts = Timeouts(), maximumRedirects: Int = 10,
        isIdempotent: Bool? = nil, decompresses: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.unixSocket = unixSocket
        self.timeouts = timeouts
        self.maximumRedirects = maximumRedirects
        self.isIdempotent = isIdempotent
        self.decompresses = decompresses
    }

    /// How long each part may take; nil for no limit.
    package struct Timeouts: Sendable, Hashable {
        /// Until the connection stands, TLS included.
        package var connect: Duration
        /// Without a byte in either direction, while both sides want to go on. nil for watches and logs.
        package var idle: Duration?
        /// From the request's first byte to the answer's last.
        package var total: Duration?

        package init(connect: Duration = .seconds(15), idle: Duration? = .seconds(60), total: Duration? = nil) {
            self.connect = connect
            self.idle = idle
            self.total = total
        }
    }

    /// Sets the `Authorization` header to a name and password (RFC 7617).
    package mutating func authorize(user: String, password: String) {
        headers["Authorization"] = "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
    }

    /// Sets the `Authorization` header to a token (RFC 6750).
    package mutating func authorize(bearer token: String) {
        headers["Authorization"] = "Bearer \(token)"
    }

    var mayRepeat: Bool {
        isIdempotent ?? ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"].contains(method)
    }
}

/// Base 64 with padding (RFC 4648 §4), as the Basic scheme needs it.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
