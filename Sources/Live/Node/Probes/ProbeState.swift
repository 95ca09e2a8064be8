import System

/// What a probe has found so far, and when it asks next (kubelet's prober worker): a value, so that every threshold and
/// delay is tested without waiting.
struct ProbeState: Sendable, Equatable {
    enum Kind: String, Sendable {
        case startup = "Startup"
        case liveness = "Liveness"
        case readiness = "Readiness"
    }

    /// What a change of mind means.
    enum Verdict: Sendable, Equatable {
        case succeeded
        case failed
    }

    let kind: Kind
    let definition: ProbeDefinition
    let startedAt: Timestamp
    private var run = 0
    private var lastSucceeded: Bool?
    private var lastCounted: Timestamp?
    /// How many answers counted.
    private(set) var counted = 0
    /// nil until a threshold was reached.
    private(set) var verdict: Verdict?

    /// - Parameter verdict: what was known already, of a container that was found running.
    init(_ kind: Kind, _ definition: ProbeDefinition, startedAt: Timestamp, verdict: Verdict? = nil) {
        self.kind = kind
        self.definition = definition
        self.startedAt = startedAt
        self.verdict = verdict
    }

    /// How long to wait before the first question.
    func firstDelay(now: Timestamp) -> Duration {
        max(.zero, startedAt + .seconds(definition.initialDelay) - now)
    }

    /// How long to wait before the next question: the period, but until a container is ready or started for the first
    /// time it is asked often, so that it is in use as soon as it can be.
    func nextDelay(now: Timestamp) -> Duration {
        let period: Duration = .seconds(definition.period)
        guard kind != .liveness, verdict != .succeeded else { return period }
        let age = now - startedAt - .seconds(definition.initialDelay)
        if age < .seconds(3) { return .milliseconds(25) }
        if age < .seconds(10) { return min(period, .milliseconds(100)) }
        return min(period, .seconds(1))
    }

    /// Takes an answer in.
    ///
    /// - Returns: the verdict when this answer changed it, and each time a failure threshold is reached again.
    mutating func take(succeeded: Bool, now: Timestamp) -> Verdict? {
        if !succeeded, verdict != .succeeded, isEager(now) { return nil }
        lastCounted = now
        counted += 1
        run = lastSucceeded == succeeded ? run + 1 : 1
        lastSucceeded = succeeded
        guard run >= (succeeded ? definition.successThreshold : definition.failureThreshold) else { return nil }
        let new: Verdict = succeeded ? .succeeded : .failed
        if new == verdict, new == .succeeded || kind == .readiness { return nil }
        verdict = new
        if new == .failed, kind != .readiness { run = 0 }
        return new
    }

    /// Whether this question came before its period was over: then a failure does not count.
    private func isEager(_ now: Timestamp) -> Bool {
        guard kind != .liveness, let lastCounted else { return false }
        return now - lastCounted < .seconds(definition.period)
    }
}
