import CLinux
import Document
import Glibc
import System

/// The network of one node: a namespace of its own with a bridge that pods are joined to, one veth to the host, service
/// addresses and DNS.
///
/// Everything that it made is kept by the kernel, under names that follow from the instance; a process that starts again
/// after any end finds it there and goes on. Nothing but that veth, its routes, one nft table and ip_forward is the host's.
package actor NodeNetwork: PodNetwork {
    private let config: NodeNetworkConfig
    // Netlink is quick but holds the kernel's one lock for links: it is not for the cooperative pool.
    private let executor = ThreadExecutor(name: "network")
    private var running: Running?

    package init(_ config: NodeNetworkConfig) {
        self.config = config
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// What is held between `start` and `stop`.
    private struct Running {
        let plan: AddressPlan
        let pods: PodLinks
        let reaper: LinkReaper
        var addresses: AddressAllocator
        let claim: Claim
    }

    /// Makes the network, or finds it and puts right what is not as it should be.
    ///
    /// - Returns: its address ranges.
    /// - Throws: `Problem`, `NetlinkError`, `SystemError`.
    @discardableResult
    package func start() async throws -> AddressPlan {
        if let running { return running.plan }
        for folder in [config.stateFolder, config.runFolder] { try Files.makeFolders(folder, mode: 0o700) }
        let claim = Claim(try HostLock.claim(config.lockFile))
        let running = try HostLock.holding(config.host) { try converge(claim) }
        self.running = running
        running.reaper.wake()
        return running.plan
    }

    private func converge(_ claim: Claim) throws -> Running {
        let host = try NetlinkSocket(.route, in: config.host)
        let plan = try AddressPlan.settle(config, host)
        let isNew = !config.namespace.exists
        if isNew { _ = try NetworkNamespace.create(at: config.namespace.path) }
        let node = try NetlinkSocket(.route, in: config.namespace)
        let bridge = try NodeLinks(config: config, plan: plan, host: host, node: node).converge()
        let pods = PodLinks(plan: plan, node: node, bridge: bridge)
        let addresses = try recover(pods, fresh: isNew)
        return Running(
            plan: plan, pods: pods, reaper: LinkReaper(config.namespace, log: config.log), addresses: addresses,
            claim: claim)
    }

    /// Which pod has which address is read from the kernel, where each port has the address in its name and the pod in
    /// its alias: no file can disagree with it.
    private func recover(_ pods: PodLinks, fresh: Bool) throws -> AddressAllocator {
        var addresses = AddressAllocator(
            pods.plan.podAddresses, start: fresh ? 0 : UInt32.random(in: 0...UInt32(UInt16.max)))
        for link in try pods.node.links() where link.master == pods.bridge && link.group != LinkNames.doomed {
            guard let address = LinkNames.address(ofPort: link.name) else { continue }
            // A port without an alias is one that was being made when its maker ended.
            guard let pod = link.alias, addresses.restore(address, to: pod) else {
                try pods.doom(address)
                continue
            }
        }
        return addresses
    }

    package func attach(pod id: String, namespace path: String) async throws -> PodAddress {
        guard var now = running else { throw Self.notStarted }
        defer { running = now }
        let namespace = NetworkNamespace(path: path)
        guard namespace.exists else { throw SystemError(ENOENT, call: "attach", subject: path) }
        let name = LinkNames.alias(of: id)
        if let address = now.addresses.address(of: name) {
            if try now.pods.verify(address, in: namespace) { return place(address, now.plan) }
            // The pod has a new sandbox: what led to the old one goes.
            try now.pods.doom(address)
            now.addresses.release(name)
            now.reaper.wake()
        }
        let address = try now.addresses.allocate(to: name)
        do {
            try now.pods.make(address, for: id, in: namespace)
        } catch {
            try? now.pods.doom(address)
            now.addresses.release(name)
            now.reaper.wake()
            throw error
        }
        return place(address, now.plan)
    }

    package func detach(pod id: String) async throws {
        guard running != nil else { throw Self.notStarted }
        guard let address = running?.addresses.release(LinkNames.alias(of: id)) else { return }
        try running?.pods.doom(address)
        running?.reaper.wake()
    }

    package func setServices(_ services: [ServiceRule]) async throws {
    }

    package func setRecords(_ records: [DNSRecord]) async throws {
    }

    package var resolver: ResolverConfig {
        ResolverConfig(
            nameserver: running?.plan.gateway ?? IPv4Address(bits: 0), domain: config.domain, options: ["ndots:5"])
    }

    private func place(_ address: IPv4Address, _ plan: AddressPlan) -> PodAddress {
        PodAddress(address: address, gateway: plan.gateway)
    }

    private static let notStarted = Problem("the node's network is not started")
}

/// Keeps the run folder claimed.
private final class Claim: Sendable {
    private let file: OwnedDescriptor

    init(_ file: consuming OwnedDescriptor) {
        self.file = file
    }
}
