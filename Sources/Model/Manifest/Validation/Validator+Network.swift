import Document

/// Services, ingresses and network policies.
extension Validator {
    mutating func service(_ spec: Field) {
        guard require(spec) else { return }
        let type = choice(spec["type"], ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]) ?? "ClusterIP"
        choice(spec["sessionAffinity"], ["None", "ClientIP"])
        choice(spec["internalTrafficPolicy"], ["Cluster", "Local"])
        choice(spec["externalTrafficPolicy"], ["Cluster", "Local"])
        labels(spec["selector"])
        if type == "ExternalName" {
            if let name = text(spec["externalName"], isRequired: true), !LabelSyntax.isDNSSubdomain(name.lowercased()) {
                add(.invalid, spec["externalName"], "is \"\(name)\", which is no DNS name")
            }
        }
        let isHeadless = spec["clusterIP"].string == "None"
        if isHeadless, type == "NodePort" || type == "LoadBalancer" {
            add(.invalid, spec["clusterIP"], "must not be None for a service of type \(type)")
        }
        let ports = list(spec["ports"], isRequired: !isHeadless && type != "ExternalName")
        servicePorts(ports, allowsNodePorts: type == "NodePort" || type == "LoadBalancer")
    }

    private mutating func servicePorts(_ ports: [Field], allowsNodePorts: Bool) {
        var names: [(String, Field)] = []
        var numbers: [(String, Field)] = []
        for port in ports {
            let proto = choice(port["protocol"], ["TCP", "UDP", "SCTP"]) ?? "TCP"
            if let number = number(port["port"], 1...65535, isRequired: true) {
                numbers.append(("\(number)/\(proto)", port["port"]))
            }
            targetPort(port["targetPort"])
            if let node = number(port["nodePort"], 0...65535), node > 0, !allowsNodePorts {
                add(.forbidden, port["nodePort"], "may only be set for services of type NodePort and LoadBalancer")
            }
            if let name = dnsLabel(port["name"], isRequired: ports.count > 1), !name.isEmpty {
                names.append((name, port["name"]))
            }
        }
        unique(names) { "\"\($0)\"" }
        unique(numbers) { $0 }
    }

    mutating func ingress(_ spec: Field) {
        guard require(spec) else { return }
        // The beta version names its backends otherwise.
        let backend = spec["defaultBackend"]
        if backend.exists { self.backend(backend) }
        if !backend.exists, !spec["backend"].exists, list(spec["rules"]).isEmpty {
            add(.required, spec, "must have rules or defaultBackend")
        }
        for rule in list(spec["rules"]) {
            if let host = text(rule["host"]), !host.isEmpty {
                let name = host.hasPrefix("*.") ? String(host.dropFirst(2)) : host
                if !LabelSyntax.isDNSSubdomain(name) {
                    add(.invalid, rule["host"], "is \"\(host)\", which is no DNS name")
                }
            }
            for path in list(rule["http"]["paths"]) { ingressPath(path) }
        }
        for tls in list(spec["tls"]) { texts(tls["hosts"]) }
    }

    private mutating func ingressPath(_ path: Field) {
        if path["backend"]["serviceName"].exists { return }
        let type = choice(path["pathType"], ["Exact", "Prefix", "ImplementationSpecific"], isRequired: true)
        if type == "Exact" || type == "Prefix", let text = text(path["path"], isRequired: true), !text.hasPrefix("/") {
            add(.invalid, path["path"], "is \"\(text)\" and must begin with \"/\"")
        }
        if require(path["backend"]) { backend(path["backend"]) }
    }

    private mutating func backend(_ backend: Field) {
        if backend["serviceName"].exists { return }
        guard only(of: ["service", "resource"], in: backend) == "service" else { return }
        _ = text(backend["service"]["name"], isRequired: true)
        only(of: ["number", "name"], in: backend["service"]["port"])
        number(backend["service"]["port"]["number"], 1...65535)
    }

    mutating func networkPolicy(_ spec: Field) {
        guard spec.exists else { return }
        selector(spec["podSelector"])
        for type in list(spec["policyTypes"]) { choice(type, ["Ingress", "Egress"]) }
        for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
            for rule in list(spec[direction]) {
                for port in list(rule["ports"]) {
                    choice(port["protocol"], ["TCP", "UDP", "SCTP"])
                    targetPort(port["port"])
                    number(port["endPort"], 1...65535)
                }
                for peer in list(rule[peers]) {
                    selector(peer["podSelector"])
                    selector(peer["namespaceSelector"])
                    if peer["ipBlock"].exists { _ = text(peer["ipBlock"]["cidr"], isRequired: true) }
                }
            }
        }
    }
}
