import CLinux
import Document
import Glibc
import System

extension OCICommands {
    private static let execution = OCIArguments.Grammar(
        values: [
            "console-socket", "pidfd-socket", "cwd", "env", "user", "additional-gids", "process", "pid-file",
            "process-label", "apparmor", "cap", "preserve-fds", "cgroup",
        ],
        switches: ["tty", "detach", "no-new-privs", "no-subreaper", "ignore-paused"],
        short: [
            "e": "env", "t": "tty", "u": "user", "g": "additional-gids", "p": "process", "d": "detach", "c": "cap",
        ],
        arguments: 1...1, takesRest: true)

    func exec(_ words: ArraySlice<String>) throws -> Int32 {
        let options = try OCIArguments(words, Self.execution, command: "exec")
        let isDetached = options.has("detach")
        let signals = isDetached ? -1 : linux_signals()
        let launch = try execute(options, isDetached: isDetached)
        try launch.go()
        if isDetached { return 0 }
        return Foreground(pid: launch.pid, terminal: launch.terminal, signals: signals).wait()
    }

    private func execute(_ options: OCIArguments, isDetached: Bool) throws -> OCILaunch {
        let id = options.arguments[0]
        let (state, status) = try store.peek(id)
        guard status == .running || status == .created || (status == .paused && options.has("ignore-paused")) else {
            throw ContainerError(.notRunning, "cannot exec in a \(status.rawValue) container")
        }
        // By descriptor from here on: a pid may be somebody else's the next moment.
        let target = try ProcessDescriptor(pid: state.pid)
        guard ProcessStatus(pid: state.pid)?.began == state.began else {
            throw ContainerError(.notRunning, "cannot exec in a stopped container")
        }
        let config = try OCIConfig(
            try Files.read("\(store.root)/\(id)/config.json", limit: OCIConfig.maximumLength))
        let process = try process(options, config)
        try check(process)
        let console = options.value("console-socket")
        guard !process.terminal || console != nil || !isDetached else {
            throw OCIUsage("a terminal in the background needs --console-socket")
        }
        let preserved = try Self.preserved(options)
        let plan = try plan(process, config, state, preserved: preserved)
        let descriptors = OCILaunch.Descriptors(
            special: target.raw, preserved: preserved, isTerminal: process.terminal)
        let launch = try OCILaunch(plan, descriptors) {
            log.warning($0)
        } reached: { _ in
        }
        if let file = options.value("pid-file") { try ContainerFolder.write(file, "\(launch.pid)") }
        if let console, process.terminal { try Self.hand(launch.terminal, to: console) }
        return launch
    }

    /// What is to be run: a file's, or the container's own process with what the options change.
    private func process(_ options: OCIArguments, _ config: OCIConfig) throws -> OCIProcess {
        if let file = options.value("process") {
            let value = try JSON.parse(try Files.read(file, limit: OCIConfig.maximumLength))
            var process = try OCIProcess(ConfigField(value, at: "process"))
            if options.has("tty") { process.terminal = true }
            return process
        }
        guard var process = config.process else { throw ContainerError(.specification, "process: is missing") }
        guard !options.rest.isEmpty else { throw OCIUsage("exec: no program is given") }
        process.arguments = options.rest
        process.terminal = options.has("tty")
        process.environment += options.values("env")
        if let folder = options.value("cwd") { process.workingFolder = folder }
        if options.has("no-new-privs") { process.noNewPrivileges = true }
        if let user = options.value("user") { try Self.set(user, of: &process) }
        for text in options.values("additional-gids") {
            guard let group = UInt32(text), group < UInt32.max else { throw OCIUsage("--additional-gids: \(text)") }
            process.additionalGroups.append(group)
        }
        for name in options.values("cap") {
            guard let number = Capabilities.names.firstIndex(of: name) else {
                throw OCIUsage("--cap: there is no capability \(name)")
            }
            let bit = UInt64(1) << UInt64(number)
            process.capabilities.bounding |= bit
            process.capabilities.effective |= bit
            process.capabilities.permitted |= bit
        }
        return process
    }

    /// `user`, `user:group`: numbers that fit, or nothing; never cut to some that do (CVE-2026-30892).
    private static func set(_ text: String, of process: inout OCIProcess) throws {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.map { UInt32($0) }
        guard numbers.count <= 2, !numbers.contains(nil), !numbers.contains(UInt32.max) else {
            throw OCIUsage("--user: \(text) is not UID or UID:GID")
        }
        process.user = numbers[0] ?? 0
        if numbers.count == 2 { process.group = numbers[1] ?? 0 }
    }

    private func plan(
        _ process: OCIProcess, _ config: OCIConfig, _ state: OCIState, preserved: Int
    ) throws -> LaunchPlan {
        var steps: [LaunchStep] = []
        let add = { (field: String, body: OCIStep.Body) in steps.append(.oci(OCIStep(field, body))) }
        let cgroup = state.cgroup.cgroup
        for folder in cgroup.attachFolders { add("cgroup", .tasks("\(folder)/tasks")) }
        if let score = process.outOfMemoryScore ?? config.process?.outOfMemoryScore {
            add("process.oomScoreAdj", .score(score))
        }
        if preserved > 0 { add("--preserve-fds", .preserve(preserved)) }
        let kinds = Self.kinds(config, state)
        let root = state.hasOwnMounts ? "/" : "/proc/\(state.pid)/root"
        // The cgroup is opened where its path means something.
        steps.append(.clone(namespaces: 0, cgroup: cgroup.unified ?? ""))
        add("container", .enterBefore(kinds: kinds))
        add("cgroup", .enterTasks)
        if kinds & OCILinux.Namespace.user.bits != 0 { add("user", .mapped) }
        add("root", .openRoot(root, isBound: false))
        if !state.hasOwnMounts { add("root", .changeRoot) }
        if process.terminal {
            steps.append(
                .console(columns: process.consoleSize?.columns ?? 80, rows: process.consoleSize?.rows ?? 24))
        }
        steps.append(.keyring("_ses.\(state.id)"))
        add("process.cwd", .umask(process.umask ?? 0o022))
        steps.append(.workingFolder(process.workingFolder))
        add("process.args", .findProgram(process.arguments[0], path: process.searchPath))
        let filter = try config.linux.seccomp.map { try self.filter($0) }
        steps += process.steps(filter: filter, flags: config.linux.seccomp?.flags ?? 0, listener: [])
        return LaunchPlan(steps)
    }

    /// The namespaces to enter: those of the config, a user namespace only when this process is not in it already.
    private static func kinds(_ config: OCIConfig, _ state: OCIState) -> UInt64 {
        config.linux.namespaces.keys.reduce(UInt64(0)) { bits, kind in
            if kind == .mount, !state.hasOwnMounts { return bits }
            var theirs = stat()
            var ours = stat()
            let isSame =
                stat("/proc/\(state.pid)/ns/\(kind.file)", &theirs) == 0
                && stat("/proc/self/ns/\(kind.file)", &ours) == 0 && theirs.st_ino == ours.st_ino
            return isSame ? bits : bits | kind.bits
        }
    }
}
