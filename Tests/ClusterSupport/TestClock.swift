import Synchronization
package import System

/// A clock that stands still until the test turns it.
package final class TestClock: Sendable {
    private struct State {
        var now: Timestamp
        var sleepers: [Int: (due: Timestamp, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var last = 0
    }

    private let state: Mutex<State>

    package init(_ start: String = "2026-11-20T12:00:00Z") {
        state = Mutex(State(now: Timestamp(start) ?? Timestamp(seconds: 0)))
    }

    /// How many wait for the time to move on.
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    package var now: Timestamp { state.withLock { $0.now } }

    package var clock: WallClock {
        WallClock(now: { self.now }, sleep: { try await self.sleep($0) })
    }

    /// Moves the time on and wakes whoever waited for it.
    package func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now + duration
            let due = state.sleepers.filter { $0.value.due <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.due < $1.due }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    private func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver: Bool = state.withLock { state in
                    guard duration > .zero, !Task.isCancelled else { return true }
                    state.sleepers[id] = (state.now + duration, continuation)
                    return false
                }
                if isOver {
                    continuation.resume(with: Task.isCancelled ? .failure(CancellationError()) : .success(()))
                }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation
                .resume(throwing: CancellationError())
        }
    }
}
