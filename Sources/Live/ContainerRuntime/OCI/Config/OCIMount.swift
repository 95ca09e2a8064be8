/// One of config.json's `mounts`.
struct OCIMount: Sendable, Hashable {
    /// Attributes to set and to clear (mount_setattr(2)).
    struct Attributes: Sendable, Hashable {
        var set: UInt64 = 0
        var clear: UInt64 = 0

        static let accessTime: UInt64 = 0x70

        mutating func apply(_ bits: UInt64, sets: Bool) {
            let mask = bits & Self.accessTime != 0 || bits == 0 ? Self.accessTime : bits
            set &= ~mask
            clear &= ~mask
            if sets, bits != 0 { set |= bits } else { clear |= mask }
        }
    }

    struct Option: Sendable, Hashable {
        var name: String
        var value: String
    }

    /// Where it is in the config, for errors.
    var path: String
    var destination: String
    var type: String
    var source: String
    var isBind = false
    var isRecursive = false
    var attributes = Attributes()
    var recursiveAttributes = Attributes()
    /// MS_SHARED and its like; 0 when nothing is said.
    var propagation: UInt64 = 0
    var propagatesAll = false
    /// `idmap`, `ridmap`.
    var isMapped = false
    var isMappedAll = false
    var copiesUp = false
    var options: [Option] = []
    var userMappings: [OCIIDMapping]
    var groupMappings: [OCIIDMapping]

    init(_ field: ConfigField) throws(ContainerError) {
        path = field.path
        let destination = try field.field("destination")
        self.destination = try destination.required { (field) throws(ContainerError) in try field.absolutePath() }
        type = try field.field("type").string() ?? ""
        source = try field.field("source").string() ?? ""
        userMappings = try OCIIDMapping.list(try field.field("uidMappings"))
        groupMappings = try OCIIDMapping.list(try field.field("gidMappings"))
        guard userMappings.isEmpty == groupMappings.isEmpty else {
            throw field.fault("uidMappings and gidMappings go together")
        }
        for option in try field.field("options").strings(atMost: 256) { take(option) }
        if type == "bind" || type == "rbind" { isBind = true }
        if type == "rbind" { isRecursive = true }
        if !userMappings.isEmpty { isMapped = true }
        guard isBind || !type.isEmpty else { throw try field.field("type").fault("is missing") }
        guard !isBind || !source.isEmpty else { throw try field.field("source").fault("is missing") }
        try checkDestination(destination)
    }

    /// What the kernel shows in /proc is not to be replaced but by what container managers put there.
    private func checkDestination(_ field: ConfigField) throws(ContainerError) {
        let parts = OCIMount.parts(of: destination)
        guard parts.first == "proc" else {
            if parts.isEmpty { throw field.fault("the root itself cannot be mounted over") }
            return
        }
        if parts.count == 1 {
            guard type == "proc" || isBind else { throw field.fault("only proc may be mounted there") }
            return
        }
        guard Self.allowedInProc.contains(parts.dropFirst().joined(separator: "/")) else {
            throw field.fault("nothing may be mounted on \(destination), which is in /proc")
        }
    }

    var isInProc: Bool { OCIMount.parts(of: destination).first == "proc" && OCIMount.parts(of: destination).count > 1 }

    static let allowedInProc: Set<String> = [
        "cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo", "net/dev",
        "sys/kernel/ns_last_pid", "sys/crypto/fips_enabled",
    ]

    /// The names of a path, `.` and `..` resolved.
    static func parts(of path: String) -> [String] {
        var parts: [String] = []
        for part in path.split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(String(part)) }
        }
        return parts
    }

    private static let words: [String: (bits: UInt64, sets: Bool)] = [
        "ro": (0x1, true), "rw": (0x1, false), "nosuid": (0x2, true), "suid": (0x2, false), "nodev": (0x4, true),
        "dev": (0x4, false), "noexec": (0x8, true), "exec": (0x8, false), "noatime": (0x10, true),
        "atime": (0x10, false), "relatime": (0, true), "norelatime": (0, false), "strictatime": (0x20, true),
        "nostrictatime": (0x20, false), "nodiratime": (0x80, true), "diratime": (0x80, false),
        "nosymfollow": (0x20_0000, true), "symfollow": (0x20_0000, false),
    ]

    private static let propagations: [String: UInt64] = [
        "private": 1 << 18, "slave": 1 << 19, "shared": 1 << 20, "unbindable": 1 << 17,
    ]

    /// Of a file system as a whole; what undoes them is how a new one is anyway.
    private static let superblock: Set<String> = ["sync", "dirsync", "lazytime", "mand", "iversion"]
    private static let ignored: Set<String> = [
        "", "defaults", "async", "nolazytime", "nomand", "noiversion", "silent", "loud", "acl", "noacl", "remount",
    ]

    /// For the list of features.
    static var knownOptions: [String] {
        let attributes = words.keys.flatMap { [$0, "r\($0)"] }
        let kinds = propagations.keys.flatMap { [$0, "r\($0)"] }
        let others = ["bind", "rbind", "idmap", "ridmap", "tmpcopyup", "defaults", "async", "remount"]
        return (attributes + kinds + superblock + others).sorted()
    }

    private mutating func take(_ option: String) {
        if let word = Self.words[option] { return attributes.apply(word.bits, sets: word.sets) }
        if option.hasPrefix("r"), let word = Self.words[String(option.dropFirst())] {
            return recursiveAttributes.apply(word.bits, sets: word.sets)
        }
        if let kind = Self.propagations[option] {
            propagation = kind
            propagatesAll = false
            return
        }
        if option.hasPrefix("r"), let kind = Self.propagations[String(option.dropFirst())] {
            propagation = kind
            propagatesAll = true
            return
        }
        switch option {
        case "bind": isBind = true
        case "rbind":
            isBind = true
            isRecursive = true
        case "idmap": isMapped = true
        case "ridmap":
            isMapped = true
            isMappedAll = true
        case "tmpcopyup": copiesUp = true
        case _ where Self.superblock.contains(option): options.append(Option(name: option, value: ""))
        case _ where Self.ignored.contains(option) || option.hasPrefix("x-"): break
        default:
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            options.append(Option(name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : ""))
        }
    }
}
