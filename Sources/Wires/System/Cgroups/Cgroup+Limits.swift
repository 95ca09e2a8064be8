import Glibc

/// What a cgroup may use; nil leaves it to the kernel.
package struct CgroupLimits: Sendable, Hashable {
    /// Thousandths of a core that it gets when all want more than there is.
    package var cpuShare: Int?
    /// Thousandths of a core at most.
    package var cpuMaximum: Int?
    /// Bytes, swap included.
    package var memory: Int?
    package var pids: Int?

    package init(cpuShare: Int? = nil, cpuMaximum: Int? = nil, memory: Int? = nil, pids: Int? = nil) {
        self.cpuShare = cpuShare
        self.cpuMaximum = cpuMaximum
        self.memory = memory
        self.pids = pids
    }
}

/// One value for one file of a cgroup.
package struct CgroupSetting: Sendable, Hashable {
    package var file: String
    package var value: String
    /// Not every kernel has the file (swap accounting).
    package var isOptional = false
}

extension Cgroup {
    /// What to write where for these limits, in order. CPU shares and weights convert as in Kubernetes and runc.
    package func settings(for limits: CgroupLimits) -> [CgroupSetting] {
        isUnifiedOnly ? unifiedSettings(limits) : legacySettings(limits)
    }

    /// Writes the limits.
    ///
    /// - Returns: the names of files that this machine lacks, whose limits do not hold.
    package func apply(_ limits: CgroupLimits) throws(SystemError) -> [String] {
        var missing: [String] = []
        for setting in settings(for: limits) where try !Self.poke(setting) && !setting.isOptional {
            missing.append(String(setting.file.split(separator: "/").last ?? ""))
        }
        return missing
    }

    /// Whether the file is there.
    private static func poke(_ setting: CgroupSetting) throws(SystemError) -> Bool {
        do {
            try Files.poke(setting.file, setting.value)
            return true
        } catch {
            if error.code == ENOENT || (setting.isOptional && error.code == EACCES) { return false }
            throw error
        }
    }

    /// The file that counts the processes killed for want of memory, in its line `oom_kill`.
    package var outOfMemoryFile: String? {
        if let memory = legacy["memory"] { return "\(memory)/memory.oom_control" }
        return unified.map { "\($0)/memory.events" }
    }

    private static let period = 100_000

    private static func shares(_ share: Int) -> Int { max(2, min(262_144, share * 1024 / 1000)) }

    private static func quota(_ maximum: Int) -> Int { max(1000, maximum * period / 1000) }

    private func legacySettings(_ limits: CgroupLimits) -> [CgroupSetting] {
        var settings: [CgroupSetting] = []
        if let cpu = legacy["cpu"] {
            if let share = limits.cpuShare {
                settings.append(.init(file: "\(cpu)/cpu.shares", value: "\(Self.shares(share))"))
            }
            if let maximum = limits.cpuMaximum {
                settings.append(.init(file: "\(cpu)/cpu.cfs_period_us", value: "\(Self.period)"))
                settings.append(.init(file: "\(cpu)/cpu.cfs_quota_us", value: "\(Self.quota(maximum))"))
            }
        }
        if let folder = legacy["memory"], let memory = limits.memory {
            settings.append(.init(file: "\(folder)/memory.limit_in_bytes", value: "\(memory)"))
            settings.append(.init(file: "\(folder)/memory.memsw.limit_in_bytes", value: "\(memory)", isOptional: true))
        }
        if let folder = legacy["pids"], let pids = limits.pids {
            settings.append(.init(file: "\(folder)/pids.max", value: "\(pids)"))
        }
        return settings
    }

    private func unifiedSettings(_ limits: CgroupLimits) -> [CgroupSetting] {
        guard let unified else { return [] }
        var settings: [CgroupSetting] = []
        if let share = limits.cpuShare {
            let weight = 1 + (Self.shares(share) - 2) * 9999 / 262_142
            settings.append(.init(file: "\(unified)/cpu.weight", value: "\(weight)"))
        }
        if let maximum = limits.cpuMaximum {
            settings.append(.init(file: "\(unified)/cpu.max", value: "\(Self.quota(maximum)) \(Self.period)"))
        }
        if let memory = limits.memory {
            settings.append(.init(file: "\(unified)/memory.max", value: "\(memory)"))
            settings.append(.init(file: "\(unified)/memory.swap.max", value: "0", isOptional: true))
            settings.append(.init(file: "\(unified)/memory.oom.group", value: "1", isOptional: true))
        }
        if let pids = limits.pids { settings.append(.init(file: "\(unified)/pids.max", value: "\(pids)")) }
        return settings
    }
}
