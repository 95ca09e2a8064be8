internal import Synchronization

/// A bell that one task sleeps beside; a ring while it is awake is remembered.
final class WakeUp: Sendable {
    private struct State {
        var rung = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let sleeper = state.withLock { state in
            guard let sleeper = state.sleeper else {
                state.rung = true
                return CheckedContinuation<Void, Never>?.none
            }
            state.sleeper = nil
            return sleeper
        }
        sleeper?.resume()
    }

    /// Waits for a ring, or for the task's cancellation.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let woken = state.withLock { state in
                    if state.rung || Task.isCancelled {
                        state.rung = false
                        return CheckedContinuation<Void, Never>?.some(continuation)
                    }
                    // A second sleeper takes the first one's place, who wakes.
                    defer { state.sleeper = continuation }
                    return state.sleeper
                }
                woken?.resume()
            }
        } onCancel: {
            ring()
        }
    }
}
