import Manifest
import System

/// Which events are new, which repeat an old one, and which are too many (client-go's `EventCorrelator`).
struct EventJournal {
    /// How an event is written.
    enum Step: Equatable {
        case create
        /// The event that it repeats, and how often it has happened now.
        case count(Manifest, Int)
    }

    private struct Known {
        var event: Manifest?
        var count = 0
        var last: Timestamp
    }

    private struct Allowance {
        var left: Double
        var since: Timestamp
    }

    /// Events that an object may make at once, and how long each further one takes to be allowed.
    private static let burst = 25.0
    private static let secondsAnEvent = 300.0
    /// A repetition after so long is news again.
    private static let memory: Duration = .seconds(3600)
    private static let limit = 4096

    private var known: [EventRecorder.Entry: Known] = [:]
    private var allowances: [ObjectReference: Allowance] = [:]

    /// What to write for an event; nil when it is one too many.
    mutating func take(_ entry: EventRecorder.Entry, now: Timestamp) -> Step? {
        guard spend(entry.object, now: now) else { return nil }
        if known.count >= Self.limit { forgetOldest() }
        var item = known[entry] ?? Known(last: now)
        if item.last + Self.memory < now { item = Known(last: now) }
        item.count += 1
        item.last = now
        known[entry] = item
        return item.event.map { .count($0, item.count) } ?? .create
    }

    /// Remembers what the cluster answered.
    mutating func wrote(_ entry: EventRecorder.Entry, _ event: Manifest) {
        known[entry]?.event = event
    }

    /// Forgets an event that could not be written.
    mutating func forget(_ entry: EventRecorder.Entry) {
        known[entry] = nil
    }

    private mutating func spend(_ object: ObjectReference, now: Timestamp) -> Bool {
        var object = object
        object.field = ""
        var allowance = allowances[object] ?? Allowance(left: Self.burst, since: now)
        let seconds = Double((now - allowance.since).wholeMilliseconds) / 1000
        allowance.left = min(Self.burst, allowance.left + max(0, seconds) / Self.secondsAnEvent)
        allowance.since = now
        defer { allowances[object] = allowance }
        guard allowance.left >= 1 else { return false }
        allowance.left -= 1
        return true
    }

    private mutating func forgetOldest() {
        let old = known.sorted { $0.value.last < $1.value.last }.prefix(Self.limit / 2)
        for item in old { known[item.key] = nil }
        if allowances.count > Self.limit { allowances = [:] }
    }
}
