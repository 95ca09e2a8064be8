import Glibc
import Synchronization

/// Bytes on their way from a task to a thread that must not wait: the task is held back while too many are there.
final class OutboundPipe: Sendable {
    /// What the thread gets.
    enum Piece: Equatable {
        case bytes(Int)
        /// Nothing yet; the thread is woken when there is something.
        case wait
        case end
        case failed
    }

    private struct State {
        var bytes: [UInt8] = []
        var offset = 0
        var hasEnded = false
        var hasFailed = false
        /// The thread no longer reads.
        var isClosed = false
        var isStarved = false
        var writer: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Hands bytes over and waits until there is room for more.
    ///
    /// - Parameter wake: called when the thread waits for bytes.
    /// - Returns: false when nobody reads any more.
    func send(_ bytes: [UInt8], wake: () -> Void) async -> Bool {
        await withCheckedContinuation { continuation in
            let (goesOn, wasStarved) = state.withLock { state -> (Bool, Bool) in
                defer { state.isStarved = false }
                guard !state.isClosed else { return (true, false) }
                state.bytes.append(contentsOf: bytes)
                guard state.bytes.count - state.offset >= capacity else { return (true, state.isStarved) }
                state.writer = continuation
                return (false, state.isStarved)
            }
            if wasStarved { wake() }
            if goesOn { continuation.resume() }
        }
        return state.withLock { !$0.isClosed }
    }

    /// No more bytes come, or they failed to.
    func finish(failed: Bool, wake: () -> Void) {
        let wasStarved = state.withLock { state in
            state.hasEnded = true
            state.hasFailed = state.hasFailed || failed
            defer { state.isStarved = false }
            return state.isStarved
        }
        if wasStarved { wake() }
    }

    /// Moves bytes into the thread's buffer.
    func take(into buffer: UnsafeMutableRawBufferPointer) -> Piece {
        let (piece, writer) = state.withLock { state -> (Piece, CheckedContinuation<Void, Never>?) in
            if state.hasFailed { return (.failed, nil) }
            let count = min(buffer.count, state.bytes.count - state.offset)
            guard count > 0 else {
                if state.hasEnded { return (.end, nil) }
                state.isStarved = true
                return (.wait, nil)
            }
            state.bytes.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[state.offset..<state.offset + count]))
            }
            state.offset += count
            if state.offset == state.bytes.count {
                state.bytes.removeAll(keepingCapacity: true)
                state.offset = 0
            }
            guard state.bytes.count - state.offset < capacity else { return (.bytes(count), nil) }
            defer { state.writer = nil }
            return (.bytes(count), state.writer)
        }
        writer?.resume()
        return piece
    }

    /// Nobody reads any more; a waiting writer goes on and is told so.
    func close() {
        let writer = state.withLock { state in
            state.isClosed = true
            defer { state.writer = nil }
            return state.writer
        }
        writer?.resume()
    }
}
