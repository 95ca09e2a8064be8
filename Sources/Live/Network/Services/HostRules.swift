import System

/// The one table on the host: what leaves the node, what may come in, and ports of the host's own addresses.
struct HostRules: Sendable {
    private static let ports = NftablesSet(
        "ports", key: [.transportProtocol, .port], value: .fields([.address, .port]))

    let plan: AddressPlan
    /// The veth to the node.
    let link: String

    func writeFrame(to batch: NftablesBatch) {
        batch.addSet(Self.ports)
        writeTranslation(batch)
        // Forwarding is on for pods' sake; it lets nobody else in, but for the ports that were asked for.
        batch.addChain("forward", at: .filter(.forward))
        let isNew: [NftablesExpression] = [
            .connection(.state, into: 0), .mask(0, NftablesField.number(1 << 3)),
            .unequal(0, NftablesField.number(0)),
        ]
        let isPlain: [NftablesExpression] = [
            .connection(.status, into: 0), .mask(0, NftablesField.number(1 << 5)), .equal(0, NftablesField.number(0)),
        ]
        batch.addRule(
            to: "forward",
            Expressions.isLink(.outputName, link) + Expressions.isLink(.inputName, link, not: true) + isNew + isPlain
                + [.verdict(.drop)])
    }

    private func writeTranslation(_ batch: NftablesBatch) {
        // 2 is RTN_LOCAL of linux/rtnetlink.h, in the machine's order.
        let lead: [NftablesExpression] = [
            .destinationKind(into: 0), .equal(0, NftablesField.number(2)), .meta(.transportProtocol, into: 0),
            Expressions.port(into: 1), .look(key: 0, map: Self.ports.name, into: 0),
            .translateDestination(address: 0, port: 1),
        ]
        for (chain, place) in [("prerouting", NftablesBatch.Hook.Place.prerouting), ("output", .output)] {
            batch.addChain(chain, at: .translation(place))
            batch.addRule(to: chain, lead)
        }
        batch.addChain("postrouting", at: .translation(.postrouting))
        let fromPod = [Expressions.source(into: 0)] + Expressions.isIn(plan.pods, register: 0)
        batch.addRule(
            to: "postrouting", fromPod + Expressions.isLink(.outputName, link, not: true) + [.masquerade])
        // A pod that comes back in by a port of the host's, and the host itself as 127.0.0.1, need an address that the
        // answer can be sent to by way of the host.
        let toNode = Expressions.isLink(.outputName, link)
        batch.addRule(to: "postrouting", toNode + Expressions.isTranslated(into: 0) + fromPod + [.masquerade])
        let loopback = IPv4Range(IPv4Address(bits: 0x7f00_0000), prefix: 8)
        batch.addRule(
            to: "postrouting",
            toNode + [Expressions.source(into: 0)] + Expressions.isIn(loopback, register: 0) + [.masquerade])
    }

    /// Leads from `former` to `table`; from whatever is in force when there is no former.
    func write(_ table: ServiceTable, since former: ServiceTable?, to batch: NftablesBatch) {
        if former == nil { batch.clearSet(Self.ports.name) }
        let old = former?.hostPorts ?? [:]
        let gone = old.filter { table.hostPorts[$0.key] != $0.value }
        let new = table.hostPorts.filter { old[$0.key] != $0.value }
        batch.remove(gone.map { NftablesElement(Self.key($0.key)) }, from: Self.ports.name)
        batch.add(
            new.map { key, port in
                let value = NftablesField.address(port.address.bits) + NftablesField.port(port.port)
                return NftablesElement(Self.key(key), .bytes(value))
            }, to: Self.ports.name)
    }

    private static func key(_ port: ServiceTable.HostPort) -> [UInt8] {
        NftablesField.transportProtocol(port.transport.number) + NftablesField.port(port.port)
    }
}
