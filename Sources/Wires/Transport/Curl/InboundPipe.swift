import Synchronization

/// Bytes on their way from a thread that must not wait to a task that may: bounded, so that a slow reader holds the
/// sender back.
final class InboundPipe: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var end: Result<Void, any Error>?
        var reader: CheckedContinuation<[UInt8]?, any Error>?
        /// The writer was told to pause and must be woken.
        var isPaused = false
    }

    private let state = Mutex(State())
    private let capacity: Int

    /// - Parameter capacity: bytes held before the writer is told to pause.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Takes bytes in; false when the pipe is full and the writer shall offer them again after a wake-up.
    func offer(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (reader, accepted) = state.withLock { state -> (CheckedContinuation<[UInt8]?, any Error>?, Bool) in
            guard state.bytes.count < capacity else {
                state.isPaused = true
                return (nil, false)
            }
            guard let reader = state.reader else {
                state.bytes.append(contentsOf: bytes)
                return (nil, true)
            }
            state.reader = nil
            return (reader, true)
        }
        reader?.resume(returning: Array(bytes))
        return accepted
    }

    var hasEnded: Bool { state.withLock { $0.end != nil } }

    /// No more bytes come. The first end counts.
    func finish(_ end: Result<Void, any Error>) {
        let reader = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            guard state.end == nil else { return nil }
            state.end = end
            defer { state.reader = nil }
            return state.reader
        }
        switch end {
        case .success: reader?.resume(returning: nil)
        case .failure(let error): reader?.resume(throwing: error)
        }
    }

    /// The bytes that are there, or the next that come; nil at the end.
    ///
    /// - Parameter wake: called when the writer was told to pause and may go on.
    func next(wake: () -> Void) async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            let (result, wasPaused) = state.withLock { state in take(&state, orWait: continuation) }
            if wasPaused { wake() }
            if let result { continuation.resume(with: result) }
        }
    }

    private func take(
        _ state: inout State, orWait continuation: CheckedContinuation<[UInt8]?, any Error>
    ) -> (Result<[UInt8]?, any Error>?, Bool) {
        if !state.bytes.isEmpty {
            defer {
                state.bytes = []
                state.isPaused = false
            }
            return (.success(state.bytes), state.isPaused)
        }
        if let end = state.end { return (end.map { nil }, false) }
        guard state.reader == nil else {
            return (.failure(HTTPError(.request, "two tasks read one answer at once")), false)
        }
        state.reader = continuation
        return (nil, false)
    }
}
