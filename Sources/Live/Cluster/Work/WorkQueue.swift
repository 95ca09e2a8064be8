import Synchronization
package import System

/// What came of the work on a key.
package enum WorkOutcome: Sendable {
    /// All is as it should be until the key is added again.
    case done
    /// Work on it again after a while, though nothing failed.
    case again(after: Duration)
    /// It failed: work on it again, each time after a longer wait.
    case failed(any Error)
}

/// A queue of keys for controllers: no doubles, no key in two hands, and a growing wait per key that fails.
///
/// `add` is synchronous and may be called from anywhere. The timers run on the clock that is handed in.
package final class WorkQueue<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var work = WorkQueueState<Key>()
        var waiters: [(id: Int, continuation: CheckedContinuation<Key?, Never>)] = []
        var lastWaiter = 0
        var timer: (due: Timestamp, task: Task<Void, Never>)?
        var isFinished = false
    }

    private let state = Mutex(State())
    private let clock: WallClock
    private let backoff: Backoff

    package init(clock: WallClock = .system, backoff: Backoff = Backoff()) {
        self.clock = clock
        self.backoff = backoff
    }

    deinit {
        state.withLock { $0.timer?.task.cancel() }
    }

    /// How many keys wait to be worked on at once.
    package var count: Int { state.withLock { $0.work.count } }
    /// Whether nothing waits, runs or is due later.
    package var isIdle: Bool { state.withLock { $0.work.isIdle } }

    /// Asks for work on a key now.
    package func add(_ key: Key) {
        change { $0.add(key) }
    }

    /// Asks for work on a key after a while; an earlier request stands.
    package func add(_ key: Key, after delay: Duration) {
        let time = clock.now() + delay
        change { $0.add(key, at: time) }
    }

    /// Works on keys until the task is cancelled or the queue finishes.
    ///
    /// - Parameters:
    ///   - workers: how many keys are worked on at once.
    ///   - onFailure: told of each failure and the wait that follows, for a log.
    ///   - body: brings the key's facts and wishes together; called for one key at a time only once.
    package func run(
        workers: Int = 1, onFailure: @escaping @Sendable (Key, any Error, Duration) -> Void = { _, _, _ in },
        _ body: @escaping @Sendable (Key) async -> WorkOutcome
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<workers {
                group.addTask {
                    while let key = await self.next() {
                        self.finish(key, await body(key), onFailure)
                    }
                }
            }
        }
    }

    /// The next key to work on, once there is one; nil when the task is cancelled or the queue finished.
    ///
    /// Whoever takes a key answers with `finish(_:_:)`.
    package func next() async -> Key? {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (key, isOver): (Key?, Bool) = state.withLock { state in
                    if state.isFinished || Task.isCancelled { return (nil, true) }
                    if let key = state.work.take() { return (key, true) }
                    state.waiters.append((id, continuation))
                    return (nil, false)
                }
                if isOver { continuation.resume(returning: key) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: nil)
        }
    }

    /// Ends the work on a key that `next` gave out.
    package func finish(
        _ key: Key, _ outcome: WorkOutcome, _ onFailure: (Key, any Error, Duration) -> Void = { _, _, _ in }
    ) {
        let now = clock.now()
        var delay: Duration = .zero
        change { work in
            switch outcome {
            case .done: work.succeeded(key)
            case .again(let after):
                work.succeeded(key)
                work.add(key, at: now + after)
            case .failed:
                delay = backoff.delay(after: work.failed(key))
                work.add(key, at: now + delay)
            }
            work.done(key)
        }
        if case .failed(let error) = outcome { onFailure(key, error, delay) }
    }

    /// Ends the queue: whoever waits gets nil.
    package func finish() {
        let waiters = state.withLock { state in
            state.isFinished = true
            state.timer?.task.cancel()
            state.timer = nil
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }

    /// Changes what waits, hands ready keys to those who wait for them, and sets the timer for the next one due.
    private func change(_ body: (inout WorkQueueState<Key>) -> Void) {
        let served = state.withLock { state in
            body(&state.work)
            state.work.wake(at: clock.now())
            var served: [(CheckedContinuation<Key?, Never>, Key)] = []
            while !state.waiters.isEmpty, let key = state.work.take() {
                served.append((state.waiters.removeFirst().continuation, key))
            }
            setTimer(&state)
            return served
        }
        for (continuation, key) in served { continuation.resume(returning: key) }
    }

    private func setTimer(_ state: inout State) {
        guard !state.isFinished, let due = state.work.nextDue else {
            state.timer?.task.cancel()
            state.timer = nil
            return
        }
        if let timer = state.timer, timer.due <= due { return }
        state.timer?.task.cancel()
        let (clock, delay) = (clock, due - clock.now())
        // Owned by the queue: cancelled by an earlier timer, by `finish` and by `deinit`.
        let task = Task { [weak self] in
            guard (try? await clock.sleep(delay)) != nil else { return }
            self?.timerFired(due)
        }
        state.timer = (due, task)
    }

    private func timerFired(_ due: Timestamp) {
        state.withLock { state in
            if state.timer?.due == due { state.timer = nil }
        }
        change { $0.wake(at: due) }
    }
}
