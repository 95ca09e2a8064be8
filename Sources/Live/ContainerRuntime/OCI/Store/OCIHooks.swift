import CLinux
import Glibc
import System

/// Hooks that run in the machine's own namespaces.
enum OCIHooks {
    /// Runs hooks in order, each with the container's state as its input.
    ///
    /// - Throws: `ContainerError` naming the first that fails or takes too long.
    static func run(_ hooks: [OCIHook], named name: String, state: String) throws {
        for (index, hook) in hooks.enumerated() {
            try run(hook, "hooks.\(name)[\(index)]", state)
        }
    }

    private static func run(_ hook: OCIHook, _ field: String, _ state: String) throws {
        let input = try OwnedDescriptor.memory(named: "state")
        try Files.write(state.utf8, to: input.raw, named: "state")
        try checked("lseek") { lseek(input.raw, 0, SEEK_SET) }
        let pid: Int32
        do {
            pid = try ProcessSpawn.child(
                hook.path, arguments: hook.arguments, environment: hook.environment, input: input.raw)
        } catch {
            throw ContainerError(.specification, "\(field): \(error)")
        }
        let process = try ProcessDescriptor(pid: pid)
        var watch = pollfd(fd: process.raw, events: Int16(POLLIN), revents: 0)
        let limit = hook.timeout.map { Int32(clamping: UInt64($0) * 1000) } ?? -1
        let ended = try checked("poll") { poll(&watch, 1, limit) } == 1
        if !ended { kill(pid, SIGKILL) }
        var status: Int32 = 0
        try checked("waitpid") { waitpid(pid, &status, 0) }
        guard ended else {
            throw ContainerError(.specification, "\(field): \(hook.path) took more than \(hook.timeout ?? 0) s")
        }
        guard status == 0 else {
            let end = status & 0x7f == 0 ? "exit status \(status >> 8 & 0xff)" : "signal \(status & 0x7f)"
            throw ContainerError(.specification, "\(field): \(hook.path): \(end)")
        }
    }
}
