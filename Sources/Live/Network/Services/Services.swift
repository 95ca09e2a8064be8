import System

/// Services as the two packet filters have them.
final class Services {
    private let nodeRules: NodeRules
    private let hostRules: HostRules
    private let node: PacketFilter
    private let host: PacketFilter
    /// nfnetlink of the node's namespace, for what it tracks.
    private let flows: NetlinkSocket
    /// What is in force; nil when that is not known, as after a start.
    private var applied: ServiceTable?
    /// Numbers of endpoints for which the node's table has a chain.
    private var sizes: Set<Int> = []

    /// - Parameters:
    ///   - host: nfnetlink of the host.
    ///   - link: the host's veth, and its table's name.
    ///   - note: kept with the host's table.
    ///   - node: nfnetlink of the node's namespace.
    init(plan: AddressPlan, host: NetlinkSocket, link: String, note: String, node: NetlinkSocket) throws {
        let nodeRules = NodeRules(plan: plan)
        let hostRules = HostRules(plan: plan, link: link)
        self.nodeRules = nodeRules
        self.hostRules = hostRules
        flows = node
        self.node = try PacketFilter(node, table: NodeRules.table, frame: nodeRules.writeFrame)
        self.host = try PacketFilter(host, table: link, note: note, frame: hostRules.writeFrame)
    }

    /// Makes the tables where they are missing; what a former process left in force stays until `set`.
    func converge() throws {
        try node.converge()
        try host.converge()
    }

    /// Makes exactly these services reachable: one transaction on each side, with what differs.
    func set(_ table: ServiceTable) throws {
        if try !node.isInForce() || !host.isInForce() {
            applied = nil
            try converge()
        }
        guard table != applied else { return }
        let former = applied
        // Until both transactions are through, it is not known what is in force.
        applied = nil
        try node.change { nodeRules.write(table, since: former, known: sizes, to: $0) }
        try host.change { hostRules.write(table, since: former, to: $0) }
        sizes = former == nil ? table.sizes : sizes.union(table.sizes)
        applied = table
        if let former { try endFlows(to: table.lostEndpoints(since: former)) }
    }

    /// A client that keeps sending datagrams from one port would go on reaching an endpoint that is gone.
    private func endFlows(to lost: [ServiceTable.VirtualPort: Set<ServiceRule.Endpoint>]) throws {
        guard !lost.isEmpty else { return }
        let ended = try flows.trackedFlows().filter { flow in
            guard flow.transport == TransportProtocol.udp.number else { return false }
            let port = ServiceTable.VirtualPort(
                address: IPv4Address(bits: flow.destination), transport: .udp, port: flow.destinationPort)
            return lost[port]?.contains(
                ServiceRule.Endpoint(address: IPv4Address(bits: flow.answerer), port: flow.answererPort)) == true
        }
        try flows.forget(ended)
    }
}
