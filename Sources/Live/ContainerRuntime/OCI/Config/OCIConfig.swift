import Document

/// A container as runtime-spec 1.2's `config.json` describes it; Linux only.
struct OCIConfig: Sendable {
    struct Root: Sendable, Hashable {
        var path: String
        var isReadOnly: Bool
    }

    struct Hooks: Sendable, Hashable {
        var prestart: [OCIHook] = []
        var createRuntime: [OCIHook] = []
        var createContainer: [OCIHook] = []
        var startContainer: [OCIHook] = []
        var poststart: [OCIHook] = []
        var poststop: [OCIHook] = []
    }

    static let maximumMounts = 1024
    /// What is read at most, in bytes.
    static let maximumLength = 8 << 20

    var version: String
    var process: OCIProcess?
    var root: Root
    var hostname: String?
    var domainName: String?
    var mounts: [OCIMount]
    var hooks: Hooks
    var annotations: [String: String]
    var linux: OCILinux

    /// Reads a config and checks all that can be checked before anything is made.
    ///
    /// - Throws: `ContainerError` that names the field.
    init(_ bytes: [UInt8]) throws(ContainerError) {
        let document: Value
        do {
            document = try JSON.parse(bytes, limits: YAML.Limits.default)
        } catch {
            throw ContainerError(.specification, "\(error)")
        }
        try self.init(ConfigField(document, at: ""))
    }

    private init(_ field: ConfigField) throws(ContainerError) {
        guard field.value?.fields != nil else { throw field.fault("the config must be a JSON object") }
        version = try Self.version(try field.field("ociVersion"))
        linux = try OCILinux(try field.field("linux"))
        root = try Self.root(try field.field("root"))
        hostname = try field.field("hostname").string()
        domainName = try field.field("domainname").string()
        mounts = []
        for item in try field.field("mounts").items(atMost: Self.maximumMounts) {
            mounts.append(try OCIMount(item))
        }
        hooks = try Self.hooks(try field.field("hooks"))
        annotations = [:]
        for (key, value) in try field.field("annotations").entries() {
            annotations[key] = try value.requiredString()
        }
        let process = try field.field("process")
        self.process = process.isPresent ? try OCIProcess(process) : nil
        try checkNamespaces(field)
        try checkUser(process)
    }

    private static func version(_ field: ConfigField) throws(ContainerError) -> String {
        let version = try field.requiredString()
        let core = version.prefix { $0 != "-" && $0 != "+" }
        let numbers = core.split(separator: ".", omittingEmptySubsequences: false).map { UInt16($0) }
        guard numbers.count == 3, !numbers.contains(nil) else { throw field.fault("\"\(version)\" is no version") }
        guard numbers[0] == 1 else { throw field.fault("version \(version) is not supported: 1.x is") }
        return version
    }

    private static func root(_ field: ConfigField) throws(ContainerError) -> Root {
        guard field.isPresent else { throw field.fault("is missing") }
        let path = try field.field("path").requiredString()
        guard !path.isEmpty else { throw try field.field("path").fault("is empty") }
        return Root(path: path, isReadOnly: try field.field("readonly").bool() ?? false)
    }

    private static func hooks(_ field: ConfigField) throws(ContainerError) -> Hooks {
        Hooks(
            prestart: try OCIHook.list(try field.field("prestart")),
            createRuntime: try OCIHook.list(try field.field("createRuntime")),
            createContainer: try OCIHook.list(try field.field("createContainer")),
            startContainer: try OCIHook.list(try field.field("startContainer")),
            poststart: try OCIHook.list(try field.field("poststart")),
            poststop: try OCIHook.list(try field.field("poststop")))
    }

    /// What needs a namespace that the config does not ask for would act on the machine itself.
    private func checkNamespaces(_ field: ConfigField) throws(ContainerError) {
        if let hostname, !hostname.isEmpty, linux.namespaces[.uts] == nil {
            throw try field.field("hostname").fault("needs a namespace of type \"uts\"")
        }
        if let hostname, hostname.utf8.count > 64 {
            throw try field.field("hostname").fault("is longer than 64 bytes")
        }
        if let domainName, !domainName.isEmpty, linux.namespaces[.uts] == nil {
            throw try field.field("domainname").fault("needs a namespace of type \"uts\"")
        }
        let linuxField = try field.field("linux")
        if linux.namespaces[.mount] == nil, !(linux.maskedPaths + linux.readOnlyPaths).isEmpty {
            throw try linuxField.field("maskedPaths").fault("masks need a namespace of type \"mount\"")
        }
        try linux.checkSysctls(try linuxField.field("sysctl"), hostname: hostname)
    }

    /// In a user namespace only mapped ids are somebody.
    private func checkUser(_ field: ConfigField) throws(ContainerError) {
        guard let process, linux.namespaces[.user] != nil, !linux.userMappings.isEmpty else { return }
        let user = try field.field("user")
        guard linux.userMappings.contains(where: { $0.holds(process.user) }) else {
            throw try user.field("uid").fault("\(process.user) is not in linux.uidMappings")
        }
        guard linux.groupMappings.contains(where: { $0.holds(process.group) }) else {
            throw try user.field("gid").fault("\(process.group) is not in linux.gidMappings")
        }
    }
}

/// A program that is run at a moment of a container's life.
struct OCIHook: Sendable, Hashable {
    var path: String
    var arguments: [String]
    var environment: [String]
    /// Seconds; nil without a limit.
    var timeout: UInt32?

    static func list(_ field: ConfigField) throws(ContainerError) -> [OCIHook] {
        var hooks: [OCIHook] = []
        for item in try field.items(atMost: 64) {
            let path = try item.field("path").required { (field) throws(ContainerError) in try field.absolutePath() }
            let arguments = try item.field("args").strings()
            let timeout = try item.field("timeout").number(UInt32.self)
            if timeout == 0 { throw try item.field("timeout").fault("must be more than 0") }
            hooks.append(
                OCIHook(
                    path: path, arguments: arguments.isEmpty ? [path] : arguments,
                    environment: try item.field("env").strings(), timeout: timeout))
        }
        return hooks
    }
}

/// Ids of a container and the machine's that they stand for.
struct OCIIDMapping: Sendable, Hashable {
    var container: UInt32
    var host: UInt32
    var size: UInt32

    func holds(_ id: UInt32) -> Bool { id >= container && UInt64(id) < UInt64(container) + UInt64(size) }

    static func list(_ field: ConfigField) throws(ContainerError) -> [OCIIDMapping] {
        var mappings: [OCIIDMapping] = []
        for item in try field.items(atMost: 340) {
            let number = { (name: String) throws(ContainerError) -> UInt32 in
                try item.field(name).requiredNumber(UInt32.self)
            }
            let mapping = OCIIDMapping(
                container: try number("containerID"), host: try number("hostID"), size: try number("size"))
            guard mapping.size > 0 else { throw try item.field("size").fault("must be more than 0") }
            let most = UInt64(UInt32.max)
            guard UInt64(mapping.container) + UInt64(mapping.size) <= most,
                UInt64(mapping.host) + UInt64(mapping.size) <= most
            else { throw item.fault("the ids are out of range") }
            mappings.append(mapping)
        }
        return mappings
    }

    /// As `/proc/PID/uid_map` takes them.
    static func text(_ mappings: [OCIIDMapping]) -> String {
        mappings.map { "\($0.container) \($0.host) \($0.size)\n" }.joined()
    }
}
