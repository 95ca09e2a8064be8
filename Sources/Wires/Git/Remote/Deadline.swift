internal import CLinux
internal import Glibc
internal import Synchronization
internal import System

/// The end of the time that a fetch or push may take.
///
/// libgit2 1.5 knows no timeouts. Each network operation therefore opens its sockets through `SocketStream`, which
/// notes them here, and a thread shuts them down when the time is over: whatever blocks on them then fails.
final class Deadline: Sendable {
    private struct State {
        var descriptors: Set<Int32> = []
        var passed = false
    }

    private let state = Mutex(State())
    private let done: Int32
    private let end: ContinuousClock.Instant

    init(after timeout: Duration) {
        done = eventfd(0, Int32(EFD_CLOEXEC))
        end = ContinuousClock.now + timeout
    }

    deinit {
        close(done)
    }

    /// Whether it passed.
    var hasPassed: Bool { state.withLock { $0.passed } }

    /// Milliseconds that are left, at least 0.
    var millisecondsLeft: Int32 {
        Int32(clamping: max(0, (end - .now).wholeMilliseconds + 1))
    }

    /// Runs `body` with this as the deadline of the sockets that the thread opens.
    func watch<Result>(_ body: () throws(GitError) -> Result) throws(GitError) -> Result {
        let thread = UInt(pthread_self())
        Self.current.withLock { $0[thread] = self }
        startThread(named: "git-deadline") { [self] in expire() }
        defer {
            Self.current.withLock { $0[thread] = nil }
            eventfd_write(done, 1)
        }
        return try body()
    }

    func add(_ descriptor: Int32) {
        let passed = state.withLock { state in
            state.descriptors.insert(descriptor)
            return state.passed
        }
        if passed { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    /// Forgets a socket, before it is closed.
    func remove(_ descriptor: Int32) {
        _ = state.withLock { $0.descriptors.remove(descriptor) }
    }

    private func expire() {
        var wait = pollfd(fd: done, events: Int16(POLLIN), revents: 0)
        while true {
            let left = millisecondsLeft
            if poll(&wait, 1, left) == 1 { return }
            if millisecondsLeft == 0 { break }
        }
        // Under the lock, so that no descriptor is closed and reused meanwhile.
        state.withLock { state in
            state.passed = true
            for descriptor in state.descriptors { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// The deadline of each thread that runs a network operation.
    private static let current = Mutex<[UInt: Deadline]>([:])

    static var ofThisThread: Deadline? {
        current.withLock { $0[UInt(pthread_self())] }
    }
}
