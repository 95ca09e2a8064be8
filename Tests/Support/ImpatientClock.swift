package import System

extension WallClock {
    /// The machine's clock, but for those who wait longer than `limit`: they wake only when they are cancelled.
    ///
    /// So what happens on it happens without such a wait, however slow the machine is.
    package static func neverWaking(after limit: Duration = .zero) -> WallClock {
        WallClock(
            now: { .now },
            sleep: { duration in try await Task.sleep(for: duration > limit ? .seconds(86400) : duration) })
    }
}
