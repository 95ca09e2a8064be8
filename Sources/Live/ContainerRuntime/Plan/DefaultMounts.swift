import System

/// What every container finds in /proc, /dev and /sys, and what is kept from it (OCI runtime-spec, "Default
/// Filesystems" and "Default Devices"; masked and read-only paths as containerd and podman have them).
enum DefaultMounts {
    static let maskedPaths = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
        "/sys/devices/virtual/powercap",
    ]
    static let readOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    static let devices = [
        DeviceNode(path: "/dev/null", mode: 0o020666, major: 1, minor: 3),
        DeviceNode(path: "/dev/zero", mode: 0o020666, major: 1, minor: 5),
        DeviceNode(path: "/dev/full", mode: 0o020666, major: 1, minor: 7),
        DeviceNode(path: "/dev/random", mode: 0o020666, major: 1, minor: 8),
        DeviceNode(path: "/dev/urandom", mode: 0o020666, major: 1, minor: 9),
        DeviceNode(path: "/dev/tty", mode: 0o020666, major: 5, minor: 0),
    ]

    static let links = [
        ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"), ("/dev/stdout", "/proc/self/fd/1"),
        ("/dev/stderr", "/proc/self/fd/2"), ("/dev/ptmx", "pts/ptmx"),
    ]

    /// Any device may be made, as images' package managers do, but only these opened.
    static let deviceRules = [
        DeviceRule("c", nil, nil, "m"), DeviceRule("b", nil, nil, "m"), DeviceRule("c", 1, 3, "rwm"),
        DeviceRule("c", 1, 5, "rwm"), DeviceRule("c", 1, 7, "rwm"), DeviceRule("c", 1, 8, "rwm"),
        DeviceRule("c", 1, 9, "rwm"), DeviceRule("c", 5, 0, "rwm"), DeviceRule("c", 5, 2, "rwm"),
        DeviceRule("c", 136, nil, "rwm"),
    ]

    /// Attributes of the kernel's own file systems.
    static let plain: MountAttributes = [.noSetUser, .noDevices, .noExecution]
}

extension LaunchPlan {
    /// /proc, /dev, /sys and what belongs in them.
    mutating func addOwnMounts(_ spec: ContainerSpec, _ context: PlanContext) {
        let plain = DefaultMounts.plain
        let system = spec.privileged ? plain : plain.union(.readOnly)
        let proc = FileSystemMount("proc", at: "/proc", plain)
        let dev = FileSystemMount(
            "tmpfs", at: "/dev", .noSetUser, options: ["mode": "0755", "size": "65536k"])
        let terminals = FileSystemMount(
            "devpts", at: "/dev/pts", [.noSetUser, .noExecution],
            options: ["newinstance": "", "ptmxmode": "0666", "mode": "0620", "gid": "5"])
        let queues = FileSystemMount("mqueue", at: "/dev/mqueue", plain, flags: [.strict, .optional])
        let sys = FileSystemMount("sysfs", at: "/sys", system)
        steps += [.fileSystem(proc), .fileSystem(dev)]
        addDevices(spec, context)
        steps += [.fileSystem(terminals), .fileSystem(queues), sharedMemory(context), .fileSystem(sys)]
        addCgroupMounts(context.cgroup, system)
    }

    private mutating func addDevices(_ spec: ContainerSpec, _ context: PlanContext) {
        let standard = Set(DefaultMounts.devices.map(\.path))
        let more = spec.privileged ? context.machineDevices.filter { !standard.contains($0.path) } : []
        for device in DefaultMounts.devices + more {
            steps.append(.node(path: device.path, mode: device.mode, major: device.major, minor: device.minor))
        }
        for (path, destination) in DefaultMounts.links { steps.append(.link(path: path, destination: destination)) }
    }

    private func sharedMemory(_ context: PlanContext) -> LaunchStep {
        if let sandbox = context.sandbox {
            return .bind(source: sandbox.sharedMemory, target: "/dev/shm", attributes: [], flags: .strict)
        }
        return .fileSystem(
            FileSystemMount("tmpfs", at: "/dev/shm", DefaultMounts.plain, options: ["mode": "1777", "size": "65536k"]))
    }

    /// The container's own cgroup, where language runtimes read their limits.
    private mutating func addCgroupMounts(_ cgroup: Cgroup, _ attributes: MountAttributes) {
        if cgroup.isUnifiedOnly {
            let mount = FileSystemMount("cgroup2", at: "/sys/fs/cgroup", attributes, flags: [.strict, .optional])
            steps.append(.fileSystem(mount))
            return
        }
        guard !cgroup.legacy.isEmpty else { return }
        steps.append(
            .fileSystem(
                FileSystemMount(
                    "tmpfs", at: "/sys/fs/cgroup", DefaultMounts.plain, options: ["mode": "0755", "size": "64k"])))
        for (_, group) in Dictionary(grouping: cgroup.legacy.keys, by: { cgroup.legacy[$0] ?? "" }).sorted(by: {
            $0.key < $1.key
        }) {
            let controllers = group.sorted()
            var mount = FileSystemMount(
                "cgroup", at: "/sys/fs/cgroup/\(controllers.joined(separator: ","))", attributes,
                flags: [.strict, .optional])
            mount.options = controllers.map { .init(name: $0, value: "") }
            steps.append(.fileSystem(mount))
        }
        steps.append(.readOnly("/sys/fs/cgroup"))
    }
}
