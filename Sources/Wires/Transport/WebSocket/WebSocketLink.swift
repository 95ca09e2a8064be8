import CWebSockets
import Synchronization

/// Where the tasks that use a WebSocket and the thread that serves it meet.
final class WebSocketLink: Sendable {
    typealias Message = WebSocketClient.Message

    private struct State {
        var inbox: [Message] = []
        var inboxSize = 0
        var isHeldBack = false
        var reader: CheckedContinuation<Message?, any Error>?
        var outbox: [Message] = []
        var outboxSize = 0
        var writers: [CheckedContinuation<Void, Never>] = []
        /// What ends the reading once the inbox is empty.
        var end: Result<Void, any Error>?
        /// The tasks want the connection closed.
        var isClosing = false
        /// The address of libwebsockets' context; 0 when the thread cannot be woken.
        var context: UInt = 0
    }

    /// The subprotocol, once the connection stands.
    let opened = OneShot<String>()
    let messageLimit: Int
    private let state = Mutex(State())
    private static let capacity = 1 << 20

    init(messageLimit: Int) {
        self.messageLimit = messageLimit
    }

    // MARK: tasks' side

    func next() async throws -> Message? {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<Message?, any Error>? in
                if !state.inbox.isEmpty {
                    let message = state.inbox.removeFirst()
                    state.inboxSize -= message.bytes.count
                    if state.isHeldBack, state.inboxSize < Self.capacity / 2 { wake(state) }
                    return .success(message)
                }
                if let end = state.end { return end.map { nil } }
                guard state.reader == nil else {
                    return .failure(HTTPError(.request, "two tasks read one WebSocket at once"))
                }
                state.reader = continuation
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// - Returns: false when the connection is closed.
    func send(_ message: Message) async -> Bool {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard !state.isClosing, state.end == nil else { return false }
                state.outbox.append(message)
                state.outboxSize += message.bytes.count
                wake(state)
                guard state.outboxSize >= Self.capacity else { return false }
                state.writers.append(continuation)
                return true
            }
            if !waits { continuation.resume() }
        }
        return state.withLock { !$0.isClosing && $0.end == nil }
    }

    /// Asks for the end; with a failure, readers get it at once.
    func close(_ reason: Result<Void, any Error>) {
        // First what readers get: the thread, once it knows, ends what has no end yet as if all were well.
        if case .failure(let error) = reason {
            opened.give(.failure(error))
            finish(reason)
        }
        state.withLock { state in
            state.isClosing = true
            wake(state)
        }
    }

    // MARK: the thread's side

    /// Lets tasks wake the thread, or no more.
    func attach(_ context: OpaquePointer?) {
        let address = UInt(bitPattern: context)
        state.withLock { $0.context = address }
    }

    var isClosing: Bool { state.withLock { $0.isClosing } }

    /// A message came; false when no more shall come for now.
    func receive(_ message: Message) -> Bool {
        let (reader, goesOn) = state.withLock { state -> (CheckedContinuation<Message?, any Error>?, Bool) in
            if let reader = state.reader {
                state.reader = nil
                return (reader, true)
            }
            state.inbox.append(message)
            state.inboxSize += message.bytes.count
            state.isHeldBack = state.inboxSize >= Self.capacity
            return (nil, !state.isHeldBack)
        }
        reader?.resume(returning: message)
        return goesOn
    }

    /// Whether messages may come again after they were held back.
    func takesAgain() -> Bool {
        state.withLock { state in
            guard state.isHeldBack, state.inboxSize < Self.capacity / 2 else { return false }
            state.isHeldBack = false
            return true
        }
    }

    /// The next message to send, and whether there are more.
    func nextToSend() -> (message: Message, hasMore: Bool)? {
        let (result, writers) = state.withLock { state -> ((Message, Bool)?, [CheckedContinuation<Void, Never>]) in
            guard !state.outbox.isEmpty else { return (nil, []) }
            let message = state.outbox.removeFirst()
            state.outboxSize -= message.bytes.count
            guard state.outboxSize < Self.capacity else { return ((message, true), []) }
            defer { state.writers = [] }
            return ((message, !state.outbox.isEmpty), state.writers)
        }
        for writer in writers { writer.resume() }
        return result
    }

    var hasMessagesToSend: Bool { state.withLock { !$0.outbox.isEmpty } }

    /// The connection is over. The first end counts.
    func finish(_ end: Result<Void, any Error>) {
        let (reader, writers) = state.withLock {
            state -> (CheckedContinuation<Message?, any Error>?, [CheckedContinuation<Void, Never>]) in
            if state.end == nil { state.end = end }
            defer {
                state.reader = nil
                state.writers = []
            }
            return (state.reader, state.writers)
        }
        switch end {
        case .success: reader?.resume(returning: nil)
        case .failure(let error): reader?.resume(throwing: error)
        }
        for writer in writers { writer.resume() }
    }

    /// Called with the lock held, so that the context cannot go meanwhile; libwebsockets' only call for other threads.
    private func wake(_ state: State) {
        if let context = OpaquePointer(bitPattern: state.context) { lws_cancel_service(context) }
    }
}
