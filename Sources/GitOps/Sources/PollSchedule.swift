/// When to look at a repository again.
///
/// Each wait differs a little from the last, so that many services do not ask one server at the same moment, and grows
/// while the server fails.
package struct PollSchedule: Sendable, Hashable {
    /// Between two looks that went well.
    package var interval: Duration
    /// The share of a wait that chance takes away or adds, from 0 to 1.
    package var jitter: Double
    /// After the first failure; each further one doubles it.
    package var firstRetry: Duration
    /// The longest wait after failures.
    package var longestRetry: Duration

    package init(
        interval: Duration = .seconds(60), jitter: Double = 0.1, firstRetry: Duration = .seconds(2),
        longestRetry: Duration = .seconds(300)
    ) {
        self.interval = interval
        self.jitter = jitter
        self.firstRetry = firstRetry
        self.longestRetry = longestRetry
    }

    /// The next wait.
    ///
    /// - Parameters:
    ///   - failures: how many looks have failed in a row.
    ///   - random: from 0 to 1.
    package func wait(failures: Int, random: Double) -> Duration {
        var wait = interval
        if failures > 0 {
            let doublings = min(failures - 1, 20)
            wait = min(firstRetry * (1 << doublings), max(longestRetry, firstRetry))
        }
        return wait * (1 + jitter * (2 * min(max(random, 0), 1) - 1))
    }
}
