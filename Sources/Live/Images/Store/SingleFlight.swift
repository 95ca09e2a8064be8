import Synchronization

/// Work that several callers want at once and that is done once: all of them get its result. It is cancelled when the
/// last caller that waits for it goes away.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private typealias Waiter = CheckedContinuation<Value, any Error>

    private struct Flight {
        var id: UInt64
        var task: Task<Void, Never>?
        var waiters: [UInt64: Waiter] = [:]
    }

    private struct State {
        var flights: [Key: Flight] = [:]
        var count: UInt64 = 0
        /// Callers that were cancelled before they began to wait.
        var cancelled: Set<UInt64> = []
    }

    private let state = Mutex(State())

    func run(_ key: Key, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let caller = state.withLock { state in
            state.count += 1
            return state.count
        }
        defer { state.withLock { _ = $0.cancelled.remove(caller) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { join(key, caller, $0, body) }
        } onCancel: {
            leave(key, caller)
        }
    }

    /// The task is unstructured because it belongs to all of its callers; it ends with its work, or with the last of them.
    private func join(
        _ key: Key, _ caller: UInt64, _ waiter: Waiter, _ body: @escaping @Sendable () async throws -> Value
    ) {
        let isCancelled = state.withLock { state in
            guard state.cancelled.remove(caller) == nil else { return true }
            if state.flights[key] == nil {
                state.flights[key] = Flight(id: caller)
                state.flights[key]?.task = Task {
                    do { land(key, caller, .success(try await body())) } catch { land(key, caller, .failure(error)) }
                }
            }
            state.flights[key]?.waiters[caller] = waiter
            return false
        }
        if isCancelled { waiter.resume(throwing: CancellationError()) }
    }

    private func land(_ key: Key, _ id: UInt64, _ result: Result<Value, any Error>) {
        let waiters = state.withLock { state -> [Waiter] in
            guard let flight = state.flights[key], flight.id == id else { return [] }
            state.flights[key] = nil
            return Array(flight.waiters.values)
        }
        for waiter in waiters { waiter.resume(with: result) }
    }

    private func leave(_ key: Key, _ caller: UInt64) {
        let (waiter, abandoned) = state.withLock { state -> (Waiter?, Task<Void, Never>?) in
            guard var flight = state.flights[key], let waiter = flight.waiters.removeValue(forKey: caller) else {
                state.cancelled.insert(caller)
                return (nil, nil)
            }
            state.flights[key] = flight.waiters.isEmpty ? nil : flight
            return (waiter, flight.waiters.isEmpty ? flight.task : nil)
        }
        abandoned?.cancel()
        waiter?.resume(throwing: CancellationError())
    }
}
