package import System

/// Which keys wait for work, which are being worked on, and which wait for a time: a queue without doubles.
///
/// A key that is added while it is worked on comes again afterwards, so that no change is missed and no key is ever
/// worked on twice at once.
package struct WorkQueueState<Key: Hashable & Sendable>: Sendable {
    private var ready: [Key] = []
    private var head = 0
    /// Keys that need work: those in `ready`, and those that were added while being worked on.
    private var dirty: Set<Key> = []
    private var running: Set<Key> = []
    private var due: [Key: Timestamp] = [:]
    private var failures: [Key: Int] = [:]

    package init() {}

    /// How many keys wait to be worked on at once.
    package var count: Int { ready.count - head }
    /// Whether nothing waits, runs or is due later.
    package var isIdle: Bool { count == 0 && running.isEmpty && due.isEmpty }
    /// When the next key that waits for a time is due.
    package var nextDue: Timestamp? { due.values.min() }

    /// Asks for work on a key now.
    package mutating func add(_ key: Key) {
        due[key] = nil
        guard dirty.insert(key).inserted, !running.contains(key) else { return }
        ready.append(key)
    }

    /// Asks for work on a key at a time; an earlier request stands.
    package mutating func add(_ key: Key, at time: Timestamp) {
        guard !dirty.contains(key) || running.contains(key) else { return }
        due[key] = due[key].map { min($0, time) } ?? time
    }

    /// Asks for work on every key whose time has come.
    package mutating func wake(at now: Timestamp) {
        for key in due.filter({ $0.value <= now }).sorted(by: { $0.value < $1.value }).map(\.key) { add(key) }
    }

    /// The next key; it counts as worked on until `done`.
    package mutating func take() -> Key? {
        guard head < ready.count else { return nil }
        let key = ready[head]
        head += 1
        if head > 1024, head * 2 > ready.count {
            ready.removeFirst(head)
            head = 0
        }
        dirty.remove(key)
        running.insert(key)
        return key
    }

    /// Ends the work on a key.
    package mutating func done(_ key: Key) {
        running.remove(key)
        if dirty.contains(key) { ready.append(key) }
    }

    /// Counts a failure in a row and answers how many there are now.
    package mutating func failed(_ key: Key) -> Int {
        failures[key, default: 0] += 1
        return failures[key, default: 1]
    }

    /// Forgets a key's failures.
    package mutating func succeeded(_ key: Key) {
        failures[key] = nil
    }
}
