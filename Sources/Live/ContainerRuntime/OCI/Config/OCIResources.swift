import System

/// config.json's `linux.resources`: what a cgroup holds.
struct OCIResources: Sendable {
    struct DeviceAccess: Sendable, Hashable {
        var allows: Bool
        /// `a` for all.
        var rule: DeviceRule
    }

    /// A value of one device, by its numbers.
    struct PerDevice: Sendable, Hashable {
        var major: Int64
        var minor: Int64
        var value: UInt64
        var leaf: UInt64?
    }

    var devices: [DeviceAccess] = []
    var memoryLimit: Int64?
    var memoryReservation: Int64?
    var memorySwap: Int64?
    var swappiness: UInt64?
    var disablesOOMKiller: Bool?
    var checksBeforeUpdate = false
    var cpuShares: UInt64?
    var cpuQuota: Int64?
    var cpuBurst: UInt64?
    var cpuPeriod: UInt64?
    var cpuRealtimeRuntime: Int64?
    var cpuRealtimePeriod: UInt64?
    var cpuIdle: Int64?
    var cpus = ""
    var memoryNodes = ""
    var pids: Int64?
    var ioWeight: UInt16?
    var ioLeafWeight: UInt16?
    var ioWeights: [PerDevice] = []
    /// By the names of v1's files.
    var ioThrottles: [String: [PerDevice]] = [:]
    var hugePages: [(size: String, limit: UInt64)] = []
    var networkClass: UInt32?
    var networkPriorities: [(interface: String, priority: UInt32)] = []
    var rdma: [(device: String, handles: UInt32?, objects: UInt32?)] = []
    var unified: [(file: String, value: String)] = []

    init() {}

    init(_ field: ConfigField) throws(ContainerError) {
        try readDevices(try field.field("devices"))
        try readMemory(try field.field("memory"))
        try readProcessor(try field.field("cpu"))
        pids = try field.field("pids").field("limit").number(Int64.self)
        try readBlockIO(try field.field("blockIO"))
        for item in try field.field("hugepageLimits").items(atMost: 64) {
            let size = try item.field("pageSize").requiredString()
            guard !size.contains("/") else { throw try item.field("pageSize").fault("is no size of pages") }
            hugePages.append(
                (size, try item.field("limit").requiredNumber(UInt64.self)))
        }
        let network = try field.field("network")
        networkClass = try network.field("classID").number(UInt32.self)
        for item in try network.field("priorities").items(atMost: 256) {
            let name = try item.field("name").requiredString()
            networkPriorities.append((name, try item.field("priority").number(UInt32.self) ?? 0))
        }
        for (device, value) in try field.field("rdma").entries() {
            rdma.append(
                (
                    device, try value.field("hcaHandles").number(UInt32.self),
                    try value.field("hcaObjects").number(UInt32.self)
                ))
        }
        for (file, value) in try field.field("unified").entries() {
            guard !file.contains("/") else { throw value.fault("is no file of a cgroup") }
            unified.append((file, try value.requiredString()))
        }
    }

    private mutating func readDevices(_ field: ConfigField) throws(ContainerError) {
        for item in try field.items() {
            let allows = try item.field("allow").required { (field) throws(ContainerError) in try field.bool() }
            let type = try item.field("type").string() ?? "a"
            guard ["a", "b", "c", ""].contains(type) else {
                throw try item.field("type").fault("\"\(type)\" is no type of device: a, b and c are")
            }
            let access = try item.field("access").string() ?? "rwm"
            guard access.allSatisfy({ "rwm".contains($0) }) else {
                throw try item.field("access").fault("\"\(access)\" is not made of r, w and m")
            }
            let number = { (key: String) throws(ContainerError) -> Int? in
                guard let value = try item.field(key).number(Int32.self), value >= 0 else { return nil }
                return Int(value)
            }
            let rule = DeviceRule(
                type.isEmpty ? "a" : type, try number("major"), try number("minor"), access.isEmpty ? "rwm" : access)
            devices.append(DeviceAccess(allows: allows, rule: rule))
        }
    }

    private mutating func readMemory(_ field: ConfigField) throws(ContainerError) {
        memoryLimit = try field.field("limit").number(Int64.self)
        memoryReservation = try field.field("reservation").number(Int64.self)
        memorySwap = try field.field("swap").number(Int64.self)
        swappiness = try field.field("swappiness").number(UInt64.self)
        if let swappiness, swappiness > 100 { throw try field.field("swappiness").fault("must be from 0 to 100") }
        disablesOOMKiller = try field.field("disableOOMKiller").bool()
        checksBeforeUpdate = try field.field("checkBeforeUpdate").bool() ?? false
        if let limit = memoryLimit, let swap = memorySwap, limit > 0, swap > 0, swap < limit {
            throw try field.field("swap").fault("memory and swap together cannot be less than memory alone")
        }
    }

    private mutating func readProcessor(_ field: ConfigField) throws(ContainerError) {
        cpuShares = try field.field("shares").number(UInt64.self)
        cpuQuota = try field.field("quota").number(Int64.self)
        cpuBurst = try field.field("burst").number(UInt64.self)
        cpuPeriod = try field.field("period").number(UInt64.self)
        cpuRealtimeRuntime = try field.field("realtimeRuntime").number(Int64.self)
        cpuRealtimePeriod = try field.field("realtimePeriod").number(UInt64.self)
        cpuIdle = try field.field("idle").number(Int64.self)
        cpus = try field.field("cpus").string() ?? ""
        memoryNodes = try field.field("mems").string() ?? ""
    }

    private mutating func readBlockIO(_ field: ConfigField) throws(ContainerError) {
        ioWeight = try field.field("weight").number(UInt16.self)
        ioLeafWeight = try field.field("leafWeight").number(UInt16.self)
        for item in try field.field("weightDevice").items(atMost: 256) {
            ioWeights.append(
                PerDevice(
                    major: try item.field("major").number(Int64.self) ?? 0,
                    minor: try item.field("minor").number(Int64.self) ?? 0,
                    value: try item.field("weight").number(UInt64.self) ?? 0,
                    leaf: try item.field("leafWeight").number(UInt64.self)))
        }
        let throttles = [
            "throttleReadBpsDevice": "read_bps_device", "throttleWriteBpsDevice": "write_bps_device",
            "throttleReadIOPSDevice": "read_iops_device", "throttleWriteIOPSDevice": "write_iops_device",
        ]
        for (key, file) in throttles {
            for item in try field.field(key).items(atMost: 256) {
                let rate = try item.field("rate").requiredNumber(UInt64.self)
                ioThrottles[file, default: []].append(
                    PerDevice(
                        major: try item.field("major").number(Int64.self) ?? 0,
                        minor: try item.field("minor").number(Int64.self) ?? 0, value: rate))
            }
        }
    }
}
