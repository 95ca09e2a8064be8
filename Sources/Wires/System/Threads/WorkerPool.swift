import Synchronization

/// A few threads for blocking work: files, spawning, waiting for the kernel. Never the cooperative pool.
package final class WorkerPool: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var taken = 0
        var finished = false
    }

    private final class Queue: Sendable {
        let state = Mutex(State())
        let wake = Semaphore()

        func next() -> (@Sendable () -> Void)? {
            wake.wait()
            return state.withLock { state in
                guard state.taken < state.jobs.count else { return nil }
                let job = state.jobs[state.taken]
                state.taken += 1
                if state.taken == state.jobs.count || state.taken > 1024 {
                    state.jobs.removeFirst(state.taken)
                    state.taken = 0
                }
                return job
            }
        }
    }

    private let queue = Queue()
    private let threads: Int

    /// Starts the threads; they end when the pool is released and its work is done.
    package init(name: String, threads: Int) {
        self.threads = threads
        let queue = queue
        for index in 0..<threads {
            startThread(named: "\(name)-\(index)") {
                while let job = queue.next() { job() }
            }
        }
    }

    deinit {
        for _ in 0..<threads { queue.wake.signal() }
    }

    /// Runs `body` on one of the threads. It is not cancelled: what it began it ends.
    package func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.state.withLock { $0.jobs.append { continuation.resume(with: .init(catching: body)) } }
            queue.wake.signal()
        }
    }
}
