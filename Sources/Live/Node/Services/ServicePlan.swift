import Document
import Manifest
import Network

/// What the network makes of Services and their EndpointSlices: rules for packets, records for names. A pure function of
/// the objects.
struct ServicePlan: Equatable {
    var rules: [ServiceRule] = []
    var records: [DNSRecord] = []

    init(services: [Manifest], slices: [Manifest]) {
        let byService = Dictionary(grouping: slices) { slice in
            "\(slice.namespace ?? "")/\(slice.labels["kubernetes.io/service-name"] ?? "")"
        }
        for service in services.sorted(by: { $0.key < $1.key }) {
            let own = byService["\(service.namespace ?? "")/\(service.name)"] ?? []
            add(service, own.sorted { $0.name < $1.name })
        }
    }

    private mutating func add(_ service: Manifest, _ slices: [Manifest]) {
        let name = "\(service.name).\(service.namespace ?? "default").svc"
        let text = service.spec?["clusterIP"]?.string ?? ""
        if service.spec?["type"]?.string == "ExternalName" { return }
        if text == "None" {
            addHeadless(name, slices)
        } else if let address = IPv4Address(text) {
            records.append(DNSRecord(name: name, addresses: [address]))
            for port in service.spec?["ports"]?.items ?? [] { add(port, of: service, at: address, slices) }
        }
    }

    private mutating func add(_ port: Value, of service: Manifest, at address: IPv4Address, _ slices: [Manifest]) {
        guard let number = Self.port(port["port"]) else { return }
        let transport = TransportProtocol(rawValue: port["protocol"]?.string ?? "TCP") ?? .tcp
        let name = port["name"]?.string ?? ""
        var endpoints: [ServiceRule.Endpoint] = []
        for slice in slices {
            guard let target = Self.target(name, transport, in: slice) else { continue }
            for address in Self.ready(slice) { endpoints.append(.init(address: address, port: target)) }
        }
        let kind = service.spec?["type"]?.string
        let nodePort = kind == "NodePort" || kind == "LoadBalancer" ? Self.port(port["nodePort"]) : nil
        let own = ServiceRule(
            address: address, port: number, transport: transport, nodePort: nodePort,
            endpoints: Self.unique(endpoints))
        rules.append(own)
        for text in service.spec?["externalIPs"]?.strings ?? [] {
            guard let external = IPv4Address(text) else { continue }
            rules.append(
                ServiceRule(address: external, port: number, transport: transport, endpoints: own.endpoints))
        }
    }

    private mutating func addHeadless(_ name: String, _ slices: [Manifest]) {
        var all: [IPv4Address] = []
        var named: [String: [IPv4Address]] = [:]
        for slice in slices {
            for endpoint in slice.value["endpoints"]?.items ?? [] where Self.isReady(endpoint) {
                let addresses = (endpoint["addresses"]?.strings ?? []).compactMap(IPv4Address.init)
                all += addresses
                if let host = endpoint["hostname"]?.string { named[host, default: []] += addresses }
            }
        }
        records.append(DNSRecord(name: name, addresses: Self.unique(all)))
        for (host, addresses) in named.sorted(by: { $0.key < $1.key }) {
            records.append(DNSRecord(name: "\(host).\(name)", addresses: Self.unique(addresses)))
        }
    }

    private static func port(_ value: Value?) -> UInt16? {
        value?.int.flatMap(UInt16.init(exactly:)).flatMap { $0 == 0 ? nil : $0 }
    }

    private static func target(_ name: String, _ transport: TransportProtocol, in slice: Manifest) -> UInt16? {
        let ports = slice.value["ports"]?.items ?? []
        let match = ports.first {
            ($0["name"]?.string ?? "") == name && ($0["protocol"]?.string ?? "TCP") == transport.rawValue
        }
        return port(match?["port"])
    }

    private static func ready(_ slice: Manifest) -> [IPv4Address] {
        (slice.value["endpoints"]?.items ?? []).filter(isReady).flatMap { endpoint in
            (endpoint["addresses"]?.strings ?? []).compactMap(IPv4Address.init)
        }
    }

    /// An endpoint that does not say counts as ready (`discovery.v1.EndpointConditions`).
    private static func isReady(_ endpoint: Value) -> Bool {
        endpoint[path: "conditions", "ready"]?.bool ?? true
    }

    private static func unique<Item: Hashable>(_ items: [Item]) -> [Item] {
        var seen: Set<Item> = []
        return items.filter { seen.insert($0).inserted }
    }
}
