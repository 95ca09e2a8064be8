import Synchronization

/// Work that blocks, on a thread of its own and not on the cooperative pool.
package enum Blocking {
    /// Whether the task that waits for the work was cancelled; the work asks now and then.
    package final class Cancellation: Sendable {
        private let flag = Atomic<Bool>(false)

        package var isCancelled: Bool { flag.load(ordering: .relaxed) }
        func cancel() { flag.store(true, ordering: .relaxed) }
    }

    /// Runs work on a thread that is named after it, and gives its result.
    ///
    /// - Throws: what the work throws; `CancellationError` when the task was cancelled before it began.
    package static func run<Result: Sendable>(
        named name: String, _ body: @escaping @Sendable (Cancellation) throws -> Result
    ) async throws -> Result {
        let cancellation = Cancellation()
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try await withCheckedThrowingContinuation { continuation in
                startThread(named: name) { continuation.resume(with: Swift.Result { try body(cancellation) }) }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }
    /// Runs work that is too short to be worth asking whether it is still wanted.
    package static func run<Result: Sendable>(
        named name: String, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await run(named: name) { (_: Cancellation) in try body() }
    }
}
