import CLinux
import Document
import Glibc
import System

extension OCICommands {
    func start(_ words: ArraySlice<String>) throws -> Int32 {
        let id = try OCIArguments(words, Self.one(), command: "start").arguments[0]
        let entry = try store.take(id)
        let state = try entry.state()
        let status = entry.status(of: state)
        guard status == .created else {
            throw ContainerError(.notRunning, "cannot start a container that is \(status.rawValue)")
        }
        if try entry.config().process == nil {
            // The spec wants an error told, and the validation suite, as crun has it, no failure: the container has ended.
            log.error("start: process: is missing, and without it there is nothing to start")
            try end(state)
            unlink(entry.startSocket)
            return 0
        }
        let socket = try Self.connect(entry.startSocket, Int32(SOCK_SEQPACKET.rawValue))
        // From here on the container is running, or was.
        unlink(entry.startSocket)
        try OCILaunch.follow(socket.raw, nil)
        try runAfterStart(state)
        return 0
    }

    func state(_ words: ArraySlice<String>) throws -> Int32 {
        let id = try OCIArguments(words, Self.one(), command: "state").arguments[0]
        let (state, status) = try store.peek(id)
        OCILog.print(JSON.text(Self.description(state, status), .indented) + "\n")
        return 0
    }

    private static func description(_ state: OCIState, _ status: OCIStatus) -> Value {
        let pid: Int32 = status == .stopped ? 0 : state.pid
        var value = state.standard(status.rawValue, pid: .int(pid))
        value["rootfs"] = .string(state.root)
        value["created"] = .string(state.created.nano)
        value["owner"] = .string(state.owner)
        return value
    }

    func list(_ words: ArraySlice<String>) throws -> Int32 {
        let grammar = OCIArguments.Grammar(
            values: ["format"], switches: ["quiet"], short: ["f": "format", "q": "quiet"], arguments: 0...0)
        let options = try OCIArguments(words, grammar, command: "list")
        let all = store.ids().compactMap { try? store.peek($0) }
        if options.has("quiet") {
            OCILog.print(all.map { "\($0.state.id)\n" }.joined())
        } else if options.value("format") == "json" {
            OCILog.print(JSON.text(.sequence(all.map { Self.description($0.state, $0.status) })) + "\n")
        } else {
            let rows = all.map { state, status in
                let pid: Int32 = status == .stopped ? 0 : state.pid
                return [state.id, "\(pid)", status.rawValue, state.bundle, state.created.nano, state.owner]
            }
            OCILog.print(Self.table([["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]] + rows))
        }
        return 0
    }

    private static func table(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] + 3 - cell.count)
            }
            return cells.joined() + "\n"
        }.joined()
    }

    func processes(_ words: ArraySlice<String>) throws -> Int32 {
        let grammar = OCIArguments.Grammar(
            values: ["format"], short: ["f": "format"], arguments: 1...1, takesRest: true)
        let options = try OCIArguments(words, grammar, command: "ps")
        let (state, _) = try store.peek(options.arguments[0])
        let pids = try state.cgroup.cgroup.processes().sorted()
        if options.value("format") == "json" {
            OCILog.print(JSON.text(.sequence(pids.map { .int($0) })) + "\n")
            return 0
        }
        var rows = [["UID", "PID", "PPID", "CMD"]]
        for pid in pids {
            guard let status = try? Files.text("/proc/\(pid)/status"),
                let command = try? Files.read("/proc/\(pid)/cmdline", limit: 1 << 20)
            else { continue }
            let field = { (name: String) in
                status.split(separator: "\n").first { $0.hasPrefix("\(name):") }?
                    .split(whereSeparator: \.isWhitespace).dropFirst().first.map(String.init) ?? "?"
            }
            let words = command.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            rows.append([field("Uid"), "\(pid)", field("PPid"), words.joined(separator: " ")])
        }
        OCILog.print(Self.table(rows))
        return 0
    }

    func kill(_ words: ArraySlice<String>) throws -> Int32 {
        let grammar = OCIArguments.Grammar(switches: ["all"], short: ["a": "all"], arguments: 1...2)
        let options = try OCIArguments(words, grammar, command: "kill")
        let name = options.arguments.count > 1 ? options.arguments[1] : "TERM"
        guard let signal = Self.signal(name) else { throw OCIUsage("there is no signal \(name)") }
        let (state, status) = try store.peek(options.arguments[0])
        guard status != .creating, status != .stopped || options.has("all") else {
            throw ContainerError(.notRunning, "container not running")
        }
        if options.has("all") || (signal == SIGKILL && !state.hasOwnProcesses) {
            try state.cgroup.cgroup.signalAll(signal)
        } else {
            try Self.send(signal, to: state)
        }
        // The frozen cannot die.
        if signal == SIGKILL, status == .paused { try state.cgroup.setPaused(false) }
        return 0
    }

    /// To the container's first process and to nobody who has its number since.
    private static func send(_ signal: Int32, to state: OCIState) throws {
        let process: ProcessDescriptor
        do {
            process = try ProcessDescriptor(pid: state.pid)
        } catch {
            throw ContainerError(.notRunning, "container not running")
        }
        guard ProcessStatus(pid: state.pid)?.began == state.began else {
            throw ContainerError(.notRunning, "container not running")
        }
        try process.send(signal)
    }

    private static let signalNames = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ]

    /// A signal by number or by name, with or without SIG.
    static func signal(_ text: String) -> Int32? {
        if let number = Int32(text) { return (1...64).contains(number) ? number : nil }
        let name = text.uppercased()
        let bare = name.hasPrefix("SIG") ? String(name.dropFirst(3)) : name
        if let index = signalNames.firstIndex(of: bare) { return Int32(index) + 1 }
        if bare.hasPrefix("RTMIN") { return number(bare.dropFirst(5), from: 34) }
        if bare.hasPrefix("RTMAX") { return number(bare.dropFirst(5), from: 64) }
        return ["IOT": SIGABRT, "POLL": SIGIO, "CLD": SIGCHLD][bare]
    }

    private static func number(_ offset: Substring, from base: Int32) -> Int32? {
        guard !offset.isEmpty else { return base }
        return Int32(offset).map { base + $0 }.flatMap { (34...64).contains($0) ? $0 : nil }
    }

    func delete(_ words: ArraySlice<String>) throws -> Int32 {
        let options = try OCIArguments(words, Self.one(["force"], short: ["f": "force"]), command: "delete")
        let id = options.arguments[0]
        let isForced = options.has("force")
        do {
            let entry = try store.take(id)
            let state = try entry.state()
            let status = entry.status(of: state)
            guard status == .stopped || isForced else {
                throw ContainerError(
                    .notRunning, "cannot delete container \(id) that is not stopped: \(status.rawValue)")
            }
            try remove(entry, state)
        } catch let error as ContainerError where isForced {
            guard error.code == .notFound else { throw error }
            // A folder without a state is of a creation that was killed.
            try Files.removeTree("\(store.root)/\(id)")
        }
        return 0
    }

    /// Removes a container of this command's own.
    func remove(_ id: String, hooks: Bool) throws {
        let entry = try store.take(id)
        try remove(entry, try entry.state())
    }

    private func remove(_ entry: borrowing OCIStore.Entry, _ state: OCIState) throws {
        let config = try? entry.config()
        if entry.status(of: state) != .stopped { try end(state) }
        _ = try? state.cgroup.cgroup.killAll()
        if !state.hasOwnMounts { Self.unmount(state) }
        try state.cgroup.remove()
        let text = JSON.text(state.standard("stopped", pid: .int(0)))
        for hook in config?.hooks.poststop ?? [] {
            do {
                try OCIHooks.run([hook], named: "poststop", state: text)
            } catch {
                log.warning("\(error)")
            }
        }
        try Files.removeTree(entry.folder)
    }

    /// Kills the first process and waits for its end.
    private func end(_ state: OCIState) throws {
        guard let process = try? ProcessDescriptor(pid: state.pid),
            ProcessStatus(pid: state.pid)?.began == state.began
        else { return }
        if state.cgroup.isPaused { try? state.cgroup.setPaused(false) }
        try process.send(SIGKILL)
        var watch = pollfd(fd: process.raw, events: Int16(POLLIN), revents: 0)
        guard try checked("poll", { poll(&watch, 1, 10_000) }) == 1 else {
            throw ContainerError(.machine, "the container's first process does not end")
        }
    }

    /// Takes away what was mounted in the machine's own namespace: on the root, and the root on itself.
    static func unmount(_ state: OCIState) {
        guard let root = try? absolute(state.root), root != "/" else { return }
        for place in (try? Mounts.beneath(root)) ?? [] where place != root { try? Mounts.detach(place) }
        umount2(root, Int32(MNT_DETACH | UMOUNT_NOFOLLOW))
    }

    func setPaused(_ words: ArraySlice<String>, _ isPaused: Bool) throws -> Int32 {
        let id = try OCIArguments(words, Self.one(), command: isPaused ? "pause" : "resume").arguments[0]
        let entry = try store.take(id)
        let state = try entry.state()
        let status = entry.status(of: state)
        guard isPaused ? status == .running || status == .created : status == .paused else {
            let wanted = isPaused ? "running" : "paused"
            throw ContainerError(.notRunning, "container not \(wanted): it is \(status.rawValue)")
        }
        try state.cgroup.setPaused(isPaused)
        return 0
    }
}
