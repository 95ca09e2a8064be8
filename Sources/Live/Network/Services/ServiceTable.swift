/// Which virtual ports lead where: the whole of what services want from the packet filter.
struct ServiceTable: Sendable, Equatable {
    /// An address and port that no machine has.
    struct VirtualPort: Sendable, Hashable {
        let address: IPv4Address
        let transport: TransportProtocol
        let port: UInt16
    }

    /// A port on the host's own addresses.
    struct HostPort: Sendable, Hashable {
        let transport: TransportProtocol
        let port: UInt16
    }

    /// Only those with endpoints: what is not here is refused.
    private(set) var endpoints: [VirtualPort: [ServiceRule.Endpoint]] = [:]
    private(set) var hostPorts: [HostPort: VirtualPort] = [:]

    /// Of two rules for one port the first counts.
    init(_ rules: [ServiceRule] = []) {
        for rule in rules where !rule.endpoints.isEmpty {
            let port = VirtualPort(address: rule.address, transport: rule.transport, port: rule.port)
            guard endpoints[port] == nil else { continue }
            var seen: Set<ServiceRule.Endpoint> = []
            endpoints[port] = rule.endpoints.filter { seen.insert($0).inserted }
            guard let hostPort = rule.nodePort else { continue }
            let key = HostPort(transport: rule.transport, port: hostPort)
            if hostPorts[key] == nil { hostPorts[key] = port }
        }
    }

    /// Numbers of endpoints that occur.
    var sizes: Set<Int> { Set(endpoints.values.map(\.count)) }

    /// Addresses that may reach themselves by way of a service.
    var endpointAddresses: Set<IPv4Address> { Set(endpoints.values.joined().map(\.address)) }

    /// Endpoints of datagrams that the former had and this one has not: nothing ends their flows by itself.
    func lostEndpoints(since former: ServiceTable) -> [VirtualPort: Set<ServiceRule.Endpoint>] {
        let datagrams = former.endpoints.filter { $0.key.transport == .udp }
        let lost = datagrams.map { port, old in (port, Set(old).subtracting(endpoints[port] ?? [])) }
        return Dictionary(uniqueKeysWithValues: lost).filter { !$0.value.isEmpty }
    }
}

extension TransportProtocol {
    /// The protocol's number in an IP header.
    var number: UInt8 {
        switch self {
        case .tcp: 6
        case .udp: 17
        case .sctp: 132
        }
    }
}
