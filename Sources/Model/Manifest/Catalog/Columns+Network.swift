import Document

/// Cells of services, endpoints and ingresses.
extension Catalog {
    static let serviceColumns = [
        .path("TYPE", "spec", "type"), .path("CLUSTER-IP", "spec", "clusterIP", absent: "<none>"),
        PrinterColumn("EXTERNAL-IP", cell: externalAddress), PrinterColumn("PORT(S)", cell: servicePorts),
        PrinterColumn("SELECTOR", isWide: true) { selectorText($0.value[path: "spec", "selector"]) },
    ]

    private static func externalAddress(_ service: Manifest) -> String {
        let external = service.value[path: "spec", "externalIPs"]?.strings ?? []
        switch service.value[path: "spec", "type"]?.string {
        case "ExternalName": return service.value[path: "spec", "externalName"]?.string ?? "<none>"
        case "LoadBalancer":
            let ingress = service.value[path: "status", "loadBalancer", "ingress"]?.items ?? []
            let all = ingress.compactMap { $0["ip"]?.string ?? $0["hostname"]?.string } + external
            return all.isEmpty ? "<pending>" : all.joined(separator: ",")
        default: return external.isEmpty ? "<none>" : external.joined(separator: ",")
        }
    }

    private static func servicePorts(_ service: Manifest) -> String {
        let ports = service.value[path: "spec", "ports"]?.items ?? []
        guard !ports.isEmpty else { return "<none>" }
        return ports.map { port in
            let node = port["nodePort"]?.int.map { $0 > 0 ? ":\($0)" : "" } ?? ""
            return "\(port["port"]?.scalar?.text ?? "")\(node)/\(port["protocol"]?.string ?? "TCP")"
        }.joined(separator: ",")
    }

    static func endpoints(_ endpoints: Manifest) -> String {
        var all: [String] = []
        for subset in endpoints.value["subsets"]?.items ?? [] {
            let addresses = (subset["addresses"]?.items ?? []).compactMap { $0["ip"]?.string }
            let ports = (subset["ports"]?.items ?? []).compactMap { $0["port"]?.scalar?.text }
            all += ports.isEmpty ? addresses : ports.flatMap { port in addresses.map { "\($0):\(port)" } }
        }
        return abbreviated(all)
    }

    static func slicePorts(_ slice: Manifest) -> String {
        let ports = (slice.value["ports"]?.items ?? []).compactMap { $0["port"]?.scalar?.text }
        return ports.isEmpty ? "<unset>" : abbreviated(ports)
    }

    static func sliceAddresses(_ slice: Manifest) -> String {
        let addresses = (slice.value["endpoints"]?.items ?? []).flatMap { $0["addresses"]?.strings ?? [] }
        return addresses.isEmpty ? "<unset>" : abbreviated(addresses)
    }

    static let ingressColumns = [
        .path("CLASS", "spec", "ingressClassName", absent: "<none>"),
        PrinterColumn("HOSTS") {
            let hosts = ($0.value[path: "spec", "rules"]?.items ?? []).compactMap { $0["host"]?.string }
            return hosts.isEmpty ? "*" : abbreviated(hosts)
        },
        PrinterColumn("ADDRESS") {
            let ingress = $0.value[path: "status", "loadBalancer", "ingress"]?.items ?? []
            return ingress.compactMap { $0["ip"]?.string ?? $0["hostname"]?.string }.joined(separator: ",")
        },
        PrinterColumn("PORTS") { count($0.value[path: "spec", "tls"]) > 0 ? "80, 443" : "80" },
    ]
}
