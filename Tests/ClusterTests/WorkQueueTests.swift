import ClusterTestSupport
import Synchronization
import System
import Testing

@testable import Cluster

private final class Hands: Sendable {
    let state = Mutex((active: Set<Int>(), done: Set<Int>(), doubles: 0))

    func take(_ key: Int) {
        state.withLock { if !$0.active.insert(key).inserted { $0.doubles += 1 } }
    }

    func putDown(_ key: Int) {
        state.withLock {
            $0.active.remove(key)
            $0.done.insert(key)
        }
    }
}

private struct Refusal: Error {}

@Suite struct WorkQueueStateTests {
    private var state = WorkQueueState<String>()
    private let start = Timestamp(seconds: 100)

    @Test mutating func `keys come in the order they were added, each once`() {
        for key in ["b", "a", "b", "c"] { state.add(key) }
        #expect([state.take(), state.take(), state.take(), state.take()] == ["b", "a", "c", nil])
    }

    @Test mutating func `a key added while it is worked on comes again, and only afterwards`() {
        state.add("a")
        _ = state.take()
        state.add("a")
        state.add("a")
        #expect(state.take() == nil)
        state.done("a")
        #expect(state.take() == "a")
        state.done("a")
        #expect(state.isIdle)
    }

    @Test mutating func `of two waits for one key the shorter stands`() {
        state.add("a", at: start + .seconds(9))
        state.add("a", at: start + .seconds(5))
        state.add("a", at: start + .seconds(7))
        #expect(state.nextDue == start + .seconds(5))
        state.wake(at: start + .seconds(4))
        #expect(state.take() == nil)
        state.wake(at: start + .seconds(5))
        #expect(state.take() == "a")
        #expect(state.nextDue == nil)
    }

    @Test mutating func `a key added now no longer waits`() {
        state.add("a", at: start)
        state.add("a")
        #expect(state.nextDue == nil)
        #expect(state.count == 1)
    }

    @Test mutating func `ten thousand keys pass through in order`() {
        for number in 0..<10_000 { state.add("\(number)") }
        for number in 0..<10_000 {
            #expect(state.take() == "\(number)")
            state.done("\(number)")
        }
        #expect(state.isIdle)
    }

    @Test(arguments: [(1, 10), (2, 20), (5, 160), (12, 1000), (500, 1000)])
    func `waits double up to the longest`(failures: Int, milliseconds: Int) {
        let backoff = Backoff(first: .milliseconds(10), longest: .seconds(1))
        #expect(backoff.delay(after: failures) == .milliseconds(milliseconds))
    }
}

@Suite struct WorkQueueTests {
    private let time = TestClock()

    @Test func `whoever waits gets the next key at once`() async {
        let queue = WorkQueue<String>(clock: time.clock)
        async let first = queue.next()
        queue.add("a")
        #expect(await first == "a")
    }

    @Test func `a failing key waits longer each time and starts anew once it succeeds`() async {
        let queue = WorkQueue<String>(clock: time.clock, backoff: Backoff(first: .seconds(1), longest: .seconds(60)))
        let delays = Mutex<[Duration]>([])
        queue.add("a")
        for round in 0..<4 {
            let key = await queue.next() ?? ""
            let outcome: WorkOutcome = round == 2 ? .again(after: .seconds(7)) : .failed(Refusal())
            queue.finish(key, outcome) { _, _, delay in delays.withLock { $0.append(delay) } }
            #expect(queue.count == 0)
            while time.sleeperCount == 0 { await Task.yield() }
            time.advance(by: .seconds(7))
        }
        #expect(delays.withLock { $0 } == [.seconds(1), .seconds(2), .seconds(1)])
    }

    @Test func `an earlier wait replaces the timer`() async {
        let queue = WorkQueue<String>(clock: time.clock)
        queue.add("late", after: .seconds(60))
        queue.add("soon", after: .seconds(1))
        while time.sleeperCount != 1 { await Task.yield() }
        time.advance(by: .seconds(1))
        #expect(await queue.next() == "soon")
    }

    @Test func `no key is in two hands at once, and none is lost`() async {
        let queue = WorkQueue<Int>()
        let hands = Hands()
        let workers = Task {
            await queue.run(workers: 4) { key in
                hands.take(key)
                await Task.yield()
                hands.putDown(key)
                return .done
            }
        }
        for round in 0..<500 { queue.add(round % 7) }
        while !queue.isIdle { await Task.yield() }
        queue.finish()
        await workers.value
        #expect(hands.state.withLock { $0.done } == Set(0..<7))
        #expect(hands.state.withLock { $0.doubles } == 0)
    }

    @Test func `a cancelled wait ends with nothing and takes no key along`() async {
        let queue = WorkQueue<String>(clock: time.clock)
        let waiter = Task { await queue.next() }
        await Task.yield()
        waiter.cancel()
        #expect(await waiter.value == nil)
        queue.add("a")
        #expect(await queue.next() == "a")
    }

    @Test func `a finished queue lets all who wait go`() async {
        let queue = WorkQueue<String>(clock: time.clock)
        async let first = queue.next()
        async let second = queue.next()
        queue.finish()
        #expect(await [first, second] == [nil, nil])
    }
}
