import Document
import System

/// config.json's `linux`.
struct OCILinux: Sendable {
    /// The kinds of namespaces and their bits in clone(2).
    enum Namespace: String, CaseIterable, Sendable {
        case pid, network, ipc, uts, mount, user, cgroup, time

        var bits: UInt64 {
            switch self {
            case .pid: NamespaceKind.process
            case .network: NamespaceKind.network
            case .ipc: NamespaceKind.ipc
            case .uts: NamespaceKind.hostname
            case .mount: NamespaceKind.mount
            case .user: 0x1000_0000
            case .cgroup: NamespaceKind.cgroup
            case .time: 0x80
            }
        }

        /// Its file in `/proc/PID/ns`.
        var file: String {
            switch self {
            case .network: "net"
            case .mount: "mnt"
            default: rawValue
            }
        }
    }

    struct Device: Sendable, Hashable {
        var node: DeviceNode
        var user: UInt32
        var group: UInt32
    }

    /// Namespaces to have: a path to join one, an empty one for a new one.
    var namespaces: [Namespace: String]
    var userMappings: [OCIIDMapping]
    var groupMappings: [OCIIDMapping]
    var timeOffsets: String
    var sysctls: [(name: String, value: String)]
    var devices: [Device]
    var resources: OCIResources
    var cgroupsPath: String
    var rootPropagation: UInt64?
    var seccomp: OCISeccomp?
    var maskedPaths: [String]
    var readOnlyPaths: [String]
    var mountLabel: String
    var personality: UInt64?

    init(_ field: ConfigField) throws(ContainerError) {
        namespaces = try Self.namespaces(try field.field("namespaces"))
        userMappings = try OCIIDMapping.list(try field.field("uidMappings"))
        groupMappings = try OCIIDMapping.list(try field.field("gidMappings"))
        timeOffsets = try Self.offsets(try field.field("timeOffsets"))
        sysctls = []
        for (name, value) in try field.field("sysctl").entries() {
            sysctls.append((name, try value.requiredString()))
        }
        devices = try Self.devices(try field.field("devices"))
        resources = try OCIResources(try field.field("resources"))
        cgroupsPath = try field.field("cgroupsPath").string() ?? ""
        rootPropagation = try Self.propagation(try field.field("rootfsPropagation"))
        let seccomp = try field.field("seccomp")
        self.seccomp = seccomp.isPresent ? try OCISeccomp(seccomp) : nil
        maskedPaths = try Self.paths(try field.field("maskedPaths"))
        readOnlyPaths = try Self.paths(try field.field("readonlyPaths"))
        mountLabel = try field.field("mountLabel").string() ?? ""
        personality = try Self.personality(try field.field("personality"))
        if try field.field("intelRdt").isPresent {
            throw try field.field("intelRdt").fault("Intel RDT is not supported")
        }
        try checkMappings(field)
    }

    private static func namespaces(_ field: ConfigField) throws(ContainerError) -> [Namespace: String] {
        var found: [Namespace: String] = [:]
        for item in try field.items(atMost: 64) {
            let type = try item.field("type")
            let name = try type.requiredString()
            guard let kind = Namespace(rawValue: name) else {
                let known = Namespace.allCases.map(\.rawValue).joined(separator: ", ")
                throw type.fault("there is no namespace \"\(name)\"; there are \(known)")
            }
            guard found[kind] == nil else { throw type.fault("the namespace \(name) is there twice") }
            let path = try item.field("path")
            found[kind] = try path.string()?.isEmpty == false ? try path.absolutePath() : ""
            if let file = found[kind], !file.isEmpty, !Files.exists(file) { throw path.fault("\(file) is not there") }
        }
        return found
    }

    private func checkMappings(_ field: ConfigField) throws(ContainerError) {
        guard let path = namespaces[.user] else {
            guard userMappings.isEmpty, groupMappings.isEmpty else {
                throw try field.field("uidMappings").fault("ids are mapped only in a namespace of type \"user\"")
            }
            return
        }
        guard path.isEmpty else { return }
        guard !userMappings.isEmpty else { throw try field.field("uidMappings").fault("a user namespace needs some") }
        guard !groupMappings.isEmpty else { throw try field.field("gidMappings").fault("a user namespace needs some") }
    }

    private static func offsets(_ field: ConfigField) throws(ContainerError) -> String {
        var text = ""
        for (clock, offset) in try field.entries() {
            guard clock == "monotonic" || clock == "boottime" else { throw offset.fault("there is no such clock") }
            let seconds = try offset.field("secs").number(Int64.self) ?? 0
            let nanoseconds = try offset.field("nanosecs").number(UInt32.self) ?? 0
            guard nanoseconds < 1_000_000_000 else {
                throw try offset.field("nanosecs").fault("is a second or more")
            }
            text += "\(clock) \(seconds) \(nanoseconds)\n"
        }
        return text
    }

    private static func paths(_ field: ConfigField) throws(ContainerError) -> [String] {
        var paths: [String] = []
        for item in try field.items() {
            paths.append(try item.required { (field) throws(ContainerError) in try field.absolutePath() })
        }
        return paths
    }

    private static func propagation(_ field: ConfigField) throws(ContainerError) -> UInt64? {
        guard let word = try field.string(), !word.isEmpty else { return nil }
        let recursive: UInt64 = 1 << 14
        let kinds: [String: UInt64] = [
            "shared": 1 << 20, "slave": 1 << 19, "private": 1 << 18, "unbindable": 1 << 17,
        ]
        if let kind = kinds[word] { return kind }
        if word.hasPrefix("r"), let kind = kinds[String(word.dropFirst())] { return kind | recursive }
        throw field.fault("\"\(word)\" is no way to propagate mounts")
    }

    private static func personality(_ field: ConfigField) throws(ContainerError) -> UInt64? {
        guard field.isPresent else { return nil }
        if try !field.field("flags").strings().isEmpty { throw try field.field("flags").fault("none are supported") }
        switch try field.field("domain").requiredString() {
        case "LINUX": return 0
        case "LINUX32": return 8
        case let domain: throw try field.field("domain").fault("there is no domain \(domain)")
        }
    }

    private static func devices(_ field: ConfigField) throws(ContainerError) -> [Device] {
        var devices: [Device] = []
        for item in try field.items(atMost: 1024) {
            let type = try item.field("type")
            let name = try type.requiredString()
            guard let kind: UInt32 = ["c": 0o020000, "u": 0o020000, "b": 0o060000, "p": 0o010000][name] else {
                throw type.fault("\"\(name)\" is no type of device: c, b, u and p are")
            }
            let number = { (key: String, limit: Int64) throws(ContainerError) -> UInt32 in
                let field = try item.field(key)
                if name == "p" { return 0 }
                let value = try field.requiredNumber(Int64.self)
                guard (0...limit).contains(value) else { throw field.fault("there is no device \(value)") }
                return UInt32(value)
            }
            let path = try item.field("path").required { (field) throws(ContainerError) in try field.absolutePath() }
            let mode = try item.field("fileMode").number(UInt32.self) ?? 0o666
            let major = try number("major", 4095)
            let node = DeviceNode(
                path: path, mode: kind | mode & 0o7777, major: major, minor: try number("minor", 1_048_575))
            devices.append(
                Device(
                    node: node, user: try item.field("uid").number(UInt32.self) ?? 0,
                    group: try item.field("gid").number(UInt32.self) ?? 0))
        }
        return devices
    }

    private static let ipcSysctls: Set<String> = [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced",
    ]

    /// Only what a namespace of the container holds may be set.
    func checkSysctls(_ field: ConfigField, hostname: String?) throws(ContainerError) {
        for (name, _) in sysctls {
            let dotted = name.replacing("/", with: ".")
            let setting = try field.field(name)
            let kind: Namespace? =
                if Self.ipcSysctls.contains(dotted) || dotted.hasPrefix("fs.mqueue.") {
                    .ipc
                } else if dotted.hasPrefix("net.") {
                    .network
                } else if dotted == "kernel.domainname" || dotted == "kernel.hostname" {
                    .uts
                } else if dotted.hasPrefix("user.") {
                    .user
                } else {
                    nil
                }
            guard let kind else { throw setting.fault("belongs to the machine, not to a namespace of the container") }
            guard namespaces[kind] != nil else { throw setting.fault("needs a namespace of type \"\(kind.rawValue)\"") }
            if dotted == "kernel.hostname", hostname?.isEmpty == false {
                throw setting.fault("the hostname is set by the field \"hostname\"")
            }
            guard !dotted.split(separator: ".").contains("..") else { throw setting.fault("is no sysctl") }
        }
    }
}
