import Cluster
import Document
import Manifest

/// Which virtual addresses and node ports the cluster gives to services.
package struct ServiceRange: Sendable, Hashable {
    /// The first address, in host order.
    package var base: UInt32
    /// How many leading bits are the network's.
    package var prefix: Int
    /// Addresses from the start that are kept for others: the network's own, DNS.
    package var reserved: Int
    package var nodePorts: ClosedRange<Int>

    package init(base: UInt32, prefix: Int, reserved: Int = 16, nodePorts: ClosedRange<Int> = 30000...32767) {
        self.base = prefix <= 0 ? 0 : base & ~((1 << UInt32(32 - min(prefix, 32))) - 1)
        self.prefix = min(max(prefix, 8), 30)
        self.reserved = reserved
        self.nodePorts = nodePorts
    }

    /// 10.96.0.0/16, which Kubernetes' installers use.
    package static let usual = ServiceRange(base: 0x0a60_0000, prefix: 16)

    var size: UInt32 { 1 << UInt32(32 - prefix) }

    func contains(_ address: UInt32) -> Bool { address >= base && address - base < size }
}

/// Gives out service addresses and node ports; rebuilt from the services that there are, so it cannot leak.
struct ServiceAddresses: Sendable {
    private let range: ServiceRange
    private var addresses: Set<UInt32> = []
    private var ports: Set<Int> = []
    private var nextAddress: UInt32
    private var nextPort: Int

    init(range: ServiceRange) {
        self.range = range
        nextAddress = UInt32(range.reserved)
        nextPort = range.nodePorts.lowerBound
    }

    /// Notes what a service has.
    mutating func hold(_ service: Manifest) {
        for address in Self.addresses(of: service) { addresses.insert(address) }
        ports.formUnion(Self.nodePorts(of: service))
    }

    /// Takes back what a service had.
    mutating func release(_ service: Manifest) {
        for address in Self.addresses(of: service) { addresses.remove(address) }
        ports.subtract(Self.nodePorts(of: service))
    }

    /// Gives a service what its type needs and it lacks; what it has had it keeps.
    ///
    /// - Parameter live: the service as it is, nil for a new one.
    /// - Throws: `ClusterError.invalid` when it asks for what it cannot have, or nothing is left.
    mutating func assign(_ service: inout Manifest, replacing live: Manifest?) throws(ClusterError) {
        if let live { release(live) }
        do {
            try assignAddress(&service, replacing: live)
            try assignPorts(&service, replacing: live)
        } catch {
            if let live { hold(live) }
            throw error
        }
        hold(service)
    }

    // MARK: Addresses

    private mutating func assignAddress(_ service: inout Manifest, replacing live: Manifest?) throws(ClusterError) {
        let type = service.value[path: "spec", "type"]?.string ?? "ClusterIP"
        guard type != "ExternalName" else {
            service.value[path: "spec", "clusterIP"] = nil
            service.value[path: "spec", "clusterIPs"] = nil
            return
        }
        let had = live?.value[path: "spec", "clusterIP"]?.string ?? ""
        let asked = service.value[path: "spec", "clusterIP"]?.string ?? ""
        if !had.isEmpty, !asked.isEmpty, had != asked {
            throw Self.invalid(service, "spec.clusterIP", "Invalid value: \"\(asked)\": field is immutable")
        }
        let wanted = asked.isEmpty ? had : asked
        let address: String
        if wanted == "None" {
            address = wanted
        } else if wanted.isEmpty {
            address = Self.text(try freeAddress(for: service))
        } else {
            address = try checked(wanted, for: service)
        }
        service.value[path: "spec", "clusterIP"] = .string(address)
        service.value[path: "spec", "clusterIPs"] = .sequence([.string(address)])
    }

    private func checked(_ text: String, for service: Manifest) throws(ClusterError) -> String {
        guard let address = Self.parse(text) else {
            throw Self.invalid(service, "spec.clusterIP", "Invalid value: \"\(text)\": must be an IPv4 address")
        }
        guard range.contains(address) else {
            let network = "\(Self.text(range.base))/\(range.prefix)"
            throw Self.invalid(
                service, "spec.clusterIP",
                "Invalid value: \"\(text)\": provided IP is not in the valid range \(network)")
        }
        guard !addresses.contains(address) else {
            throw Self.invalid(
                service, "spec.clusterIP", "Invalid value: \"\(text)\": provided IP is already allocated")
        }
        return text
    }

    private mutating func freeAddress(for service: Manifest) throws(ClusterError) -> UInt32 {
        // In turn rather than the lowest free one: an address that was just released may still be in someone's cache.
        let (first, last) = (UInt32(range.reserved), range.size - 2)
        guard first <= last else { throw Self.exhausted(service, "spec.clusterIP", "the range of service addresses") }
        for _ in first...last {
            let address = range.base + nextAddress
            nextAddress = nextAddress >= last ? first : nextAddress + 1
            if !addresses.contains(address) { return address }
        }
        throw Self.exhausted(service, "spec.clusterIP", "the range of service addresses")
    }

    // MARK: Node ports

    private mutating func assignPorts(_ service: inout Manifest, replacing live: Manifest?) throws(ClusterError) {
        guard var items = service.value[path: "spec", "ports"]?.items else { return }
        let type = service.value[path: "spec", "type"]?.string ?? "ClusterIP"
        let needsPorts = type == "NodePort" || type == "LoadBalancer"
        let old = live?.value[path: "spec", "ports"]?.items ?? []
        var taken: Set<Int> = []
        for index in items.indices {
            let asked = items[index]["nodePort"]?.int ?? 0
            guard needsPorts else {
                // A port that its user did not ask for goes with the type that gave it.
                items[index]["nodePort"] = nil
                continue
            }
            let kept = asked != 0 ? asked : Self.nodePort(of: items[index], in: old) ?? 0
            let port = kept != 0 ? kept : try freePort(for: service, besides: taken)
            guard !ports.contains(port), taken.insert(port).inserted || asked != 0 else {
                throw Self.invalid(
                    service, "spec.ports[\(index)].nodePort",
                    "Invalid value: \(port): provided port is already allocated")
            }
            guard range.nodePorts.contains(port) else {
                let valid = "\(range.nodePorts.lowerBound)-\(range.nodePorts.upperBound)"
                throw Self.invalid(
                    service, "spec.ports[\(index)].nodePort",
                    "Invalid value: \(port): provided port is not in the valid range. The range of valid ports is \(valid)"
                )
            }
            items[index]["nodePort"] = .int(port)
        }
        service.value[path: "spec", "ports"] = .sequence(items)
    }

    /// The node port that the same port of the service had.
    private static func nodePort(of port: Value, in old: [Value]) -> Int? {
        old.first {
            $0["port"]?.int == port["port"]?.int
                && ($0["protocol"]?.string ?? "TCP") == (port["protocol"]?.string ?? "TCP")
        }?["nodePort"]?.int
    }

    private mutating func freePort(for service: Manifest, besides taken: Set<Int>) throws(ClusterError) -> Int {
        for _ in range.nodePorts {
            let port = nextPort
            nextPort = nextPort >= range.nodePorts.upperBound ? range.nodePorts.lowerBound : nextPort + 1
            if !ports.contains(port), !taken.contains(port) { return port }
        }
        throw Self.exhausted(service, "spec.ports", "the range of node ports")
    }

    // MARK: Texts

    private static func addresses(of service: Manifest) -> [UInt32] {
        service.value[path: "spec", "clusterIP"]?.string.flatMap(parse).map { [$0] } ?? []
    }

    private static func nodePorts(of service: Manifest) -> [Int] {
        service.value[path: "spec", "ports"]?.items?.compactMap { $0["nodePort"]?.int }.filter { $0 != 0 } ?? []
    }

    static func parse(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { $0.count <= 3 ? UInt8($0) : nil }
        guard parts.count == 4, bytes.count == 4 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    static func text(_ bits: UInt32) -> String {
        "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
    }

    private static func invalid(_ service: Manifest, _ field: String, _ message: String) -> ClusterError {
        .invalid(service, [.init(reason: "FieldValueInvalid", message: message, field: field)])
    }

    private static func exhausted(_ service: Manifest, _ field: String, _ what: String) -> ClusterError {
        .invalid(
            service, [.init(reason: "FieldValueInvalid", message: "Internal error: \(what) is full", field: field)])
    }
}
