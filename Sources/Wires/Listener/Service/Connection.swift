import CWebSockets
import Synchronization

/// One connection as the service loop sees it; confined to its thread.
final class Connection {
    let id: UInt64
    let wsi: OpaquePointer
    var exchange: Exchange?
    /// The request whose body is still coming.
    var incoming: ServerRequest?
    /// The request that asked to become a WebSocket.
    var upgrade: ServerRequest?
    var socket: WebSocketSession?
    var socketTask: Task<Void, Never>?
    /// A second descriptor of its socket, where the client may have more to send after the last answer.
    var lingering: Int32?
    /// Fragments of a message.
    var fragments: [UInt8] = []

    init(id: UInt64, wsi: OpaquePointer) {
        self.id = id
        self.wsi = wsi
    }

    /// Lets go of what the connection was for.
    func close() {
        exchange?.close()
        exchange = nil
        incoming = nil
        socketTask?.cancel()
        socket?.outbox.close()
        socket?.inbox.close()
        socket = nil
    }
}

/// One request and its answer, between the task that makes the answer and the loop that sends it.
final class Exchange: Sendable {
    struct Head: Sendable {
        var status: Int
        var headers: [(name: String, value: String)]
        /// nil for a body of unknown length.
        var length: Int?
    }

    private struct State {
        var head: Head?
        var task: Task<Void, Never>?
        var isClosed = false
        var isCutOff = false
        var isChunked = false
    }

    let isHead: Bool
    /// Whether the connection cannot serve another request after this one.
    let closesAfter: Bool
    let outbox: Outbox
    private let state = Mutex(State())

    init(isHead: Bool, closesAfter: Bool, outbox: Outbox) {
        self.isHead = isHead
        self.closesAfter = closesAfter
        self.outbox = outbox
    }

    /// Has the answer made in a task, which ends with the connection.
    func start(_ make: @escaping @Sendable () async -> ServerResponse) {
        // Owned by the exchange: cancelled by `close`.
        let task = Task { await self.send(await make()) }
        let isClosed = state.withLock { state in
            state.task = task
            return state.isClosed
        }
        if isClosed { task.cancel() }
    }

    func send(_ response: ServerResponse) async {
        switch response.body {
        case .bytes(let bytes):
            state.withLock { $0.head = Head(status: response.status, headers: response.headers, length: bytes.count) }
            outbox.finish(with: isHead ? [] : bytes)
        case .stream(let pieces):
            await pump(response) { write in
                for try await piece in pieces { try await write(piece) }
            }
        case .produced(let produce):
            await pump(response, produce)
        }
    }

    private func pump(
        _ response: ServerResponse,
        _ produce: (_ write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws -> Void
    ) async {
        state.withLock { $0.head = Head(status: response.status, headers: response.headers, length: nil) }
        // The head goes out before the first piece: a watch may have nothing to say for long.
        if !isHead { try? await outbox.write([]) }
        let outbox = outbox
        do {
            if !isHead { try await produce { piece in if !piece.isEmpty { try await outbox.write(piece) } } }
        } catch {
            state.withLock { $0.isCutOff = true }
        }
        outbox.finish()
    }

    /// The head, once.
    func takeHead() -> Head? {
        state.withLock { state in
            defer { state.head = nil }
            if let head = state.head { state.isChunked = head.length == nil && !isHead }
            return state.head
        }
    }

    /// Whether the body goes out in chunks (RFC 9112, 7.1): its length is not known before.
    var isChunked: Bool { state.withLock { $0.isChunked } }

    /// Whether the body ended by an error, so that its end must not look like one.
    var isCutOff: Bool { state.withLock { $0.isCutOff } }

    func close() {
        let task = state.withLock { state in
            state.isClosed = true
            return state.task
        }
        outbox.close()
        task?.cancel()
    }

    /// Asks the answer's task to end; what it has made is still sent.
    func cancel() {
        state.withLock { $0.task }?.cancel()
    }
}
