import CLinux
import Glibc
import System

/// The host's name servers, read again when resolv.conf changes.
final class Upstreams {
    private let path: String
    private let own: [IPv4Range]
    private var servers: [SocketAddress] = []
    private var version: timespec?
    private var lookedAt = Int64.min

    /// - Parameter own: ranges in which no name server is asked, or a node's DNS would ask itself.
    init(path: String, besides own: [IPv4Range]) {
        self.path = path
        self.own = own
    }

    /// The servers in their order; looks at the file at most once a second.
    ///
    /// - Parameter now: milliseconds of any clock.
    func current(now: Int64) -> [SocketAddress] {
        guard now >= lookedAt &+ 1000 || lookedAt == .min else { return servers }
        lookedAt = now
        var status = stat()
        guard stat(path, &status) == 0 else { return servers }
        let version = status.st_mtim
        if version.tv_sec == self.version?.tv_sec, version.tv_nsec == self.version?.tv_nsec { return servers }
        guard let text = try? Files.text(path) else { return servers }
        self.version = version
        servers = ResolvConf(text).nameservers.compactMap { name in
            if let address = IPv4Address(name), own.contains(where: { $0.contains(address) }) { return nil }
            return SocketAddress(numeric: name, port: 53)
        }
        return servers
    }
}

/// An address and port of either IP family.
struct SocketAddress {
    private var storage: sockaddr_storage
    private let length: socklen_t

    /// Reads `192.0.2.1`, `2001:db8::1` or `fe80::1%eth0`; nil when it is no address.
    init?(numeric text: String, port: UInt16) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(text, "\(port)", &hints, &found) == 0, let found else { return nil }
        defer { freeaddrinfo(found) }
        storage = sockaddr_storage()
        length = found.pointee.ai_addrlen
        guard let address = found.pointee.ai_addr, Int(length) <= MemoryLayout<sockaddr_storage>.size else {
            return nil
        }
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
        }
    }

    init(_ address: IPv4Address, _ port: UInt16) {
        storage = sockaddr_storage()
        length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = address.bits.bigEndian
        withUnsafeMutableBytes(of: &storage) { bytes in
            withUnsafeBytes(of: place) { bytes.copyMemory(from: $0) }
        }
    }

    /// A socket connected to it, or on the way there, that never blocks; -1 and errno when there is none.
    func connected(_ type: Int32) -> Int32 {
        let raw = socket(Int32(storage.ss_family), type | SocketFlags.quiet, 0)
        guard raw >= 0 else { return -1 }
        let result = withPointer { Glibc.connect(raw, $0, $1) }
        if result == 0 || errno == EINPROGRESS { return raw }
        let code = errno
        close(raw)
        errno = code
        return -1
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}

/// Flags of socket(2) that Glibc declares as another type in each place.
enum SocketFlags {
    static let stream = Int32(SOCK_STREAM.rawValue)
    static let datagram = Int32(SOCK_DGRAM.rawValue)
    /// SOCK_NONBLOCK | SOCK_CLOEXEC
    static let quiet: Int32 = 0o2004000
    /// MSG_NOSIGNAL of send(2)
    static let noSignal: Int32 = 0x4000
}
