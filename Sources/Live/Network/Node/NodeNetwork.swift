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
    let config: NodeNetworkConfig
    // Netlink is quick but holds the kernel's one lock for links: it is not for the cooperative pool.
    private let executor = ThreadExecutor(name: "network")
    private var running: RunningNetwork?

    package init(_ config: NodeNetworkConfig) {
        self.config = config
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

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

    private func converge(_ claim: Claim) throws -> RunningNetwork {
        let host = try NetlinkSocket(.route, in: config.host)
        let plan = try AddressPlan.settle(config, host)
        let isNew = !config.namespace.exists
        if isNew { _ = try NetworkNamespace.create(at: config.namespace.path) }
        let node = try NetlinkSocket(.route, in: config.namespace)
        let mtu = try NodeLinks.mtu(of: host)
        let bridge = try NodeLinks(config: config, plan: plan, host: host, node: node, mtu: mtu).converge()
        let pods = PodLinks(plan: plan, node: node, bridge: bridge, mtu: mtu)
        let services = try convergeFilters(plan)
        let addresses = try recover(pods, fresh: isNew)
        guard let domain = DNSName(config.domain) else {
            throw Problem("the cluster domain \(config.domain) is no domain name", hint: "Use one like cluster.local")
        }
        return RunningNetwork(
            plan: plan, domain: domain, pods: pods, reaper: LinkReaper(config.namespace, log: config.log),
            services: services, names: try DNSServer(config, plan), addresses: addresses, claim: claim)
    }

    private func convergeFilters(_ plan: AddressPlan) throws -> Services {
        let host = try NetlinkSocket(.netfilter, in: config.host)
        let forwarding = Forwarding(config: config, filter: host)
        let former = try forwarding.former()
        let services = try Services(
            plan: plan, host: host, link: config.names.host, note: Forwarding.note(former),
            node: NetlinkSocket(.netfilter, in: config.namespace))
        try services.converge()
        try forwarding.enable()
        return services
    }

    /// Which pod has which address is read from the kernel, where each port has the address in its name and the pod in
    /// its alias: no file can disagree with it.
    private func recover(_ pods: PodLinks, fresh: Bool) throws -> AddressAllocator {
        var addresses = AddressAllocator(
            pods.plan.podAddresses, start: fresh ? 0 : UInt32.random(in: 0...UInt32(UInt16.max)))
        for link in try pods.node.links() where link.group != LinkNames.doomed {
            guard let address = LinkNames.address(ofPort: link.name) else { continue }
            // A port without an alias is one that was being made when its maker ended.
            guard let pod = link.alias, addresses.restore(address, to: pod) else {
                try pods.doom(address)
                continue
            }
            if link.master != pods.bridge { try pods.rejoin(address, alias: pod) }
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
        guard let running else { throw Self.notStarted }
        try running.services.set(ServiceTable(services))
    }

    package func setRecords(_ records: [DNSRecord]) async throws {
        guard let running else { throw Self.notStarted }
        let ranges = [running.plan.pods, running.plan.services]
        running.names.set(DNSZone(domain: running.domain, ranges: ranges, records: records))
    }

    /// Without a start the name server is 0.0.0.0.
    ///
    /// Short waits and several attempts let a pod's question outlive a restart of Belay.
    package var resolver: ResolverConfig {
        ResolverConfig(
            nameserver: running?.plan.gateway ?? IPv4Address(bits: 0), domain: config.domain,
            options: ["ndots:5", "timeout:2", "attempts:5"])
    }

    /// Ends what runs in this process; pods keep their network. After `start` everything goes on.
    package func stop() async {
        running?.names.stop()
        running = nil
    }

    /// Removes all that any start of this instance made on the machine, and puts back what it had set.
    ///
    /// The address ranges stay written down in the state folder. What is gone already is fine.
    ///
    /// - Throws: `Problem` when another process runs this network; `NetlinkError`, `SystemError`.
    package func removeAll() async throws {
        let claim =
            try running?.claim
            ?? {
                try Files.makeFolders(config.runFolder, mode: 0o700)
                return Claim(try HostLock.claim(config.lockFile))
            }()
        running?.names.stop()
        running = nil
        try HostLock.holding(config.host) {
            let filter = try NetlinkSocket(.netfilter, in: config.host)
            try Forwarding(config: config, filter: filter).restore()
            try PacketFilter.remove(config.names.host, on: filter)
            let batch = NetlinkBatch()
            batch.removeLink(config.names.host)
            try NetlinkSocket(.route, in: config.host).send(batch, tolerating: [ENODEV])
            try config.namespace.remove()
        }
        try Files.remove(config.forwardingFile)
        try Files.remove(config.lockFile)
        rmdir(config.runFolder)
        withExtendedLifetime(claim) {}
    }

    private func place(_ address: IPv4Address, _ plan: AddressPlan) -> PodAddress {
        PodAddress(address: address, gateway: plan.gateway)
    }

    private static let notStarted = Problem("the node's network is not started")
}
