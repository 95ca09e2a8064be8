import Document
import System

extension AddressPlan {
    /// The ranges asked for, else those of the last start, else new ones that shadow nothing; written down for the next.
    static func settle(_ config: NodeNetworkConfig, _ host: NetlinkSocket) throws -> AddressPlan {
        if let ranges = config.ranges { return try keep(ranges, config) }
        if let text = try? Files.text(config.rangesFile), let plan = AddressPlan(text: text) {
            // Pods and services have these addresses already, so they stay even where something now conflicts.
            let used = try inUse(config, host)
            for range in [plan.pods, plan.services] {
                guard let conflict = used.conflict(with: range) else { continue }
                config.log.warning("the address range \(range) of an earlier start hides \(conflict)")
            }
            return plan
        }
        return try keep(choose(besides: inUse(config, host), seed: config.names.seed), config)
    }

    private static func keep(_ plan: AddressPlan, _ config: NodeNetworkConfig) throws -> AddressPlan {
        try Files.replace(config.rangesFile, with: plan.text.utf8)
        return plan
    }

    /// Routes of the host and of its own addresses, this network's apart, and its name servers.
    private static func inUse(_ config: NodeNetworkConfig, _ host: NetlinkSocket) throws -> AddressesInUse {
        let own = try host.link(named: config.names.host)?.index
        let routes = try host.routes().filter { $0.link == nil || $0.link != own }
        let resolvers = ResolvConf((try? Files.text(config.resolvConf)) ?? "").nameservers
        return AddressesInUse(
            routes: routes.map { IPv4Range(IPv4Address(bits: $0.destination), prefix: $0.prefix) },
            resolvers: resolvers.compactMap { IPv4Address($0) })
    }
}
