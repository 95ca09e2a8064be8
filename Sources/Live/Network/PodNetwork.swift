/// The node's network as the node and the service controller see it.
package protocol PodNetwork: Sendable {
    /// Gives a pod's network namespace an address, a link to the bridge and a route; the same answer when it has them.
    func attach(pod id: String, namespace path: String) async throws -> PodAddress

    /// Takes a pod's address and link away, without waiting for the kernel to finish.
    func detach(pod id: String) async throws

    /// Makes exactly these services reachable, in one transaction.
    func setServices(_ services: [ServiceRule]) async throws

    /// Makes DNS answer exactly these names, beneath the cluster's domain.
    func setRecords(_ records: [DNSRecord]) async throws

    /// What goes into a pod's resolv.conf.
    var resolver: ResolverConfig { get async }
}

/// An IPv4 address.
package struct IPv4Address: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// In host order: 10.0.0.1 is 0x0a000001.
    package var bits: UInt32

    package init(bits: UInt32) {
        self.bits = bits
    }

    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { $0.count <= 3 ? UInt8($0) : nil }
        guard parts.count == 4, bytes.count == 4 else { return nil }
        bits = bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    package var description: String {
        "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
    }

    package static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.bits < right.bits }
}

/// Where a pod is on the network.
package struct PodAddress: Sendable, Hashable {
    package var address: IPv4Address
    /// The bridge's, which is the machine as pods see it.
    package var gateway: IPv4Address

    package init(address: IPv4Address, gateway: IPv4Address) {
        self.address = address
        self.gateway = gateway
    }
}

/// TCP, UDP or SCTP, as Kubernetes spells them.
package enum TransportProtocol: String, Sendable {
    case tcp = "TCP"
    case udp = "UDP"
    case sctp = "SCTP"
}

/// One port of a service, and where it goes.
package struct ServiceRule: Sendable, Hashable {
    package var address: IPv4Address
    package var port: UInt16
    package var transport: TransportProtocol
    /// A port on every address of the machine too.
    package var nodePort: UInt16?
    /// Chosen by chance; none refuses at once.
    package var endpoints: [Endpoint]

    /// One pod's port.
    package struct Endpoint: Sendable, Hashable {
        package var address: IPv4Address
        package var port: UInt16

        package init(address: IPv4Address, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    package init(
        address: IPv4Address, port: UInt16, transport: TransportProtocol, nodePort: UInt16? = nil,
        endpoints: [Endpoint]
    ) {
        self.address = address
        self.port = port
        self.transport = transport
        self.nodePort = nodePort
        self.endpoints = endpoints
    }
}

/// A name and its addresses.
package struct DNSRecord: Sendable, Hashable {
    /// Below the cluster's domain: `web.shop-dev.svc`.
    package var name: String
    package var addresses: [IPv4Address]

    package init(name: String, addresses: [IPv4Address]) {
        self.name = name
        self.addresses = addresses
    }
}

/// A pod's resolv.conf, apart from its namespace.
package struct ResolverConfig: Sendable, Hashable {
    package var nameserver: IPv4Address
    /// `cluster.local`.
    package var domain: String
    package var options: [String]

    package init(nameserver: IPv4Address, domain: String, options: [String]) {
        self.nameserver = nameserver
        self.domain = domain
        self.options = options
    }
}
