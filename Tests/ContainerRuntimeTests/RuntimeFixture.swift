import ContainerRuntime
import Foundation
import Synchronization
import System
import TestSupport

/// A runtime with a run folder of its own and a root of busybox; all it made is gone when `withRuntime` returns.
final class RuntimeFixture: Sendable {
    let folder: TemporaryFolder
    let runtime: Runtime
    private let notes = NoteBox()

    var run: String { folder.path + "/run" }
    var layer: String { folder.path + "/layer" }
    var notesText: String { notes.text }

    init(clock: WallClock = .system) throws {
        folder = try TemporaryFolder()
        let notes = notes
        runtime = try Runtime(runFolder: folder.path + "/run", clock: clock, log: Log("runtime") { notes.add($0) })
        try Self.makeLayer(at: folder.path + "/layer")
    }

    /// The same run folder as a service that is started again sees it.
    func restarted() async throws -> Runtime {
        let notes = notes
        let again = try Runtime(runFolder: run, log: Log("runtime") { notes.add($0) })
        try await again.recover()
        return again
    }

    func spec(
        _ id: String = "one", _ arguments: [String], sandbox: String? = nil,
        change: (inout ContainerSpec) -> Void = { _ in }
    ) -> ContainerSpec {
        var spec = ContainerSpec(
            id: id, sandbox: sandbox, root: RootFileSystem(lowerFolders: [layer]),
            process: ProcessSpec(arguments: arguments, environment: ["PATH=/bin"]), log: LogSpec(path: logPath(id)))
        change(&spec)
        return spec
    }

    /// `sh -c` of a line.
    func shell(
        _ line: String, id: String = "one", sandbox: String? = nil, change: (inout ContainerSpec) -> Void = { _ in }
    )
        -> ContainerSpec
    {
        spec(id, ["/bin/sh", "-c", line], sandbox: sandbox, change: change)
    }

    func logPath(_ id: String) -> String { folder.path + "/logs/\(id).log" }

    /// What a stream of the log holds, without times and tags; unfinished lines joined.
    func output(_ id: String = "one", _ stream: String = "stdout") throws -> String {
        let text = try String(contentsOfFile: logPath(id), encoding: .utf8)
        var output = ""
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4, fields[1] == stream else { continue }
            output += fields[3] + (fields[2] == "F" ? "\n" : "")
        }
        return output
    }

    /// Starts a container and waits for its end.
    @discardableResult
    func end(of spec: ContainerSpec, in other: Runtime? = nil) async throws -> ContainerState.Exit {
        let engine = other ?? runtime
        _ = try await engine.start(spec)
        return try await exit(of: spec.id, in: engine)
    }

    func exit(of id: String, in other: Runtime? = nil) async throws -> ContainerState.Exit {
        for await state in (other ?? runtime).exits() where state.id == id {
            if let exit = state.exit { return exit }
        }
        throw ContainerError(.notFound, "\(id) never ended")
    }

    /// A folder with busybox and its commands, owned by root.
    static func makeLayer(at path: String) throws {
        let files = FileManager.default
        for folder in ["bin", "etc", "proc", "dev", "sys", "tmp", "root"] {
            try files.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
        }
        try files.copyItem(atPath: "/bin/busybox", toPath: "\(path)/bin/busybox")
        for name in [
            "sh", "echo", "cat", "sleep", "true", "false", "id", "ls", "mount", "dd", "head", "yes", "hostname",
        ] {
            try files.createSymbolicLink(atPath: "\(path)/bin/\(name)", withDestinationPath: "busybox")
        }
        for name in [
            "grep", "wc", "kill", "stty", "env", "readlink", "touch", "mkdir", "chmod", "tr", "mknod", "tail", "ip",
            "unshare",
        ] {
            try files.createSymbolicLink(atPath: "\(path)/bin/\(name)", withDestinationPath: "busybox")
        }
        let passwd = "root:x:0:0:root:/root:/bin/sh\nshop:x:1000:1000::/home/shop:/bin/sh\n"
        try Data(passwd.utf8).write(to: URL(fileURLWithPath: "\(path)/etc/passwd"))
        let group = "root:x:0:\nshop:x:1000:\naudio:x:29:shop,other\nvideo:x:44:other\n"
        try Data(group.utf8).write(to: URL(fileURLWithPath: "\(path)/etc/group"))
    }
}

/// Whether this machine's kernel can hold a cgroup to a limit.
func machineLimits(_ controller: String) throws -> Bool {
    let hierarchies = try CgroupHierarchies.current()
    if hierarchies.legacy[controller] != nil { return true }
    guard let unified = hierarchies.unified else { return false }
    return try Files.text("\(unified)/cgroup.controllers").contains(controller)
}

/// Runs a test with a runtime of its own, and removes all that it made however the test ends.
func withRuntime(clock: WallClock = .system, _ body: (RuntimeFixture) async throws -> Void) async throws {
    let fixture = try RuntimeFixture(clock: clock)
    do {
        try await body(fixture)
    } catch {
        try? await fixture.runtime.removeAll()
        throw error
    }
    try await fixture.runtime.removeAll()
}

/// Lines of a log, for tests that look for them.
final class NoteBox: Sendable {
    private let lines = Mutex("")

    var text: String { lines.withLock { $0 } }

    func add(_ line: String) {
        lines.withLock { $0 += line }
    }
}
