/// The time and the means to wait for it, handed to whatever decides by time, so that tests turn it by hand.
package struct WallClock: Sendable {
    /// The wall clock's instant.
    package var now: @Sendable () -> Timestamp
    /// Waits for a duration; throws `CancellationError` when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Timestamp, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's clock.
    package static let system = WallClock(now: { .now }, sleep: { try await Task.sleep(for: $0) })
}
