import CSeccomp
import Glibc
import Synchronization
import System

/// Compiled system call filters, kept: compiling takes milliseconds, loading microseconds (seccomp(2)).
final class SeccompFilters: Sendable {
    private let kept = Mutex<[Set<String>: [UInt8]]>([:])

    /// The filter's program for a profile and the capabilities that widen it; nil when unconfined.
    ///
    /// - Throws: `SystemError` when libseccomp fails.
    func program(for profile: SeccompProfile, capabilities: Set<String>) throws -> [UInt8]? {
        guard profile == .runtimeDefault else { return nil }
        let key = capabilities.intersection(DefaultProfile.byCapability.keys)
        return try kept.withLock { kept in
            if let program = kept[key] { return program }
            let program = try FilterCompiler().compile(capabilities: key)
            kept[key] = program
            return program
        }
    }
}

/// One use of libseccomp.
private struct FilterCompiler: ~Copyable {
    private static let allow: UInt32 = 0x7fff_0000
    private let context: scmp_filter_ctx

    private static func refuse(_ code: Int32) -> UInt32 { 0x0005_0000 | UInt32(code) & 0xffff }

    init() throws {
        guard let context = seccomp_init(Self.refuse(ENOSYS)) else { throw SystemError(ENOMEM, call: "seccomp_init") }
        self.context = context
    }

    deinit {
        seccomp_release(context)
    }

    consuming func compile(capabilities: Set<String>) throws -> [UInt8] {
        try addArchitectures()
        var allowed = Set(DefaultProfile.allowed)
        for capability in capabilities { allowed.formUnion(DefaultProfile.byCapability[capability] ?? []) }
        var refused = Set(DefaultProfile.refused)
        for calls in DefaultProfile.byCapability.values { refused.formUnion(calls) }
        // glibc tries clone3 first, whose flags a filter cannot see: it must look missing, not forbidden.
        refused.subtract(["clone", "clone3"])
        for call in allowed.sorted() { try add(Self.allow, call) }
        for call in refused.subtracting(allowed).sorted() { try add(Self.refuse(EPERM), call) }
        if !allowed.contains("clone") { try addCloneWithoutNamespaces() }
        try addSockets()
        try addPersonalities()
        // A binary tree of the calls: loads and decides faster than a list.
        _ = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2)
        return try export()
    }

    /// 64-bit programs and the 32-bit ones that the machine runs too.
    private borrowing func addArchitectures() throws {
        #if arch(x86_64)
            for name in ["x86", "x32"] {
                let code = seccomp_arch_add(context, seccomp_arch_resolve_name(name))
                guard code == 0 || code == -EEXIST else {
                    throw SystemError(-code, call: "seccomp_arch_add", subject: name)
                }
            }
        #elseif arch(arm64)
            let code = seccomp_arch_add(context, seccomp_arch_resolve_name("arm"))
            guard code == 0 || code == -EEXIST else {
                throw SystemError(-code, call: "seccomp_arch_add", subject: "arm")
            }
        #endif
    }

    private borrowing func add(_ action: UInt32, _ name: String, _ conditions: [scmp_arg_cmp] = []) throws {
        let number = seccomp_syscall_resolve_name(name)
        // A call that this libseccomp does not know stays at ENOSYS.
        if number == __NR_SCMP_ERROR { return }
        let code = seccomp_rule_add_array(context, action, number, UInt32(conditions.count), conditions)
        guard code == 0 || code == -EEXIST || code == -EDOM || code == -EACCES else {
            throw SystemError(-code, call: "seccomp_rule_add", subject: name)
        }
    }

    /// New processes and threads, but no new namespaces.
    private borrowing func addCloneWithoutNamespaces() throws {
        let namespaces: UInt64 = 0x7e02_0000
        let noNamespace = scmp_arg_cmp(arg: 0, op: SCMP_CMP_MASKED_EQ, datum_a: namespaces, datum_b: 0)
        try add(Self.allow, "clone", [noNamespace])
    }

    /// All families but AF_VSOCK, which reaches the hypervisor.
    private borrowing func addSockets() throws {
        let vsock: UInt64 = 40
        try add(Self.allow, "socket", [scmp_arg_cmp(arg: 0, op: SCMP_CMP_NE, datum_a: vsock, datum_b: 0)])
    }

    private borrowing func addPersonalities() throws {
        for persona: UInt64 in [0, 8, 0x20000, 0x20008, 0xffff_ffff] {
            try add(Self.allow, "personality", [scmp_arg_cmp(arg: 0, op: SCMP_CMP_EQ, datum_a: persona, datum_b: 0)])
        }
    }

    private borrowing func export() throws -> [UInt8] {
        let memory = try OwnedDescriptor.memory(named: "seccomp")
        let code = seccomp_export_bpf(context, memory.raw)
        guard code == 0 else { throw SystemError(-code, call: "seccomp_export_bpf") }
        try checked("lseek") { lseek(memory.raw, 0, SEEK_SET) }
        return try Files.read(from: memory.raw, named: "seccomp", limit: 4096 * 8)
    }
}
