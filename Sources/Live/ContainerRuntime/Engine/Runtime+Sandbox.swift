import Glibc
import System

extension Runtime {
    package func createSandbox(_ spec: SandboxSpec) async throws -> Sandbox {
        try RunFolder.check(spec.id, "sandbox")
        return try await blocking { try $0.createSandboxNow(spec) }
    }

    package func removeSandbox(_ id: String) async throws {
        try RunFolder.check(id, "sandbox")
        try await blocking { try $0.removeSandboxNow(id) }
    }

    package func sandboxes() async throws -> [Sandbox] {
        try await blocking { runtime in
            try Files.names(in: runtime.folder.sandboxes).compactMap { runtime.sandbox($0) }
        }
    }

    func sandboxPlace(_ id: String) -> SandboxPlace {
        let path = folder.sandbox(id)
        return SandboxPlace(folder: path, hostNetwork: !Files.exists("\(path)/net"))
    }

    /// A sandbox that is whole: its last step was done.
    private func sandbox(_ id: String) -> Sandbox? {
        let place = sandboxPlace(id)
        guard Files.exists("\(place.folder)/ready") else { return nil }
        return Sandbox(id: id, networkNamespace: place.hostNetwork ? nil : place.namespace("net"))
    }

    private func createSandboxNow(_ spec: SandboxSpec) throws -> Sandbox {
        if let there = sandbox(spec.id) { return there }
        do {
            try removeSandboxNow(spec.id)
            let place = folder.sandbox(spec.id)
            try Files.makeFolders("\(place)/shm", mode: 0o700)
            try cgroup.child(spec.id).create()
            try cgroup.child(spec.id).delegate()
            try limit(cgroup.child(spec.id), spec.resources, spec.id)
            try Mounts.memory(at: "\(place)/shm", options: "mode=1777,size=65536k")
            try makeNamespaces(spec, in: place)
            try ContainerFolder.write("\(place)/ready", "")
        } catch {
            try? removeSandboxNow(spec.id)
            throw Self.fault(error)
        }
        guard let made = sandbox(spec.id) else { throw ContainerError(.machine, "sandbox \(spec.id) was not kept") }
        return made
    }

    private func makeNamespaces(_ spec: SandboxSpec, in place: String) throws {
        let plan = try LaunchPlan.sandbox(spec, in: place)
        let shim = try program.start(mode: "once", name: spec.id, plan: plan, lock: nil)
        defer {
            var status: Int32 = 0
            waitpid(shim.pid, &status, 0)
        }
        _ = try follow(shim.reports, of: plan, spec.id)
    }

    func removeSandboxNow(_ id: String) throws {
        let place = folder.sandbox(id)
        let inside = cgroup.child(id)
        if inside.exists {
            try inside.killAll()
            try removeCgroup(inside)
        }
        guard Files.exists(place) else { return }
        try Files.remove("\(place)/ready")
        for name in try Files.names(in: place) { try Mounts.detach("\(place)/\(name)") }
        try Files.removeTree(place)
    }
}

extension LaunchPlan {
    /// The short life of the process that makes a sandbox's namespaces and leaves them held by files.
    static func sandbox(_ spec: SandboxSpec, in place: String) throws(ContainerError) -> LaunchPlan {
        var kinds = NamespaceKind.hostname | NamespaceKind.ipc
        if !spec.hostNetwork { kinds |= NamespaceKind.network }
        var plan = LaunchPlan([.unshare(kinds: kinds)])
        if !spec.hostname.isEmpty { plan.steps.append(.hostname(String(spec.hostname.prefix(63)))) }
        if !spec.hostNetwork { plan.steps.append(.loopback) }
        for (name, value) in spec.sysctls.sorted(by: { $0.key < $1.key }) {
            plan.steps.append(.sysctl(try sysctlPath(name, hostNetwork: spec.hostNetwork), value: value))
        }
        plan.steps.append(.keepNamespace("uts", path: "\(place)/uts"))
        plan.steps.append(.keepNamespace("ipc", path: "\(place)/ipc"))
        if !spec.hostNetwork { plan.steps.append(.keepNamespace("net", path: "\(place)/net")) }
        return plan
    }

    /// Only what a namespace of the sandbox's own holds: anything else would change the machine.
    private static func sysctlPath(_ name: String, hostNetwork: Bool) throws(ContainerError) -> String {
        let ipc: Set<String> = [
            "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
            "kernel.shmmni", "kernel.shm_rmid_forced",
        ]
        let isOwn = ipc.contains(name) || name.hasPrefix("fs.mqueue.") || (name.hasPrefix("net.") && !hostNetwork)
        guard isOwn, !name.contains("..") else {
            throw ContainerError(.specification, "the sysctl \(name) is not one of the pod's own namespaces")
        }
        // A name with slashes may hold dots, as interfaces' names do.
        return name.contains("/") ? name : name.replacing(".", with: "/")
    }
}
