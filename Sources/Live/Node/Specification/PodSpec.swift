import Document
import Manifest
import System

/// A pod as the node reads it: parsed once a version, with Kubernetes' defaults.
struct PodSpec: Sendable, Equatable {
    enum RestartPolicy: String, Sendable {
        case always = "Always"
        case onFailure = "OnFailure"
        case never = "Never"
    }

    enum DNSPolicy: String, Sendable {
        case clusterFirst = "ClusterFirst"
        case clusterFirstWithHostNet = "ClusterFirstWithHostNet"
        case machine = "Default"
        case none = "None"
    }

    var manifest: Manifest
    var uid: String
    var name: String
    var namespace: String
    var restartPolicy: RestartPolicy
    var initContainers: [ContainerDefinition]
    var containers: [ContainerDefinition]
    var volumes: [VolumeDefinition]
    var security: PodSecurity

    init(_ manifest: Manifest) {
        self.manifest = manifest
        uid = manifest.uid
        name = manifest.name
        namespace = manifest.namespace ?? "default"
        let spec = manifest.spec
        restartPolicy = spec?["restartPolicy"]?.string.flatMap(RestartPolicy.init) ?? .always
        initContainers = spec?["initContainers"]?.items?.map { ContainerDefinition($0, isInit: true) } ?? []
        containers = spec?["containers"]?.items?.map { ContainerDefinition($0, isInit: false) } ?? []
        volumes = spec?["volumes"]?.items?.map(VolumeDefinition.init) ?? []
        security = PodSecurity(spec?["securityContext"])
    }

    private var spec: Value? { manifest.spec }
    var allContainers: [ContainerDefinition] { initContainers + containers }
    var nodeName: String { spec?["nodeName"]?.string ?? "" }
    var usesHostNetwork: Bool { spec?["hostNetwork"]?.bool ?? false }
    var gracePeriod: Int { max(0, spec?["terminationGracePeriodSeconds"]?.int ?? 30) }
    var activeDeadline: Int? { spec?["activeDeadlineSeconds"]?.int }
    var serviceAccount: String { spec?["serviceAccountName"]?.string ?? "default" }
    var linksServices: Bool { spec?["enableServiceLinks"]?.bool ?? true }
    var pullSecrets: [String] { spec?["imagePullSecrets"]?.items?.compactMap { $0["name"]?.string } ?? [] }
    var readinessGates: [String] { spec?["readinessGates"]?.items?.compactMap { $0["conditionType"]?.string } ?? [] }
    var dnsPolicy: DNSPolicy { spec?["dnsPolicy"]?.string.flatMap(DNSPolicy.init) ?? .clusterFirst }
    var dnsConfig: Value? { spec?["dnsConfig"] }
    var subdomain: String { spec?["subdomain"]?.string ?? "" }
    var hostAliases: [Value] { spec?["hostAliases"]?.items ?? [] }

    /// The host's name inside: the pod's own, cut to what a host's name may be long.
    var hostname: String {
        let wanted = spec?["hostname"]?.string ?? name
        var cut = wanted.prefix(63)
        while let last = cut.last, last == "-" || last == "." { cut = cut.dropLast() }
        return String(cut)
    }

    /// When deletion was asked for, and how long the containers have from then.
    var deletion: (deadline: Timestamp, grace: Int)? {
        guard let text = manifest.deletionTimestamp, let deadline = Timestamp(text) else { return nil }
        let grace = manifest.value[path: "metadata", "deletionGracePeriodSeconds"]?.int ?? gracePeriod
        return (deadline, max(0, grace))
    }

    func container(_ name: String) -> ContainerDefinition? {
        allContainers.first { $0.name == name }
    }

    /// `web-7d4b_shop(uid)`, as kubelet names a pod in messages.
    var label: String { "\(name)_\(namespace)(\(uid))" }
}

/// What a pod's `securityContext` says for all its containers.
struct PodSecurity: Sendable, Equatable {
    var user: UInt32?
    var group: UInt32?
    var mustNotBeRoot: Bool
    var fileGroup: UInt32?
    var additionalGroups: [UInt32]
    var sysctls: [String: String]
    var seccomp: String?

    init(_ value: Value?) {
        user = value?["runAsUser"]?.int.flatMap(UInt32.init(exactly:))
        group = value?["runAsGroup"]?.int.flatMap(UInt32.init(exactly:))
        mustNotBeRoot = value?["runAsNonRoot"]?.bool ?? false
        fileGroup = value?["fsGroup"]?.int.flatMap(UInt32.init(exactly:))
        additionalGroups =
            value?["supplementalGroups"]?.items?.compactMap { $0.int.flatMap(UInt32.init(exactly:)) } ?? []
        sysctls = [:]
        for item in value?["sysctls"]?.items ?? [] {
            if let name = item["name"]?.string, let setting = item["value"]?.string { sysctls[name] = setting }
        }
        seccomp = value?[path: "seccompProfile", "type"]?.string
    }
}
