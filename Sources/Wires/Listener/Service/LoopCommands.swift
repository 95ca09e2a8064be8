import CWebSockets
import Synchronization

/// What other threads ask of the service loop; the only thing that they share with it.
final class LoopCommands: Sendable {
    enum Command: Sendable {
        /// A connection has something to send.
        case write(UInt64)
        /// A connection's reader has room again.
        case read(UInt64)
        /// Take no new connections and end when the present ones are done.
        case drain
        case stop
    }

    private struct State {
        var commands: [Command] = []
        var isWoken = false
        /// libwebsockets' context while the loop runs; only `lws_cancel_service` is called on it from here.
        nonisolated(unsafe) var context: OpaquePointer?
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func send(_ command: Command) {
        state.withLock { state in
            state.commands.append(command)
            guard !state.isWoken, let context = state.context else { return }
            state.isWoken = true
            lws_cancel_service(context)
        }
    }

    func attach(_ context: OpaquePointer?) {
        nonisolated(unsafe) let context = context
        state.withLock { state in
            state.context = context
            if let context, !state.commands.isEmpty { lws_cancel_service(context) }
        }
    }

    func take() -> [Command] {
        state.withLock { state in
            state.isWoken = false
            defer { state.commands = [] }
            return state.commands
        }
    }

    func ended() {
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func waitForEnd() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.hasEnded { state.waiters.append(continuation) }
                return state.hasEnded
            }
            if isOver { continuation.resume() }
        }
    }
}
