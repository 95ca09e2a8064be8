import Glibc
import System

/// The cgroup of an OCI container, in every hierarchy that this machine has: v1, v2, or both (hybrid).
struct OCICgroup: Sendable {
    /// Folders by v1 controller and v2's; limits go to v1 wherever a controller is there.
    var cgroup: Cgroup

    /// - Parameter path: config.json's `cgroupsPath`: absolute from the hierarchies' roots, else beneath this process's
    ///   own cgroup; empty for one named after the container there.
    init(path: String, id: String, hierarchies: CgroupHierarchies) {
        let parts = OCIMount.parts(of: path.isEmpty ? id : path)
        let inner = parts.joined(separator: "/")
        let isAbsolute = path.hasPrefix("/")
        var legacy: [String: String] = [:]
        for (controller, own) in hierarchies.legacy {
            let root = isAbsolute ? hierarchies.legacyRoots[controller] ?? own : own
            legacy[controller] = "\(root)/\(inner)"
        }
        var unified: String?
        if let own = hierarchies.unified {
            var base = isAbsolute ? hierarchies.unifiedRoot ?? own : own
            // Where v2 holds the limits, a cgroup with processes of its own may have no children with limits.
            if !isAbsolute, legacy.isEmpty, let root = hierarchies.unifiedRoot, base != root, base.hasPrefix(root) {
                base = String(base[..<(base.lastIndex(of: "/") ?? base.endIndex)])
            }
            unified = "\(base)/\(inner)"
        }
        cgroup = Cgroup(legacy: legacy, unified: unified)
    }

    init(_ cgroup: Cgroup) {
        self.cgroup = cgroup
    }

    /// Makes the folders and those above them.
    func create() throws {
        for folder in cgroup.folders { try Files.makeFolders(folder) }
        if let cpuset = cgroup.legacy["cpuset"] { try Self.inheritProcessors(cpuset) }
        if cgroup.isUnifiedOnly, let unified = cgroup.unified { try Self.delegate(unified) }
    }

    /// v1's new cpusets are empty, and nothing can be in them: they take what the ones above have.
    private static func inheritProcessors(_ folder: String) throws {
        let above = Runtime.parent(of: folder)
        for name in ["cpuset.cpus", "cpuset.mems"] {
            guard Files.exists("\(above)/\(name)") else { return }
            let own = try Files.text("\(folder)/\(name)").filter { !$0.isWhitespace }
            guard own.isEmpty else { continue }
            var value = try Files.text("\(above)/\(name)").filter { !$0.isWhitespace }
            if value.isEmpty {
                try inheritProcessors(above)
                value = try Files.text("\(above)/\(name)").filter { !$0.isWhitespace }
            }
            try Files.poke("\(folder)/\(name)", value)
        }
    }

    /// Lets a v2 cgroup have limits, from the root down.
    private static func delegate(_ folder: String) throws {
        let above = Runtime.parent(of: folder)
        guard Files.exists("\(above)/cgroup.subtree_control") else { return }
        let available = try Files.text("\(above)/cgroup.controllers").split(whereSeparator: \.isWhitespace)
        if available.isEmpty { try delegate(above) }
        for controller in try Files.text("\(above)/cgroup.controllers").split(whereSeparator: \.isWhitespace) {
            // One that cannot be had is missed only by the limit that needs it.
            try? Files.poke("\(above)/cgroup.subtree_control", "+\(controller)")
        }
    }

    /// Waits for what was killed to be gone, and removes the folders.
    func remove() throws {
        guard cgroup.exists else { return }
        for attempt in 0..<400 {
            do {
                return try cgroup.remove()
            } catch {
                guard error.code == EBUSY else { throw error }
                usleep(attempt < 20 ? 500 : 5000)
            }
        }
        try cgroup.remove()
    }

    /// Whether its processes are frozen.
    var isPaused: Bool {
        if let freezer = cgroup.legacy["freezer"] {
            return (try? Files.text("\(freezer)/freezer.state"))?.hasPrefix("THAWED") == false
        }
        guard let unified = cgroup.unified else { return false }
        return (try? Files.text("\(unified)/cgroup.freeze"))?.hasPrefix("1") == true
    }

    /// Freezes or thaws all processes, and waits until that is so.
    func setPaused(_ isPaused: Bool) throws {
        if let freezer = cgroup.legacy["freezer"] {
            let wanted = isPaused ? "FROZEN" : "THAWED"
            for _ in 0..<1000 {
                try Files.poke("\(freezer)/freezer.state", wanted)
                if try Files.text("\(freezer)/freezer.state").hasPrefix(wanted) { return }
                usleep(1000)
            }
            throw ContainerError(.machine, "the processes could not be frozen within a second")
        }
        guard let unified = cgroup.unified else { throw ContainerError(.machine, "there is no freezer here") }
        try Files.poke("\(unified)/cgroup.freeze", isPaused ? "1" : "0")
        for _ in 0..<1000 {
            if try Files.text("\(unified)/cgroup.events").contains("frozen \(isPaused ? 1 : 0)") { return }
            usleep(1000)
        }
        throw ContainerError(.machine, "the processes could not be frozen within a second")
    }
}

extension OCICgroup {
    /// What containers may open whatever their config says of devices: the standard ones, terminals, and any to be made.
    static let alwaysAllowed =
        DefaultMounts.deviceRules.map { ($0, true) } + [(DeviceRule("c", 10, 200, "rwm"), true)]

    /// Holds the container to its devices.
    func holdDevices(_ resources: OCIResources) throws(SystemError) {
        try cgroup.holdDevices(resources.devices.map { ($0.rule, $0.allows) } + Self.alwaysAllowed)
    }

    /// Writes the limits; nothing is written that the config does not ask for.
    ///
    /// - Throws: `ContainerError` naming the field whose controller this machine lacks, or that the kernel refuses.
    func apply(_ resources: OCIResources) throws {
        try applyMemory(resources)
        try applyProcessor(resources)
        try applyRest(resources)
        if let unified = cgroup.unified {
            for (file, value) in resources.unified {
                try set("\(unified)/\(file)", value, "unified.\(file)")
            }
        } else if let first = resources.unified.first {
            throw ContainerError(.specification, "linux.resources.unified.\(first.file): there is no v2 hierarchy here")
        }
    }

    private func set(_ file: String, _ value: String, _ field: String) throws {
        do {
            try Files.poke(file, value)
        } catch {
            throw ContainerError(.specification, "linux.resources.\(field): \(error)")
        }
    }

    private func folder(_ controller: String, _ field: String) throws -> String {
        if let folder = cgroup.legacy[controller] { return folder }
        throw ContainerError(
            .specification, "linux.resources.\(field): this machine has no cgroup controller \(controller)")
    }

    private func applyMemory(_ r: OCIResources) throws {
        if cgroup.isUnifiedOnly { return try applyUnifiedMemory(r) }
        let write = { (file: String, value: String, field: String) in
            try set("\(try folder("memory", "memory.\(field)"))/memory.\(file)", value, "memory.\(field)")
        }
        let limits: [() throws -> Void] = [
            { if let limit = r.memoryLimit, limit != 0 { try write("limit_in_bytes", "\(limit)", "limit") } },
            { if let swap = r.memorySwap, swap != 0 { try write("memsw.limit_in_bytes", "\(swap)", "swap") } },
        ]
        // Neither may pass the other: raised, the outer one goes first.
        do {
            for limit in limits { try limit() }
        } catch {
            guard r.memorySwap != nil, r.memoryLimit != nil else { throw error }
            for limit in limits.reversed() { try limit() }
        }
        if let value = r.memoryReservation, value != 0 { try write("soft_limit_in_bytes", "\(value)", "reservation") }
        if let value = r.swappiness { try write("swappiness", "\(value)", "swappiness") }
        if r.disablesOOMKiller == true { try write("oom_control", "1", "disableOOMKiller") }
    }

    private func applyUnifiedMemory(_ r: OCIResources) throws {
        guard let unified = cgroup.unified else { return }
        let text = { (value: Int64) in value < 0 ? "max" : "\(value)" }
        if let swap = r.memorySwap, swap != 0 {
            let value = swap < 0 ? "max" : "\(swap - max(0, r.memoryLimit ?? 0))"
            try set("\(unified)/memory.swap.max", value, "memory.swap")
        }
        if let limit = r.memoryLimit, limit != 0 { try set("\(unified)/memory.max", text(limit), "memory.limit") }
        if let value = r.memoryReservation, value != 0 {
            try set("\(unified)/memory.low", text(value), "memory.reservation")
        }
    }

    private func applyProcessor(_ r: OCIResources) throws {
        if cgroup.isUnifiedOnly { return try applyUnifiedProcessor(r) }
        let write = { (controller: String, file: String, value: String, field: String) in
            try set("\(try folder(controller, "cpu.\(field)"))/\(controller).\(file)", value, "cpu.\(field)")
        }
        if let value = r.cpuShares, value != 0 { try write("cpu", "shares", "\(value)", "shares") }
        if let value = r.cpuPeriod, value != 0 { try write("cpu", "cfs_period_us", "\(value)", "period") }
        if let value = r.cpuQuota, value != 0 { try write("cpu", "cfs_quota_us", "\(value)", "quota") }
        if let value = r.cpuBurst { try write("cpu", "cfs_burst_us", "\(value)", "burst") }
        if let value = r.cpuRealtimePeriod, value != 0 {
            try write("cpu", "rt_period_us", "\(value)", "realtimePeriod")
        }
        if let value = r.cpuRealtimeRuntime, value != 0 {
            try write("cpu", "rt_runtime_us", "\(value)", "realtimeRuntime")
        }
        if let value = r.cpuIdle { try write("cpu", "idle", "\(value)", "idle") }
        if !r.cpus.isEmpty { try write("cpuset", "cpus", r.cpus, "cpus") }
        if !r.memoryNodes.isEmpty { try write("cpuset", "mems", r.memoryNodes, "mems") }
    }

    private func applyUnifiedProcessor(_ r: OCIResources) throws {
        guard let unified = cgroup.unified else { return }
        if let shares = r.cpuShares, shares != 0 {
            let weight = 1 + (max(2, min(shares, 262_144)) - 2) * 9999 / 262_142
            try set("\(unified)/cpu.weight", "\(weight)", "cpu.shares")
        }
        if r.cpuQuota != nil || r.cpuPeriod != nil {
            let quota = r.cpuQuota.map { $0 > 0 ? "\($0)" : "max" } ?? "max"
            try set("\(unified)/cpu.max", "\(quota) \(r.cpuPeriod ?? 100_000)", "cpu.quota")
        }
        if let value = r.cpuBurst { try set("\(unified)/cpu.max.burst", "\(value)", "cpu.burst") }
        if let value = r.cpuIdle { try set("\(unified)/cpu.idle", "\(value)", "cpu.idle") }
        if !r.cpus.isEmpty { try set("\(unified)/cpuset.cpus", r.cpus, "cpu.cpus") }
        if !r.memoryNodes.isEmpty { try set("\(unified)/cpuset.mems", r.memoryNodes, "cpu.mems") }
    }

    private func applyRest(_ r: OCIResources) throws {
        if let limit = r.pids {
            let folder = cgroup.isUnifiedOnly ? cgroup.unified ?? "" : try folder("pids", "pids.limit")
            try set("\(folder)/pids.max", limit > 0 ? "\(limit)" : "max", "pids.limit")
        }
        for (size, limit) in r.hugePages {
            let isUnified = cgroup.legacy["hugetlb"] == nil
            guard let folder = cgroup.legacy["hugetlb"] ?? cgroup.unified else { continue }
            let file = isUnified ? "hugetlb.\(size).max" : "hugetlb.\(size).limit_in_bytes"
            try set("\(folder)/\(file)", "\(limit)", "hugepageLimits")
        }
        if let value = r.networkClass {
            try set("\(try folder("net_cls", "network.classID"))/net_cls.classid", "\(value)", "network.classID")
        }
        for (interface, priority) in r.networkPriorities {
            let folder = try folder("net_prio", "network.priorities")
            try set("\(folder)/net_prio.ifpriomap", "\(interface) \(priority)", "network.priorities")
        }
        for (device, handles, objects) in r.rdma {
            guard let folder = cgroup.legacy["rdma"] ?? cgroup.unified else { continue }
            let text = [handles.map { "hca_handle=\($0)" }, objects.map { "hca_object=\($0)" }].compactMap { $0 }
            try set("\(folder)/rdma.max", ([device] + text).joined(separator: " "), "rdma")
        }
        try applyBlockIO(r)
    }

    private func applyBlockIO(_ r: OCIResources) throws {
        if cgroup.isUnifiedOnly, let unified = cgroup.unified {
            if let weight = r.ioWeight, weight != 0 {
                let scaled = 1 + (UInt64(max(weight, 10)) - 10) * 9999 / 990
                try set("\(unified)/io.weight", "\(scaled)", "blockIO.weight")
            }
            let keys = [
                "read_bps_device": "rbps", "write_bps_device": "wbps", "read_iops_device": "riops",
                "write_iops_device": "wiops",
            ]
            for (file, devices) in r.ioThrottles {
                for device in devices {
                    let rate = "\(device.major):\(device.minor) \(keys[file] ?? "")=\(device.value)"
                    try set("\(unified)/io.max", rate, "blockIO")
                }
            }
            return
        }
        // bfq took the place of blkio's own weights in Linux 5.
        let weightFile = { (folder: String, file: String) in
            Files.exists("\(folder)/blkio.\(file)") ? "\(folder)/blkio.\(file)" : "\(folder)/blkio.bfq.\(file)"
        }
        if let weight = r.ioWeight, weight != 0 {
            let folder = try folder("blkio", "blockIO.weight")
            try set(weightFile(folder, "weight"), "\(weight)", "blockIO.weight")
        }
        if let weight = r.ioLeafWeight, weight != 0 {
            let folder = try folder("blkio", "blockIO.leafWeight")
            try set("\(folder)/blkio.leaf_weight", "\(weight)", "blockIO.leafWeight")
        }
        for device in r.ioWeights {
            let folder = try folder("blkio", "blockIO.weightDevice")
            let text = "\(device.major):\(device.minor) \(device.value)"
            try set(weightFile(folder, "weight_device"), text, "blockIO.weightDevice")
        }
        for (file, devices) in r.ioThrottles {
            let folder = try folder("blkio", "blockIO")
            for device in devices {
                let rate = "\(device.major):\(device.minor) \(device.value)"
                try set("\(folder)/blkio.throttle.\(file)", rate, "blockIO")
            }
        }
    }
}
