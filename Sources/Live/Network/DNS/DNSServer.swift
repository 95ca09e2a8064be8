import CLinux
import Glibc
import Synchronization
import System

/// DNS for pods, at the gateway's address, over UDP and TCP; names that are not the cluster's are asked of the host's
/// name servers, from the host's own network.
final class DNSServer: Sendable {
    private let shared: DNSShared
    private let ended = Semaphore()
    private let hasEnded = Mutex(false)

    /// Binds the sockets in the node's namespace and starts the one thread.
    ///
    /// - Throws: `SystemError` when the address cannot be bound.
    init(_ config: NodeNetworkConfig, _ plan: AddressPlan) throws {
        let shared = try DNSShared()
        let domain = DNSName(config.domain) ?? .root
        let (datagrams, listener) = try config.namespace.run {
            let datagrams = try Self.bind(SocketFlags.datagram, plan.gateway)
            let listener = try Self.bind(SocketFlags.stream, plan.gateway)
            return (datagrams.release(), listener.release())
        }
        self.shared = shared
        let host = try config.host?.open().release()
        let ended = ended
        startThread(named: "dns") {
            if let host {
                linux_setns(host, CLONE_NEWNET)
                close(host)
            }
            let upstreams = Upstreams(path: config.resolvConf, besides: [plan.pods, plan.services])
            DNSLoop(
                datagrams: datagrams, listener: listener, shared: shared, upstreams: upstreams, askers: plan.pods,
                domain: domain
            ).run()
            ended.signal()
        }
    }

    deinit {
        shared.end()
    }

    /// Changes the names that there are.
    func set(_ zone: DNSZone) {
        shared.set(zone)
    }

    /// Ends the thread and waits until the sockets are closed.
    func stop() {
        let isFirst = hasEnded.withLock { ended in
            defer { ended = true }
            return !ended
        }
        guard isFirst else { return }
        shared.end()
        ended.wait()
    }

    private static func bind(_ type: Int32, _ address: IPv4Address) throws -> OwnedDescriptor {
        let socket = OwnedDescriptor(
            owning: try checked("socket", on: "DNS") { Glibc.socket(AF_INET, type | SocketFlags.quiet, 0) })
        var one: Int32 = 1
        setsockopt(socket.raw, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        let raw = socket.raw
        try checked("bind", on: "\(address):53") {
            SocketAddress(address, 53).withPointer { Glibc.bind(raw, $0, $1) }
        }
        if type == SocketFlags.stream { try checked("listen", on: "\(address):53") { listen(raw, 64) } }
        return socket
    }
}

/// What the thread and its owner both hold.
final class DNSShared: Sendable {
    private let state = Mutex<(zone: DNSZone?, isEnded: Bool)>((nil, false))
    /// An eventfd(2) that wakes the thread.
    private let bell: OwnedDescriptor

    init() throws {
        bell = OwnedDescriptor(owning: try checked("eventfd") { eventfd(0, 0o2004000) })
    }

    var bellSocket: Int32 { bell.raw }
    var zone: DNSZone? { state.withLock { $0.zone } }
    var isEnded: Bool { state.withLock { $0.isEnded } }

    func set(_ zone: DNSZone) {
        state.withLock { $0.zone = zone }
    }

    func end() {
        state.withLock { $0.isEnded = true }
        eventfd_write(bell.raw, 1)
    }
}
