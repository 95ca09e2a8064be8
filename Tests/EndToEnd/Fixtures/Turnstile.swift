import Glibc
import Synchronization

/// Lets a few tests in at a time: each has a whole Belay, and what they wait for must not be one another.
final class Turnstile: Sendable {
    static let machines: Turnstile = {
        // A program that a test writes to may end before it has read all.
        signal(SIGPIPE, SIG_IGN)
        return Turnstile(places: 3)
    }()

    private struct State {
        var places: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(places: Int) {
        state = Mutex(State(places: places))
    }

    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.places == 0 else {
                    state.places -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.places += 1
            return nil
        }
        next?.resume()
    }
}
