import Document

/// Which addresses a node's network uses.
package struct AddressPlan: Sendable, Hashable {
    /// Pods, the gateway first; the last four addresses are those of the link to the host.
    package let pods: IPv4Range
    /// Virtual addresses of services.
    package let services: IPv4Range

    /// - Throws: `Problem` when a range is too small for its purpose or the two overlap.
    package init(pods: IPv4Range, services: IPv4Range) throws {
        guard pods.prefix <= 28 else {
            throw Problem("pod range \(pods) is too small", hint: "Give at least sixteen addresses, as in 10.64.0.0/28")
        }
        guard services.prefix <= 30 else {
            throw Problem("service range \(services) is too small", hint: "Give at least four addresses")
        }
        guard !pods.overlaps(services) else {
            throw Problem("pod range \(pods) and service range \(services) overlap", hint: "Choose two that do not")
        }
        self.pods = pods
        self.services = services
    }

    /// The machine as pods see it, and where DNS answers.
    package var gateway: IPv4Address { IPv4Address(bits: pods.first.bits + 1) }

    /// The host's end of the link between the host and the node's namespace.
    package var hostEnd: IPv4Address { IPv4Address(bits: pods.last.bits - 2) }

    /// The namespace's end of that link.
    package var nodeEnd: IPv4Address { IPv4Address(bits: pods.last.bits - 1) }

    /// The link's own block.
    package var transfer: IPv4Range { IPv4Range(hostEnd, prefix: 30) }

    /// What pods may get.
    package var podAddresses: ClosedRange<UInt32> { pods.first.bits + 2...pods.last.bits - 4 }
}

/// What a machine already uses, as far as a new network must keep clear of it.
package struct AddressesInUse: Sendable {
    /// Destinations of routes, the default route apart.
    package var routes: [IPv4Range]
    /// Name servers of resolv.conf.
    package var resolvers: [IPv4Address]

    package init(routes: [IPv4Range], resolvers: [IPv4Address]) {
        // A default route, or one of the halves into which some VPNs split it, covers everything and shadows nothing.
        self.routes = routes.filter { $0.prefix > 1 }
        self.resolvers = resolvers
    }

    /// What `range` would shadow, in words; nil when nothing.
    package func conflict(with range: IPv4Range) -> String? {
        if let resolver = resolvers.first(where: range.contains) { return "the name server \(resolver)" }
        return routes.first(where: range.overlaps).map { "the route to \($0)" }
    }
}

extension AddressPlan {
    /// Chooses a private block of 65,536 addresses that shadows nothing; the lower half for pods, the upper for services.
    ///
    /// - Parameter seed: where to begin in each list of candidates, so that networks that are made at the same time on
    ///   one machine rarely want the same block.
    /// - Throws: `Problem` when every candidate is in use.
    package static func choose(besides used: AddressesInUse, seed: UInt32) throws -> AddressPlan {
        for (space, prefix) in candidates {
            let count = UInt32(1) << (16 - UInt32(prefix))
            for step in 0..<count {
                let offset = (seed &+ step) % count
                let block = IPv4Range(IPv4Address(bits: space.bits + (offset << 16)), prefix: 16)
                if used.conflict(with: block) != nil { continue }
                return try AddressPlan(
                    pods: IPv4Range(block.first, prefix: 17),
                    services: IPv4Range(IPv4Address(bits: block.first.bits | 0x8000), prefix: 17))
            }
        }
        throw Problem(
            "every private address range is routed on this machine already",
            hint: "Give the network a pod range and a service range of its own")
    }

    /// Private space (RFC 1918), then shared space (RFC 6598), then that of benchmarks (RFC 2544).
    private static let candidates: [(space: IPv4Address, prefix: UInt8)] = [
        (IPv4Address(bits: 0x0a00_0000), 8), (IPv4Address(bits: 0xac10_0000), 12),
        (IPv4Address(bits: 0x6440_0000), 10), (IPv4Address(bits: 0xc612_0000), 15),
    ]

    /// The form in which it is kept between starts.
    package var text: String { "pods \(pods)\nservices \(services)\n" }

    /// Reads what `text` wrote; nil when it is something else.
    package init?(text: String) {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        guard lines.count == 2, lines.allSatisfy({ $0.count == 2 }), lines[0][0] == "pods", lines[1][0] == "services",
            let pods = IPv4Range(String(lines[0][1])), let services = IPv4Range(String(lines[1][1])),
            let plan = try? AddressPlan(pods: pods, services: services)
        else { return nil }
        self = plan
    }
}
