import Document
import Glibc
import System
import Transport

extension Verbs {
    static let execCommand = Command(
        name: "exec", summary: "Run a program in a container",
        arguments: [Argument(name: "POD", help: "a pod, or deploy/NAME for one of its pods")],
        options: [
            Option("namespace", short: "n", value: "NAME", "the pod's namespace (default: looked for in all)"),
            Option("container", short: "c", value: "NAME", "which container (default: the first)"),
            Option("stdin", short: "i", "pass standard input on"),
            Option("tty", short: "t", "with a terminal"),
        ],
        takesRest: true,
        run: { invocation in
            guard !invocation.rest.isEmpty else {
                throw UsageError("what to run is missing, after --", command: ["exec"])
            }
            let client = try ServiceClient(invocation)
            let pod = try await PodFinder(client: client, invocation: invocation).find()
            return try await ExecVerb(invocation: invocation, socket: client.socket, pod: pod).run()
        })
}

/// One run of `belay exec`: Kubernetes' streaming protocol over a WebSocket, a channel's number before each message.
private struct ExecVerb {
    let invocation: Invocation
    let socket: String
    let pod: PodFinder.Pod

    private enum Channel {
        static let stdin: UInt8 = 0
        static let stdout: UInt8 = 1
        static let stderr: UInt8 = 2
        static let status: UInt8 = 3
        static let resize: UInt8 = 4
        /// Closes another channel: `v5.channel.k8s.io`.
        static let close: UInt8 = 255
    }

    func run() async throws -> Int32 {
        let isTerminal = invocation.has("tty") && isatty(STDIN_FILENO) == 1
        let connection = try await WebSocketClient.connect(
            to: HTTPRequest("GET", try url(), unixSocket: socket), subprotocols: ["v5.channel.k8s.io"])
        let former = isTerminal ? RawTerminal.enter() : nil
        defer { former?.leave() }
        if isTerminal { try await sendSize(connection) }
        // Ends with the process: nothing else waits for standard input.
        let input = invocation.has("stdin") || isTerminal ? Task { try await sendInput(connection) } : nil
        defer { input?.cancel() }
        return try await receive(connection)
    }

    private func url() throws -> WebURL {
        var query = invocation.rest.map { "command=\(ServiceClient.escaped($0))" } + ["stdout=true"]
        if let container = invocation.value("container") ?? pod.firstContainer {
            query.append("container=\(ServiceClient.escaped(container))")
        }
        if invocation.has("stdin") || invocation.has("tty") { query.append("stdin=true") }
        query.append(invocation.has("tty") ? "tty=true" : "stderr=true")
        return try WebURL("http://belay\(pod.path)/exec?\(query.joined(separator: "&"))")
    }

    private func receive(_ connection: WebSocketClient) async throws -> Int32 {
        while let message = try await connection.next() {
            let bytes = message.bytes.dropFirst()
            switch message.bytes.first {
            case Channel.stdout: try Files.write(bytes, to: STDOUT_FILENO, named: "standard output")
            case Channel.stderr: try Files.write(bytes, to: STDERR_FILENO, named: "standard error")
            case Channel.status: return try exitCode(try JSON.parse(Array(bytes)))
            default: continue
            }
        }
        throw ServiceClient.Failure(description: "the service closed the connection before the program ended")
    }

    /// The exit code in a `metav1.Status`.
    private func exitCode(_ status: Value) throws -> Int32 {
        if status["status"]?.string == "Success" { return 0 }
        let causes = status[path: "details", "causes"]?.items ?? []
        if let code = causes.first(where: { $0["reason"]?.string == "ExitCode" })?["message"]?.string.flatMap({
            Int32($0)
        }) {
            return code
        }
        throw ServiceClient.Failure(description: status["message"]?.string ?? "the program could not be run")
    }

    private func sendInput(_ connection: WebSocketClient) async throws {
        while true {
            let chunk = try await onThread(named: "exec-input") { () throws -> [UInt8] in
                var buffer = [UInt8](repeating: 0, count: 32768)
                let count = try checked("read", on: "standard input") { read(STDIN_FILENO, &buffer, buffer.count) }
                return Array(buffer[..<count])
            }
            guard !chunk.isEmpty else { return try await connection.send(.init([Channel.close, Channel.stdin])) }
            try await connection.send(.init([Channel.stdin] + chunk))
        }
    }

    private func sendSize(_ connection: WebSocketClient) async throws {
        // Rows, columns, and two that nobody uses (ioctl_tty(2)): which module has the C struct depends on who else asks.
        var size: (rows: UInt16, columns: UInt16, UInt16, UInt16) = (0, 0, 0, 0)
        guard ioctl(STDIN_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return }
        let text = JSON.emit(["Width": .int(Int(size.columns)), "Height": .int(Int(size.rows))])
        try await connection.send(.init([Channel.resize] + text))
    }
}

/// A terminal whose keys go through untouched, until it is left.
private struct RawTerminal {
    private let former: termios

    static func enter() -> RawTerminal? {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
        let former = settings
        cfmakeraw(&settings)
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        return RawTerminal(former: former)
    }

    func leave() {
        var former = former
        tcsetattr(STDIN_FILENO, TCSANOW, &former)
    }
}
