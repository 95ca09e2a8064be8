import Document
import Manifest

/// The variables by which containers find services without DNS (`WEB_SERVICE_HOST`, `WEB_PORT_80_TCP`, …).
enum ServiceVariables {
    /// - Parameter links: whether all services of the namespace are told, or only the API's own.
    static func make(_ services: [Manifest], links: Bool, namespace: String) -> [(String, String)] {
        guard links else { return [] }
        var result: [(String, String)] = []
        for service in services.sorted(by: { $0.name < $1.name }) where service.namespace == namespace {
            guard let address = service.spec?["clusterIP"]?.string, !address.isEmpty, address != "None",
                let ports = service.spec?["ports"]?.items, let first = ports.first?["port"]?.int
            else { continue }
            let prefix = name(service.name)
            result.append(("\(prefix)_SERVICE_HOST", address))
            result.append(("\(prefix)_SERVICE_PORT", "\(first)"))
            for port in ports {
                guard let label = port["name"]?.string, let number = port["port"]?.int else { continue }
                result.append(("\(prefix)_SERVICE_PORT_\(name(label))", "\(number)"))
            }
            result += dockerLinks(prefix, address, ports)
        }
        return result
    }

    /// Docker's old names of links.
    private static func dockerLinks(_ prefix: String, _ address: String, _ ports: [Value]) -> [(String, String)] {
        var result: [(String, String)] = []
        for (index, port) in ports.enumerated() {
            guard let number = port["port"]?.int else { continue }
            let transport = port["protocol"]?.string ?? "TCP"
            let url = "\(transport.lowercased())://\(address):\(number)"
            if index == 0 { result.append(("\(prefix)_PORT", url)) }
            let base = "\(prefix)_PORT_\(number)_\(transport)"
            result.append((base, url))
            result.append(("\(base)_PROTO", transport.lowercased()))
            result.append(("\(base)_PORT", "\(number)"))
            result.append(("\(base)_ADDR", address))
        }
        return result
    }

    private static func name(_ text: String) -> String {
        text.uppercased().replacing("-", with: "_")
    }
}
