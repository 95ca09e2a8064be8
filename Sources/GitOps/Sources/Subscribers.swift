internal import Synchronization

/// The states of a repository's branches, and who wants to hear of them.
///
/// A listener that is slow misses states in between, never the last one.
final class Subscribers: Sendable {
    private struct Listener {
        var branch: String?
        var continuation: AsyncStream<SourceState>.Continuation
    }

    private struct Table {
        /// By the branch asked for; nil is the default branch.
        var states: [String?: SourceState] = [:]
        var listeners: [Int: Listener] = [:]
        var next = 0
    }

    private let table = Mutex(Table())

    func state(of branch: String?) -> SourceState? {
        table.withLock { $0.states[branch] }
    }

    /// The branches that anybody asked for.
    var branches: [String?] {
        table.withLock { Array($0.states.keys) }
    }

    /// Notes a state and tells its listeners when it is news.
    func publish(_ state: SourceState, of branch: String?) {
        table.withLock { table in
            guard table.states[branch] != state else { return }
            table.states[branch] = state
            for listener in table.listeners.values where listener.branch == branch {
                listener.continuation.yield(state)
            }
        }
    }

    /// The state of a branch now, then each new one.
    func stream(of branch: String?, startingWith first: SourceState) -> AsyncStream<SourceState> {
        let (stream, continuation) = AsyncStream.makeStream(of: SourceState.self, bufferingPolicy: .bufferingNewest(1))
        let number = table.withLock { table in
            let number = table.next
            table.next += 1
            table.listeners[number] = Listener(branch: branch, continuation: continuation)
            let state = table.states[branch] ?? first
            table.states[branch] = state
            continuation.yield(state)
            return number
        }
        continuation.onTermination = { [weak self] _ in
            self?.table.withLock { _ = $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }
}
