/// The program of a container, or one to execute in it (`process` in config.json).
struct OCIProcess: Sendable {
    struct Capabilities: Sendable, Hashable {
        var bounding: UInt64 = 0
        var effective: UInt64 = 0
        var permitted: UInt64 = 0
        var inheritable: UInt64 = 0
        var ambient: UInt64 = 0
        /// Names that no kernel that is known has.
        var unknown: [String] = []
    }

    struct Limit: Sendable, Hashable {
        var resource: UInt32
        var soft: UInt64
        var hard: UInt64
    }

    /// What sched_setattr(2) takes.
    struct Scheduler: Sendable, Hashable {
        var policy: UInt32
        var flags: UInt64
        var nice: Int32
        var priority: UInt32
        var runtime: UInt64
        var deadline: UInt64
        var period: UInt64
    }

    var terminal: Bool
    var consoleSize: (columns: UInt16, rows: UInt16)?
    var arguments: [String]
    var environment: [String]
    var workingFolder: String
    var user: UInt32
    var group: UInt32
    var additionalGroups: [UInt32]
    var umask: UInt32?
    var capabilities: Capabilities
    var limits: [Limit]
    var noNewPrivileges: Bool
    var appArmorProfile: String
    var seLinuxLabel: String
    var outOfMemoryScore: Int?
    var scheduler: Scheduler?
    /// As ioprio_set(2) packs class and level.
    var ioPriority: UInt32?

    init(_ field: ConfigField) throws(ContainerError) {
        terminal = try field.field("terminal").bool() ?? false
        consoleSize = try Self.size(try field.field("consoleSize"))
        let arguments = try field.field("args")
        self.arguments = try arguments.strings()
        guard self.arguments.first?.isEmpty == false else { throw arguments.fault("names no program") }
        environment = try field.field("env").strings()
        workingFolder = try field.field("cwd").required { (field) throws(ContainerError) in try field.absolutePath() }
        let user = try field.field("user")
        self.user = try Self.id(try user.field("uid"))
        group = try Self.id(try user.field("gid"))
        additionalGroups = []
        for item in try user.field("additionalGids").items(atMost: 255) { additionalGroups.append(try Self.id(item)) }
        umask = try user.field("umask").number(UInt32.self)
        capabilities = try Self.capabilities(try field.field("capabilities"))
        limits = try Self.limits(try field.field("rlimits"))
        noNewPrivileges = try field.field("noNewPrivileges").bool() ?? false
        appArmorProfile = try field.field("apparmorProfile").string() ?? ""
        seLinuxLabel = try field.field("selinuxLabel").string() ?? ""
        outOfMemoryScore = try Self.score(try field.field("oomScoreAdj"))
        scheduler = try Self.scheduler(try field.field("scheduler"))
        ioPriority = try Self.ioPriority(try field.field("ioPriority"))
    }

    /// (uid_t) -1 means nobody to the kernel: it is no id.
    private static func id(_ field: ConfigField) throws(ContainerError) -> UInt32 {
        let id = try field.number(UInt32.self) ?? 0
        guard id < UInt32.max else { throw field.fault("\(id) is out of range") }
        return id
    }

    private static func size(_ field: ConfigField) throws(ContainerError) -> (columns: UInt16, rows: UInt16)? {
        guard field.isPresent else { return nil }
        let rows = try field.field("height").number(UInt64.self) ?? 0
        let columns = try field.field("width").number(UInt64.self) ?? 0
        return (UInt16(clamping: columns), UInt16(clamping: rows))
    }

    private static func score(_ field: ConfigField) throws(ContainerError) -> Int? {
        guard let score = try field.number(Int.self) else { return nil }
        guard (-1000...1000).contains(score) else { throw field.fault("\(score) is not between -1000 and 1000") }
        return score
    }

    private static func capabilities(_ field: ConfigField) throws(ContainerError) -> Capabilities {
        var sets = Capabilities()
        let read = { (name: String) throws(ContainerError) -> UInt64 in
            var bits: UInt64 = 0
            for name in try field.field(name).strings() {
                guard let number = ContainerRuntime.Capabilities.names.firstIndex(of: name) else {
                    if !sets.unknown.contains(name) { sets.unknown.append(name) }
                    continue
                }
                bits |= 1 << UInt64(number)
            }
            return bits
        }
        let bounding = try read("bounding")
        let effective = try read("effective")
        let permitted = try read("permitted")
        let inheritable = try read("inheritable")
        let ambient = try read("ambient")
        sets.bounding = bounding
        sets.effective = effective
        sets.permitted = permitted
        sets.inheritable = inheritable
        sets.ambient = ambient
        return sets
    }

    /// In the order of their numbers (asm-generic/resource.h).
    static let limitNames = [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC",
        "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE",
        "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ]

    private static func limits(_ field: ConfigField) throws(ContainerError) -> [Limit] {
        var limits: [Limit] = []
        for item in try field.items(atMost: 64) {
            let type = try item.field("type")
            let name = try type.requiredString()
            guard let number = limitNames.firstIndex(of: name) else { throw type.fault("there is no limit \(name)") }
            guard !limits.contains(where: { $0.resource == UInt32(number) }) else {
                throw type.fault("\(name) is there twice")
            }
            let value = { (key: String) throws(ContainerError) -> UInt64 in
                try item.field(key).requiredNumber(UInt64.self)
            }
            let limit = Limit(resource: UInt32(number), soft: try value("soft"), hard: try value("hard"))
            guard limit.soft <= limit.hard else { throw item.fault("soft is more than hard") }
            limits.append(limit)
        }
        return limits
    }

    private static func scheduler(_ field: ConfigField) throws(ContainerError) -> Scheduler? {
        guard field.isPresent else { return nil }
        let policies: [String: UInt32] = [
            "SCHED_OTHER": 0, "SCHED_FIFO": 1, "SCHED_RR": 2, "SCHED_BATCH": 3, "SCHED_ISO": 4, "SCHED_IDLE": 5,
            "SCHED_DEADLINE": 6,
        ]
        let known: [String: UInt64] = [
            "SCHED_FLAG_RESET_ON_FORK": 1, "SCHED_FLAG_RECLAIM": 2, "SCHED_FLAG_DL_OVERRUN": 4,
            "SCHED_FLAG_KEEP_POLICY": 8, "SCHED_FLAG_KEEP_PARAMS": 0x10, "SCHED_FLAG_UTIL_CLAMP_MIN": 0x20,
            "SCHED_FLAG_UTIL_CLAMP_MAX": 0x40,
        ]
        let policy = try field.field("policy")
        let name = try policy.requiredString()
        guard let number = policies[name] else { throw policy.fault("there is no policy \(name)") }
        var flags: UInt64 = 0
        for item in try field.field("flags").items() {
            let flag = try item.requiredString()
            guard let bit = known[flag] else { throw item.fault("there is no flag \(flag)") }
            flags |= bit
        }
        let nice = try field.field("nice").number(Int32.self) ?? 0
        guard (-20...19).contains(nice) else { throw try field.field("nice").fault("must be from -20 to 19") }
        return Scheduler(
            policy: number, flags: flags, nice: nice,
            priority: try field.field("priority").number(UInt32.self) ?? 0,
            runtime: try field.field("runtime").number(UInt64.self) ?? 0,
            deadline: try field.field("deadline").number(UInt64.self) ?? 0,
            period: try field.field("period").number(UInt64.self) ?? 0)
    }

    private static func ioPriority(_ field: ConfigField) throws(ContainerError) -> UInt32? {
        guard field.isPresent else { return nil }
        let classes: [String: UInt32] = ["IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3]
        let name = try field.field("class").requiredString()
        guard let number = classes[name] else { throw try field.field("class").fault("there is no class \(name)") }
        let priority = try field.field("priority").number(UInt32.self) ?? 0
        guard priority <= 7 else { throw try field.field("priority").fault("must be from 0 to 7") }
        return number << 13 | priority
    }
}
