import Cluster
import Manifest

/// The last changes, so that a watch can go on where another stopped: bounded by count and by the size of what it holds.
struct WatchHistory: Sendable {
    private var changes: [(change: Change, size: Int)] = []
    private var head = 0
    private var size = 0
    /// The revision before the oldest change that is held: a watch since then, or later, misses nothing.
    private(set) var floor: Int64
    private let countLimit: Int
    private let sizeLimit: Int

    /// - Parameters:
    ///   - floor: the cluster's revision at the start.
    ///   - sizeLimit: in bytes of the objects' JSON.
    init(floor: Int64, countLimit: Int, sizeLimit: Int) {
        self.floor = floor
        self.countLimit = countLimit
        self.sizeLimit = sizeLimit
    }

    /// Notes a change.
    ///
    /// - Parameter size: of the object's JSON, in bytes.
    mutating func append(_ change: Change, size: Int) {
        changes.append((change, size))
        self.size += size
        while changes.count - head > countLimit || (self.size > sizeLimit && changes.count - head > 1) { dropFirst() }
    }

    /// The changes after a revision; nil when some of them are no longer held.
    func changes(since revision: Int64) -> [Change]? {
        guard revision >= floor else { return nil }
        // Revisions ascend: bisect for the first one later.
        var (low, high) = (head, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].change.revision <= revision { low = middle + 1 } else { high = middle }
        }
        return changes[low...].map(\.change)
    }

    private mutating func dropFirst() {
        floor = changes[head].change.revision
        size -= changes[head].size
        changes[head].change.old = nil
        changes[head].change.new = nil
        changes[head].change.last = nil
        head += 1
        guard head > 256, head * 2 > changes.count else { return }
        changes.removeFirst(head)
        head = 0
    }
}
