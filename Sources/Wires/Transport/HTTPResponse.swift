/// A server's answer: its head, and its body as it comes.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    /// The address that answered, after redirects.
    package let url: WebURL
    package let body: HTTPBody

    package init(status: Int, headers: HTTPHeaders, url: WebURL, body: HTTPBody) {
        self.status = status
        self.headers = headers
        self.url = url
        self.body = body
    }

    /// Whether the status is one of success (2xx).
    package var isSuccess: Bool { (200..<300).contains(status) }

    /// `Content-Length`, where the server said it.
    package var length: Int? { headers["Content-Length"].flatMap { Int($0) } }

    /// Reads the whole body.
    ///
    /// - Throws: `HTTPError.tooLarge` past `limit` bytes, which ends the transfer.
    package func collect(limit: Int = 16 << 20) async throws -> [UInt8] {
        if let length, length > limit { throw HTTPBody.tooLarge(url, limit) }
        var bytes: [UInt8] = []
        for try await chunk in body {
            bytes.append(contentsOf: chunk)
            if bytes.count > limit { throw HTTPBody.tooLarge(url, limit) }
        }
        return bytes
    }
}

/// A body's bytes as the network gives them, read once. Unread bytes hold the sender back; a body that nobody holds any
/// more ends its transfer.
package struct HTTPBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    private let source: Source

    init(_ transfer: Transfer) {
        source = Source(transfer)
    }

    package func makeAsyncIterator() -> Iterator { Iterator(source: source) }

    /// Takes the next bytes; nil at the end.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let source: Source

        package mutating func next() async throws -> [UInt8]? {
            try await source.transfer.nextChunk()
        }
    }

    /// Ends the transfer when the last holder of the body lets go.
    fileprivate final class Source: Sendable {
        let transfer: Transfer

        init(_ transfer: Transfer) { self.transfer = transfer }

        deinit { transfer.cancel() }
    }

    static func tooLarge(_ url: WebURL, _ limit: Int) -> HTTPError {
        HTTPError(.tooLarge, "\(url): the answer is longer than the \(limit) bytes allowed")
    }
}
