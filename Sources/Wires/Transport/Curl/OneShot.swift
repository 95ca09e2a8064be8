import Synchronization

/// A result that one task waits for and one thread gives, in either order; the first result counts.
final class OneShot<Success: Sendable>: Sendable {
    private struct State {
        var result: Result<Success, any Error>?
        var waiter: CheckedContinuation<Success, any Error>?
    }

    private let state = Mutex(State())

    func give(_ result: Result<Success, any Error>) {
        let waiter = state.withLock { state -> CheckedContinuation<Success, any Error>? in
            guard state.result == nil else { return nil }
            state.result = result
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(with: result)
    }

    func wait() async throws -> Success {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state in
                if state.result == nil { state.waiter = continuation }
                return state.result
            }
            if let result { continuation.resume(with: result) }
        }
    }
}
