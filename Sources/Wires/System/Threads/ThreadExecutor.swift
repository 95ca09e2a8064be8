import CLinux
import Glibc
import Synchronization

/// One thread of its own that runs an actor's jobs in order.
///
/// Blocking C libraries (libgit2, SQLite, archives) live in actors on such a thread, so that they never hold one of the
/// few threads of Swift's cooperative pool. The thread ends when the executor is released.
package final class ThreadExecutor: SerialExecutor, Sendable {
    private let queue = JobQueue()

    /// Starts the thread.
    ///
    /// - Parameter name: shown by `ps -L` and debuggers; the kernel keeps the first 15 bytes (prctl(2)).
    package init(name: String) {
        let queue = queue
        startThread(named: name) { queue.run() }
    }

    deinit {
        queue.finish()
    }

    /// Runs the job on this executor's thread.
    package func enqueue(_ job: consuming ExecutorJob) {
        queue.push(UnownedJob(job), on: asUnownedSerialExecutor())
    }
}

/// Starts a detached thread that runs `body` and ends.
///
/// A machine that has no room for one more thread at the moment (somebody forks without end) is waited for: what asked
/// is slow then, and nothing is lost.
package func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let context = Unmanaged.passRetained(ThreadStart(name: name, body: body))
    var thread = pthread_t()
    while true {
        let code = pthread_create(&thread, nil, threadEntry, context.toOpaque())
        if code == 0 { break }
        guard code == EAGAIN else { fatalError("cannot start thread \(name): \(String(cString: strerror(code)))") }
        usleep(10_000)
    }
    pthread_detach(thread)
}

private func threadEntry(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    _ = linux_set_thread_name(start.name)
    Allocator.makeRoom()
    start.body()
    return nil
}

private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// Jobs that wait for the thread; the thread sleeps on a semaphore between them.
private final class JobQueue: Sendable {
    private struct State {
        var jobs: [(job: UnownedJob, executor: UnownedSerialExecutor)] = []
        var finished = false
    }

    private let state = Mutex(State())
    private let wake = Semaphore()

    func push(_ job: UnownedJob, on executor: UnownedSerialExecutor) {
        state.withLock { $0.jobs.append((job, executor)) }
        wake.signal()
    }

    func finish() {
        state.withLock { $0.finished = true }
        wake.signal()
    }

    func run() {
        while true {
            wake.wait()
            let (jobs, finished) = state.withLock { state in
                defer { state.jobs.removeAll(keepingCapacity: true) }
                return (state.jobs, state.finished)
            }
            for (job, executor) in jobs { job.runSynchronously(on: executor) }
            if finished { return }
        }
    }
}
