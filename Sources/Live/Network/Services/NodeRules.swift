import System

/// The packet filter of the node's namespace: from virtual ports to endpoints.
///
/// Rules hardly ever change, only the elements of three sets do. `services` leads from a virtual port to a chain by its
/// number of endpoints; that chain throws the dice and looks the endpoint up by port and number. So a change is a few
/// elements, whatever there is besides, and a packet's way is two look-ups.
struct NodeRules: Sendable {
    static let table = "belay"
    private static let services = NftablesSet(
        "services", key: [.address, .transportProtocol, .port], value: .verdict)
    private static let endpoints = NftablesSet(
        "endpoints", key: [.address, .transportProtocol, .port, .number], value: .fields([.address, .port]))
    private static let hairpins = NftablesSet("hairpins", key: [.address, .address])

    let plan: AddressPlan

    /// What stands still.
    func writeFrame(to batch: NftablesBatch) {
        for set in [Self.services, Self.endpoints, Self.hairpins] { batch.addSet(set) }
        let lead: [NftablesExpression] = Self.readTarget + [.follow(key: 0, map: Self.services.name)]
        for (chain, place) in [("prerouting", NftablesBatch.Hook.Place.prerouting), ("output", .output)] {
            batch.addChain(chain, at: .translation(place))
            batch.addRule(to: chain, lead)
        }
        // Who is led to itself must not see its own address as the other end's.
        batch.addChain("postrouting", at: .translation(.postrouting))
        let isTranslated: [NftablesExpression] = Expressions.isTranslated(into: 0)
        let addresses: [NftablesExpression] = [Expressions.source(into: 0), Expressions.destination(into: 1)]
        batch.addRule(
            to: "postrouting", isTranslated + addresses + [.contained(key: 0, set: Self.hairpins.name), .masquerade])
        // What still goes to a virtual address has nowhere to go.
        batch.addChain("forward", at: .filter(.forward))
        let isVirtual = [Expressions.destination(into: 0)] + Expressions.isIn(plan.services, register: 0)
        batch.addRule(
            to: "forward", isVirtual + [.meta(.transportProtocol, into: 0), .equal(0, [6]), .reset])
        batch.addRule(to: "forward", isVirtual + [.unreachable])
        writeSilence(batch)
    }

    /// While no process answers for DNS, a pod's question must not be given up as refused: who hears nothing asks again.
    /// ICMP's "port unreachable" (type 3, code 3) carries the datagram that it is about, with its port after 30 bytes.
    private func writeSilence(_ batch: NftablesBatch) {
        batch.addChain("silence", at: .filter(.output))
        batch.addRule(
            to: "silence",
            [
                .meta(.transportProtocol, into: 0), .equal(0, [1]),
                .payload(.transport, offset: 0, length: 2, into: 0), .equal(0, [3, 3]),
                .payload(.transport, offset: 30, length: 2, into: 0), .equal(0, [0, 53]), .verdict(.drop),
            ])
    }

    /// Leads from `former` to `table`; from whatever is in force when there is no former.
    ///
    /// - Parameter known: sizes whose chains are there.
    func write(_ table: ServiceTable, since former: ServiceTable?, known: Set<Int>, to batch: NftablesBatch) {
        for size in table.sizes.subtracting(former == nil ? [] : known).sorted() {
            batch.addChain(Self.chain(size))
            batch.clearChain(Self.chain(size))
            batch.addRule(
                to: Self.chain(size),
                Self.readTarget + [
                    .random(below: UInt32(size), into: 3), .look(key: 0, map: Self.endpoints.name, into: 0),
                    .translateDestination(address: 0, port: 1),
                ])
        }
        if former == nil {
            for set in [Self.services, Self.endpoints, Self.hairpins] { batch.clearSet(set.name) }
        }
        let old = former ?? ServiceTable()
        writeEndpoints(table, old, batch)
        writeServices(table, old, batch)
        let (now, before) = (table.endpointAddresses, old.endpointAddresses)
        batch.remove(before.subtracting(now).sorted().map(Self.hairpin), from: Self.hairpins.name)
        batch.add(now.subtracting(before).sorted().map(Self.hairpin), to: Self.hairpins.name)
    }

    private func writeServices(_ table: ServiceTable, _ old: ServiceTable, _ batch: NftablesBatch) {
        var gone: [NftablesElement] = []
        var new: [NftablesElement] = []
        for (port, endpoints) in old.endpoints where table.endpoints[port]?.count != endpoints.count {
            gone.append(NftablesElement(Self.key(port)))
        }
        for (port, endpoints) in table.endpoints where old.endpoints[port]?.count != endpoints.count {
            new.append(NftablesElement(Self.key(port), .verdict(.goto(Self.chain(endpoints.count)))))
        }
        batch.remove(gone, from: Self.services.name)
        batch.add(new, to: Self.services.name)
    }

    private func writeEndpoints(_ table: ServiceTable, _ old: ServiceTable, _ batch: NftablesBatch) {
        var gone: [NftablesElement] = []
        var new: [NftablesElement] = []
        for (port, endpoints) in old.endpoints {
            let kept = table.endpoints[port] ?? []
            for (number, endpoint) in endpoints.enumerated() where kept.dropFirst(number).first != endpoint {
                gone.append(NftablesElement(Self.key(port, number)))
            }
        }
        for (port, endpoints) in table.endpoints {
            let kept = old.endpoints[port] ?? []
            for (number, endpoint) in endpoints.enumerated() where kept.dropFirst(number).first != endpoint {
                let value = NftablesField.address(endpoint.address.bits) + NftablesField.port(endpoint.port)
                new.append(NftablesElement(Self.key(port, number), .bytes(value)))
            }
        }
        batch.remove(gone, from: Self.endpoints.name)
        batch.add(new, to: Self.endpoints.name)
    }

    private static let readTarget: [NftablesExpression] = [
        Expressions.destination(into: 0), .meta(.transportProtocol, into: 1), Expressions.port(into: 2),
    ]

    private static func chain(_ size: Int) -> String { "of-\(size)" }

    private static func key(_ port: ServiceTable.VirtualPort, _ number: Int? = nil) -> [UInt8] {
        NftablesField.address(port.address.bits) + NftablesField.transportProtocol(port.transport.number)
            + NftablesField.port(port.port) + (number.map { NftablesField.number(UInt32($0)) } ?? [])
    }

    private static func hairpin(_ address: IPv4Address) -> NftablesElement {
        NftablesElement(NftablesField.address(address.bits) + NftablesField.address(address.bits))
    }
}
