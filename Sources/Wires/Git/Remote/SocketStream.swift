internal import CGit2
internal import Glibc

/// TCP connections for libgit2, opened under the deadline of their operation.
enum SocketStream {
    /// Makes libgit2 open all its connections here; TLS and ssh run on top of them.
    static func register() {
        var registration = git_stream_registration()
        registration.version = Int32(GIT_STREAM_VERSION)
        registration.`init` = { SocketStream.open(out: $0, host: $1, port: $2) }
        git_stream_register(GIT_STREAM_STANDARD, &registration)
    }

    private static func open(
        out: UnsafeMutablePointer<UnsafeMutablePointer<git_stream>?>?, host: UnsafePointer<CChar>?,
        port: UnsafePointer<CChar>?
    ) -> Int32 {
        guard let out, let host, let port else { return -1 }
        let stream = UnsafeMutablePointer<git2_socket_stream>.allocate(capacity: 1)
        stream.initialize(to: git2_socket_stream())
        stream.pointee.host = strdup(host)
        stream.pointee.port = strdup(port)
        stream.pointee.descriptor = -1
        stream.pointee.parent.version = Int32(GIT_STREAM_VERSION)
        stream.pointee.parent.connect = { SocketStream.connect(SocketStream.socket($0)) }
        stream.pointee.parent.read = { SocketStream.receive(SocketStream.socket($0), $1, $2) }
        stream.pointee.parent.write = { stream, bytes, count, _ in
            SocketStream.transmit(SocketStream.socket(stream), bytes, count)
        }
        stream.pointee.parent.close = { SocketStream.close(SocketStream.socket($0)) }
        stream.pointee.parent.free = { SocketStream.release(SocketStream.socket($0)) }
        out.pointee = UnsafeMutableRawPointer(stream).assumingMemoryBound(to: git_stream.self)
        return 0
    }

    private typealias Stream = UnsafeMutablePointer<git2_socket_stream>

    private static func socket(_ stream: UnsafeMutablePointer<git_stream>?) -> Stream? {
        // The stream is the first member of what `open` made.
        UnsafeMutableRawPointer(stream)?.assumingMemoryBound(to: git2_socket_stream.self)
    }

    private static func connect(_ stream: Stream?) -> Int32 {
        guard let stream, let host = stream.pointee.host, let port = stream.pointee.port else { return -1 }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, port, &hints, &found)
        guard result == 0 else {
            return failed("cannot resolve \(String(cString: host)): \(String(cString: gai_strerror(result)))")
        }
        defer { freeaddrinfo(found) }
        var reason = ETIMEDOUT
        var next = found
        while let address = next?.pointee {
            switch connect(to: address) {
            case .success(let descriptor):
                stream.pointee.descriptor = descriptor
                Deadline.ofThisThread?.add(descriptor)
                return 0
            case .failure(let error): reason = error.code
            }
            next = address.ai_next
        }
        let place = "\(String(cString: host)) port \(String(cString: port))"
        return failed("cannot connect to \(place): \(String(cString: strerror(reason)))")
    }

    private struct ConnectFailure: Error {
        var code: Int32
    }

    /// Connects within ten seconds, or what is left of the deadline.
    private static func connect(to address: addrinfo) -> Result<Int32, ConnectFailure> {
        let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(address.ai_family, address.ai_socktype | flags, address.ai_protocol)
        guard descriptor >= 0 else { return .failure(.init(code: errno)) }
        var code: Int32 = 0
        if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == -1 {
            code = errno == EINPROGRESS ? awaited(descriptor) : errno
        }
        guard code == 0 else {
            Glibc.close(descriptor)
            return .failure(.init(code: code))
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, 4)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        return .success(descriptor)
    }

    private static func awaited(_ descriptor: Int32) -> Int32 {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&wait, 1, min(10_000, Deadline.ofThisThread?.millisecondsLeft ?? 10_000)) == 1 else {
            return ETIMEDOUT
        }
        var code: Int32 = 0
        var size = socklen_t(4)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
    }

    private static func receive(_ stream: Stream?, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        guard let stream else { return -1 }
        while true {
            let got = recv(stream.pointee.descriptor, buffer, count, 0)
            if got >= 0 { return got }
            if errno != EINTR { return Int(failed("connection broke off: \(String(cString: strerror(errno)))")) }
        }
    }

    private static func transmit(_ stream: Stream?, _ bytes: UnsafePointer<CChar>?, _ count: Int) -> Int {
        guard let stream else { return -1 }
        while true {
            let sent = send(stream.pointee.descriptor, bytes, count, Int32(MSG_NOSIGNAL))
            if sent >= 0 { return sent }
            if errno != EINTR { return Int(failed("connection broke off: \(String(cString: strerror(errno)))")) }
        }
    }

    private static func close(_ stream: Stream?) -> Int32 {
        guard let stream, stream.pointee.descriptor >= 0 else { return 0 }
        Deadline.ofThisThread?.remove(stream.pointee.descriptor)
        Glibc.close(stream.pointee.descriptor)
        stream.pointee.descriptor = -1
        return 0
    }

    private static func release(_ stream: Stream?) {
        guard let stream else { return }
        _ = close(stream)
        free(stream.pointee.host)
        free(stream.pointee.port)
        stream.deallocate()
    }

    private static func failed(_ message: String) -> Int32 {
        git_error_set_str(Int32(GIT_ERROR_NET.rawValue), message)
        return -1
    }
}
