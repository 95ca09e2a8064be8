/// An answer: whole, or as it comes.
package struct ServerResponse: Sendable {
    /// What follows the headers.
    package enum Body: Sendable {
        case bytes([UInt8])
        /// Pieces that are sent as they come (chunked in HTTP/1.1). The source is asked for more only as the client reads,
        /// and its task is cancelled when the client goes away. An error cuts the answer off.
        case stream(AsyncThrowingStream<[UInt8], any Error>)
        /// Pieces that a function writes, which waits while the client does not read; otherwise like `stream`.
        case produced(@Sendable (_ write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws -> Void)
    }

    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: Body

    package init(status: Int = 200, headers: [(name: String, value: String)] = [], body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(status: Int = 200, type: String, _ bytes: [UInt8]) {
        self.init(status: status, headers: [("content-type", type)], body: .bytes(bytes))
    }

    package static func text(_ text: String, status: Int = 200) -> ServerResponse {
        ServerResponse(status: status, type: "text/plain; charset=utf-8", Array(text.utf8))
    }

    package static func stream(
        type: String, _ pieces: AsyncThrowingStream<[UInt8], any Error>
    ) -> ServerResponse {
        ServerResponse(headers: [("content-type", type)], body: .stream(pieces))
    }
}
