import CLinux
import ContainerRuntime
import Crypto
import Document
import Glibc
import Images
import System

/// RUN.
extension Step {
    func run(_ command: Command, _ heredocs: [Heredoc], _ state: inout StageState) async throws {
        let words = arguments(command, heredocs, state)
        // Proxies do not count: where packages come through changes nothing of what they are.
        let inputs =
            ["RUN"] + words + ["env"] + environment(state) + ["user", state.config.user, state.config.workingFolder]
        try await cached(&state, inputs: inputs) { state in
            let (store, layers) = (build.builder.store, lowerFolders(state))
            guard !layers.isEmpty else {
                throw Problem(
                    "RUN in an image that has no files yet", at: origin,
                    hint: "COPY a file system first, or begin FROM another image")
            }
            let run = try await Blocking.run(named: "belay-build") { try RunFolder(store: store) }
            try await execute(words, state, run)
            return try await Blocking.run(named: "belay-build") { try StepLayer(store).keep(run.layer) }
        }
    }

    /// A heredoc is a script: for the shell, or by its first line for another program.
    private func arguments(_ command: Command, _ heredocs: [Heredoc], _ state: StageState) -> [String] {
        guard case .shell(let line) = command, !heredocs.isEmpty else { return arguments(command, state) }
        let isAlone = heredocs.count == 1 && line.hasPrefix("<<") && !line.contains(where: \.isWhitespace)
        if isAlone, let script = heredocs.first?.content {
            guard script.hasPrefix("#!") else { return state.shell + [script] }
            let program = script.prefix { $0 != "\n" }.dropFirst(2).trimmed.split(whereSeparator: \.isWhitespace).map(
                String.init)
            return program + ["-c", script]
        }
        let texts = heredocs.map { "\($0.content)\($0.name)\n" }.joined()
        return state.shell + ["\(line)\n\(texts)"]
    }

    private func environment(_ state: StageState) -> [String] {
        var variables = state.config.environment
        if state.environment("PATH") == nil {
            variables.append("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        }
        for argument in state.arguments where state.environment(argument.name) == nil {
            variables.append("\(argument.name)=\(argument.value)")
        }
        return variables
    }

    // MARK: the container

    private func execute(_ words: [String], _ state: StageState, _ run: RunFolder) async throws {
        let engine = build.builder.engine
        let id = "build-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let (spec, mounts) = try await specification(id, words, state, run)
        let output = OutputTail(path: run.logPath, report: build.progress)
        do {
            _ = try await engine.start(spec)
            let exit = try await wait(for: id, output)
            try await engine.remove(id)
            try await Blocking.run(named: "belay-build") { try mounts.clear(run.layer.path) }
            guard exit.code == 0 else { throw await failure(exit, words, output) }
        } catch {
            // The container must not outlive the build, cancelled or not.
            await Task { try? await end(id, engine) }.value
            throw error
        }
    }

    private func end(_ id: String, _ engine: any ContainerEngine) async throws {
        guard let state = try await engine.state(id) else { return }
        if state.exit == nil {
            try await engine.kill(id, signal: SIGKILL, all: true)
            for _ in 0..<200 {
                if try await engine.state(id)?.exit != nil { break }
                try await build.builder.clock.sleep(.milliseconds(20))
            }
        }
        try await engine.remove(id)
    }

    private func specification(
        _ id: String, _ words: [String], _ state: StageState, _ run: RunFolder
    ) async throws -> (ContainerSpec, MachineMounts) {
        let (view, machine) = (try await view(state, name: "the image"), build.builder.machine)
        let user = state.config.user
        let (mounts, home) = try await Blocking.run(named: "belay-build") {
            let mounts = try machine.mounts(for: view, scratch: run.scratch)
            let name = user.split(separator: ":").first.map(String.init) ?? "root"
            return (mounts, try Accounts(view).user(name)?.home ?? "/root")
        }
        var environment = machine.proxyVariables(build.request.arguments) + environment(state)
        if !environment.contains(where: { $0.hasPrefix("HOME=") }) { environment.append("HOME=\(home)") }
        let process = ProcessSpec(
            arguments: words, environment: environment,
            workingFolder: state.config.workingFolder.isEmpty ? "/" : state.config.workingFolder,
            user: user.isEmpty ? .root : .named(user, additional: []), noNewPrivileges: false)
        let root = RootFileSystem(lowerFolders: lowerFolders(state), upperFolder: run.layer.path)
        let spec = ContainerSpec(
            id: id, hostNetwork: true, hostname: "build", root: root, process: process, mounts: mounts.mounts,
            log: LogSpec(path: run.logPath, maximumSize: 64 << 20, maximumFiles: 2), labels: ["belay/build": "true"])
        return (spec, mounts)
    }

    private func wait(for id: String, _ output: OutputTail) async throws -> ContainerState.Exit {
        let (engine, clock) = (build.builder.engine, build.builder.clock)
        var pause = Duration.milliseconds(5)
        while true {
            guard let state = try await engine.state(id) else {
                throw Problem("the container of this RUN was removed by somebody else", at: origin)
            }
            try await output.read(isLast: state.exit != nil)
            if let exit = state.exit { return exit }
            try await clock.sleep(pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    private func failure(_ exit: ContainerState.Exit, _ words: [String], _ output: OutputTail) async -> Problem {
        let how =
            exit.wasOutOfMemory
            ? "ran out of memory" : exit.signal.map { "was killed by signal \($0)" } ?? "ended with code \(exit.code)"
        let lines = await output.last.map { "\n    \($0)" }.joined()
        return Problem("RUN \(how): \(instruction.text.dropFirst(4).prefix(200))\(lines)", at: origin)
    }
}

/// Where a RUN works: the layer's folder, and one for its log and made files that goes with it.
final class RunFolder: Sendable {
    nonisolated(unsafe) let layer: LayerFolder  // used by one step, one call at a time
    let scratch: String

    var logPath: String { "\(scratch)/log" }

    init(store: ImageStore) throws {
        layer = try store.layers.begin()
        scratch = "\(layer.path).scratch"
        try Files.makeFolders(scratch, mode: 0o700)
        try Files.makeFolders("\(layer.path).work", mode: 0o700)
    }
}

/// Reads a RUN's output from its log, line by line as it comes.
actor OutputTail {
    private let executor = ThreadExecutor(name: "belay-build-log")
    private let path: String
    private let report: BuildProgress.Report
    private var offset = 0
    private var unfinished: [UInt8] = []
    private var partial = ""
    /// The last lines.
    private(set) var last: [String] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(path: String, report: @escaping BuildProgress.Report) {
        self.path = path
        self.report = report
    }

    /// Tells the lines that came since.
    func read(isLast: Bool) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor != -1 else { return }
        let file = OwnedDescriptor(owning: descriptor)
        var status = stat()
        // A log that became shorter was rotated.
        if fstat(file.raw, &status) == 0, Int(status.st_size) < offset { offset = 0 }
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let place = off_t(offset)
            let count = try checked("pread", on: path) {
                chunk.withUnsafeMutableBytes { pread(file.raw, $0.baseAddress, $0.count, place) }
            }
            if count == 0 { break }
            offset += count
            unfinished += chunk[..<count]
            takeLines()
        }
        if isLast, !partial.isEmpty { tell("") }
    }

    private func takeLines() {
        var start = 0
        while let end = unfinished[start...].firstIndex(of: UInt8(ascii: "\n")) {
            take(String(decoding: unfinished[start..<end], as: UTF8.self))
            start = end + 1
        }
        unfinished.removeFirst(start)
    }

    /// `2026-11-20T12:31:28.000000000Z stdout F text`: P for a line that goes on.
    private func take(_ line: String) {
        let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return }
        if parts[2] == "P" { partial += parts[3] } else { tell(String(parts[3])) }
        if partial.utf8.count > 1 << 20 { tell("") }
    }

    private func tell(_ text: String) {
        let line = partial + text
        partial = ""
        last.append(line)
        if last.count > 20 { last.removeFirst() }
        report(.output(line))
    }
}
