import ContainerRuntime
import Crypto
import Document
import Images
import Manifest
import System

/// A container of a pod as the runtime starts it: what the pod says, over what its image says.
struct ContainerSpecBuilder {
    let pod: PodSpec
    let container: ContainerDefinition
    let attempt: Int
    let image: ReadyImage
    /// The pod's variables, without the image's.
    let environment: [String]
    let mounts: [MountSpec]
    let logPath: String
    /// The machine's memory in bytes.
    let memoryCapacity: Int

    /// - Throws: `NodeError` for a wish that cannot be met.
    func build() throws -> ContainerSpec {
        let arguments = try self.arguments()
        let environment = wholeEnvironment()
        let process = ProcessSpec(
            arguments: arguments, environment: environment, workingFolder: workingFolder, user: try user(),
            capabilities: capabilities, noNewPrivileges: container.security?["allowPrivilegeEscalation"]?.bool == false,
            terminal: container.hasTerminal)
        return ContainerSpec(
            id: Self.id(pod: pod.uid, container: container.name, attempt: attempt), sandbox: pod.uid,
            hostNetwork: pod.usesHostNetwork, hostname: pod.hostname,
            root: RootFileSystem(
                lowerFolders: image.lowerFolders,
                isReadOnly: container.security?["readOnlyRootFilesystem"]?.bool ?? false),
            process: process, mounts: mounts, resources: resources, privileged: isPrivileged,
            seccomp: try seccomp(), maskedPaths: isUnmasked ? [] : nil, readOnlyPaths: isUnmasked ? [] : nil,
            log: LogSpec(path: logPath), labels: ContainerLabels(pod, container, attempt, image).values)
    }

    /// The same name for the same attempt, so that an attempt can never run twice.
    static func id(pod: String, container: String, attempt: Int) -> String {
        let digest = Digest.sha256("\(pod)/\(container)/\(attempt)").hex.prefix(16)
        return "\(container.prefix(24))-\(attempt)-\(digest)"
    }

    private var isPrivileged: Bool { container.security?["privileged"]?.bool ?? false }
    private var isUnmasked: Bool { container.security?["procMount"]?.string == "Unmasked" }
    private var workingFolder: String {
        if let folder = container.workingFolder { return folder }
        return image.config.workingFolder.isEmpty ? "/" : image.config.workingFolder
    }

    private func arguments() throws -> [String] {
        let variables = Dictionary(environment.map(Self.split), uniquingKeysWith: { $1 })
        let expand = { (text: String) in Expansion.expand(text) { variables[$0] } }
        let command = container.command.map(expand)
        let arguments = container.arguments.map(expand)
        // A command replaces the image's entry point and its arguments alike (CRI).
        let program = command.isEmpty ? image.config.entrypoint : command
        let rest = command.isEmpty && arguments.isEmpty ? image.config.command : arguments
        let all = program + rest
        guard !all.isEmpty else {
            throw NodeError(reason: "CreateContainerError", "no command specified: image \(container.image) has none")
        }
        return all
    }

    private static func split(_ pair: String) -> (String, String) {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }

    private func wholeEnvironment() -> [String] {
        var all = image.config.environment
        if !all.contains(where: { $0.hasPrefix("PATH=") }) {
            all.insert("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", at: 0)
        }
        all.append("HOSTNAME=\(pod.hostname)")
        if container.hasTerminal { all.append("TERM=xterm") }
        return all + environment
    }

    // MARK: Security

    private func number(_ name: String) -> Int? { container.security?[name]?.int }

    /// Who the container runs as: the pod's word over the image's, looked up in the image's own files by the runtime.
    private func user() throws -> UserSpec {
        let additional = pod.security.additionalGroups + (pod.security.fileGroup.map { [$0] } ?? [])
        let group = try identity("runAsGroup") ?? pod.security.group
        if let user = try identity("runAsUser") ?? pod.security.user {
            try refuseRoot(user == 0, "container's runAsUser breaks non-root policy")
            return .named(group.map { "\(user):\($0)" } ?? "\(user)", additional: additional)
        }
        let name = image.config.user.split(separator: ":").first.map(String.init) ?? ""
        let isRoot = name.isEmpty || name == "root" || UInt32(name) == 0
        try refuseRoot(isRoot, "container has runAsNonRoot and image will run as root")
        try refuseRoot(
            UInt32(name) == nil,
            "container has runAsNonRoot and image has non-numeric user (\(name)), cannot verify user is non-root")
        let whole = group.map { "\(name.isEmpty ? "0" : name):\($0)" } ?? image.config.user
        return .named(whole, additional: additional)
    }

    /// A user or group in 0…2³¹-1: what is larger must never wrap round to root.
    private func identity(_ name: String) throws -> UInt32? {
        guard let number = number(name) else { return nil }
        guard (0...Int(Int32.max)).contains(number) else {
            throw NodeError(reason: "CreateContainerConfigError", "\(name) \(number) is out of range")
        }
        return UInt32(number)
    }

    private func refuseRoot(_ condition: Bool, _ message: String) throws {
        let mustNot = container.security?["runAsNonRoot"]?.bool ?? pod.security.mustNotBeRoot
        guard mustNot, condition else { return }
        throw NodeError(
            reason: "CreateContainerConfigError", "\(message) (pod: \"\(pod.label)\", container: \(container.name))")
    }

    private var capabilities: Set<String> {
        var set = ProcessSpec.defaultCapabilities
        let wishes = container.security?["capabilities"]
        let dropped = (wishes?["drop"]?.strings ?? []).map(Self.capability)
        let added = (wishes?["add"]?.strings ?? []).map(Self.capability)
        if dropped.contains("CAP_ALL") { set = [] } else { set.subtract(dropped) }
        if added.contains("CAP_ALL") { set.formUnion(Self.allCapabilities) }
        set.formUnion(added.filter { $0 != "CAP_ALL" })
        if added.contains("CAP_ALL") { set.subtract(dropped) }
        return set
    }

    private static func capability(_ name: String) -> String {
        let upper = name.uppercased()
        return upper.hasPrefix("CAP_") ? upper : "CAP_\(upper)"
    }

    /// capabilities(7), as of Linux 5.9.
    private static let allCapabilities: Set<String> = Set(
        [
            "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN",
            "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE",
            "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE",
            "NET_BROADCAST", "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN",
            "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO",
            "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM",
        ].map { "CAP_\($0)" })

    private func seccomp() throws -> SeccompProfile {
        if isPrivileged { return .unconfined }
        switch container.security?[path: "seccompProfile", "type"]?.string ?? pod.security.seccomp {
        case nil, "RuntimeDefault": return .runtimeDefault
        case "Unconfined": return .unconfined
        case let other:
            throw NodeError(
                reason: "CreateContainerConfigError",
                "seccomp profile \(other ?? "") is not supported: use RuntimeDefault")
        }
    }

    // MARK: Resources

    private var resources: ResourceLimits {
        let memoryRequest = container.request("memory")?.wholeUnits
        let score = QualityOfService(pod).oomScoreAdjustment(memoryRequest: memoryRequest, capacity: memoryCapacity)
        return ResourceLimits(
            cpuRequest: container.request("cpu")?.milliUnits, cpuLimit: container.limit("cpu")?.milliUnits,
            memoryLimit: container.limit("memory")?.wholeUnits, oomScoreAdjustment: score)
    }
}

/// What is kept with a container so that the node knows it again after a restart.
struct ContainerLabels: Equatable {
    var podUID: String
    var podName: String
    var podNamespace: String
    var container: String
    var attempt: Int
    var fingerprint: String
    var imageDigest: String
    var stopSignal: String

    init(_ pod: PodSpec, _ container: ContainerDefinition, _ attempt: Int, _ image: ReadyImage) {
        podUID = pod.uid
        podName = pod.name
        podNamespace = pod.namespace
        self.container = container.name
        self.attempt = attempt
        fingerprint = container.fingerprint
        imageDigest = image.digest
        stopSignal = container.stopSignal ?? image.config.stopSignal
    }

    /// nil for a container that no node made.
    init?(_ labels: [String: String]) {
        guard let uid = labels["belay/pod-uid"], let container = labels["belay/container"],
            let attempt = labels["belay/attempt"].flatMap({ Int($0) })
        else { return nil }
        podUID = uid
        podName = labels["belay/pod"] ?? ""
        podNamespace = labels["belay/namespace"] ?? ""
        self.container = container
        self.attempt = attempt
        fingerprint = labels["belay/fingerprint"] ?? ""
        imageDigest = labels["belay/image"] ?? ""
        stopSignal = labels["belay/stop-signal"] ?? ""
    }

    var values: [String: String] {
        [
            "belay/pod-uid": podUID, "belay/pod": podName, "belay/namespace": podNamespace,
            "belay/container": container, "belay/attempt": String(attempt), "belay/fingerprint": fingerprint,
            "belay/image": imageDigest, "belay/stop-signal": stopSignal,
        ]
    }
}
