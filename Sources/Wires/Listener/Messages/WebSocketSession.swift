/// A message of a WebSocket connection (RFC 6455), put together from its fragments.
package struct WebSocketMessage: Sendable, Hashable {
    package var bytes: [UInt8]
    package var isText: Bool

    package init(_ bytes: [UInt8], isText: Bool = false) {
        self.bytes = bytes
        self.isText = isText
    }
}

/// A connection that became a WebSocket, from the server's side.
///
/// It ends when its handler returns, when the client closes, or when the server stops.
package final class WebSocketSession: Sendable {
    /// The request that asked for it.
    package let request: ServerRequest
    /// The subprotocol that was agreed upon; empty for none.
    package let subprotocol: String
    let outbox: Outbox
    let inbox: Inbox

    init(request: ServerRequest, subprotocol: String, outbox: Outbox, inbox: Inbox) {
        self.request = request
        self.subprotocol = subprotocol
        self.outbox = outbox
        self.inbox = inbox
    }

    /// The next message; nil when the client has closed. A slow reader slows the client down. One task reads.
    package func next() async -> WebSocketMessage? {
        await inbox.next()
    }

    /// Sends a binary message, and returns once there is room for another. One task sends.
    ///
    /// - Throws: `ListenerError.closed` when the client has gone.
    package func send(_ bytes: [UInt8]) async throws {
        try await outbox.write(bytes)
    }
}
