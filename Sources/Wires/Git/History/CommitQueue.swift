/// Commits that a walk has yet to visit, the newest first; commits of one second in the order of their coming.
struct CommitQueue {
    private struct Item {
        var id: ObjectID
        var time: Int64
        var order: Int
    }

    private var heap: [Item] = []
    private var next = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func push(_ id: ObjectID, time: Int64) {
        heap.append(Item(id: id, time: time, order: next))
        next += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard comes(child, before: parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> ObjectID? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if heap.isEmpty { return first.id }
        heap[0] = last
        var parent = 0
        while true {
            var best = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && comes(child, before: best) {
                best = child
            }
            guard best != parent else { return first.id }
            heap.swapAt(best, parent)
            parent = best
        }
    }

    private func comes(_ left: Int, before right: Int) -> Bool {
        heap[left].time != heap[right].time ? heap[left].time > heap[right].time : heap[left].order < heap[right].order
    }
}
