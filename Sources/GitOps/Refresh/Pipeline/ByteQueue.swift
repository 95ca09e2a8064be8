import Synchronization
import System

/// Bytes between two sides with a bound: whoever is faster waits. Each side may be a task or a thread that blocks; there
/// is one of each.
final class ByteQueue: Sendable {
    private struct State {
        var chunks: [[UInt8]] = []
        /// How many of `chunks` are taken already.
        var taken = 0
        var size = 0
        var total = 0
        var isFinished = false
        var failure: (any Error)?
        var reader: (@Sendable () -> Void)?
        var writer: (@Sendable () -> Void)?
    }

    private enum Taken {
        case chunk([UInt8])
        case end
        case later
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter limit: bytes that may wait before a writer has to.
    init(limit: Int = 1 << 20) {
        self.limit = limit
    }

    /// Bytes that were put in so far.
    var total: Int { state.withLock { $0.total } }

    // MARK: Tasks

    /// Adds bytes, and returns once there was room for them.
    func put(_ chunk: [UInt8]) async throws {
        while true {
            let isIn = try await withCheckedThrowingContinuation { continuation in
                let offered = Result { try offer(chunk) { continuation.resume(returning: false) } }
                switch offered {
                case .success(true): continuation.resume(returning: true)
                case .success(false): break
                case .failure(let error): continuation.resume(throwing: error)
                }
            }
            if isIn { return }
        }
    }

    /// The next bytes; nil at the end.
    func take() async throws -> [UInt8]? {
        while true {
            let taken = try await withCheckedThrowingContinuation { continuation in
                switch Result(catching: { try poll { continuation.resume(returning: Taken.later) } }) {
                case .success(.later): break
                case .success(let taken): continuation.resume(returning: taken)
                case .failure(let error): continuation.resume(throwing: error)
                }
            }
            switch taken {
            case .chunk(let chunk): return chunk
            case .end: return nil
            case .later: continue
            }
        }
    }

    // MARK: Threads

    /// Adds bytes; blocks until there was room for them.
    func putBlocking(_ chunk: [UInt8]) throws {
        let wake = Semaphore()
        while try !offer(chunk, orWake: { wake.signal() }) { wake.wait() }
    }

    /// The next bytes; nil at the end. Blocks until they come.
    func takeBlocking() throws -> [UInt8]? {
        let wake = Semaphore()
        while true {
            switch try poll(orWake: { wake.signal() }) {
            case .chunk(let chunk): return chunk
            case .end: return nil
            case .later: wake.wait()
            }
        }
    }

    // MARK: Both

    /// Says that nothing more comes.
    func finish() { change { $0.isFinished = true } }

    /// Drops everything: either side gets the error, the first one that was told.
    func fail(_ error: any Error) {
        change { state in
            if state.failure == nil { state.failure = error }
            state.chunks = []
            state.taken = 0
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiting = state.withLock { state in
            body(&state)
            defer { (state.reader, state.writer) = (nil, nil) }
            return [state.reader, state.writer]
        }
        for wake in waiting { wake?() }
    }

    private func offer(_ chunk: [UInt8], orWake wake: @escaping @Sendable () -> Void) throws -> Bool {
        let (isIn, reader) = try state.withLock { state in
            if let failure = state.failure { throw failure }
            // What is larger than the bound passes alone.
            guard state.size == 0 || state.size + chunk.count <= limit else {
                state.writer = wake
                return (false, nil as (@Sendable () -> Void)?)
            }
            state.chunks.append(chunk)
            state.size += chunk.count
            state.total += chunk.count
            defer { state.reader = nil }
            return (true, state.reader)
        }
        reader?()
        return isIn
    }

    private func poll(orWake wake: @escaping @Sendable () -> Void) throws -> Taken {
        let (taken, writer) = try state.withLock { state in
            if let failure = state.failure { throw failure }
            guard state.taken < state.chunks.count else {
                if state.isFinished { return (Taken.end, nil as (@Sendable () -> Void)?) }
                state.reader = wake
                return (.later, nil)
            }
            let chunk = state.chunks[state.taken]
            state.chunks[state.taken] = []
            state.taken += 1
            if state.taken == state.chunks.count {
                state.chunks.removeAll(keepingCapacity: true)
                state.taken = 0
            }
            state.size -= chunk.count
            defer { state.writer = nil }
            return (.chunk(chunk), state.writer)
        }
        writer?()
        return taken
    }
}
