import Synchronization

/// Tells exits to everyone who listens: each stream gets each exit once, those that happened before it included as long
/// as the container was not removed.
final class ExitBroadcast: Sendable {
    private struct State {
        var streams: [Int: AsyncStream<ContainerState>.Continuation] = [:]
        var last = 0
        /// Ended containers that are still there.
        var ended: [String: ContainerState] = [:]
    }

    private let state = Mutex(State())

    func stream() -> AsyncStream<ContainerState> {
        let (stream, continuation) = AsyncStream<ContainerState>.makeStream()
        let number = state.withLock { state in
            state.last += 1
            state.streams[state.last] = continuation
            for exit in state.ended.values { continuation.yield(exit) }
            return state.last
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in state.streams[number] = nil }
        }
        return stream
    }

    func tell(_ container: ContainerState) {
        state.withLock { state in
            guard state.ended.updateValue(container, forKey: container.id) == nil else { return }
            for stream in state.streams.values { stream.yield(container) }
        }
    }

    /// A container was removed: streams made later are not told of it.
    func forget(_ id: String) {
        state.withLock { state in state.ended[id] = nil }
    }

    deinit {
        state.withLock { state in state.streams.values.forEach { $0.finish() } }
    }
}
