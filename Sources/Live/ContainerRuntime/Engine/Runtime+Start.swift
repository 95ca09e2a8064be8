import Glibc
import Synchronization
import System

extension Runtime {
    /// How long a container may take from its shim's start to its program's execve.
    private static let startLimit: Int32 = 60_000

    package func start(_ spec: ContainerSpec) async throws -> ContainerState {
        try RunFolder.check(spec.id, "container")
        guard !spec.root.lowerFolders.isEmpty else {
            throw ContainerError(.specification, "the root file system has no layers")
        }
        return try await blocking { try $0.startNow(spec) }
    }

    private func startNow(_ spec: ContainerSpec) throws -> ContainerState {
        var record = try record(of: spec)
        let place = folder.container(spec.id)
        try reserve(spec, record)
        do {
            try prepare(spec, &record, place)
            let state = try launch(spec, record, place)
            containers.withLock { $0[spec.id] = Entry(phase: .running, state: state, record: record) }
            watch(spec.id)
            return state
        } catch {
            let fault = Self.fault(error)
            try? discard(record, place)
            containers.withLock { $0[spec.id] = nil }
            throw fault
        }
    }

    private func record(of spec: ContainerSpec) throws -> ContainerRecord {
        if let sandbox = spec.sandbox { try RunFolder.check(sandbox, "sandbox") }
        let above = spec.sandbox.map { cgroup.child($0) } ?? cgroup
        return ContainerRecord(
            id: spec.id, sandbox: spec.sandbox, labels: spec.labels, cgroup: above.child(spec.id),
            privileged: spec.privileged, seccomp: spec.privileged ? .unconfined : spec.seccomp,
            capabilities: spec.process.capabilities, outOfMemoryScore: spec.resources.outOfMemoryScore,
            workFolder: spec.root.upperFolder.map { "\($0).work" })
    }

    /// Takes the id: two containers of one name would share files and a cgroup.
    private func reserve(_ spec: ContainerSpec, _ record: ContainerRecord) throws(ContainerError) {
        let state = ContainerState(
            id: spec.id, sandbox: spec.sandbox, labels: spec.labels, pid: 0, startedAt: clock.now(), exit: nil)
        let isFree = containers.withLock { all in
            guard all[spec.id] == nil else { return false }
            all[spec.id] = Entry(phase: .starting, state: state, record: record)
            return true
        }
        guard isFree else { throw ContainerError(.specification, "there is a container \(spec.id) already") }
    }

    private func prepare(_ spec: ContainerSpec, _ record: inout ContainerRecord, _ place: ContainerFolder) throws {
        if let sandbox = spec.sandbox, !Files.exists(folder.sandbox(sandbox)) {
            throw ContainerError(.notFound, "there is no sandbox \(sandbox)")
        }
        try Files.makeFolders(place.path, mode: 0o700)
        try ContainerFolder.write(place.record, record.text)
        try record.cgroup.create()
        try limit(record.cgroup, spec.resources, spec.id)
        if !spec.privileged { try holdDevices(&record, place) }
        let (upper, work) = writableFolders(spec, place)
        try Files.makeFolders(upper, mode: 0o755)
        try Files.makeFolders(work, mode: 0o700)
        if let log = spec.log { try Files.makeFolders(Self.parent(of: log.path)) }
        for case .bind(let source, true) in spec.mounts.map(\.source) { try Files.makeFolders(source) }
    }

    /// Sets limits before there is a process to exceed them. One that this machine cannot hold is told.
    func limit(_ cgroup: Cgroup, _ resources: ResourceLimits, _ id: String) throws {
        for missing in try cgroup.apply(resources.limits) {
            note("this machine has no cgroup file \(missing), so that limit does not hold", id)
        }
    }

    private func holdDevices(_ record: inout ContainerRecord, _ place: ContainerFolder) throws {
        do {
            try record.cgroup.allowOnly(DefaultMounts.deviceRules)
        } catch {
            note("this machine holds no cgroup to its devices, so containers may make none: \(error)", record.id)
            record.devicesAreHeld = false
            try ContainerFolder.write(place.record, record.text)
        }
    }

    private func launch(
        _ spec: ContainerSpec, _ record: ContainerRecord, _ place: ContainerFolder
    ) throws -> ContainerState {
        let plan = try plan(spec, record, place)
        let lock = try place.takeLock()
        let shim = try program.start(mode: "container", name: spec.id, plan: plan, lock: lock.raw)
        let process = try? ProcessDescriptor(pid: shim.pid)
        do {
            let started = try follow(shim.reports, of: plan, spec.id)
            return ContainerState(
                id: spec.id, sandbox: spec.sandbox, labels: spec.labels, pid: started.pid, startedAt: started.time,
                exit: nil)
        } catch {
            try? process?.send(SIGKILL)
            var status: Int32 = 0
            waitpid(shim.pid, &status, 0)
            throw error
        }
    }

    private func plan(
        _ spec: ContainerSpec, _ record: ContainerRecord, _ place: ContainerFolder
    ) throws -> LaunchPlan {
        let (upper, work) = writableFolders(spec, place)
        let sandbox = spec.sandbox.map { sandboxPlace($0) }
        let context = PlanContext(
            folder: place.path, mountPoint: folder.mountPoint, upperFolder: upper, workFolder: work,
            cgroup: record.cgroup, sandbox: sandbox, devicesAreHeld: record.devicesAreHeld,
            filter: try filters.program(for: record.seccomp, capabilities: record.capabilities),
            machineDevices: spec.privileged ? MachineDevices.list() : [], openFiles: openFiles)
        return try LaunchPlan.container(spec, in: context)
    }

    private func writableFolders(_ spec: ContainerSpec, _ place: ContainerFolder) -> (upper: String, work: String) {
        if let upper = spec.root.upperFolder { return (upper, "\(upper).work") }
        return ("\(place.writable)/upper", "\(place.writable)/work")
    }

    /// Reads reports until the program runs.
    func follow(
        _ reports: borrowing ShimReports, of plan: LaunchPlan, _ id: String
    ) throws -> ShimReport {
        while let report = try reports.next(within: Self.startLimit) {
            switch report.kind {
            case .started: return report
            case .note: note(report.detail, id)
            default: throw report.fault(of: plan)
            }
        }
        throw ContainerError(.machine, "belay-shim ended before the program was executed")
    }

    /// Takes back what was made for a container that does not run.
    func discard(_ record: ContainerRecord, _ place: ContainerFolder) throws {
        if record.cgroup.exists {
            try record.cgroup.killAll()
            try removeCgroup(record.cgroup)
        }
        if let work = record.workFolder { try Files.removeTree(work) }
        try Files.removeTree(place.writable)
        try Files.removeTree(place.path)
    }

    /// The kernel lets a cgroup go only some time after its last process was reaped.
    func removeCgroup(_ cgroup: Cgroup) throws {
        var attempt: UInt32 = 0
        while let fault = Self.failure(of: { () throws(SystemError) in try cgroup.remove() }) {
            guard fault.code == EBUSY, attempt < 500 else { throw fault }
            attempt += 1
            usleep(attempt < 20 ? 500 : 5000)
        }
    }

    private static func failure(of body: () throws(SystemError) -> Void) -> SystemError? {
        do {
            try body()
            return nil
        } catch {
            return error
        }
    }

    /// Every error of a start as the protocol's.
    static func fault(_ error: any Error) -> ContainerError {
        if let fault = error as? ContainerError { return fault }
        return ContainerError(.machine, "\(error)")
    }

    static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}

extension ResourceLimits {
    /// As the cgroup takes them; shares follow the request, else the limit, as in Kubernetes.
    var limits: CgroupLimits {
        CgroupLimits(cpuShare: cpuRequest ?? cpuLimit, cpuMaximum: cpuLimit, memory: memoryLimit, pids: pids)
    }
}
