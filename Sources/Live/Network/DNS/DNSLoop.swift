import CLinux
import Glibc

/// The one thread of DNS: sockets that never block, and what waits on them.
final class DNSLoop {
    /// Questions that wait for other servers; more get "failure" at once.
    private static let mostForwards = 512
    /// Connections of pods; more are closed at once.
    private static let mostStreams = 64
    /// A connection without a whole question for so long is closed, in milliseconds.
    private static let idle: Int64 = 10_000
    /// A question of a pod over TCP may be this long.
    private static let longestQuestion = 4096

    private let epoll = epoll_create1(0o2000000)
    private let datagrams: Int32
    private let listener: Int32
    private let shared: DNSShared
    private let upstreams: Upstreams
    private let askers: IPv4Range
    private let domain: DNSName
    private var forwards: [UInt64: DNSForward] = [:]
    private var streams: [UInt64: DNSStream] = [:]
    private var lastToken: UInt64 = 2
    private var turn = 0
    private var now = DNSLoop.clock()

    init(
        datagrams: Int32, listener: Int32, shared: DNSShared, upstreams: Upstreams, askers: IPv4Range, domain: DNSName
    ) {
        self.datagrams = datagrams
        self.listener = listener
        self.shared = shared
        self.upstreams = upstreams
        self.askers = askers
        self.domain = domain
    }

    deinit {
        for socket in [epoll, datagrams, listener] { close(socket) }
    }

    /// Works until the end is rung.
    func run() {
        for (token, socket) in [datagrams, listener, shared.bellSocket].enumerated() {
            watch(socket, UInt64(token), EPOLLIN.rawValue)
        }
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while !shared.isEnded {
            // Nothing to time: sleep until something comes.
            let wait: Int32 = forwards.isEmpty && streams.isEmpty ? -1 : 100
            let count = epoll_wait(epoll, &events, Int32(events.count), wait)
            now = Self.clock()
            for event in events.prefix(max(0, Int(count))) { handle(event) }
            expire()
        }
        for forward in forwards.values { if let link = forward.link { close(link.socket) } }
        for stream in streams.values { close(stream.socket) }
    }

    private func handle(_ event: epoll_event) {
        switch event.data.u64 {
        case 0: readDatagrams()
        case 1: accept()
        case 2: break
        case let token where streams[token] != nil: serve(token)
        case let token: advance(token)
        }
    }

    // MARK: - Questions

    private func readDatagrams() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<256 {
            var sender = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &sender) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(datagrams, &buffer, buffer.count, 0, $0, &size)
                }
            }
            if count < 0 { return }
            // Only who is on this network is answered: nobody can make this server talk to somebody else.
            guard askers.contains(IPv4Address(bits: sender.sin_addr.s_addr.bigEndian)) else { continue }
            resolve(Array(buffer[..<count]), for: .datagram(sender))
        }
    }

    private func resolve(_ message: [UInt8], for asker: DNSForward.Asker) {
        turn &+= 1
        var isDatagram = false
        if case .datagram = asker { isDatagram = true }
        switch DNSResolution(
            message, zone: shared.zone, domain: domain, isDatagram: isDatagram, turn: turn & 0xffff)
        {
        case .reply(let bytes): answer(asker, bytes)
        case .forward(let question):
            let forward = DNSForward(asker, question, message, id: .random(in: 0...UInt16.max))
            guard forwards.count < Self.mostForwards else { return fail(forward) }
            lastToken += 1
            forwards[lastToken] = forward
            ask(lastToken)
        case .silence: break
        }
    }

    private func answer(_ asker: DNSForward.Asker, _ bytes: [UInt8]) {
        switch asker {
        case .datagram(var place):
            withUnsafePointer(to: &place) {
                _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(datagrams, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        case .stream(let token):
            streams[token]?.queue(bytes)
            flush(token)
        }
    }

    // MARK: - Connections of pods

    private func accept() {
        while true {
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else { return }
            // Every other descriptor is made with these flags; accept4(2) is out of Glibc's Swift module.
            _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
            _ = fcntl(socket, F_SETFL, O_NONBLOCK)
            guard streams.count < Self.mostStreams else {
                close(socket)
                continue
            }
            lastToken += 1
            streams[lastToken] = DNSStream(socket, limit: Self.longestQuestion, deadline: now + Self.idle)
            watch(socket, lastToken, EPOLLIN.rawValue)
        }
    }

    private func serve(_ token: UInt64) {
        guard streams[token]?.flush() == true, streams[token]?.fill() == true else { return closeStream(token) }
        while let message = streams[token]?.next() {
            streams[token]?.deadline = now + Self.idle
            resolve(message, for: .stream(token))
        }
        flush(token)
    }

    private func flush(_ token: UInt64) {
        guard let stream = streams[token] else { return }
        guard streams[token]?.flush() == true else { return closeStream(token) }
        let isFull = streams[token]?.isFull == true
        if isFull != stream.isFull || isFull { change(stream.socket, token, isFull) }
    }

    private func closeStream(_ token: UInt64) {
        guard let stream = streams.removeValue(forKey: token) else { return }
        close(stream.socket)
    }

    // MARK: - Other servers

    /// Sends a question to the server whose turn it is; answers "failure" when all had theirs.
    private func ask(_ token: UInt64) {
        guard var forward = forwards[token] else { return }
        let servers = upstreams.current(now: now)
        while forward.attempt < DNSForward.attempts, !servers.isEmpty {
            let server = servers[forward.attempt % servers.count]
            forward.attempt += 1
            forward.deadline = now + DNSForward.patience
            guard let link = open(forward, server) else { continue }
            forward.link = link
            forwards[token] = forward
            watch(link.socket, token, EPOLLIN.rawValue | (link.isStream ? EPOLLOUT.rawValue : 0))
            return
        }
        forwards[token] = nil
        fail(forward)
    }

    private func open(_ forward: DNSForward, _ server: SocketAddress) -> DNSForward.Link? {
        if case .stream = forward.asker {
            let socket = server.connected(SocketFlags.stream)
            guard socket >= 0 else { return nil }
            var stream = DNSStream(socket, limit: 65535, deadline: forward.deadline)
            stream.queue(forward.message)
            return .stream(stream)
        }
        let socket = server.connected(SocketFlags.datagram)
        guard socket >= 0 else { return nil }
        guard send(socket, forward.message, forward.message.count, SocketFlags.noSignal) > 0 else {
            close(socket)
            return nil
        }
        return .datagram(socket)
    }

    /// Goes on with a question for which its server's socket has news.
    private func advance(_ token: UInt64) {
        guard let forward = forwards[token], let link = forward.link else { return }
        switch link {
        case .datagram(let socket):
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0 { return errno == EAGAIN ? () : retry(token) }
            take(Array(buffer[..<count]), for: token)
        case .stream(var stream):
            guard stream.flush() else { return retry(token) }
            if !stream.isFull { change(stream.socket, token, false) }
            let isOpen = stream.fill()
            let message = stream.next()
            forwards[token]?.link = .stream(stream)
            if let message { return take(message, for: token) }
            if !isOpen { retry(token) }
        }
    }

    private func take(_ reply: [UInt8], for token: UInt64) {
        // What does not answer the question is not looked at: the true answer may still come.
        guard let forward = forwards[token], let bytes = forward.answer(from: reply) else { return }
        if DNSForward.isExcuse(bytes), forward.attempt < DNSForward.attempts, upstreams.current(now: now).count > 1 {
            return retry(token)
        }
        if let link = forward.link { close(link.socket) }
        forwards[token] = nil
        answer(forward.asker, bytes)
    }

    private func retry(_ token: UInt64) {
        if let link = forwards[token]?.link { close(link.socket) }
        forwards[token]?.link = nil
        ask(token)
    }

    private func fail(_ forward: DNSForward) {
        answer(forward.asker, DNSReply(question: forward.question, code: 2).bytes())
    }

    private func expire() {
        for (token, forward) in forwards where forward.deadline <= now { retry(token) }
        for (token, stream) in streams where stream.deadline <= now { closeStream(token) }
    }

    // MARK: - Kernel

    private func watch(_ socket: Int32, _ token: UInt64, _ events: UInt32) {
        var event = epoll_event(events: events, data: epoll_data(u64: token))
        epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event)
    }

    private func change(_ socket: Int32, _ token: UInt64, _ writes: Bool) {
        var event = epoll_event(
            events: EPOLLIN.rawValue | (writes ? EPOLLOUT.rawValue : 0), data: epoll_data(u64: token))
        epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event)
    }

    private static func clock() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
