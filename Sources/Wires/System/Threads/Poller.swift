import CLinux
import Glibc
import Synchronization

/// One thread that waits for many descriptors (epoll(7)) and calls back when one is ready.
package final class Poller: Sendable {
    /// What a descriptor is waited for.
    package enum Readiness: Sendable {
        case reading, writing
    }

    private struct State {
        var handlers: [UInt64: @Sendable () -> Void] = [:]
        var last: UInt64 = 0
    }

    private final class Core: Sendable {
        let epoll: OwnedDescriptor
        let stop: OwnedDescriptor
        let state = Mutex(State())

        init() throws(SystemError) {
            epoll = OwnedDescriptor(owning: try checked("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
            stop = OwnedDescriptor(owning: try checked("eventfd") { eventfd(0, Int32(EFD_CLOEXEC)) })
            var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: 0))
            try checked("epoll_ctl") { epoll_ctl(epoll.raw, EPOLL_CTL_ADD, stop.raw, &event) }
        }

        /// Calls handlers until the poller is released.
        func run() {
            var events = [epoll_event](repeating: epoll_event(), count: 64)
            while true {
                let count = epoll_wait(epoll.raw, &events, 64, -1)
                for event in events.prefix(max(0, Int(count))) {
                    if event.data.u64 == 0 { return }
                    state.withLock { $0.handlers.removeValue(forKey: event.data.u64) }?()
                }
            }
        }
    }

    private let core: Core

    /// Starts the thread.
    package init(name: String) throws(SystemError) {
        let core = try Core()
        self.core = core
        startThread(named: name) { core.run() }
    }

    deinit {
        eventfd_write(core.stop.raw, 1)
    }

    /// Calls `handler` once, on the poller's thread, when `descriptor` is ready or broken. A descriptor is watched for one
    /// thing at a time; closing it forgets it.
    ///
    /// - Returns: a ticket to cancel by.
    package func once(
        _ descriptor: Int32, _ readiness: Readiness, _ handler: @escaping @Sendable () -> Void
    ) throws(SystemError) -> UInt64 {
        let ticket = core.state.withLock { state in
            state.last += 1
            state.handlers[state.last] = handler
            return state.last
        }
        let kind = readiness == .reading ? EPOLLIN.rawValue | EPOLLRDHUP.rawValue : EPOLLOUT.rawValue
        var event = epoll_event(events: kind | EPOLLONESHOT.rawValue, data: epoll_data_t(u64: ticket))
        if epoll_ctl(core.epoll.raw, EPOLL_CTL_MOD, descriptor, &event) == 0 { return ticket }
        guard epoll_ctl(core.epoll.raw, EPOLL_CTL_ADD, descriptor, &event) == -1 else { return ticket }
        let code = errno
        _ = cancel(ticket)
        throw SystemError(code, call: "epoll_ctl", subject: "\(descriptor)")
    }

    /// Forgets a handler that has not been called.
    ///
    /// - Returns: whether it will not be called any more because of this.
    package func cancel(_ ticket: UInt64) -> Bool {
        core.state.withLock { $0.handlers.removeValue(forKey: ticket) } != nil
    }

    /// Waits until one of the descriptors is ready, or the task is cancelled.
    package func wait(for watches: [(descriptor: Int32, readiness: Readiness)]) async throws {
        let waiter = Waiter(self)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                waiter.start(watches, continuation)
            }
        } onCancel: {
            waiter.finish(.failure(CancellationError()))
        }
    }
}

/// One task's wait for several descriptors: the first event ends it.
private final class Waiter: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Void, any Error>?
        var tickets: [UInt64] = []
        var result: Result<Void, any Error>?
    }

    private let poller: Poller
    private let state = Mutex(State())

    init(_ poller: Poller) {
        self.poller = poller
    }

    func start(
        _ watches: [(descriptor: Int32, readiness: Poller.Readiness)],
        _ continuation: CheckedContinuation<Void, any Error>
    ) {
        let early = state.withLock { state in
            if state.result == nil { state.continuation = continuation }
            return state.result
        }
        if let early { return continuation.resume(with: early) }
        for watch in watches {
            do {
                let ticket = try poller.once(watch.descriptor, watch.readiness) { self.finish(.success(())) }
                let isLate = state.withLock { state in
                    if state.result == nil { state.tickets.append(ticket) }
                    return state.result != nil
                }
                if isLate { _ = poller.cancel(ticket) }
            } catch {
                finish(.failure(error))
            }
        }
    }

    func finish(_ result: Result<Void, any Error>) {
        let (continuation, tickets) = state.withLock { state in
            if state.result == nil { state.result = result }
            defer {
                state.continuation = nil
                state.tickets = []
            }
            return (state.continuation, state.tickets)
        }
        for ticket in tickets { _ = poller.cancel(ticket) }
        continuation?.resume(with: result)
    }
}
