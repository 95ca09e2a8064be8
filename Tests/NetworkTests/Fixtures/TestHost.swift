import CMnl
import Glibc
import System
import TestSupport

@testable import Network

/// A machine of its own: a network namespace that plays the host, one that plays the world outside, and a folder.
///
///     pod ── bridge (node) ── veth ── host 192.0.2.1 ── veth ── outside 192.0.2.9
final class TestHost: Sendable {
    private let temporary: TemporaryFolder
    var folder: String { temporary.path }
    let host: NetworkNamespace
    let outside: NetworkNamespace

    static let hostAddress = IPv4Address(bits: 0xc000_0201)
    static let outsideAddress = IPv4Address(bits: 0xc000_0209)

    init(mtu: UInt32? = nil) throws {
        temporary = try TemporaryFolder()
        host = try NetworkNamespace.create(at: "\(temporary.path)/host")
        outside = try NetworkNamespace.create(at: "\(temporary.path)/outside")
        // A new namespace takes after the machine's first one, where somebody else may be forwarding.
        try Sysctl(namespace: host).set(["ipv4/ip_forward": "0"])
        try join(mtu)
        try Files.replace("\(folder)/resolv.conf", with: "nameserver \(Self.outsideAddress)\n".utf8)
    }

    deinit {
        for name in (try? Files.names(in: folder)) ?? [] {
            for inner in (try? Files.names(in: "\(folder)/\(name)")) ?? [] {
                try? NetworkNamespace(path: "\(folder)/\(name)/\(inner)").remove()
            }
            if rmdir("\(folder)/\(name)") == -1 { try? NetworkNamespace(path: "\(folder)/\(name)").remove() }
        }
    }

    private func join(_ mtu: UInt32?) throws {
        let socket = try NetlinkSocket(.route, in: host)
        let file = try outside.open()
        let batch = NetlinkBatch()
        batch.takeUp(1)
        batch.makeVeth(VethPair(name: "lan", peer: "lan", mtu: mtu), peerIn: file.raw)
        try socket.send(batch)
        try setLan(socket, Self.hostAddress, gateway: Self.outsideAddress)
        try setLan(try NetlinkSocket(.route, in: outside), Self.outsideAddress, gateway: nil)
    }

    private func setLan(_ socket: NetlinkSocket, _ address: IPv4Address, gateway: IPv4Address?) throws {
        guard let link = try socket.link(named: "lan")?.index else { throw SystemError(ENODEV, call: "lan") }
        let batch = NetlinkBatch()
        batch.takeUp(link)
        batch.setAddress(address.bits, prefix: 24, onLink: link)
        if let gateway { batch.setRoute(NetworkRoute(0, prefix: 0, gateway: gateway.bits, link: link)) }
        try socket.send(batch)
    }

    func config(_ name: String = "node") -> NodeNetworkConfig {
        Self.config(in: folder, name)
    }

    /// The configuration as another process knows it.
    static func config(in folder: String, _ name: String = "node") -> NodeNetworkConfig {
        var config = NodeNetworkConfig(stateFolder: "\(folder)/\(name)", runFolder: "\(folder)/\(name)")
        config.host = NetworkNamespace(path: "\(folder)/host")
        config.resolvConf = "\(folder)/resolv.conf"
        config.log = Log("network", least: .error)
        return config
    }

    func node(_ name: String = "node") -> NodeNetwork {
        NodeNetwork(config(name))
    }

    /// A pod's namespace, with nothing in it.
    func sandbox(_ name: String) throws -> NetworkNamespace {
        try NetworkNamespace.create(at: "\(folder)/pod-\(name)")
    }

    /// A pod that is attached.
    func pod(_ name: String, on node: NodeNetwork) async throws -> TestPod {
        let namespace = try sandbox(name)
        let place = try await node.attach(pod: name, namespace: namespace.path)
        return TestPod(name: name, namespace: namespace, address: place.address)
    }
}

struct TestPod: Sendable {
    let name: String
    let namespace: NetworkNamespace
    let address: IPv4Address

    func ask(
        _ address: IPv4Address, _ port: UInt16, type: Int32 = Sockets.stream, timeout: Int = 60_000
    ) async throws -> Answer {
        try await namespace.ask(address, port, type: type, timeout: timeout)
    }
}

extension NetworkNamespace {
    /// Speaks to an address from within the namespace.
    func ask(
        _ address: IPv4Address, _ port: UInt16, type: Int32 = Sockets.stream, timeout: Int = 60_000
    ) async throws -> Answer {
        try await wait { Sockets.ask(type, address, port, timeout: timeout) }
    }

    /// How many segments TCP had to send a second time in this namespace (RetransSegs, RFC 4022).
    func retransmissions() async throws -> Int {
        let table = try await wait { try Files.text("/proc/thread-self/net/snmp", limit: 1 << 16) }
        let rows = table.split(separator: "\n").filter { $0.hasPrefix("Tcp:") }.map { $0.split(separator: " ") }
        guard rows.count == 2, let column = rows[0].firstIndex(of: "RetransSegs"), column < rows[1].count else {
            throw SystemError(ENOENT, call: "read", subject: "RetransSegs")
        }
        return Int(rows[1][column]) ?? -1
    }

    /// Runs what may block on a thread of its own within the namespace.
    func wait<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            startThread(named: "client") {
                continuation.resume(with: Swift.Result { try self.run(body) })
            }
        }
    }
}
