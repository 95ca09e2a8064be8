import Synchronization

/// Bytes on their way to a client, from a task that makes them to the thread that sends them, with a bound.
final class Outbox: Sendable {
    private struct State {
        var pieces: [[UInt8]] = []
        /// Bytes of the first piece that are gone already.
        var offset = 0
        var size = 0
        var isFinished = false
        var isClosed = false
        var writer: CheckedContinuation<Void, any Error>?
    }

    /// What the sender may send now.
    struct Portion {
        var pieces: [[UInt8]]
        /// Whether nothing comes after these.
        var isLast: Bool
    }

    private let state = Mutex(State())
    /// Bytes that may wait before a writer has to.
    private let limit: Int
    private let wake: @Sendable () -> Void

    /// - Parameter wake: tells the sender that there is something new.
    init(limit: Int, wake: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.wake = wake
    }

    /// Adds a piece, and returns once there is room for another. One task writes.
    ///
    /// - Throws: `ListenerError.closed` when the client has gone.
    func write(_ piece: [UInt8]) async throws {
        let mustWait = try state.withLock { state in
            guard !state.isClosed else { throw ListenerError.closed }
            state.pieces.append(piece)
            state.size += piece.count
            return state.size > limit
        }
        wake()
        guard mustWait else { return }
        try await withCheckedThrowingContinuation { continuation in
            let now: Result<Void, any Error>? = state.withLock { state in
                if state.isClosed { return .failure(ListenerError.closed) }
                if state.size <= limit { return .success(()) }
                state.writer = continuation
                return nil
            }
            if let now { continuation.resume(with: now) }
        }
    }

    /// Says that nothing comes after `last`.
    ///
    /// Both in one step: a client that has all of an answer may send its next request, and libwebsockets must know by then
    /// that this one is done.
    func finish(with last: [UInt8] = []) {
        state.withLock { state in
            if !last.isEmpty, !state.isClosed {
                state.pieces.append(last)
                state.size += last.count
            }
            state.isFinished = true
        }
        wake()
    }

    /// Drops everything; writers get an error.
    func close() {
        let writer = state.withLock { state in
            state.isClosed = true
            state.pieces = []
            state.size = 0
            defer { state.writer = nil }
            return state.writer
        }
        writer?.resume(throwing: ListenerError.closed)
    }

    /// Takes pieces of at most `size` bytes in all, but at least one if there is any.
    ///
    /// - Parameter splits: whether a piece that is larger may be taken in parts.
    func take(_ size: Int, splits: Bool) -> Portion {
        let (portion, writer) = state.withLock { state in
            var pieces: [[UInt8]] = []
            var taken = 0
            while let first = state.pieces.first, pieces.isEmpty || taken + first.count - state.offset <= size {
                let rest = first.count - state.offset
                if splits, rest > size {
                    pieces.append(Array(first[state.offset..<state.offset + size]))
                    state.offset += size
                    taken += size
                    break
                }
                pieces.append(state.offset == 0 ? first : Array(first[state.offset...]))
                taken += rest
                state.pieces.removeFirst()
                state.offset = 0
            }
            state.size -= taken
            var writer: CheckedContinuation<Void, any Error>?
            if state.size <= limit / 2 {
                writer = state.writer
                state.writer = nil
            }
            return (Portion(pieces: pieces, isLast: state.isFinished && state.pieces.isEmpty), writer)
        }
        writer?.resume()
        return portion
    }

    /// Whether there is anything to send, or the end of it to tell.
    var hasWork: Bool { state.withLock { !$0.pieces.isEmpty || $0.isFinished } }
}
