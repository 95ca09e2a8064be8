package import System

/// Containers as the node and the builder see them: started from a spec, found again after a restart, watched for
/// their exit. Belay's runtime is one; tests hand in another.
package protocol ContainerEngine: Sendable {
    /// Makes the namespaces that a pod's containers share, held by files, without a process.
    func createSandbox(_ spec: SandboxSpec) async throws -> Sandbox

    /// Ends what is left in a sandbox and removes its namespaces and cgroup; one that is gone already is fine.
    func removeSandbox(_ id: String) async throws

    /// The sandboxes that are there, from the run folder.
    func sandboxes() async throws -> [Sandbox]

    /// Starts a container; returns once its program has been executed.
    ///
    /// - Throws: `ContainerError` naming the step that failed: a mount, the program, the user.
    func start(_ spec: ContainerSpec) async throws -> ContainerState

    /// A container's state, read from the run folder and the kernel; nil when there is none of that name.
    func state(_ id: String) async throws -> ContainerState?

    /// All containers, ended ones that were not removed included.
    func list() async throws -> [ContainerState]

    /// Exits as they happen, those included that happened while nobody listened; each is told once a stream.
    func exits() -> AsyncStream<ContainerState>

    /// Sends a signal to a container's first process, or to every process of it.
    func kill(_ id: String, signal: Int32, all: Bool) async throws

    /// Forgets a container that has ended: its files, mounts and cgroup.
    func remove(_ id: String) async throws

    /// Runs a program in a running container, with its namespaces, cgroup, user and restrictions.
    func exec(_ id: String, _ spec: ExecSpec) async throws -> any RunningExec
}

/// What the containers of one pod share.
package struct SandboxSpec: Sendable {
    /// The pod's uid, or another name that is unique on this machine: letters, digits, `-`.
    package var id: String
    package var hostname: String
    /// Uses the machine's network and not one of its own.
    package var hostNetwork: Bool
    /// Limits of the pod as a whole.
    package var resources: ResourceLimits
    package var sysctls: [String: String]

    package init(
        id: String, hostname: String, hostNetwork: Bool = false, resources: ResourceLimits = ResourceLimits(),
        sysctls: [String: String] = [:]
    ) {
        self.id = id
        self.hostname = hostname
        self.hostNetwork = hostNetwork
        self.resources = resources
        self.sysctls = sysctls
    }
}

/// A sandbox that is there.
package struct Sandbox: Sendable, Hashable {
    package var id: String
    /// The file that holds its network namespace; nil with the machine's.
    package var networkNamespace: String?

    package init(id: String, networkNamespace: String?) {
        self.id = id
        self.networkNamespace = networkNamespace
    }
}

/// Limits that a cgroup holds; nil leaves one to the kernel.
package struct ResourceLimits: Sendable, Hashable {
    /// Thousandths of a core.
    package var cpuRequest: Int?
    package var cpuLimit: Int?
    /// Bytes.
    package var memoryLimit: Int?
    /// Processes and threads.
    package var pids: Int?
    /// -1000…1000; clamped to what this process may set.
    package var oomScoreAdjustment: Int?

    /// What a container has unless somebody says otherwise: room for any server, and far from all that the machine has,
    /// so that a container that forks without end stops nobody but itself.
    package static let usualPIDs = 2048

    package init(
        cpuRequest: Int? = nil, cpuLimit: Int? = nil, memoryLimit: Int? = nil, pids: Int? = usualPIDs,
        oomScoreAdjustment: Int? = nil
    ) {
        self.cpuRequest = cpuRequest
        self.cpuLimit = cpuLimit
        self.memoryLimit = memoryLimit
        self.pids = pids
        self.oomScoreAdjustment = oomScoreAdjustment
    }
}

/// A container to start. What the OCI runtime-spec's `config.json` says, less what only `belay oci` needs.
package struct ContainerSpec: Sendable {
    /// Unique on this machine: letters, digits, `-`, `_`, `.`.
    package var id: String
    /// The sandbox to run in; nil for namespaces of its own.
    package var sandbox: String?
    /// The machine's network namespace, where there is no sandbox (image builds).
    package var hostNetwork: Bool
    package var hostname: String
    package var root: RootFileSystem
    package var process: ProcessSpec
    package var mounts: [MountSpec]
    package var resources: ResourceLimits
    /// Runs with all capabilities, devices and without filters.
    package var privileged: Bool
    package var seccomp: SeccompProfile
    /// Replaces the default masked and read-only paths.
    package var maskedPaths: [String]?
    package var readOnlyPaths: [String]?
    /// Where output goes, in CRI form; nil discards it.
    package var log: LogSpec?
    /// Kept with the container and given back with its state.
    package var labels: [String: String]

    package init(
        id: String, sandbox: String? = nil, hostNetwork: Bool = false, hostname: String = "", root: RootFileSystem,
        process: ProcessSpec, mounts: [MountSpec] = [], resources: ResourceLimits = ResourceLimits(),
        privileged: Bool = false, seccomp: SeccompProfile = .runtimeDefault, maskedPaths: [String]? = nil,
        readOnlyPaths: [String]? = nil, log: LogSpec? = nil, labels: [String: String] = [:]
    ) {
        self.id = id
        self.sandbox = sandbox
        self.hostNetwork = hostNetwork
        self.hostname = hostname
        self.root = root
        self.process = process
        self.mounts = mounts
        self.resources = resources
        self.privileged = privileged
        self.seccomp = seccomp
        self.maskedPaths = maskedPaths
        self.readOnlyPaths = readOnlyPaths
        self.log = log
        self.labels = labels
    }
}

/// A container's root.
package struct RootFileSystem: Sendable, Hashable {
    /// Folders for overlayfs' `lowerdir`, the uppermost first.
    package var lowerFolders: [String]
    /// The folder that takes what the container writes (made by the runtime under the run folder when nil, and removed
    /// with the container).
    package var upperFolder: String?
    package var isReadOnly: Bool

    package init(lowerFolders: [String], upperFolder: String? = nil, isReadOnly: Bool = false) {
        self.lowerFolders = lowerFolders
        self.upperFolder = upperFolder
        self.isReadOnly = isReadOnly
    }
}

/// The program of a container, or one executed in it.
package struct ProcessSpec: Sendable, Hashable {
    package var arguments: [String]
    /// `NAME=value`, in order; of two with one name the last one counts.
    package var environment: [String]
    package var workingFolder: String
    package var user: UserSpec
    /// Names as in capabilities(7), `CAP_` included: bounding, permitted and effective alike; none inheritable.
    package var capabilities: Set<String>
    package var noNewPrivileges: Bool
    package var terminal: Bool

    package init(
        arguments: [String], environment: [String] = [], workingFolder: String = "/", user: UserSpec = .root,
        capabilities: Set<String> = ProcessSpec.defaultCapabilities, noNewPrivileges: Bool = true,
        terminal: Bool = false
    ) {
        self.arguments = arguments
        self.environment = environment
        self.workingFolder = workingFolder
        self.user = user
        self.capabilities = capabilities
        self.noNewPrivileges = noNewPrivileges
        self.terminal = terminal
    }

    /// What containers keep unless told otherwise (the set that containerd and Docker keep).
    package static let defaultCapabilities: Set<String> = [
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
        "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID",
        "CAP_SYS_CHROOT",
    ]
}

/// Who a program runs as.
package enum UserSpec: Sendable, Hashable {
    case ids(user: UInt32, group: UInt32, additional: [UInt32])
    /// An image's `User` (`name`, `name:group`, `1000`, `1000:1000`), looked up in the root's passwd and group files,
    /// with more groups beside.
    case named(String, additional: [UInt32])

    package static let root = UserSpec.ids(user: 0, group: 0, additional: [])
}

/// A mount in a container, over the runtime's own (/proc, /dev, /sys and theirs).
package struct MountSpec: Sendable, Hashable {
    /// What is mounted.
    package enum Source: Sendable, Hashable {
        /// A file or folder of the machine, recursively; made as a folder when it is not there and `create` is set.
        case bind(String, create: Bool)
        /// Memory; nil for half of the machine's.
        case memory(size: Int?, mode: UInt32)
    }

    package var source: Source
    /// Resolved beneath the container's root; made when it is not there.
    package var target: String
    package var isReadOnly: Bool

    package init(_ source: Source, at target: String, isReadOnly: Bool = false) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
    }
}

/// Which system calls a container may make.
package enum SeccompProfile: Sendable, Hashable {
    case unconfined
    case runtimeDefault
}

/// A log in CRI form: `2026-11-20T12:31:28.000000000Z stdout F text`.
package struct LogSpec: Sendable, Hashable {
    package var path: String
    /// Rotated when longer, in bytes.
    package var maximumSize: Int
    /// Files kept, the current one included.
    package var maximumFiles: Int

    package init(path: String, maximumSize: Int = 10 << 20, maximumFiles: Int = 5) {
        self.path = path
        self.maximumSize = maximumSize
        self.maximumFiles = maximumFiles
    }
}

/// What is known of a container.
package struct ContainerState: Sendable, Hashable {
    /// How a container ended.
    package struct Exit: Sendable, Hashable {
        /// 0…255; 128 + signal for one that was killed.
        package var code: Int32
        package var signal: Int32?
        package var wasOutOfMemory: Bool
        package var finishedAt: Timestamp

        package init(code: Int32, signal: Int32?, wasOutOfMemory: Bool, finishedAt: Timestamp) {
            self.code = code
            self.signal = signal
            self.wasOutOfMemory = wasOutOfMemory
            self.finishedAt = finishedAt
        }
    }

    package var id: String
    package var sandbox: String?
    package var labels: [String: String]
    /// The first process, in the machine's process namespace.
    package var pid: Int32
    package var startedAt: Timestamp
    /// nil while it runs.
    package var exit: Exit?

    package init(
        id: String, sandbox: String?, labels: [String: String], pid: Int32, startedAt: Timestamp, exit: Exit?
    ) {
        self.id = id
        self.sandbox = sandbox
        self.labels = labels
        self.pid = pid
        self.startedAt = startedAt
        self.exit = exit
    }
}

/// Why a container did not start, or could not be acted on.
package struct ContainerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of fault it is.
    package enum Code: String, Sendable {
        /// The program is not there or cannot be executed: the image's or the pod's fault.
        case program
        /// A user, mount or other wish that cannot be met.
        case specification
        case notFound
        case notRunning
        /// The machine's fault: no memory, a full disk, a lost shim.
        case machine
    }

    package var code: Code
    /// The step and its subject: `mount /data: no such file or directory`.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

/// A program to run in a container that runs.
package struct ExecSpec: Sendable {
    package var process: ProcessSpec
    /// Whether its input stays open for `write`; otherwise it reads end of file.
    package var stdin: Bool

    package init(process: ProcessSpec, stdin: Bool = false) {
        self.process = process
        self.stdin = stdin
    }
}

/// A program that was executed in a container.
package protocol RunningExec: Sendable {
    /// Output in order, then the exit code (128 + signal when killed) as the last element.
    var output: AsyncThrowingStream<ExecEvent, any Error> { get }
    func write(_ bytes: [UInt8]) async throws
    func closeInput() async throws
    func resize(columns: Int, rows: Int) async throws
    func kill() async
}

/// What comes from an executed program.
package enum ExecEvent: Sendable, Hashable {
    case stdout([UInt8])
    case stderr([UInt8])
    case exit(Int32)
}
