import CLinux
import Glibc
import System

/// Notices clients that go away while their answer is made.
///
/// libwebsockets reads nothing from a connection during a transaction, and so does not see its end (and would spin on it).
/// The kernel is asked apart: an epoll instance that libwebsockets serves as a file of its own (epoll(7), EPOLLRDHUP).
final class HangUpWatch {
    private let epoll: Int32

    init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    }

    /// A descriptor that is readable when somebody went away, for libwebsockets to own; -1 when there is none.
    func descriptor() -> Int32 { fcntl(epoll, F_DUPFD_CLOEXEC, 3) }

    deinit {
        close(epoll)
    }

    /// Watches a connection.
    ///
    /// - Parameter data: whether further bytes count as going away too.
    func add(_ socket: Int32, id: UInt64, data: Bool) {
        var event = epoll_event()
        event.events = EPOLLRDHUP.rawValue | EPOLLONESHOT.rawValue | (data ? EPOLLIN.rawValue : 0)
        event.data.u64 = id
        if epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == -1, errno == EEXIST {
            epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event)
        }
    }

    func remove(_ socket: Int32) {
        var event = epoll_event()
        epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event)
    }

    /// The connections that went away since the last call.
    func take() -> [UInt64] {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        let count = epoll_wait(epoll, &events, 64, 0)
        return events.prefix(Int(max(0, count))).map(\.data.u64)
    }
}
