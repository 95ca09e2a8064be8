import CLinux
import Glibc
import Synchronization
package import System

/// Belay's own container runtime.
///
/// It holds no truth of its own: the run folder, the kernel and the shims do, and `recover()` reads them. Any number of
/// starts, signals and removals run at once, each on a worker thread; of one container one at a time.
package final class Runtime: ContainerEngine {
    let folder: RunFolder
    let clock: WallClock
    let log: Log
    let program: ShimProgram
    let poller: Poller
    let filters = SeccompFilters()
    let broadcast = ExitBroadcast()
    /// The cgroup that all of this run folder's are in.
    let cgroup: Cgroup
    let openFiles: UInt64
    private let workers = WorkerPool(name: "runtime", threads: 12)
    let containers = Mutex<[String: Entry]>([:])
    /// What was said of wishes that this machine does not grant: once is enough.
    private let notes = Mutex<Set<String>>([])

    /// A container as far as this process knows it.
    struct Entry: Sendable {
        enum Phase: Sendable {
            case starting, running, ended, removing
        }

        var phase: Phase
        var state: ContainerState
        var record: ContainerRecord
    }

    /// Opens a run folder, making it when it is not there. Call `recover()` before anything else.
    ///
    /// - Parameters:
    ///   - runFolder: what a reboot ends: state, sockets, namespaces.
    ///   - stateFolder: where containers write; the run folder when nil.
    /// - Throws: `SystemError` when folders or cgroups cannot be made.
    package init(runFolder: String, stateFolder: String? = nil, clock: WallClock = .system, log: Log) throws {
        folder = try RunFolder(path: runFolder, state: stateFolder)
        self.clock = clock
        // Whoever writes to an executed program that reads no more gets EPIPE, not a signal.
        signal(SIGPIPE, SIG_IGN)
        self.log = log
        program = try ShimProgram()
        poller = try Poller(name: "runtime-exits")
        cgroup = try Self.makeCgroup(named: folder.tag)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(7), &limit)
        openFiles = min(UInt64(limit.rlim_max), 1 << 20)
    }

    /// The name of the cgroup that all of this run folder's are in, in each hierarchy below this process's own.
    package var cgroupName: String { folder.tag }

    package func exits() -> AsyncStream<ContainerState> {
        broadcast.stream()
    }

    package func state(_ id: String) async throws -> ContainerState? {
        containers.withLock { $0[id].flatMap { $0.phase == .starting ? nil : $0.state } }
    }

    package func list() async throws -> [ContainerState] {
        containers.withLock { $0.values.filter { $0.phase != .starting }.map(\.state) }.sorted { $0.id < $1.id }
    }

    /// Passes on what a shim says of a wish that was met as far as the kernel allows; each only once.
    func note(_ text: String, _ id: String) {
        let isNew = notes.withLock { $0.insert(text).inserted }
        if isNew { log.warning(text, ["container": id]) }
    }

    /// Runs blocking work on a worker thread, with this runtime.
    func blocking<Result: Sendable>(_ body: @escaping @Sendable (Runtime) throws -> Result) async throws -> Result {
        try await workers.run { [self] in try body(self) }
    }

    /// The entry of a container that runs.
    func running(_ id: String) throws(ContainerError) -> Entry {
        let entry = containers.withLock { $0[id] }
        guard let entry else { throw ContainerError(.notFound, "there is no container \(id)") }
        guard entry.phase == .running else { throw ContainerError(.notRunning, "container \(id) is not running") }
        return entry
    }

    private static func makeCgroup(named name: String) throws -> Cgroup {
        let hierarchies = try CgroupHierarchies.current()
        let all = try place(in: Cgroup(hierarchies).withoutServiceLeaf, hierarchies).child(name)
        try all.create()
        try all.delegate()
        return all
    }

    /// The cgroup to work in: this process's own where that may have others below it.
    ///
    /// v2 has no processes beside cgroups with limits. A service alone in its cgroup steps down into one of its own; one
    /// among others, as in a login session, leaves them where they are and works from the root.
    private static func place(in own: Cgroup, _ hierarchies: CgroupHierarchies) throws -> Cgroup {
        guard try !own.isDelegated() else { return own }
        var place = own
        if try own.directProcesses() == [getpid()] {
            try own.stepDown()
        } else {
            place.unified = hierarchies.unifiedRoot
        }
        try place.delegate()
        return place
    }
}
