import CLinux
import Glibc
import System

/// Where a server listens.
package enum Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// A unix socket that only its owner may connect to (mode 0600).
    case unix(path: String)
    /// A port on an IPv4 loopback address; 0 for one that is free.
    case tcp(address: String = "127.0.0.1", port: UInt16)

    package var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let address, let port): "\(address):\(port)"
        }
    }
}

/// The file of a unix socket, known by its inode so that only our own is removed at the end.
struct SocketFile: Sendable {
    let path: String?
    let inode: ino_t

    func remove() {
        guard let path else { return }
        var status = stat()
        if lstat(path, &status) == 0, status.st_ino == inode { unlink(path) }
    }
}

/// A socket that listens.
struct ListeningSocket: ~Copyable {
    private let descriptor: OwnedDescriptor
    /// As it is, with the port that was free.
    let endpoint: Endpoint
    let file: SocketFile
    private static let backlog: Int32 = 128

    /// - Throws: `ListenerError`; `.inUse` when somebody else listens there.
    init(_ endpoint: Endpoint) throws(ListenerError) {
        switch endpoint {
        case .unix(let path):
            descriptor = try Self.listen(unix: path)
            var status = stat()
            file = SocketFile(path: path, inode: lstat(path, &status) == 0 ? status.st_ino : 0)
            self.endpoint = endpoint
        case .tcp(let address, let port):
            descriptor = try Self.listen(tcp: address, port)
            self.endpoint = .tcp(address: address, port: Self.port(of: descriptor.raw))
            file = SocketFile(path: nil, inode: 0)
        }
    }

    /// Gives the descriptor away.
    consuming func release() -> Int32 { descriptor.release() }

    // MARK: Unix

    private static func listen(unix path: String) throws(ListenerError) -> OwnedDescriptor {
        let address = try unixAddress(path)
        try removeStale(path, address)
        let socket = try open(AF_UNIX)
        try withAddress(address) { (pointer, size) throws(ListenerError) in
            if Glibc.bind(socket.raw, pointer, size) == -1 {
                throw failure("bind", path, errno, inUse: "another service listens on \(path)")
            }
        }
        // Between bind and listen nobody can connect, so nobody gets in before the mode is set.
        if chmod(path, 0o600) == -1 { throw failure("chmod", path, errno) }
        if Glibc.listen(socket.raw, backlog) == -1 { throw failure("listen", path, errno) }
        return socket
    }

    /// Removes the socket of a service that is gone; one that answers, or is no socket, stays.
    private static func removeStale(_ path: String, _ address: sockaddr_un) throws(ListenerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenerError(.badAddress, "\(path) is there and is no socket: move it away, or choose another path")
        }
        let probe = try open(AF_UNIX)
        let answers = withAddress(address) { connect(probe.raw, $0, $1) == 0 || errno != ECONNREFUSED }
        if answers { throw ListenerError(.inUse, "another service listens on \(path)") }
        if unlink(path) == -1, errno != ENOENT { throw failure("unlink", path, errno) }
    }

    private static func unixAddress(_ path: String) throws(ListenerError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let limit = MemoryLayout.size(ofValue: address.sun_path)
        guard !bytes.isEmpty, bytes.count < limit, !bytes.contains(0) else {
            throw ListenerError(
                .badAddress,
                "the socket's path \(path) has \(bytes.count) bytes, and Linux allows \(limit - 1): choose a shorter --run folder"
            )
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    // MARK: TCP

    private static func listen(tcp host: String, _ port: UInt16) throws(ListenerError) -> OwnedDescriptor {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw ListenerError(.badAddress, "\(host) is no IPv4 address")
        }
        guard UInt32(bigEndian: address.sin_addr.s_addr) >> 24 == 127 else {
            throw ListenerError(.badAddress, "\(host) is no loopback address, and there is no TLS here: use 127.0.0.1")
        }
        let socket = try open(AF_INET)
        var one: Int32 = 1
        setsockopt(socket.raw, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout.size(ofValue: one)))
        try withAddress(address) { (pointer, size) throws(ListenerError) in
            if Glibc.bind(socket.raw, pointer, size) == -1 {
                throw failure("bind", "\(host):\(port)", errno, inUse: "another program listens on \(host):\(port)")
            }
        }
        if Glibc.listen(socket.raw, backlog) == -1 {
            throw failure("listen", "\(host):\(port)", errno, inUse: "another program listens on \(host):\(port)")
        }
        return socket
    }

    private static func port(of descriptor: Int32) -> UInt16 {
        var bound = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &bound) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return UInt16(bigEndian: bound.sin_port)
    }

    // MARK: System calls

    private static func open(_ family: Int32) throws(ListenerError) -> OwnedDescriptor {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let raw = Glibc.socket(family, type, 0)
        guard raw >= 0 else { throw failure("socket", "", errno) }
        return OwnedDescriptor(owning: raw)
    }

    private static func withAddress<Address, Result, Failure: Error>(
        _ address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var address = address
        return try withUnsafeMutablePointer(to: &address) { (pointer) throws(Failure) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { (pointer) throws(Failure) in
                try body(pointer, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    private static func failure(
        _ call: String, _ subject: String, _ code: Int32, inUse: String? = nil
    ) -> ListenerError {
        if code == EADDRINUSE, let inUse { return ListenerError(.inUse, inUse) }
        return ListenerError(.system, "cannot listen: \(SystemError(code, call: call, subject: subject))")
    }
}

/// Who is at the other end of a connected socket.
enum PeerOf {
    static func socket(_ descriptor: Int32) -> Peer {
        var storage = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) }
        }
        if code == 0, storage.sin_family == sa_family_t(AF_INET) {
            let bits = UInt32(bigEndian: storage.sin_addr.s_addr)
            let address = "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
            return .remote(address: "\(address):\(UInt16(bigEndian: storage.sin_port))")
        }
        var (process, user, group): (Int32, UInt32, UInt32) = (0, 0, 0)
        guard linux_peer_credentials(descriptor, &process, &user, &group) == 0 else {
            return .remote(address: "unknown")
        }
        return .local(process: process, user: user, group: group)
    }
}
