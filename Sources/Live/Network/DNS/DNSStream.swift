import Glibc

/// One TCP connection with messages in both directions, each after its length in two bytes (RFC 1035 §4.2.2).
struct DNSStream {
    let socket: Int32
    /// Longer messages end the connection.
    let limit: Int
    /// Milliseconds of the loop's clock.
    var deadline: Int64
    private var incoming: [UInt8] = []
    private var outgoing: [UInt8] = []

    init(_ socket: Int32, limit: Int, deadline: Int64) {
        self.socket = socket
        self.limit = limit
        self.deadline = deadline
    }

    /// Whether something waits to be sent.
    var isFull: Bool { !outgoing.isEmpty }

    mutating func queue(_ message: [UInt8]) {
        outgoing += [UInt8(message.count >> 8 & 255), UInt8(message.count & 255)] + message
    }

    /// Sends what the kernel takes; false when the connection is gone.
    mutating func flush() -> Bool {
        while !outgoing.isEmpty {
            let count = send(socket, outgoing, outgoing.count, SocketFlags.noSignal)
            if count < 0 { return errno == EAGAIN || errno == EINTR || errno == ENOTCONN }
            outgoing.removeFirst(count)
        }
        return true
    }

    /// Reads what is there; false when the other side ended, or sent more than it may.
    mutating func fill() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while incoming.count <= limit + 2 {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            if count == 0 { return false }
            incoming += buffer[..<count]
        }
        return false
    }

    /// Takes the next whole message out.
    mutating func next() -> [UInt8]? {
        guard incoming.count >= 2 else { return nil }
        let length = Int(incoming[0]) << 8 | Int(incoming[1])
        guard incoming.count >= 2 + length else { return nil }
        defer { incoming.removeFirst(2 + length) }
        return Array(incoming[2..<2 + length])
    }
}
