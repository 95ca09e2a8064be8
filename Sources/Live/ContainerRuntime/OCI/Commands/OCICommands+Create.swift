import CLinux
import Document
import Glibc
import System

extension OCICommands {
    private static let creation = OCIArguments.Grammar(
        values: ["bundle", "console-socket", "pid-file", "preserve-fds", "pidfd-socket"],
        switches: ["no-pivot", "no-new-keyring", "no-subreaper", "detach", "keep"],
        short: ["b": "bundle", "d": "detach"], arguments: 1...1)

    /// A container that was made, or is on its way.
    private struct Making {
        var config: OCIConfig
        var state: OCIState
        var plan: LaunchPlan
        var descriptors: OCILaunch.Descriptors
        var console: String?
        var pidFile: String?
    }

    func create(_ words: ArraySlice<String>) throws -> Int32 {
        let options = try OCIArguments(words, Self.creation, command: "create")
        let launch = try make(options, awaitsStart: true)
        _ = consume launch
        return 0
    }

    func runContainer(_ words: ArraySlice<String>) throws -> Int32 {
        let options = try OCIArguments(words, Self.creation, command: "run")
        let id = options.arguments[0]
        let isDetached = options.has("detach")
        // Signals wait from before there is a process that they might be for.
        let signals = isDetached ? -1 : linux_signals()
        let launch = try make(options, awaitsStart: false)
        do {
            try launch.go()
        } catch {
            try? remove(id, hooks: true)
            throw error
        }
        let state = try store.peek(id).state
        try runAfterStart(state)
        if isDetached { return 0 }
        let code = Foreground(pid: launch.pid, terminal: launch.terminal, signals: signals).wait()
        if !options.has("keep") { try remove(id, hooks: true) }
        return code
    }

    /// Reads the bundle, checks all of it, and makes the container up to where its program would begin.
    private func make(_ options: OCIArguments, awaitsStart: Bool) throws -> OCILaunch {
        let id = options.arguments[0]
        try OCIStore.check(id)
        let bundle = try Self.absolute(options.value("bundle") ?? ".")
        let bytes = try Files.read("\(bundle)/config.json", limit: OCIConfig.maximumLength)
        let config = try Self.explaining("\(bundle)/config.json") { try OCIConfig(bytes) }
        let cgroup = OCICgroup(
            path: config.linux.cgroupsPath, id: id, hierarchies: try CgroupHierarchies.current())
        let state = OCIState(
            id: id, bundle: bundle, root: try Self.root(config, bundle), created: Timestamp.now,
            annotations: config.annotations, cgroup: cgroup, config: config)
        var making = try Self.explaining("\(bundle)/config.json") {
            try plan(config, state, options, awaitsStart: awaitsStart)
        }
        let entry = try store.make(id)
        do {
            return try launch(&making, entry, bytes)
        } catch {
            discard(making.state, entry.folder)
            throw error
        }
    }

    private static func explaining<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as ContainerError {
            throw ContainerError(error.code, "\(file): \(error.message)")
        }
    }

    static func absolute(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw SystemError(errno, call: "realpath", subject: path) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func root(_ config: OCIConfig, _ bundle: String) throws -> String {
        config.root.path.hasPrefix("/") ? config.root.path : "\(bundle)/\(config.root.path)"
    }

    private func plan(
        _ config: OCIConfig, _ state: OCIState, _ options: OCIArguments, awaitsStart: Bool
    ) throws -> Making {
        if let process = config.process { try check(process) }
        let terminal = config.process?.terminal == true
        let console = options.value("console-socket")
        let isForeground = !awaitsStart && !options.has("detach")
        if terminal, console == nil, !isForeground {
            throw ContainerError(
                .specification, "process.terminal: needs --console-socket for a program in the background")
        }
        if !terminal, console != nil {
            throw ContainerError(.specification, "--console-socket: needs process.terminal to be true")
        }
        guard config.process != nil || awaitsStart else {
            throw ContainerError(.specification, "process: is missing")
        }
        let preserved = try Self.preserved(options)
        let program = try config.linux.seccomp.map { try filter($0) }
        let context = OCIPlan.Context(
            id: state.id, bundle: state.bundle, cgroup: state.cgroup, filter: program, awaitsStart: awaitsStart,
            preserved: preserved, avoidsPivot: options.has("no-pivot"), keepsKeyring: options.has("no-new-keyring"),
            state: { Self.unfinished(state, $0) })
        let plan = try OCIPlan.compile(config, in: context)
        return Making(
            config: config, state: state, plan: plan,
            descriptors: .init(preserved: preserved, isTerminal: terminal), console: console,
            pidFile: options.value("pid-file"))
    }

    /// A state whose pid the shim writes: it alone knows it then.
    private static func unfinished(_ state: OCIState, _ status: String) -> [UInt8] {
        Array("{\"pid\":\u{1},\(JSON.text(state.standard(status, pid: nil)).dropFirst())".utf8)
    }

    static func preserved(_ options: OCIArguments) throws -> Int {
        let asked: Int = try options.number("preserve-fds") ?? 0
        // As systemd hands over sockets.
        let listening = getenv("LISTEN_FDS").flatMap { Int(String(cString: $0)) } ?? 0
        guard (0...256).contains(asked + listening) else { throw OCIUsage("--preserve-fds: from 0 to 256") }
        return asked + listening
    }

    func check(_ process: OCIProcess) throws {
        try SecurityLabels.check(process)
        if !process.capabilities.unknown.isEmpty {
            let names = process.capabilities.unknown.joined(separator: ", ")
            // Where the kernel has none beyond those that are known here, it is a name of nothing.
            let last = (try? Files.text("/proc/sys/kernel/cap_last_cap")).flatMap { Int($0.filter(\.isNumber)) } ?? 0
            guard last >= Capabilities.names.count else {
                throw ContainerError(.specification, "process.capabilities: there is no capability \(names)")
            }
            log.warning("process.capabilities: this runtime knows nothing of \(names)")
        }
    }

    private func launch(_ making: inout Making, _ entry: borrowing OCIStore.Entry, _ bytes: [UInt8]) throws -> OCILaunch
    {
        let state = making.state
        try Self.explaining("\(state.bundle)/config.json") {
            try state.cgroup.create()
            try state.cgroup.holdDevices(making.config.linux.resources)
            try state.cgroup.apply(making.config.linux.resources)
        }
        try ContainerFolder.write(entry.configFile, String(decoding: bytes, as: UTF8.self))
        try entry.write(state)
        let folder = entry.folder
        let descriptor = OwnedDescriptor(
            owning: try checked("open", on: folder) { open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        var special: OwnedDescriptor?
        if let seccomp = making.config.linux.seccomp, seccomp.notifies {
            special = try Self.connect(seccomp.listenerPath, Int32(SOCK_STREAM.rawValue))
        }
        making.descriptors.special = special?.raw ?? -1
        var listener: OwnedDescriptor?
        if making.plan.awaitsStart {
            let start = try checked("bind", on: entry.startSocket) { linux_listen_in(descriptor.raw, "start") }
            listener = OwnedDescriptor(owning: start)
        }
        making.descriptors.start = listener?.raw ?? -1
        let launch = try OCILaunch(making.plan, making.descriptors) { note in
            log.warning(note)
        } reached: { pid in
            var state = state
            state.pid = pid
            // Hooks of old are told what came after them then.
            let old = JSON.text(state.standard("created", pid: .int(pid)))
            try OCIHooks.run(making.config.hooks.prestart, named: "prestart", state: old)
            let text = JSON.text(state.standard("creating", pid: .int(pid)))
            try OCIHooks.run(making.config.hooks.createRuntime, named: "createRuntime", state: text)
        }
        _ = consume special
        _ = consume listener
        do {
            try record(launch.pid, making, entry)
            if let console = making.console { try Self.hand(launch.terminal, to: console) }
            return launch
        } catch {
            Glibc.kill(launch.pid, SIGKILL)
            throw error
        }
    }

    private func record(_ pid: Int32, _ making: Making, _ entry: borrowing OCIStore.Entry) throws {
        var state = making.state
        state.pid = pid
        state.began = ProcessStatus(pid: pid)?.began ?? 0
        try entry.write(state)
        if let file = making.pidFile { try ContainerFolder.write(file, "\(pid)") }
    }

    static func connect(_ path: String, _ type: Int32) throws -> OwnedDescriptor {
        let parent = Runtime.parent(of: path.contains("/") ? path : "./\(path)")
        let folder = OwnedDescriptor(
            owning: try checked("open", on: parent) { open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        let name = String(path.split(separator: "/").last ?? "")
        return OwnedDescriptor(
            owning: try checked("connect", on: path) { linux_connect_in(folder.raw, name, type) })
    }

    /// Sends a terminal's other side to who asked for it.
    static func hand(_ terminal: Int32, to path: String) throws {
        let socket = try connect(path, Int32(SOCK_STREAM.rawValue))
        var name = Array("/dev/ptmx".utf8)
        try checked("sendmsg", on: path) { linux_send(socket.raw, &name, name.count, [terminal], 1) }
        close(terminal)
    }

    /// Takes back what was made for a container that did not come to be.
    private func discard(_ state: OCIState, _ folder: String) {
        _ = try? state.cgroup.cgroup.killAll(rounds: 500)
        if !state.hasOwnMounts { Self.unmount(state) }
        try? state.cgroup.remove()
        try? Files.removeTree(folder)
    }

    func runAfterStart(_ state: OCIState) throws {
        let config = try OCIConfig(
            try Files.read("\(store.root)/\(state.id)/config.json", limit: OCIConfig.maximumLength))
        guard !config.hooks.poststart.isEmpty else { return }
        let text = JSON.text(state.standard("running", pid: .int(state.pid)))
        for hook in config.hooks.poststart {
            do {
                try OCIHooks.run([hook], named: "poststart", state: text)
            } catch {
                log.warning("\(error)")
            }
        }
    }

    /// A filter's program, from beneath the root when one was compiled of the same text before.
    func filter(_ seccomp: OCISeccomp) throws -> [UInt8] {
        let folder = "\(store.root)/.filters"
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in seccomp.text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let file = "\(folder)/\(String(hash, radix: 16))"
        let key = Array(seccomp.text.utf8) + [0]
        // The whole text is kept with it: two that have one hash are told apart.
        if let kept = try? Files.read(file, limit: 8 << 20), kept.starts(with: key) {
            return Array(kept.dropFirst(key.count))
        }
        var compiler = try ConfigFilterCompiler(seccomp)
        let program = try compiler.compile(seccomp)
        try? Files.makeFolders(store.root, mode: 0o711)
        try? Files.makeFolders(folder, mode: 0o700)
        try? Files.replace(file, with: key + program)
        return program
    }
}

extension LaunchPlan {
    /// Whether the program waits for `start`.
    var awaitsStart: Bool {
        steps.contains { step in
            if case .oci(let own) = step { own.body == .awaitStart } else { false }
        }
    }
}
