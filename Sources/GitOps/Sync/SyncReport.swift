package import Document
package import Health
package import Manifest

/// How a sync ended.
package struct SyncReport: Sendable {
    /// The end of a sync.
    package enum Result: String, Sendable {
        /// Everything was applied.
        case succeeded = "Succeeded"
        /// A write was refused, or a wave did not become well in time; what was applied stays.
        case failed = "Failed"
        /// A newer commit took its place.
        case superseded = "Superseded"
        /// Nothing was applied: the plan itself is refused.
        case refused = "Refused"
    }

    package var result: Result
    /// What was written, in order.
    package var applied: [ObjectKey] = []
    package var deleted: [ObjectKey] = []
    /// Hooks that ran to a good end.
    package var hooks: [ObjectKey] = []
    /// Why it did not succeed, each with the line of git at fault where one is.
    package var problems: [Problem] = []

    package init(_ result: Result, problems: [Problem] = []) {
        self.result = result
        self.problems = problems
    }
}

/// How to carry a plan out.
package struct SyncOptions: Sendable {
    /// Deletes what git no longer has.
    package var prune: Bool
    /// Carries out deletions beyond the delete budget.
    package var allowsManyDeletions: Bool
    /// How long objects may take to become well, for each wave.
    package var timeout: Duration

    package init(prune: Bool = true, allowsManyDeletions: Bool = false, timeout: Duration = .seconds(600)) {
        self.prune = prune
        self.allowsManyDeletions = allowsManyDeletions
        self.timeout = timeout
    }
}

/// How objects are, and when that may have changed; the reconciler answers from its view of the cluster.
package protocol HealthSource: Sendable {
    /// The health of objects, those that are not there included.
    func health(of keys: [ObjectKey]) async throws -> [ObjectKey: Health]

    /// An element whenever some object's health may have changed.
    func changes() async -> AsyncStream<Void>
}
