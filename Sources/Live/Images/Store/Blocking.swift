import Synchronization
import System

/// Work that blocks, on a thread of its own and not on the cooperative pool.
enum Blocking {
    /// Whether the task that waits for the work was cancelled; the work asks now and then.
    final class Cancellation: Sendable {
        private let flag = Atomic<Bool>(false)

        var isCancelled: Bool { flag.load(ordering: .relaxed) }
        func cancel() { flag.store(true, ordering: .relaxed) }
    }

    static func run<Result: Sendable>(
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
}
