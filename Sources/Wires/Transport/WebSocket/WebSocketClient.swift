import Synchronization
import System

/// A WebSocket connection from the client's side (RFC 6455), through libwebsockets: the Kubernetes API's way to run
/// programs in containers.
///
/// Each connection has a thread of its own. It ends when either side closes, or when nobody holds it any more.
package final class WebSocketClient: Sendable {
    /// A message, put together from its fragments.
    package struct Message: Sendable, Hashable {
        package var bytes: [UInt8]
        package var isText: Bool

        package init(_ bytes: [UInt8], isText: Bool = false) {
            self.bytes = bytes
            self.isText = isText
        }
    }

    /// The subprotocol that the server chose; empty for none.
    package let subprotocol: String
    private let link: WebSocketLink

    private init(_ link: WebSocketLink, _ subprotocol: String) {
        self.link = link
        self.subprotocol = subprotocol
    }

    deinit {
        link.close(.failure(CancellationError()))
    }

    /// Opens a connection.
    ///
    /// - Parameters:
    ///   - request: where to, with which headers, over which unix socket; its body and method do not count.
    ///   - subprotocols: the preferred ones first.
    ///   - messageLimit: bytes of one message; a longer one ends the connection.
    /// - Throws: `HTTPError` when there is no connection, or the server refuses; `CancellationError`.
    package static func connect(
        to request: HTTPRequest, subprotocols: [String] = [], tls: TLSSettings = TLSSettings(),
        messageLimit: Int = 16 << 20
    ) async throws -> WebSocketClient {
        try request.headers.check()
        for name in subprotocols where name.isEmpty || name.utf8.contains(where: { $0 <= 32 || $0 >= 127 || $0 == 44 })
        {
            throw HTTPError(.request, "“\(name)” is no name for a subprotocol")
        }
        let link = WebSocketLink(messageLimit: messageLimit)
        let subprotocol = try await withTaskCancellationHandler {
            try Task.checkCancellation()
            startThread(named: "belay-websocket") {
                WebSocketLoop(request, subprotocols: subprotocols, tls: tls, link).run()
            }
            return try await link.opened.wait()
        } onCancel: {
            link.close(.failure(CancellationError()))
        }
        return WebSocketClient(link, subprotocol)
    }

    /// The next message; nil when the connection was closed as it should be. Messages that are not taken hold the server
    /// back. One task reads.
    ///
    /// - Throws: `HTTPError` when the connection broke; `CancellationError`, which closes it.
    package func next() async throws -> Message? {
        try await withTaskCancellationHandler {
            try await link.next()
        } onCancel: {
            link.close(.failure(CancellationError()))
        }
    }

    /// Sends a message, and returns once there is room for another.
    ///
    /// - Throws: `HTTPError` when the connection is closed.
    package func send(_ message: Message) async throws {
        guard await link.send(message) else { throw HTTPError(.transfer, "the WebSocket connection is closed") }
    }

    /// Closes the connection once what was sent is on its way; `next` gives what still comes, then nil.
    package func close() {
        link.close(.success(()))
    }
}
