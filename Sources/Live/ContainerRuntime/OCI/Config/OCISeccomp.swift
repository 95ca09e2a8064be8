import CSeccomp
import Document
import Glibc
import System

/// config.json's `linux.seccomp`.
struct OCISeccomp: Sendable {
    struct Condition: Sendable, Hashable {
        var argument: UInt32
        var value: UInt64
        var second: UInt64
        var comparison: String
    }

    struct Rule: Sendable {
        var names: [String]
        var action: UInt32
        var conditions: [Condition]
        /// Of the names, for errors.
        var path: String
    }

    var defaultAction: UInt32
    var architectures: [String]
    var flags: UInt64
    var rules: [Rule]
    var listenerPath: String
    var listenerMetadata: String
    /// The section itself, by which its compiled form is kept.
    var text: String

    var notifies: Bool { ([defaultAction] + rules.map(\.action)).contains { $0 == Self.notify } }

    private static let notify: UInt32 = 0x7fc0_0000

    init(_ field: ConfigField) throws(ContainerError) {
        text = field.value.map { JSON.text($0) } ?? ""
        defaultAction = try Self.action(try field.field("defaultAction"), code: try field.field("defaultErrnoRet"))
        architectures = []
        for item in try field.field("architectures").items(atMost: 64) {
            let name = try item.requiredString()
            guard let known = Self.architectureNames[name] else { throw item.fault("there is no architecture \(name)") }
            architectures.append(known)
        }
        flags = 0
        for item in try field.field("flags").items(atMost: 16) {
            let name = try item.requiredString()
            guard let bit = Self.flagBits[name] else { throw item.fault("there is no flag \(name)") }
            flags |= bit
        }
        listenerPath = try field.field("listenerPath").string() ?? ""
        listenerMetadata = try field.field("listenerMetadata").string() ?? ""
        rules = []
        for item in try field.field("syscalls").items() { rules.append(try Self.rule(item)) }
        if notifies, listenerPath.isEmpty {
            throw try field.field("listenerPath").fault("SCMP_ACT_NOTIFY needs one")
        }
    }

    private static let flagBits: [String: UInt64] = [
        "SECCOMP_FILTER_FLAG_TSYNC": 1, "SECCOMP_FILTER_FLAG_LOG": 2, "SECCOMP_FILTER_FLAG_SPEC_ALLOW": 4,
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": 32,
    ]

    private static let architectureNames: [String: String] = [
        "SCMP_ARCH_NATIVE": "native", "SCMP_ARCH_X86": "x86", "SCMP_ARCH_X86_64": "x86_64", "SCMP_ARCH_X32": "x32",
        "SCMP_ARCH_ARM": "arm", "SCMP_ARCH_AARCH64": "aarch64", "SCMP_ARCH_MIPS": "mips",
        "SCMP_ARCH_MIPS64": "mips64", "SCMP_ARCH_MIPS64N32": "mips64n32", "SCMP_ARCH_MIPSEL": "mipsel",
        "SCMP_ARCH_MIPSEL64": "mipsel64", "SCMP_ARCH_MIPSEL64N32": "mipsel64n32", "SCMP_ARCH_PPC": "ppc",
        "SCMP_ARCH_PPC64": "ppc64", "SCMP_ARCH_PPC64LE": "ppc64le", "SCMP_ARCH_S390": "s390",
        "SCMP_ARCH_S390X": "s390x", "SCMP_ARCH_PARISC": "parisc", "SCMP_ARCH_PARISC64": "parisc64",
        "SCMP_ARCH_RISCV64": "riscv64",
    ]

    static var architectureList: [String] { architectureNames.keys.sorted() }
    static var flagList: [String] { flagBits.keys.sorted() }
    static let actionList = [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
        "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
    ]
    static let comparisonList = [
        "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ",
        "SCMP_CMP_NE",
    ]

    private static func action(_ field: ConfigField, code: ConfigField) throws(ContainerError) -> UInt32 {
        let name = try field.requiredString()
        let errno = try code.number(UInt32.self)
        let data = (errno ?? UInt32(EPERM)) & 0xffff
        switch name {
        case "SCMP_ACT_ERRNO": return 0x0005_0000 | data
        case "SCMP_ACT_TRACE": return 0x7ff0_0000 | data
        case _ where errno != nil: throw code.fault("\(name) answers no errno")
        case "SCMP_ACT_ALLOW": return 0x7fff_0000
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return 0
        case "SCMP_ACT_KILL_PROCESS": return 0x8000_0000
        case "SCMP_ACT_LOG": return 0x7ffc_0000
        case "SCMP_ACT_NOTIFY": return notify
        case "SCMP_ACT_TRAP": return 0x0003_0000
        default: throw field.fault("there is no action \(name)")
        }
    }

    private static func rule(_ item: ConfigField) throws(ContainerError) -> Rule {
        let names = try item.field("names")
        let list = try names.strings()
        guard !list.isEmpty else { throw names.fault("names no system call") }
        for (index, name) in list.enumerated() where name.isEmpty || !name.utf8.allSatisfy(isNameByte) {
            throw ConfigField(nil, at: "\(names.path)[\(index)]").fault("\"\(name)\" is no system call")
        }
        var conditions: [Condition] = []
        for argument in try item.field("args").items(atMost: 64) {
            let number = try argument.field("index").number(UInt32.self) ?? 0
            guard number < 6 else { throw try argument.field("index").fault("a system call has six arguments") }
            let op = try argument.field("op")
            let comparison = try op.requiredString()
            guard comparisonList.contains(comparison) else { throw op.fault("there is no comparison \(comparison)") }
            conditions.append(
                Condition(
                    argument: number, value: try argument.field("value").number(UInt64.self) ?? 0,
                    second: try argument.field("valueTwo").number(UInt64.self) ?? 0, comparison: comparison))
        }
        return Rule(
            names: list, action: try action(try item.field("action"), code: try item.field("errnoRet")),
            conditions: conditions, path: names.path)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// One use of libseccomp for a config's filter.
struct ConfigFilterCompiler: ~Copyable {
    private let context: scmp_filter_ctx
    /// Calls that no architecture here has.
    private(set) var unknown: [String] = []

    init(_ seccomp: OCISeccomp) throws {
        guard let context = seccomp_init(seccomp.defaultAction) else {
            throw ContainerError(.specification, "linux.seccomp.defaultAction: libseccomp does not take it")
        }
        self.context = context
    }

    deinit {
        seccomp_release(context)
    }

    mutating func compile(_ seccomp: OCISeccomp) throws -> [UInt8] {
        for name in seccomp.architectures where name != "native" {
            let code = seccomp_arch_add(context, seccomp_arch_resolve_name(name))
            guard code == 0 || code == -EEXIST else {
                throw SystemError(-code, call: "seccomp_arch_add", subject: name)
            }
        }
        // Whether programs may have new privileges is the process's affair.
        _ = seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0)
        // A rule's many conditions on one argument are alternatives, which libseccomp takes one by one.
        for rule in seccomp.rules where rule.action != seccomp.defaultAction {
            let arguments = rule.conditions.map(\.argument)
            let isEither = Set(arguments).count < arguments.count
            for name in rule.names {
                for conditions in isEither ? rule.conditions.map({ [$0] }) : [rule.conditions] {
                    try add(rule.action, name, conditions, rule.path)
                }
            }
        }
        _ = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2)
        let memory = try OwnedDescriptor.memory(named: "seccomp")
        let code = seccomp_export_bpf(context, memory.raw)
        guard code == 0 else { throw SystemError(-code, call: "seccomp_export_bpf") }
        try checked("lseek") { lseek(memory.raw, 0, SEEK_SET) }
        return try Files.read(from: memory.raw, named: "seccomp", limit: 4096 * 8)
    }

    private mutating func add(
        _ action: UInt32, _ name: String, _ conditions: [OCISeccomp.Condition], _ path: String
    ) throws {
        let number = seccomp_syscall_resolve_name(name)
        if number == __NR_SCMP_ERROR {
            guard Self.isNewer(name) else {
                throw ContainerError(.specification, "\(path): there is no system call \(name)")
            }
            unknown.append(name)
            return
        }
        let tests = conditions.map { condition in
            // A masked comparison has its mask first.
            scmp_arg_cmp(
                arg: condition.argument, op: Self.comparison(condition.comparison), datum_a: condition.value,
                datum_b: condition.second)
        }
        let code = seccomp_rule_add_array(context, action, number, UInt32(tests.count), tests)
        guard code == 0 || code == -EEXIST || code == -EDOM else {
            throw ContainerError(
                .specification, "\(path): \(name): \(SystemError(-code, call: "seccomp_rule_add"))")
        }
    }

    /// Calls that kernels have and libseccomp 2.5 does not know yet: profiles name them, and none of them can be let through.
    private static let newer: Set<String> = [
        "cachestat", "fchmodat2", "file_getattr", "file_setattr", "futex_requeue", "futex_wait", "futex_wake",
        "getxattrat", "kexec_file_load", "listmount", "listns", "listxattrat", "lsm_get_self_attr",
        "lsm_list_modules", "lsm_set_self_attr", "map_shadow_stack", "memfd_secret", "mseal", "open_tree_attr",
        "process_mrelease", "quotactl_fd", "removexattrat", "riscv_hwprobe", "rseq_slice_yield",
        "set_mempolicy_home_node", "setxattrat", "statmount", "uprobe", "uretprobe",
    ]

    private static func isNewer(_ name: String) -> Bool {
        newer.contains(name) || DefaultProfile.allowed.contains(name) || DefaultProfile.refused.contains(name)
    }

    private static func comparison(_ name: String) -> scmp_compare {
        switch name {
        case "SCMP_CMP_NE": SCMP_CMP_NE
        case "SCMP_CMP_LT": SCMP_CMP_LT
        case "SCMP_CMP_LE": SCMP_CMP_LE
        case "SCMP_CMP_GE": SCMP_CMP_GE
        case "SCMP_CMP_GT": SCMP_CMP_GT
        case "SCMP_CMP_MASKED_EQ": SCMP_CMP_MASKED_EQ
        default: SCMP_CMP_EQ
        }
    }
}
