import System

/// Whether and when a request that failed is sent again. A value, so that it is tested without waiting.
package struct RetryPolicy: Sendable {
    /// How often a request is sent at most.
    package var attempts: Int
    /// The wait before the second attempt, doubled for each one after it.
    package var base: Duration
    package var cap: Duration
    /// The longest `Retry-After` that is waited for; a longer one gives the answer back as it is.
    package var longestRetryAfter: Duration

    package init(
        attempts: Int = 4, base: Duration = .milliseconds(250), cap: Duration = .seconds(8),
        longestRetryAfter: Duration = .seconds(30)
    ) {
        self.attempts = attempts
        self.base = base
        self.cap = cap
        self.longestRetryAfter = longestRetryAfter
    }

    /// Sends once.
    package static let never = RetryPolicy(attempts: 1)

    /// What an attempt came to.
    enum Outcome {
        case status(Int, retryAfter: String?)
        case error(HTTPError.Code)
    }

    /// The wait before the next attempt; nil when there is none.
    ///
    /// - Parameters:
    ///   - attempt: how many were made, from 1.
    ///   - random: a number in 0..<1; waits are spread over the upper half of the back-off.
    func wait(after outcome: Outcome, attempt: Int, mayRepeat: Bool, now: Timestamp, random: Double) -> Duration? {
        guard attempt < attempts else { return nil }
        let doubled = base * Double(1 << min(attempt - 1, 20))
        let backOff = min(doubled, cap) * (0.5 + random / 2)
        switch outcome {
        case .error(.connection): return backOff  // nothing was sent
        case .error(.transfer), .error(.timeout): return mayRepeat ? backOff : nil
        case .error: return nil
        case .status(let status, let retryAfter):
            guard [408, 425, 429, 502, 503, 504].contains(status), mayRepeat || status == 429 else { return nil }
            guard let asked = retryAfter.flatMap({ Self.duration(retryAfter: $0, now: now) }) else { return backOff }
            return asked <= longestRetryAfter ? max(asked, backOff) : nil
        }
    }

    /// `Retry-After`: seconds, or a date (RFC 9110 §10.2.3).
    static func duration(retryAfter text: String, now: Timestamp) -> Duration? {
        if let seconds = Int64(text), seconds >= 0 { return .seconds(min(seconds, 1 << 40)) }
        guard let date = HTTPDate.parse(text) else { return nil }
        return max(.zero, date - now)
    }
}

/// Dates in headers: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
enum HTTPDate {
    static func parse(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}
