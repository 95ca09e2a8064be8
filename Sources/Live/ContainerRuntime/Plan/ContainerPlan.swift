import System

/// What a container's plan needs to know beside its spec: places and facts of this machine.
struct PlanContext: Sendable {
    /// The container's folder under the run folder.
    var folder: String
    /// An empty folder that the root is mounted on for a moment, in the container's own mount namespace.
    var mountPoint: String
    var upperFolder: String
    var workFolder: String
    var cgroup: Cgroup
    /// The folder of the sandbox's namespaces; nil without one.
    var sandbox: SandboxPlace?
    /// Whether the cgroup holds the container to its devices; else it may make and open none.
    var devicesAreHeld = true
    /// The compiled filter; nil when unconfined.
    var filter: [UInt8]?
    /// The machine's devices, for privileged containers.
    var machineDevices: [DeviceNode] = []
    /// The highest number of open files that this process may give away.
    var openFiles: UInt64 = 1024
}

/// Where a sandbox keeps what its containers share.
struct SandboxPlace: Sendable, Hashable {
    var folder: String
    var hostNetwork: Bool

    func namespace(_ name: String) -> String { "\(folder)/\(name)" }
    var sharedMemory: String { "\(folder)/shm" }
}

/// A device file.
struct DeviceNode: Sendable, Hashable {
    var path: String
    /// Type and permissions, as in stat(2).
    var mode: UInt32
    var major: UInt32
    var minor: UInt32
}

/// Kinds of namespaces, as clone(2) numbers them.
enum NamespaceKind {
    static let mount: UInt64 = 0x0002_0000
    static let cgroup: UInt64 = 0x0200_0000
    static let hostname: UInt64 = 0x0400_0000
    static let ipc: UInt64 = 0x0800_0000
    static let process: UInt64 = 0x2000_0000
    static let network: UInt64 = 0x4000_0000
}

extension LaunchPlan {
    /// Compiles a container's spec.
    ///
    /// - Throws: `ContainerError` naming what of it cannot be met.
    static func container(_ spec: ContainerSpec, in context: PlanContext) throws(ContainerError) -> LaunchPlan {
        var plan = LaunchPlan([.folder(context.folder)])
        plan.addShimSteps(spec, context)
        plan.addNamespaces(spec, context)
        plan.steps.append(
            .root(
                place: context.mountPoint, upper: context.upperFolder, work: context.workFolder,
                attributes: context.devicesAreHeld || spec.privileged ? [] : .noDevices, layers: spec.root.lowerFolders)
        )
        plan.addOwnMounts(spec, context)
        try plan.addMounts(spec)
        if spec.process.workingFolder != "/" { plan.steps.append(.makeFolder(spec.process.workingFolder, mode: 0o755)) }
        plan.addCovers(spec)
        if let score = spec.resources.outOfMemoryScore { plan.steps.append(.outOfMemoryScore(score)) }
        plan.steps.append(.limit(resource: 7, soft: context.openFiles, hard: context.openFiles))
        plan.steps += [.pivot, .keyring(spec.id)]
        if spec.process.terminal { plan.steps.append(.console(columns: 0, rows: 0)) }
        let held = context.devicesAreHeld
        try plan.addProcess(spec.process, privileged: spec.privileged, devicesAreHeld: held, filter: context.filter)
        return plan
    }

    /// What a container's restrictions are to a program that is executed in it later.
    struct Restrictions: Sendable {
        var cgroup: Cgroup
        var privileged: Bool
        var devicesAreHeld: Bool
        var filter: [UInt8]?
        var outOfMemoryScore: Int?
        var openFiles: UInt64
    }

    /// Compiles a program to execute in a container that runs.
    static func execution(
        _ process: ProcessSpec, under restrictions: Restrictions
    ) throws(ContainerError) -> LaunchPlan {
        var plan = LaunchPlan([.clone(namespaces: 0, cgroup: restrictions.cgroup.unified ?? "")])
        plan.steps += restrictions.cgroup.attachFolders.map { .attach("\($0)/tasks") }
        if let score = restrictions.outOfMemoryScore { plan.steps.append(.outOfMemoryScore(score)) }
        let kinds = NamespaceKind.mount | NamespaceKind.hostname | NamespaceKind.ipc | NamespaceKind.network
        plan.steps.append(.limit(resource: 7, soft: restrictions.openFiles, hard: restrictions.openFiles))
        plan.steps.append(.enter(kinds: kinds | NamespaceKind.cgroup))
        if process.terminal { plan.steps.append(.console(columns: 80, rows: 24)) }
        try plan.addProcess(
            process, privileged: restrictions.privileged, devicesAreHeld: restrictions.devicesAreHeld,
            filter: restrictions.filter)
        return plan
    }

    private mutating func addShimSteps(_ spec: ContainerSpec, _ context: PlanContext) {
        if let log = spec.log {
            steps.append(.log(path: log.path, maximumSize: log.maximumSize, files: log.maximumFiles))
        }
        if spec.process.terminal { steps.append(.terminal) }
        var kinds = NamespaceKind.mount | NamespaceKind.process
        if context.sandbox == nil {
            kinds |= NamespaceKind.hostname | NamespaceKind.ipc
            if !spec.hostNetwork { kinds |= NamespaceKind.network }
        }
        if let file = context.cgroup.outOfMemoryFile { steps.append(.outOfMemoryFile(file)) }
        steps.append(.clone(namespaces: kinds, cgroup: context.cgroup.unified ?? ""))
    }

    private mutating func addNamespaces(_ spec: ContainerSpec, _ context: PlanContext) {
        // Before the new cgroup namespace, whose root is where the process is when it is made.
        steps += context.cgroup.attachFolders.map { .attach("\($0)/tasks") }
        if let sandbox = context.sandbox {
            steps.append(.join(sandbox.namespace("ipc"), kind: NamespaceKind.ipc))
            steps.append(.join(sandbox.namespace("uts"), kind: NamespaceKind.hostname))
            if !sandbox.hostNetwork { steps.append(.join(sandbox.namespace("net"), kind: NamespaceKind.network)) }
        } else {
            steps.append(.hostname(spec.hostname.isEmpty ? String(spec.id.prefix(63)) : spec.hostname))
            if !spec.hostNetwork { steps.append(.loopback) }
        }
        steps += [.unshare(kinds: NamespaceKind.cgroup), .privateMounts]
    }

    private mutating func addMounts(_ spec: ContainerSpec) throws(ContainerError) {
        // Outer places first, so that a mount does not hide one that is to be inside it.
        let depth = { (mount: MountSpec) in mount.target.split(separator: "/").count }
        let ordered = spec.mounts.enumerated().sorted {
            (depth($0.element), $0.offset) < (depth($1.element), $1.offset)
        }
        for (_, mount) in ordered {
            guard mount.target.hasPrefix("/"), !mount.target.split(separator: "/").isEmpty else {
                throw ContainerError(
                    .specification, "mount \(mount.target): the place must be an absolute path other than /")
            }
            switch mount.source {
            case .bind(let source, _):
                steps.append(
                    .bind(
                        source: source, target: mount.target, attributes: mount.isReadOnly ? .readOnly : [], flags: []))
            case .memory(let size, let mode):
                var attributes: MountAttributes = [.noSetUser, .noDevices]
                if mount.isReadOnly { attributes.insert(.readOnly) }
                var memory = FileSystemMount("tmpfs", at: mount.target, attributes, flags: [])
                memory.options.append(.init(name: "mode", value: String(mode, radix: 8)))
                if let size { memory.options.append(.init(name: "size", value: "\(size)")) }
                steps.append(.fileSystem(memory))
            }
        }
    }

    private mutating func addCovers(_ spec: ContainerSpec) {
        let masked = spec.maskedPaths ?? (spec.privileged ? [] : DefaultMounts.maskedPaths)
        let readOnly = spec.readOnlyPaths ?? (spec.privileged ? [] : DefaultMounts.readOnlyPaths)
        steps += masked.map { .mask($0) }
        steps += readOnly.map { .readOnly($0) }
        if spec.root.isReadOnly { steps.append(.readOnlyRoot) }
    }

    /// From the user to the program: privileges go in the order in which the kernel lets them go.
    private mutating func addProcess(
        _ process: ProcessSpec, privileged: Bool, devicesAreHeld: Bool, filter: [UInt8]?
    ) throws(ContainerError) {
        guard let program = process.arguments.first, !program.isEmpty else {
            throw ContainerError(.program, "no program is given: neither the container nor its image names one")
        }
        guard process.workingFolder.hasPrefix("/") else {
            throw ContainerError(.specification, "the working folder \(process.workingFolder) is not an absolute path")
        }
        let wanted = devicesAreHeld ? process.capabilities : process.capabilities.subtracting(["CAP_MKNOD"])
        let kept = privileged ? Capabilities.all : try Capabilities.bits(wanted)
        steps += [.user(process.user), .bounding(kept)]
        // Without no_new_privs only CAP_SYS_ADMIN may load a filter, so it is loaded while that is still there.
        if let filter, !process.noNewPrivileges { steps.append(.seccomp(filter)) }
        steps += [.workingFolder(process.workingFolder), .identity, .capabilities(kept)]
        if process.noNewPrivileges { steps.append(.noNewPrivileges) }
        steps.append(.deathSignal)
        if let filter, process.noNewPrivileges { steps.append(.seccomp(filter)) }
        steps.append(.execute(arguments: process.arguments, environment: Self.lastOfEach(process.environment)))
    }

    /// Of two variables with one name the last one counts, in the place of the first.
    static func lastOfEach(_ environment: [String]) -> [String] {
        var places: [Substring: Int] = [:]
        var kept: [String] = []
        for variable in environment {
            let name = variable.prefix { $0 != "=" }
            if let place = places[name] {
                kept[place] = variable
            } else {
                places[name] = kept.count
                kept.append(variable)
            }
        }
        return kept
    }
}

extension ResourceLimits {
    /// Within what the kernel knows.
    var outOfMemoryScore: Int? { oomScoreAdjustment.map { max(-1000, min(1000, $0)) } }
}
