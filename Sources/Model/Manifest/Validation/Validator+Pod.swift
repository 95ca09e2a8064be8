import Document

/// `core/v1 PodSpec`.
extension Validator {
    /// - Parameters:
    ///   - policies: the restart policies that fit.
    ///   - claimed: volumes that come from elsewhere: a StatefulSet's claims.
    mutating func podSpec(_ spec: Field, policies: [String], claimed: Set<String> = []) {
        guard require(spec) else { return }
        if spec["restartPolicy"].exists || !policies.contains("Always") {
            choice(spec["restartPolicy"], policies, isRequired: true)
        }
        choice(spec["dnsPolicy"], ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])
        number(spec["terminationGracePeriodSeconds"])
        number(spec["activeDeadlineSeconds"], 1...Int(Int32.max))
        for field in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "automountServiceAccountToken"] {
            flag(spec[field])
        }
        textMap(spec["nodeSelector"])
        for alias in list(spec["hostAliases"]) { _ = text(alias["ip"], isRequired: true) }
        for secret in list(spec["imagePullSecrets"]) { _ = text(secret["name"]) }
        for toleration in list(spec["tolerations"]) { self.toleration(toleration) }
        let volumes = self.volumes(spec["volumes"]).union(claimed)
        let containers = list(spec["containers"], isRequired: true)
        let initial = list(spec["initContainers"])
        var names: [(String, Field)] = []
        for container in initial + containers {
            if let name = dnsLabel(container["name"], isRequired: true) { names.append((name, container["name"])) }
            self.container(container, volumes: volumes)
        }
        unique(names) { "\"\($0)\"" }
        for container in initial { choice(container["restartPolicy"], ["Always"]) }
        hostPorts(containers)
    }

    private mutating func toleration(_ toleration: Field) {
        let word = choice(toleration["operator"], ["Exists", "Equal"]) ?? "Equal"
        choice(toleration["effect"], ["", "NoSchedule", "PreferNoSchedule", "NoExecute"])
        if word == "Exists", toleration["value"].string?.isEmpty == false {
            add(.invalid, toleration["value"], "must be empty when the operator is Exists")
        }
        if (toleration["key"].string ?? "").isEmpty, word != "Exists" {
            add(.invalid, toleration["operator"], "must be Exists when there is no key")
        }
    }

    private mutating func container(_ container: Field, volumes: Set<String>) {
        if let image = text(container["image"], isRequired: true), image != image.filter({ !$0.isWhitespace }) {
            add(.invalid, container["image"], "is \"\(image)\" and must not hold white space")
        }
        choice(container["imagePullPolicy"], ["Always", "Never", "IfNotPresent"])
        choice(container["terminationMessagePolicy"], ["File", "FallbackToLogsOnError"])
        texts(container["command"])
        texts(container["args"])
        ports(container["ports"])
        environment(container["env"])
        mounts(container["volumeMounts"], volumes: volumes)
        resources(container["resources"])
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] { probe(container[name], name: name) }
        for moment in ["postStart", "preStop"] where container["lifecycle"][moment].exists {
            handler(container["lifecycle"][moment], ["exec", "httpGet", "tcpSocket", "sleep"])
        }
    }

    private mutating func ports(_ ports: Field) {
        var names: [(String, Field)] = []
        for port in list(ports) {
            number(port["containerPort"], 1...65535, isRequired: true)
            number(port["hostPort"], 0...65535)
            choice(port["protocol"], ["TCP", "UDP", "SCTP"])
            if let name = text(port["name"]), !name.isEmpty {
                portName(name, port["name"])
                names.append((name, port["name"]))
            }
        }
        unique(names) { "\"\($0)\"" }
    }

    mutating func portName(_ name: String, _ field: Field) {
        if LabelSyntax.isPortName(name) { return }
        add(
            .invalid, field,
            "is \"\(name)\" and must be at most 15 lower-case letters, digits and \"-\", a letter among them")
    }

    /// Two containers cannot have one port of the host.
    private mutating func hostPorts(_ containers: [Field]) {
        let taken = containers.flatMap { $0["ports"].items }.compactMap { port -> (String, Field)? in
            guard let number = port["hostPort"].int, number > 0 else { return nil }
            return ("\(number)/\(port["protocol"].string ?? "TCP")", port["hostPort"])
        }
        unique(taken) { $0 }
    }

    private mutating func environment(_ variables: Field) {
        for variable in list(variables) {
            if let name = text(variable["name"], isRequired: true), name.contains("=") || name.utf8.contains(0) {
                add(.invalid, variable["name"], "is \"\(name)\" and must not hold \"=\"")
            }
            let value = text(variable["value"])
            let source = variable["valueFrom"]
            guard source.exists else { continue }
            if value?.isEmpty == false { add(.invalid, source, "must not be given beside a value") }
            let kinds = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef"]
            guard let kind = only(of: kinds, in: source) else { continue }
            switch kind {
            case "configMapKeyRef", "secretKeyRef":
                _ = text(source[kind]["key"], isRequired: true)
                _ = text(source[kind]["name"], isRequired: true)
            case "fieldRef": _ = text(source[kind]["fieldPath"], isRequired: true)
            default: _ = text(source[kind]["resource"], isRequired: true)
            }
        }
    }

    /// The one of several fields that is given; says so when it is none or more.
    @discardableResult mutating func only(of names: [String], in field: Field) -> String? {
        let given = names.filter { field[$0].exists }
        if given.count == 1 { return given[0] }
        if given.isEmpty {
            add(.required, field, "must have one of \(names.joined(separator: ", "))")
        } else {
            add(.forbidden, field, "must have only one of \(given.joined(separator: " and "))")
        }
        return nil
    }

    private mutating func mounts(_ mounts: Field, volumes: Set<String>) {
        var paths: [(String, Field)] = []
        for mount in list(mounts) {
            if let name = text(mount["name"], isRequired: true), !volumes.contains(name) {
                add(.invalid, mount["name"], "is \"\(name)\", and the pod has no such volume")
            }
            if let path = text(mount["mountPath"], isRequired: true) {
                paths.append((path, mount["mountPath"]))
            }
            for name in ["subPath", "subPathExpr"] {
                guard let path = text(mount[name]), path.hasPrefix("/") || path.split(separator: "/").contains("..")
                else { continue }
                add(.invalid, mount[name], "is \"\(path)\" and must be a relative path without \"..\"")
            }
            flag(mount["readOnly"])
        }
        unique(paths) { "\"\($0)\"" }
    }

    private mutating func resources(_ resources: Field) {
        var limits: [String: Quantity] = [:]
        for (name, field) in resources["limits"].entries { limits[name] = quantity(field) }
        for (name, field) in resources["requests"].entries {
            guard let request = quantity(field), let limit = limits[name], request > limit else { continue }
            add(.invalid, field, "is more than the limit of \(name), \(limit)")
        }
    }

    private mutating func probe(_ probe: Field, name: String) {
        guard probe.exists else { return }
        handler(probe, ["exec", "httpGet", "tcpSocket", "grpc"])
        for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"] {
            number(probe[field])
        }
        number(probe["successThreshold"], name == "readinessProbe" ? 1...Int(Int32.max) : 1...1)
    }

    private mutating func handler(_ handler: Field, _ kinds: [String]) {
        switch only(of: kinds, in: handler) {
        case "exec":
            texts(handler["exec"]["command"])
            _ = list(handler["exec"]["command"], isRequired: true)
        case "httpGet":
            targetPort(handler["httpGet"]["port"], isRequired: true)
            choice(handler["httpGet"]["scheme"], ["HTTP", "HTTPS"])
        case "tcpSocket": targetPort(handler["tcpSocket"]["port"], isRequired: true)
        case "grpc": number(handler["grpc"]["port"], 1...65535, isRequired: true)
        default: break
        }
    }

    /// A port's number or name.
    mutating func targetPort(_ field: Field, isRequired: Bool = false) {
        guard let value = field.value else {
            if isRequired { require(field) }
            return
        }
        switch IntOrString(value) {
        case .int: number(field, 1...65535)
        case .string(let name): portName(name, field)
        case nil: add(.typeInvalid, field, "must be a port's number or name")
        }
    }
}
