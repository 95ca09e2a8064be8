import Document
import Glibc
import System

/// The OCI command line: what podman, containerd and others drive runtimes by. One call serves one command and answers
/// with its exit code; nothing stays but the container.
package enum OCIRuntime {
    package static let specVersion = "1.2.0"
    static let defaultRoot = "/run/belay/oci"

    static let usage = """
        usage: belay oci [--root DIR] [--log FILE] [--log-format text|json] COMMAND …

        create    make a container from a bundle; its program waits for start
        start     let a created container's program begin
        run       create and start, and wait for its end (-d: do not wait)
        exec      run a program in a container
        state     print a container's state
        list      print all containers
        ps        print a container's processes
        kill      send a signal to a container's first process
        delete    remove what is left of a container
        pause     freeze a container's processes
        resume    thaw them
        update    change a container's limits
        events    print what a container uses
        features  print what this runtime can do
        spec      write a config.json to begin with

        """

    private static let common = OCIArguments.Grammar(
        values: ["root", "log", "log-format", "criu", "rootless"],
        switches: ["debug", "systemd-cgroup", "help", "version"],
        short: ["h": "help", "v": "version"], arguments: 0...0, takesRest: true)

    /// - Parameter words: what follows `belay oci`.
    /// - Returns: the exit code: the program's own for `run` and `exec`, else 0, or 1 (`exec`: 255) with a message.
    package static func main(_ words: [String]) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        var log = OCILog(file: nil, isJSON: false)
        var command = ""
        do {
            let options = try OCIArguments(words[...], common, command: "oci")
            log = OCILog(file: options.value("log"), isJSON: options.value("log-format") == "json")
            if options.has("version") {
                OCILog.print("belay-oci version \(Release.number)\nspec: \(specVersion)\n")
                return 0
            }
            guard let first = options.rest.first, first != "help", !options.has("help") else {
                OCILog.print(usage)
                return 0
            }
            command = first
            if options.has("systemd-cgroup") {
                throw OCIUsage("--systemd-cgroup: cgroups are made directly here; leave it out (cgroupfs)")
            }
            let root = options.value("root") ?? defaultRoot
            let commands = OCICommands(store: OCIStore(root: root), log: log)
            return try commands.run(first, options.rest.dropFirst())
        } catch {
            log.error("\(command.isEmpty ? "" : "\(command): ")\(error)")
            return command == "exec" ? 255 : 1
        }
    }
}

/// Where messages go: standard error, and the file that `--log` names, in which callers look for the reason.
struct OCILog {
    let file: String?
    let isJSON: Bool

    func error(_ message: String) { write("error", message) }
    func warning(_ message: String) { write("warning", message) }

    private func write(_ level: String, _ message: String) {
        let now = Timestamp.now.nano
        if let file {
            let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC
            let descriptor = open(file, flags, 0o644)
            guard descriptor >= 0 else { return Self.complain("belay-oci: \(file): \(message)\n") }
            defer { close(descriptor) }
            let text = JSONText.quoted(message)
            let line =
                isJSON
                ? "{\"level\":\"\(level)\",\"msg\":\(text),\"time\":\"\(now)\"}\n"
                : "time=\"\(now)\" level=\(level) msg=\(text)\n"
            try? Files.write(line.utf8, to: descriptor, named: file)
        }
        if file == nil || level == "error" { Self.complain("belay-oci: \(message)\n") }
    }

    private static func complain(_ text: String) { try? Files.write(text.utf8, to: 2, named: "stderr") }

    static func print(_ text: String) { try? Files.write(text.utf8, to: 1, named: "stdout") }
}

/// The commands over the containers beneath one root.
struct OCICommands {
    let store: OCIStore
    let log: OCILog

    func run(_ command: String, _ words: ArraySlice<String>) throws -> Int32 {
        switch command {
        case "create": return try create(words)
        case "run": return try runContainer(words)
        case "start": return try start(words)
        case "exec": return try exec(words)
        case "state": return try state(words)
        case "list": return try list(words)
        case "ps": return try processes(words)
        case "kill": return try kill(words)
        case "delete": return try delete(words)
        case "pause": return try setPaused(words, true)
        case "resume": return try setPaused(words, false)
        case "update": return try update(words)
        case "events": return try events(words)
        case "features": return features()
        case "spec": return try spec(words)
        default: throw OCIUsage("there is no such command; see belay oci help")
        }
    }

    /// The grammar of a command that takes an id and little else.
    static func one(_ switches: Set<String> = [], short: [String: String] = [:]) -> OCIArguments.Grammar {
        OCIArguments.Grammar(switches: switches, short: short, arguments: 1...1)
    }
}
