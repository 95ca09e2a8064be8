import CLinux
import Glibc

/// Connections whose last answer is out while the client may still be sending: what it sends is thrown away, until it
/// has read its answer and closes, for a while at most.
///
/// A socket that is closed with unread bytes in it is reset, and a reset takes from the client what it has not read yet
/// (RFC 9112, 9.6). libwebsockets closes right after its last byte, so each of these is a second descriptor of the same
/// socket, which stays open. They are served through one epoll instance, as `HangUpWatch` is; confined to the service
/// loop's thread.
final class LingeringSockets {
    private let epoll: Int32
    private let timer: Int32
    /// The sockets, with the ticks that each has left.
    private var ticks: [Int32: Int] = [:]
    private var waste = [UInt8](repeating: 0, count: 64 << 10)

    /// Seconds that a client has for the rest of its request, and for reading its answer.
    private static let patience = 30
    /// Beyond this many the next ones are closed at once: an answer that is lost is better than a service that is full.
    private static let limit = 128

    init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC) | Int32(TFD_NONBLOCK))
        watch(timer)
    }

    /// A descriptor that is readable when there is something to do, for libwebsockets to own; -1 when there is none.
    func descriptor() -> Int32 { fcntl(epoll, F_DUPFD_CLOEXEC, 3) }

    /// A second descriptor of a connection's socket, for `add`; nil where there is no room for it.
    func keep(_ socket: Int32) -> Int32? {
        guard ticks.count < Self.limit else { return nil }
        let copy = fcntl(socket, F_DUPFD_CLOEXEC, 3)
        return copy >= 0 ? copy : nil
    }

    /// Takes over a descriptor of `keep`, now that libwebsockets has closed its own.
    func add(_ socket: Int32) {
        shutdown(socket, Int32(SHUT_WR))
        watch(socket)
        if ticks.isEmpty { tick(each: 1) }
        ticks[socket] = Self.patience
    }

    /// Reads what has come, and closes what has ended.
    func serve() {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        let count = epoll_wait(epoll, &events, Int32(events.count), 0)
        for event in events.prefix(Int(max(0, count))) {
            let descriptor = Int32(truncatingIfNeeded: event.data.u64)
            if descriptor == timer {
                age()
            } else if ticks[descriptor] != nil, hasEnded(descriptor) {
                drop(descriptor)
            }
        }
    }

    /// Closes them all, the unread bytes that are there read.
    func close() {
        for socket in ticks.keys { _ = hasEnded(socket) }
        for socket in ticks.keys { drop(socket) }
    }

    private func watch(_ descriptor: Int32) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = UInt64(descriptor)
        epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
    }

    /// Throws away a portion of what came, so that others have their turn; whether that was all.
    private func hasEnded(_ socket: Int32) -> Bool {
        for _ in 0..<16 {
            let size = waste.count
            let count = recv(socket, &waste, size, Int32(MSG_DONTWAIT))
            if count == 0 { return true }
            if count < 0 { return errno != EAGAIN && errno != EINTR }
        }
        return false
    }

    private func age() {
        var expirations: UInt64 = 0
        read(timer, &expirations, 8)
        for (socket, left) in ticks {
            ticks[socket] = left - 1
            if left <= 1 { drop(socket) }
        }
    }

    private func drop(_ socket: Int32) {
        guard ticks.removeValue(forKey: socket) != nil else { return }
        Glibc.close(socket)
        if ticks.isEmpty { tick(each: 0) }
    }

    /// - Parameter seconds: 0 for no ticks.
    private func tick(each seconds: Int) {
        let time = timespec(tv_sec: seconds, tv_nsec: 0)
        var setting = itimerspec(it_interval: time, it_value: time)
        timerfd_settime(timer, 0, &setting, nil)
    }

    deinit {
        close()
        Glibc.close(timer)
        Glibc.close(epoll)
    }
}
