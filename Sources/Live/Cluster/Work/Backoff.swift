/// How long to wait after so many failures in a row: doubling from the first wait to the longest.
package struct Backoff: Sendable, Hashable {
    package var first: Duration
    package var longest: Duration

    package init(first: Duration = .milliseconds(10), longest: Duration = .seconds(60)) {
        self.first = first
        self.longest = longest
    }

    /// - Parameter failures: from 1.
    package func delay(after failures: Int) -> Duration {
        var delay = first
        for _ in 1..<max(1, min(failures, 63)) where delay < longest { delay *= 2 }
        return min(delay, longest)
    }
}
