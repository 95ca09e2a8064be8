import Document
import Network

/// The files by which a container knows names: /etc/hosts, /etc/hostname, /etc/resolv.conf.
struct NetworkFiles {
    let pod: PodSpec
    let podAddress: String
    let resolver: ResolverConfig
    /// The machine's own resolv.conf.
    let machineResolver: String

    /// By name beneath /etc.
    var all: [String: String] {
        var files = ["hostname": pod.hostname + "\n", "resolv.conf": resolv]
        if !pod.usesHostNetwork { files["hosts"] = hosts }
        return files
    }

    var hosts: String {
        var text = """
            # Made by Belay for this pod.
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            fe00::0\tip6-mcastprefix
            fe00::1\tip6-allnodes
            fe00::2\tip6-allrouters

            """
        let full = "\(pod.hostname).\(pod.subdomain).\(pod.namespace).svc.\(resolver.domain)"
        text += "\(podAddress)\t" + (pod.subdomain.isEmpty ? "" : "\(full)\t") + "\(pod.hostname)\n"
        for alias in pod.hostAliases {
            guard let address = alias["ip"]?.string else { continue }
            text += "\(address)\t\((alias["hostnames"]?.strings ?? []).joined(separator: "\t"))\n"
        }
        return text
    }

    /// resolv.conf as the pod's DNS policy has it, with what its `dnsConfig` adds: at most three servers and 32 domains.
    var resolv: String {
        var (servers, searches, options) = base
        servers += pod.dnsConfig?["nameservers"]?.strings ?? []
        searches += pod.dnsConfig?["searches"]?.strings ?? []
        for option in pod.dnsConfig?["options"]?.items ?? [] {
            guard let name = option["name"]?.string else { continue }
            options.removeAll { $0 == name || $0.hasPrefix("\(name):") }
            options.append(option["value"]?.string.map { "\(name):\($0)" } ?? name)
        }
        var text = ""
        for server in Self.unique(servers).prefix(3) { text += "nameserver \(server)\n" }
        let domains = Self.unique(searches).prefix(32)
        if !domains.isEmpty { text += "search \(domains.joined(separator: " "))\n" }
        if !options.isEmpty { text += "options \(options.joined(separator: " "))\n" }
        return text
    }

    private var base: (servers: [String], searches: [String], options: [String]) {
        let isCluster =
            pod.dnsPolicy == .clusterFirstWithHostNet
            || (pod.dnsPolicy == .clusterFirst && !pod.usesHostNetwork)
        if pod.dnsPolicy == .none { return ([], [], []) }
        let machine = Self.parse(machineResolver)
        guard isCluster else { return machine }
        let domain = resolver.domain
        let own = ["\(pod.namespace).svc.\(domain)", "svc.\(domain)", domain]
        return ([resolver.nameserver.description], own + machine.searches, resolver.options)
    }

    private static func parse(_ text: String) -> (servers: [String], searches: [String], options: [String]) {
        var (servers, searches, options): ([String], [String], [String]) = ([], [], [])
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            switch words.first {
            case "nameserver": servers += words.dropFirst().prefix(1)
            case "search", "domain": searches = Array(words.dropFirst())
            case "options": options += words.dropFirst()
            default: continue
            }
        }
        return (servers, searches, options)
    }

    private static func unique(_ items: [String]) -> [String] {
        var seen: Set<String> = []
        return items.filter { seen.insert($0).inserted }
    }
}
