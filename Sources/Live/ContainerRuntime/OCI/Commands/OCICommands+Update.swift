import Document
import Glibc
import System

extension OCICommands {
    private static let changes = OCIArguments.Grammar(
        values: [
            "resources", "blkio-weight", "cpu-period", "cpu-quota", "cpu-burst", "cpu-share", "cpu-rt-period",
            "cpu-rt-runtime", "cpuset-cpus", "cpuset-mems", "memory", "memory-reservation", "memory-swap",
            "pids-limit", "cpu-idle", "kernel-memory", "kernel-memory-tcp",
        ],
        short: ["r": "resources"], arguments: 1...1)

    func update(_ words: ArraySlice<String>) throws -> Int32 {
        let options = try OCIArguments(words, Self.changes, command: "update")
        let entry = try store.take(options.arguments[0])
        let state = try entry.state()
        guard entry.status(of: state) != .stopped else {
            throw ContainerError(.notRunning, "cannot update a stopped container")
        }
        var resources = OCIResources()
        if let file = options.value("resources") {
            let bytes = file == "-" ? try Files.read(from: 0, named: "stdin") : try Files.read(file, limit: 1 << 20)
            resources = try OCIResources(ConfigField(try JSON.parse(bytes), at: "resources"))
        }
        resources.memoryLimit = try Self.bytes("memory", options) ?? resources.memoryLimit
        resources.memoryReservation = try Self.bytes("memory-reservation", options) ?? resources.memoryReservation
        resources.memorySwap = try Self.bytes("memory-swap", options) ?? resources.memorySwap
        resources.cpuShares = try options.number("cpu-share") ?? resources.cpuShares
        resources.cpuQuota = try options.number("cpu-quota") ?? resources.cpuQuota
        resources.cpuPeriod = try options.number("cpu-period") ?? resources.cpuPeriod
        resources.cpuBurst = try options.number("cpu-burst") ?? resources.cpuBurst
        resources.cpuRealtimePeriod = try options.number("cpu-rt-period") ?? resources.cpuRealtimePeriod
        resources.cpuRealtimeRuntime = try options.number("cpu-rt-runtime") ?? resources.cpuRealtimeRuntime
        resources.cpuIdle = try options.number("cpu-idle") ?? resources.cpuIdle
        resources.cpus = options.value("cpuset-cpus") ?? resources.cpus
        resources.memoryNodes = options.value("cpuset-mems") ?? resources.memoryNodes
        resources.pids = try options.number("pids-limit") ?? resources.pids
        resources.ioWeight = try options.number("blkio-weight") ?? resources.ioWeight
        try state.cgroup.apply(resources)
        return 0
    }

    /// Bytes with k, m, g or t behind them.
    private static func bytes(_ name: String, _ options: OCIArguments) throws -> Int64? {
        guard let text = options.value(name)?.lowercased() else { return nil }
        let units: [Character: Int64] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40]
        var digits = text
        if digits.last == "b" { digits.removeLast() }
        let unit = digits.last.flatMap { units[$0] }
        if unit != nil { digits.removeLast() }
        guard let number = Int64(digits) else { throw OCIUsage("--\(name): \(text) is no number of bytes") }
        let (value, overflows) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !overflows else { throw OCIUsage("--\(name): \(text) is too much") }
        return value
    }

    func events(_ words: ArraySlice<String>) throws -> Int32 {
        let grammar = OCIArguments.Grammar(values: ["interval"], switches: ["stats"], arguments: 1...1)
        let options = try OCIArguments(words, grammar, command: "events")
        let id = options.arguments[0]
        let (state, status) = try store.peek(id)
        guard status != .stopped else {
            throw ContainerError(.notRunning, "container with id \(id) is not running")
        }
        let usage = CgroupUsage(state.cgroup.cgroup)
        var deaths = usage.outOfMemoryDeaths
        while true {
            let stats: Value = ["type": "stats", "id": .string(id), "data": usage.value]
            OCILog.print(JSON.text(stats) + "\n")
            if options.has("stats") { return 0 }
            usleep(try Self.microseconds(options.value("interval") ?? "5s"))
            guard let now = try? store.peek(id), now.status != .stopped else { return 0 }
            let killed = usage.outOfMemoryDeaths
            if killed > deaths {
                OCILog.print(JSON.text(["type": "oom", "id": .string(id)] as Value) + "\n")
            }
            deaths = killed
        }
    }

    private static func microseconds(_ text: String) throws -> UInt32 {
        for (unit, factor) in [("ms", 1000.0), ("s", 1_000_000), ("m", 60_000_000)] where text.hasSuffix(unit) {
            if let number = Double(text.dropLast(unit.count)), number > 0, number * factor < 4e9 {
                return UInt32(number * factor)
            }
        }
        throw OCIUsage("--interval: \(text) is no time: 5s, 500ms")
    }
}

/// What a cgroup has used, read as it is asked for.
struct CgroupUsage {
    private let cgroup: Cgroup

    init(_ cgroup: Cgroup) {
        self.cgroup = cgroup
    }

    private func number(_ controller: String, _ file: String, _ unified: String? = nil) -> UInt64 {
        if let folder = cgroup.legacy[controller] { return Self.number("\(folder)/\(file)") }
        return unified.flatMap { name in cgroup.unified.map { Self.number("\($0)/\(name)") } } ?? 0
    }

    private static func number(_ file: String) -> UInt64 {
        guard let text = try? Files.text(file) else { return 0 }
        return UInt64(text.prefix { $0.isNumber }) ?? (text.hasPrefix("max") ? UInt64.max : 0)
    }

    /// Lines of a name and a number.
    private func table(_ controller: String, _ file: String, _ unified: String) -> [(name: String, value: UInt64)] {
        let path = cgroup.legacy[controller].map { "\($0)/\(file)" } ?? cgroup.unified.map { "\($0)/\(unified)" }
        guard let path, let text = try? Files.text(path) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            return words.count == 2 ? UInt64(words[1]).map { (String(words[0]), $0) } : nil
        }
    }

    var outOfMemoryDeaths: UInt64 {
        table("memory", "memory.oom_control", "memory.events").first { $0.name == "oom_kill" }?.value ?? 0
    }

    /// In the form that runc's events have.
    var value: Value {
        ["cpu": processor, "memory": memory, "pids": pids, "blkio": [:], "hugetlb": [:], "intel_rdt": [:]]
    }

    private var processor: Value {
        let stat = Dictionary(table("cpu", "cpu.stat", "cpu.stat")) { $1 }
        let ticks = Dictionary(table("cpuacct", "cpuacct.stat", "cpu.stat")) { $1 }
        let isLegacy = cgroup.legacy["cpuacct"] != nil
        let total = isLegacy ? number("cpuacct", "cpuacct.usage") : (stat["usage_usec"] ?? 0) * 1000
        let perTick: UInt64 = 10_000_000
        let user = isLegacy ? (ticks["user"] ?? 0) * perTick : (stat["user_usec"] ?? 0) * 1000
        let kernel = isLegacy ? (ticks["system"] ?? 0) * perTick : (stat["system_usec"] ?? 0) * 1000
        return [
            "usage": ["total": .int(total), "kernel": .int(kernel), "user": .int(user)],
            "throttling": [
                "periods": .int(stat["nr_periods"] ?? 0), "throttledPeriods": .int(stat["nr_throttled"] ?? 0),
                "throttledTime": .int(stat["throttled_time"] ?? (stat["throttled_usec"] ?? 0) * 1000),
            ],
        ]
    }

    private var memory: Value {
        let raw = table("memory", "memory.stat", "memory.stat").map { (name: $0.name, value: Value.int($0.value)) }
        let cache = raw.first { $0.name == "cache" || $0.name == "file" }?.value ?? .int(0)
        return [
            "cache": cache,
            "usage": [
                "limit": .int(number("memory", "memory.limit_in_bytes", "memory.max")),
                "usage": .int(number("memory", "memory.usage_in_bytes", "memory.current")),
                "max": .int(number("memory", "memory.max_usage_in_bytes", "memory.peak")),
                "failcnt": .int(number("memory", "memory.failcnt")),
            ],
            "raw": .mapping(Mapping(raw.map { .init(key: .init($0.name), value: $0.value) })),
        ]
    }

    private var pids: Value {
        [
            "current": .int(number("pids", "pids.current", "pids.current")),
            "limit": .int(number("pids", "pids.max", "pids.max")),
        ]
    }
}
