/// How often each of some fingerprints occurs: each lies in the slot that its lower bits say, or in the next free one.
struct FingerprintTally {
    private var slots: [UInt64]
    /// How often the fingerprint in each slot occurs; 0 where the slot is free.
    private var counts: [UInt32]
    /// How many different ones there are.
    private(set) var distinct = 0

    /// - Parameter expected: how many different ones there will be; more fit too.
    init(expecting expected: Int = 0) {
        var size = 1024
        while size < 2 * expected { size *= 2 }
        slots = [UInt64](repeating: 0, count: size)
        counts = [UInt32](repeating: 0, count: size)
    }

    /// Forgets what was counted, and keeps the memory.
    mutating func removeAll() {
        for place in counts.indices { counts[place] = 0 }
        distinct = 0
    }

    mutating func add(_ value: UInt64) {
        let place = place(of: value)
        if counts[place] == 0 {
            slots[place] = value
            distinct += 1
        }
        if counts[place] < .max { counts[place] += 1 }
        if 4 * distinct > 3 * slots.count { grow() }
    }

    func contains(_ value: UInt64) -> Bool { counts[place(of: value)] != 0 }

    /// How often each occurs, in no order.
    var all: some Sequence<Int> { counts.lazy.filter { $0 != 0 }.map(Int.init) }

    /// The slot that holds a value, or is free for it.
    @inline(__always)
    private func place(of value: UInt64) -> Int {
        let mask = slots.count - 1
        var place = Int(truncatingIfNeeded: value) & mask
        while counts[place] != 0, slots[place] != value { place = (place + 1) & mask }
        return place
    }

    private mutating func grow() {
        let (oldSlots, oldCounts) = (slots, counts)
        slots = [UInt64](repeating: 0, count: 2 * oldSlots.count)
        counts = [UInt32](repeating: 0, count: 2 * oldSlots.count)
        for (value, count) in zip(oldSlots, oldCounts) where count != 0 {
            let place = place(of: value)
            slots[place] = value
            counts[place] = count
        }
    }
}
