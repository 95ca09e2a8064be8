import Foundation
import Glibc
import Synchronization
import System
import TestSupport

/// A pretended machine: a network namespace of its own that plays the host, folders for one instance of Belay, and a
/// repository that it follows. The machine's own network is not touched.
final class Machine: Sendable {
    let folder: TemporaryFolder
    let git: GitFixture
    let origin: String
    private let holder: Program
    private let service = Mutex<Process?>(nil)
    /// The name that this instance's cgroups have, once a container ran.
    private let cgroup = Mutex<String?>(nil)

    /// - Parameter files: the first commit; nil for a repository without any.
    init(_ files: [String: String]?) async throws {
        folder = try TemporaryFolder()
        git = try GitFixture()
        if let files {
            try git.commit("Begin", files)
            origin = try git.makeOrigin("fleet.git")
        } else {
            origin = "\(git.folder)/fleet.git"
            try git.git(["init", "-q", "--bare", "-b", "main", origin], in: git.folder)
            try git.git("remote", "add", "origin", origin)
        }
        let marker = "\(folder.path)/host-is-up"
        // Ends with the test's process, and the namespace with it.
        holder = try Program([
            "unshare", "-n", "sh", "-c",
            "echo 0 > /proc/sys/net/ipv4/ip_forward; ip link set lo up && touch \(marker) && while kill -0 \(getpid()) 2>/dev/null; do sleep 1; done",
        ])
        try await eventually("the host's namespace is there") { Files.exists(marker) }
        let tar = try await Binary.makeRoot(in: folder.path)
        try await run("image", "import", tar, "localhost/box:1")
    }

    /// Runs `body` on a machine of its own, with the service started, and proves that nothing is left of it.
    static func run(
        _ files: [String: String]?, starting: Bool = true, _ body: (Machine) async throws -> Void
    ) async throws {
        await Turnstile.machines.enter()
        defer { Turnstile.machines.leave() }
        let machine = try await Machine(files)
        do {
            if starting { try await machine.start() }
            try await body(machine)
        } catch {
            let words = try? await machine.belay("events")
            let log = try? Files.text(machine.log)
            _ = try? await machine.tearDown()
            throw Failure("\(error)\n--- events\n\(words?.output ?? "")--- log\n\(log ?? "")")
        }
        let left = try await machine.tearDown()
        guard left.isEmpty else { throw Failure("left behind:\n\(left.joined(separator: "\n"))") }
    }

    var log: String { "\(folder.path)/log" }
    var socket: String { "\(folder.path)/run/belay.sock" }
    var enter: [String] { ["nsenter", "--net=/proc/\(holder.pid)/ns/net"] }
    private var places: [String] { ["--state", "\(folder.path)/state", "--run", "\(folder.path)/run"] }

    // MARK: The command line

    /// Runs a verb, whatever it answers.
    func belay(_ words: String..., after rest: [String] = [], input: String = "") async throws -> Outcome {
        let tail = rest.isEmpty ? [] : ["--"] + rest
        return try await Programs.run(enter + [Binary.path] + words + places + tail, input: input)
    }

    /// Runs a verb with options, whatever it answers.
    func belay(words: [String]) async throws -> Outcome {
        try await Programs.run(enter + [Binary.path] + words + places)
    }

    /// Runs a verb that must succeed, and answers what it wrote.
    @discardableResult
    func run(_ words: String..., after rest: [String] = [], input: String = "") async throws -> String {
        let tail = rest.isEmpty ? [] : ["--"] + rest
        let outcome = try await Programs.run(enter + [Binary.path] + words + places + tail, input: input)
        guard outcome.code == 0 else { throw Failure("belay \(words.joined(separator: " ")): \(outcome)") }
        return outcome.output
    }

    /// Fetches a page from the host's side.
    func page(_ address: String) async throws -> String? {
        let outcome = try await Programs.run(
            enter + ["curl", "-sf", "--noproxy", "*", "--max-time", "2", "http://\(address)/"])
        return outcome.code == 0 ? outcome.output.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }

    /// Asks the socket in the Kubernetes API's words.
    @discardableResult
    func ask(_ method: String, _ path: String, patch: String? = nil) async throws -> Outcome {
        let body = patch.map { ["-H", "Content-Type: application/merge-patch+json", "-d", $0] } ?? []
        return try await Programs.run(
            ["curl", "-sf", "--max-time", "5", "--unix-socket", socket, "-X", method] + body + ["http://belay\(path)"])
    }

    // MARK: The service

    var isServing: Bool { service.withLock { $0?.isRunning ?? false } }
    var servicePID: Int32? { service.withLock { $0?.processIdentifier } }

    /// Starts `belay up`, or another verb that serves, and waits until its socket answers.
    func start(_ words: String...) async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = enter + [Binary.path] + (words.isEmpty ? ["up", origin] : words) + places
        if !Files.exists(log) { try Data().write(to: URL(filePath: log)) }
        let file = try FileHandle(forWritingTo: URL(filePath: log))
        try file.seekToEnd()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = file
        process.standardError = file
        try process.run()
        service.withLock { $0 = process }
        try await eventually("the service answers") {
            guard process.isRunning else { throw Failure("the service ended: \(try Files.text(log))") }
            return try await belay("get", "namespaces").code == 0
        }
    }

    /// Ends the service with a signal, and waits for its end.
    func end(_ signal: Int32 = SIGKILL) async throws {
        guard let process = service.withLock({ $0 }), process.isRunning else { return }
        kill(process.processIdentifier, signal)
        try await eventually("the service ends") { !process.isRunning }
    }

    /// Pushes what changed in the repository.
    func push(_ message: String, _ files: [String: String] = [:]) throws {
        try git.commit(message, files)
        try git.git("push", "-q", "--force", "origin", "main")
    }

    // MARK: The end

    /// Removes all, and says what is left.
    private func tearDown() async throws -> [String] {
        if cgroup.withLock({ $0 }) == nil { _ = try? Shims.beneath(folder.path).first.map(note) }
        try await end()
        let outcome = try await belay("down", "--all")
        guard outcome.code == 0 else { return ["belay down: \(outcome)"] }
        var left: [String] = []
        _ = try await TestSupport.eventually {
            left = try await remains()
            return left.isEmpty
        }
        return left
    }

    /// Remembers where this instance's containers are.
    func note(_ shim: Int32) throws {
        let text = try Files.text("/proc/\(shim)/cgroup", limit: 1 << 16)
        let name = text.split { "/\n".contains($0) }.first { $0.hasPrefix("belay-") }
        if let name { cgroup.withLock { $0 = String(name) } }
    }

    private func remains() async throws -> [String] {
        let mounts = try Files.text("/proc/self/mountinfo", limit: 64 << 20).split(separator: "\n")
        var left = mounts.filter { $0.contains(folder.path) }.map { "mount \($0)" }
        for name in ["state", "run"] where Files.exists("\(folder.path)/\(name)") {
            left.append("folder \(folder.path)/\(name)")
        }
        let links = try await Programs.run(enter + ["ip", "-o", "link"])
        left += links.output.split(separator: "\n").filter { !$0.contains(": lo:") }.map { "link \($0)" }
        let rules = try await Programs.run(enter + ["nft", "list", "ruleset"])
        left += rules.output.split(separator: "\n").map { "nft \($0)" }
        let forward = try await Programs.run(enter + ["cat", "/proc/sys/net/ipv4/ip_forward"])
        if forward.output != "0\n" { left.append("ip_forward is \(forward.output)") }
        guard let name = cgroup.withLock({ $0 }) else { return left }
        let groups = try await Programs.run(["find", "/sys/fs/cgroup", "-type", "d", "-name", name])
        left += groups.output.split(separator: "\n").map { "cgroup \($0)" }
        return left + Shims.processes(inCgroup: name).map { "process \($0)" }
    }
}

/// Processes of an instance as the kernel has them.
enum Shims {
    private static func processes() -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    private static func words(_ pid: Int32) -> [String] {
        let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The shims of the instance whose run folder is in `folder`.
    static func beneath(_ folder: String) -> [Int32] {
        processes().filter { pid in
            let words = words(pid)
            guard words.count > 2, words[0] == "belay-shim" else { return false }
            return Files.exists("\(folder)/run/runtime/containers/\(words[2])")
        }
    }

    /// What a process started: for a shim, the container's first process.
    static func children(of pid: Int32) -> [Int32] {
        let text = FileManager.default.contents(atPath: "/proc/\(pid)/task/\(pid)/children") ?? Data()
        return String(decoding: text, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
    }

    /// Whether a process has ended, and only waits for somebody to ask how.
    static func isZombie(_ pid: Int32) -> Bool {
        let text = FileManager.default.contents(atPath: "/proc/\(pid)/stat") ?? Data()
        return String(decoding: text, as: UTF8.self).contains(") Z ")
    }

    static func processes(inCgroup name: String) -> [Int32] {
        processes().filter { pid in
            let text = FileManager.default.contents(atPath: "/proc/\(pid)/cgroup") ?? Data()
            return String(decoding: text, as: UTF8.self).contains(name)
        }
    }
}
