/// One step of a launch plan: what `belay-shim` does, in order, between clone and execve (Sources/Shim/plan.h).
enum LaunchStep: Sendable, Hashable {
    // By the shim itself, before it clones.
    /// The container's folder, for its state, exit and socket.
    case folder(String)
    case log(path: String, maximumSize: Int, files: Int)
    /// New namespaces (clone(2) flags), and the v2 cgroup to be born in; empty for the shim's own.
    case clone(namespaces: UInt64, cgroup: String)
    /// The file whose `oom_kill` line tells an exit for want of memory.
    case outOfMemoryFile(String)
    /// The process gets a terminal, so the shim makes no pipes.
    case terminal

    // By the process that becomes the program.
    /// The `tasks` file of a v1 cgroup.
    case attach(String)
    /// A namespace held by a file.
    case join(String, kind: UInt64)
    /// Namespaces of the container's first process.
    case enter(kinds: UInt64)
    case unshare(kinds: UInt64)
    /// No mount made from here on is seen outside.
    case privateMounts
    case root(place: String, upper: String, work: String, attributes: MountAttributes, layers: [String])
    case fileSystem(FileSystemMount)
    case bind(source: String, target: String, attributes: MountAttributes, flags: TargetFlags)
    case node(path: String, mode: UInt32, major: UInt32, minor: UInt32)
    case link(path: String, destination: String)
    case makeFolder(String, mode: UInt32)
    case mask(String)
    case readOnly(String)
    case readOnlyRoot
    case pivot
    case hostname(String)
    /// A file beneath `/proc/sys`.
    case sysctl(String, value: String)
    case outOfMemoryScore(Int)
    case limit(resource: UInt32, soft: UInt64, hard: UInt64)
    case keyring(String)
    case console(columns: UInt16, rows: UInt16)
    case workingFolder(String)
    case user(UserSpec)
    case bounding(UInt64)
    /// A program as libseccomp compiles it: `sock_filter`s of eight bytes.
    case seccomp([UInt8])
    case identity
    case capabilities(UInt64)
    case noNewPrivileges
    case deathSignal
    case loopback
    /// Holds this process's namespace of a name in `/proc/self/ns` by a file.
    case keepNamespace(String, path: String)
    case execute(arguments: [String], environment: [String])
    /// A step of containers of the OCI command line.
    case oci(OCIStep)
}

/// A file system that the kernel makes (fsopen(2)).
struct FileSystemMount: Sendable, Hashable {
    /// One option; without a value it is a flag.
    struct Option: Sendable, Hashable {
        var name: String
        var value: String
    }

    var type: String
    var target: String
    var attributes: MountAttributes
    var flags: TargetFlags = .strict
    var options: [Option] = []

    init(
        _ type: String, at target: String, _ attributes: MountAttributes, flags: TargetFlags = .strict,
        options: KeyValuePairs<String, String> = [:]
    ) {
        self.type = type
        self.target = target
        self.attributes = attributes
        self.flags = flags
        self.options = options.map { Option(name: $0.key, value: $0.value) }
    }
}

/// `MOUNT_ATTR_…` of mount_setattr(2).
struct MountAttributes: OptionSet, Sendable, Hashable {
    var rawValue: UInt64

    static let readOnly = MountAttributes(rawValue: 0x1)
    static let noSetUser = MountAttributes(rawValue: 0x2)
    static let noDevices = MountAttributes(rawValue: 0x4)
    static let noExecution = MountAttributes(rawValue: 0x8)
}

/// How a mount's target is found in the root.
struct TargetFlags: OptionSet, Sendable, Hashable {
    var rawValue: UInt64

    /// No link on the way: for the kernel's own file systems.
    static let strict = TargetFlags(rawValue: 1)
    /// A file system that the kernel lacks is left out.
    static let optional = TargetFlags(rawValue: 2)
}

extension LaunchStep {
    /// What the step does, for the error of a container that did not start: `mount /data`.
    var name: String {
        switch self {
        case .folder(let path): "open the container's folder \(path)"
        case .log(let path, _, _): "open the log \(path)"
        case .clone: "make the container's namespaces"
        case .outOfMemoryFile(let path): "watch \(path)"
        case .terminal: "prepare the terminal"
        case .attach(let path): "enter the cgroup \(path)"
        case .join(let path, _): "join the namespace \(path)"
        case .enter: "enter the container"
        case .unshare: "make namespaces"
        case .privateMounts: "keep mounts private"
        case .root: "mount the root file system"
        case .fileSystem(let mount): "mount \(mount.type) on \(mount.target)"
        case .bind(let source, let target, _, _): "mount \(source) on \(target)"
        case .node(let path, _, _, _): "make the device \(path)"
        case .link(let path, _): "make the link \(path)"
        case .makeFolder(let path, _): "make the folder \(path)"
        case .mask(let path): "mask \(path)"
        case .readOnly(let path): "make \(path) read-only"
        case .readOnlyRoot: "make the root read-only"
        case .pivot: "enter the root file system"
        case .hostname: "set the host name"
        case .sysctl(let path, _): "set the sysctl \(path.replacing("/", with: "."))"
        case .outOfMemoryScore: "set oom_score_adj"
        case .limit: "set a resource limit"
        case .keyring: "make a session keyring"
        case .console: "open a terminal"
        case .workingFolder(let path): "enter the working folder \(path)"
        case .user(let user): "find the user \(user.text)"
        case .bounding: "drop capabilities"
        case .seccomp: "load the system call filter"
        case .identity: "become the user"
        case .capabilities: "set capabilities"
        case .noNewPrivileges: "forbid new privileges"
        case .deathSignal: "tie the process to its shim"
        case .loopback: "bring up the loopback interface"
        case .keepNamespace(let name, _): "keep the \(name) namespace"
        case .execute(let arguments, _): "execute \(arguments.first ?? "")"
        case .oci(let step): step.name
        }
    }

    /// Whose fault it is when the step fails.
    var fault: ContainerError.Code {
        switch self {
        case .execute: .program
        case .fileSystem, .bind, .node, .link, .makeFolder, .workingFolder, .user, .sysctl, .hostname: .specification
        default: .machine
        }
    }
}

extension UserSpec {
    /// As it was asked for.
    var text: String {
        switch self {
        case .ids(let user, let group, _): "\(user):\(group)"
        case .named(let name, _): name
        }
    }
}
