import CLinux
import Glibc
import System

/// Compiles a config to the steps that the shim carries out.
struct OCIPlan {
    /// What the plan needs to know beside the config.
    struct Context {
        var id: String
        var bundle: String
        var cgroup: OCICgroup
        /// The compiled filter; nil without one.
        var filter: [UInt8]?
        /// Whether the program waits for `start`.
        var awaitsStart: Bool
        var preserved = 0
        var avoidsPivot = false
        var keepsKeyring = false
        /// The container's state for hooks, a byte of 1 for its pid.
        var state: (_ status: String) -> [UInt8]
    }

    let config: OCIConfig
    let context: Context
    private var before: [LaunchStep] = []
    private var steps: [LaunchStep] = []
    private var trees = 0
    private var idMaps: [String: Int] = [:]

    /// - Throws: `ContainerError` naming the field that cannot be met.
    static func compile(_ config: OCIConfig, in context: Context) throws(ContainerError) -> LaunchPlan {
        var plan = OCIPlan(config, context)
        try plan.addRoot()
        try plan.addMounts()
        plan.addDevices()
        plan.addHooks()
        plan.addCovers()
        plan.addNames()
        plan.enterRoot()
        try plan.addProcess()
        try plan.addNamespaces()
        return LaunchPlan(plan.before + plan.steps)
    }

    private init(_ config: OCIConfig, _ context: Context) {
        self.config = config
        self.context = context
    }

    private var linux: OCILinux { config.linux }
    private var hasOwnMounts: Bool { linux.namespaces[.mount]?.isEmpty == true }
    private var hasUsers: Bool { linux.namespaces[.user] != nil }

    private mutating func early(_ field: String, _ body: OCIStep.Body) { before.append(.oci(OCIStep(field, body))) }
    private mutating func add(_ field: String, _ body: OCIStep.Body) { steps.append(.oci(OCIStep(field, body))) }

    /// A copy of a part of the machine's file system; its number. In a user namespace only the machine's root may open it.
    private mutating func tree(
        _ field: String, _ source: String, isRecursive: Bool, _ attributes: OCIStep.TreeAttributes = .init()
    ) -> Int {
        let isInside = hasOwnMounts && !hasUsers
        let step = OCIStep.Body.tree(
            source: source, isRecursive: isRecursive, attributes, isInside: isInside)
        if isInside { add(field, step) } else { early(field, step) }
        trees += 1
        return trees - 1
    }
}

// Namespaces, root and what surrounds it.
extension OCIPlan {
    private static let recursive: UInt64 = 1 << 14
    private static let slave: UInt64 = 1 << 19
    private static let `private`: UInt64 = 1 << 18

    private mutating func addRoot() throws(ContainerError) {
        let path = config.root.path.hasPrefix("/") ? config.root.path : "\(context.bundle)/\(config.root.path)"
        guard Files.isFolder(path) else { throw ContainerError(.specification, "root.path: \(path) is no folder") }
        guard let resolved = realpath(path, nil) else { throw ContainerError(.specification, "root.path: \(path)") }
        defer { free(resolved) }
        let root = String(cString: resolved)
        guard root != "/" else { throw ContainerError(.specification, "root.path: the machine's own root") }
        guard hasOwnMounts else { return add("root.path", .openRoot(root, isBound: true)) }
        var attributes = OCIStep.TreeAttributes()
        attributes.propagation = Self.slave
        attributes.propagatesAll = true
        let tree = tree("root.path", root, isRecursive: true, attributes)
        add("linux.rootfsPropagation", .propagation(linux.rootPropagation ?? Self.slave | Self.recursive))
        // The new root is mounted over this one, and that is not to be seen anywhere else.
        add("linux.rootfsPropagation", .propagation(Self.private))
        add("root.path", .treeRoot(tree))
    }

    private mutating func enterRoot() {
        steps.append(hasOwnMounts && !context.avoidsPivot ? .pivot : .oci(OCIStep("root.path", .changeRoot)))
        if hasOwnMounts, let propagation = linux.rootPropagation {
            add("linux.rootfsPropagation", .propagation(propagation))
        }
    }

    /// What is done before the clone, and first of all after it.
    private mutating func addNamespaces() throws(ContainerError) {
        let joined: [OCILinux.Namespace] = [.network, .ipc, .uts, .cgroup, .time, .pid, .user, .mount]
        for (_, folder) in context.cgroup.cgroup.attachFolders.enumerated() {
            early("linux.cgroupsPath", .tasks("\(folder)/tasks"))
        }
        if let score = config.process?.outOfMemoryScore { early("process.oomScoreAdj", .score(score)) }
        if context.preserved > 0 { early("--preserve-fds", .preserve(context.preserved)) }
        if linux.namespaces[.time]?.isEmpty == true { early("linux.timeOffsets", .timeOffsets(linux.timeOffsets)) }
        if linux.namespaces[.user]?.isEmpty == true {
            early(
                "linux.uidMappings",
                .ownIDs(
                    users: OCIIDMapping.text(linux.userMappings), groups: OCIIDMapping.text(linux.groupMappings),
                    deniesGroups: geteuid() != 0))
        }
        let made = linux.namespaces.filter { $0.value.isEmpty && $0.key != .cgroup && $0.key != .time }
        let flags = made.keys.reduce(UInt64(0)) { $0 | $1.bits }
        before.append(.clone(namespaces: flags, cgroup: context.cgroup.cgroup.unified ?? ""))
        for kind in joined {
            guard let path = linux.namespaces[kind], !path.isEmpty else { continue }
            early("linux.namespaces", .joinBefore(path, kind: kind.bits))
        }
        var first: [LaunchStep] = [.oci(OCIStep("linux.cgroupsPath", .enterTasks))]
        if hasUsers { first.append(.oci(OCIStep("linux.uidMappings", .mapped))) }
        if linux.namespaces[.cgroup]?.isEmpty == true { first.append(.unshare(kinds: NamespaceKind.cgroup)) }
        if linux.namespaces[.network]?.isEmpty == true { first.append(.loopback) }
        steps = first + steps
    }

    private mutating func addNames() {
        if let hostname = config.hostname, !hostname.isEmpty { steps.append(.hostname(hostname)) }
        if let name = config.domainName, !name.isEmpty { add("domainname", .domainName(name)) }
        for (name, value) in linux.sysctls {
            let path = name.contains("/") ? name : name.replacing(".", with: "/")
            steps.append(.sysctl(path, value: value))
        }
        if let label = SecurityLabels(config).exec { add("process", .label(label.file, label.text)) }
    }

    private mutating func addHooks() {
        let hooks = config.hooks
        if !hooks.prestart.isEmpty || !hooks.createRuntime.isEmpty { add("hooks.createRuntime", .reached) }
        for (index, hook) in hooks.createContainer.enumerated() {
            add("hooks.createContainer[\(index)]", .hook(hook, state: context.state("creating")))
        }
    }

    private mutating func addCovers() {
        for mount in config.mounts where isDeviceFolder(mount) && mount.attributes.set & 1 != 0 {
            steps.append(.readOnly("/dev"))
        }
        // The terminal comes before what makes places read-only.
        if let process = config.process, process.terminal {
            steps.append(
                .console(columns: process.consoleSize?.columns ?? 0, rows: process.consoleSize?.rows ?? 0))
            add("process.terminal", .consoleDevice)
        }
        steps += linux.readOnlyPaths.map { .readOnly($0) }
        steps += linux.maskedPaths.map { .mask($0) }
        if let cwd = config.process?.workingFolder, cwd != "/" { steps.append(.makeFolder(cwd, mode: 0o755)) }
        if config.root.isReadOnly { steps.append(.readOnlyRoot) }
    }
}

// Mounts and devices.
extension OCIPlan {
    private mutating func addMounts() throws(ContainerError) {
        for mount in config.mounts {
            if mount.type == "cgroup" || mount.type == "cgroup2", !mount.isBind {
                addCgroups(mount)
            } else if mount.isBind {
                try addBind(mount)
            } else {
                try addFileSystem(mount)
            }
        }
    }

    private mutating func attributes(of mount: OCIMount) throws(ContainerError) -> OCIStep.TreeAttributes {
        var attributes = OCIStep.TreeAttributes()
        attributes.own = mount.attributes
        attributes.all = mount.recursiveAttributes
        attributes.propagation = mount.propagation
        attributes.propagatesAll = mount.propagatesAll
        guard mount.isMapped else { return attributes }
        let users = mount.userMappings.isEmpty ? linux.userMappings : mount.userMappings
        let groups = mount.groupMappings.isEmpty ? linux.groupMappings : mount.groupMappings
        guard !users.isEmpty else {
            throw ContainerError(
                .specification, "\(mount.path).uidMappings: an id-mapped mount needs them, or a user namespace's")
        }
        let key = OCIIDMapping.text(users) + "/" + OCIIDMapping.text(groups)
        if idMaps[key] == nil {
            // Before the trees that use it.
            let map = LaunchStep.oci(
                OCIStep(mount.path, .idMap(users: OCIIDMapping.text(users), groups: OCIIDMapping.text(groups))))
            before.append(map)
            idMaps[key] = idMaps.count + 1
        }
        attributes.idMap = idMaps[key] ?? 0
        attributes.mapsAll = mount.isMappedAll
        return attributes
    }

    private mutating func addBind(_ mount: OCIMount) throws(ContainerError) {
        let source = mount.source.hasPrefix("/") ? mount.source : "\(context.bundle)/\(mount.source)"
        guard Files.exists(source) else {
            throw ContainerError(.specification, "\(mount.path).source: \(source): no such file or directory")
        }
        if OCIMount.parts(of: mount.destination) == ["proc"] {
            guard linux_is_proc(source) == 1 else {
                throw ContainerError(.specification, "\(mount.path).destination: only a proc may be mounted there")
            }
        }
        var attributes = try attributes(of: mount)
        if attributes.propagation == 0, (linux.rootPropagation ?? 0) & 1 << 20 == 0 {
            // What the machine mounts there later is seen, and nothing of the container's goes back.
            attributes.propagation = Self.slave
            attributes.propagatesAll = true
        }
        let tree = tree("\(mount.path).source", source, isRecursive: mount.isRecursive, attributes)
        add(mount.path, .place(tree: tree, target: mount.destination, flags: flags(of: mount)))
    }

    private func flags(of mount: OCIMount) -> UInt64 { mount.isInProc ? OCIStep.PlaceFlags.inProc : 0 }

    private func isDeviceFolder(_ mount: OCIMount) -> Bool {
        !mount.isBind && OCIMount.parts(of: mount.destination) == ["dev"]
    }

    private static let kernelTypes: Set<String> = ["proc", "sysfs", "devpts", "mqueue"]

    private mutating func addFileSystem(_ mount: OCIMount) throws(ContainerError) {
        var attributes = try attributes(of: mount)
        // Devices are to be made in it first.
        if isDeviceFolder(mount) { attributes.own.set &= ~1 }
        let isKernels = Self.kernelTypes.contains(mount.type) || isDeviceFolder(mount)
        var fileSystem = FileSystemMount(mount.type, at: mount.destination, [])
        fileSystem.options = mount.options.map { .init(name: $0.name, value: $0.value) }
        if let context = SecurityLabels(config).mountContext, mount.type == "tmpfs" {
            fileSystem.options.append(.init(name: "context", value: context))
        }
        let source = mount.source.isEmpty ? mount.type : mount.source
        add(
            mount.path,
            .mount(
                fileSystem, source: source, flags: isKernels ? OCIStep.PlaceFlags.strict : flags(of: mount),
                attributes: attributes, copiesUp: mount.copiesUp))
    }

    /// The container's own cgroups, as its cgroup namespace shows them; without one, as the machine does.
    private mutating func addCgroups(_ mount: OCIMount) {
        let cgroup = context.cgroup.cgroup
        let isVirtual = linux.namespaces[.cgroup] != nil
        var attributes = OCIStep.TreeAttributes()
        attributes.own = mount.attributes
        let strict = OCIStep.PlaceFlags.strict
        let show = { (plan: inout OCIPlan, type: String, folder: String, target: String, options: [(String, String)]) in
            if isVirtual {
                var fileSystem = FileSystemMount(type, at: target, [])
                fileSystem.options = options.map { .init(name: $0.0, value: $0.1) }
                plan.add(
                    mount.path,
                    .mount(fileSystem, source: "cgroup", flags: strict, attributes: attributes, copiesUp: false))
            } else {
                let tree = plan.tree(mount.path, folder, isRecursive: true, attributes)
                plan.add(mount.path, .place(tree: tree, target: target, flags: strict))
            }
        }
        if cgroup.isUnifiedOnly || mount.type == "cgroup2" {
            return show(&self, "cgroup2", cgroup.unified ?? "", mount.destination, [])
        }
        var tmpfs = FileSystemMount("tmpfs", at: mount.destination, [])
        tmpfs.options = [.init(name: "mode", value: "755"), .init(name: "size", value: "64k")]
        var open = attributes
        open.own.set &= ~1
        add(mount.path, .mount(tmpfs, source: "tmpfs", flags: strict, attributes: open, copiesUp: false))
        let groups = Dictionary(grouping: cgroup.legacy.keys, by: { cgroup.legacy[$0] ?? "" })
        for (folder, names) in groups.sorted(by: { $0.key < $1.key }) {
            let controllers = names.sorted()
            let name = controllers.joined(separator: ",").replacing("name=", with: "")
            let options = controllers.map { $0.hasPrefix("name=") ? ("name", String($0.dropFirst(5))) : ($0, "") }
            show(&self, "cgroup", folder, "\(mount.destination)/\(name)", options)
            for alias in controllers where controllers.count > 1 {
                steps.append(.link(path: "\(mount.destination)/\(alias)", destination: name))
            }
        }
        if let unified = cgroup.unified { show(&self, "cgroup2", unified, "\(mount.destination)/unified", []) }
        if attributes.own.set & 1 != 0 { steps.append(.readOnly(mount.destination)) }
    }

    private mutating func addDevices() {
        // A /dev that is the machine's has its own.
        let brings = config.mounts.contains { $0.isBind && OCIMount.parts(of: $0.destination) == ["dev"] }
        if brings { return }
        var devices: [(field: String, device: OCILinux.Device)] = []
        for (index, device) in linux.devices.enumerated() { devices.append(("linux.devices[\(index)]", device)) }
        let named = Set(devices.map { OCIMount.parts(of: $0.device.node.path).joined(separator: "/") })
        for node in DefaultMounts.devices where !named.contains(String(node.path.dropFirst())) {
            devices.append(("linux.devices", OCILinux.Device(node: node, user: 0, group: 0)))
        }
        for (field, device) in devices {
            // Container managers name it; it is a link to the container's own terminals.
            if OCIMount.parts(of: device.node.path) == ["dev", "ptmx"] { continue }
            if hasUsers {
                let tree = tree(field, device.node.path, isRecursive: false)
                add(field, .place(tree: tree, target: device.node.path, flags: OCIStep.PlaceFlags.strict))
            } else {
                add(field, .device(device))
            }
        }
        for (path, destination) in DefaultMounts.links { steps.append(.link(path: path, destination: destination)) }
    }
}

// The program.
extension OCIPlan {
    private mutating func addProcess() throws(ContainerError) {
        if !context.keepsKeyring { steps.append(.keyring("_ses.\(context.id)")) }
        guard let process = config.process else {
            add("process", .awaitStart)
            return
        }
        add("process.cwd", .umask(process.umask ?? 0o022))
        steps.append(.workingFolder(process.workingFolder))
        add("process.args", .findProgram(process.arguments[0], path: process.searchPath))
        if context.awaitsStart { add("start", .awaitStart) }
        for (index, hook) in config.hooks.startContainer.enumerated() {
            add("hooks.startContainer[\(index)]", .hook(hook, state: context.state("created")))
        }
        if let personality = linux.personality { add("linux.personality", .personality(personality)) }
        let seccomp = linux.seccomp
        let listener = seccomp?.notifies == true ? Self.listenerState(seccomp, context) : []
        steps += process.steps(filter: context.filter, flags: seccomp?.flags ?? 0, listener: listener)
    }

    /// What the agent behind `listenerPath` is told with the descriptor (runtime-spec, "Container Process State").
    private static func listenerState(_ seccomp: OCISeccomp?, _ context: Context) -> [UInt8] {
        let state = String(decoding: context.state("creating"), as: UTF8.self)
        let metadata = JSONText.quoted(seccomp?.listenerMetadata ?? "")
        let head = "{\"ociVersion\":\"\(OCIRuntime.specVersion)\",\"fds\":[\"seccompFd\"],\"pid\":\u{1},"
        return Array((head + "\"metadata\":\(metadata),\"state\":\(state)}").utf8)
    }
}

extension OCIProcess {
    /// Where programs without a slash are looked for.
    var searchPath: String {
        let found = environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5)
        return found.map(String.init) ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    }

    /// From the user to the program: privileges go in the order in which the kernel lets them go.
    ///
    /// - Parameters:
    ///   - filter: its program; loaded last, and where new privileges are not forbidden, while CAP_SYS_ADMIN is there.
    ///   - listener: what goes to the filter's agent; empty without one.
    func steps(filter: [UInt8]?, flags: UInt64, listener: [UInt8]) -> [LaunchStep] {
        var steps: [LaunchStep] = []
        if let scheduler { steps.append(.oci(OCIStep("process.scheduler", .scheduler(scheduler)))) }
        if let ioPriority { steps.append(.oci(OCIStep("process.ioPriority", .ioPriority(ioPriority)))) }
        steps += [
            .oci(OCIStep("process.user", .user(user, group: group, additional: additionalGroups))),
            .bounding(capabilities.bounding),
        ]
        for limit in limits { steps.append(.limit(resource: limit.resource, soft: limit.soft, hard: limit.hard)) }
        steps.append(.identity)
        let waits = filter != nil && !noNewPrivileges
        steps.append(.oci(OCIStep("process.capabilities", .capabilitySets(capabilities, waits: waits))))
        if noNewPrivileges { steps.append(.noNewPrivileges) }
        if let filter {
            steps.append(.oci(OCIStep("linux.seccomp", .filter(flags: flags, program: filter, state: listener))))
        }
        steps.append(.execute(arguments: arguments, environment: LaunchPlan.lastOfEach(environment)))
        return steps
    }
}

/// What the machine's security module gives programs and mounts; nothing where none is active.
struct SecurityLabels {
    /// The file beneath `/proc/self/attr` and what is written to it.
    var exec: (file: String, text: String)?
    var mountContext: String?

    init(_ config: OCIConfig) {
        guard let process = config.process else { return }
        if Self.hasAppArmor, !process.appArmorProfile.isEmpty {
            let file = Files.exists("/proc/self/attr/apparmor/exec") ? "apparmor/exec" : "exec"
            exec = (file, "exec \(process.appArmorProfile)")
        }
        guard Self.hasSELinux else { return }
        if !process.seLinuxLabel.isEmpty { exec = ("exec", process.seLinuxLabel) }
        if !config.linux.mountLabel.isEmpty { mountContext = config.linux.mountLabel }
    }

    static var hasAppArmor: Bool {
        (try? Files.text("/sys/module/apparmor/parameters/enabled"))?.hasPrefix("Y") == true
    }

    static var hasSELinux: Bool { Files.exists("/sys/fs/selinux/enforce") }

    /// - Throws: `ContainerError` for a profile that nothing here can enforce.
    static func check(_ process: OCIProcess) throws(ContainerError) {
        if !process.appArmorProfile.isEmpty, !hasAppArmor {
            throw ContainerError(.specification, "process.apparmorProfile: AppArmor is not active on this machine")
        }
        if !process.seLinuxLabel.isEmpty, !hasSELinux {
            throw ContainerError(.specification, "process.selinuxLabel: SELinux is not active on this machine")
        }
    }
}
