import Synchronization

/// Messages from a client, from the thread that receives them to the task that reads them, with a bound.
final class Inbox: Sendable {
    private struct State {
        var messages: [WebSocketMessage] = []
        var size = 0
        var isClosed = false
        var reader: CheckedContinuation<WebSocketMessage?, Never>?
    }

    private let state = Mutex(State())
    private let limit: Int
    private let resume: @Sendable () -> Void

    /// - Parameter resume: tells the receiver that there is room again.
    init(limit: Int, resume: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.resume = resume
    }

    /// Adds a message.
    ///
    /// - Returns: whether there is room for more; if not, `resume` is called once there is.
    func add(_ message: WebSocketMessage) -> Bool {
        let (reader, hasRoom) = state.withLock { state in
            if let reader = state.reader {
                state.reader = nil
                return (Optional(reader), true)
            }
            state.messages.append(message)
            state.size += message.bytes.count
            return (nil, state.size <= limit)
        }
        reader?.resume(returning: message)
        return hasRoom
    }

    /// The next message; nil when the client has closed or the task is cancelled. One task reads.
    func next() async -> WebSocketMessage? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (now, hasRoom): (WebSocketMessage??, Bool) = state.withLock { state in
                    if !state.messages.isEmpty {
                        let wasFull = state.size > limit
                        let message = state.messages.removeFirst()
                        state.size -= message.bytes.count
                        return (.some(message), wasFull && state.size <= limit)
                    }
                    if state.isClosed || Task.isCancelled { return (.some(nil), false) }
                    state.reader = continuation
                    return (nil, false)
                }
                if hasRoom { resume() }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            close()
        }
    }

    /// Says that nothing more comes; what came is still read.
    func close() {
        let reader = state.withLock { state in
            state.isClosed = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }
}
