/// What a person does to a running container: read its output, run a program in it. The node carries it out; the faces
/// reach it through this.
package protocol WorkloadAccess: Sendable {
    /// Streams a container's output as it was written; ends with the container unless `follow` outlives it.
    func logs(_ request: LogRequest) async throws -> AsyncThrowingStream<[UInt8], any Error>

    /// Starts a program in a container.
    func exec(_ request: ExecRequest) async throws -> any ExecSession

    /// The folder on this machine that the files of a PersistentVolumeClaim are in.
    ///
    /// - Throws: `ClusterError.notFound`; `.badRequest` where no folder of this machine is.
    func folder(ofClaim name: String, in namespace: String) async throws -> String
}

/// Which output to read (`v1.PodLogOptions`).
package struct LogRequest: Sendable {
    package var namespace: String
    package var pod: String
    /// nil for the pod's only container.
    package var container: String?
    package var follow: Bool
    /// The container before the last restart.
    package var previous: Bool
    package var timestamps: Bool
    /// The last lines only; nil for all.
    package var tailLines: Int?
    package var sinceSeconds: Int?

    package init(
        namespace: String, pod: String, container: String? = nil, follow: Bool = false, previous: Bool = false,
        timestamps: Bool = false, tailLines: Int? = nil, sinceSeconds: Int? = nil
    ) {
        self.namespace = namespace
        self.pod = pod
        self.container = container
        self.follow = follow
        self.previous = previous
        self.timestamps = timestamps
        self.tailLines = tailLines
        self.sinceSeconds = sinceSeconds
    }
}

/// What to run, and where (`v1.PodExecOptions`).
package struct ExecRequest: Sendable {
    package var namespace: String
    package var pod: String
    package var container: String?
    package var command: [String]
    package var stdin: Bool
    package var terminal: Bool

    package init(
        namespace: String, pod: String, container: String? = nil, command: [String], stdin: Bool = false,
        terminal: Bool = false
    ) {
        self.namespace = namespace
        self.pod = pod
        self.container = container
        self.command = command
        self.stdin = stdin
        self.terminal = terminal
    }
}

/// A program that runs in a container, seen from its caller.
package protocol ExecSession: Sendable {
    /// The program's output in order, then its exit.
    var output: AsyncThrowingStream<ExecOutput, any Error> { get }

    /// Sends input; returns once the program has room for more, so that a fast caller waits for a slow reader.
    func write(_ bytes: [UInt8]) async throws

    /// Ends the input: the program reads end of file, and its output goes on.
    func closeInput() async throws

    /// Tells the terminal's size, in characters.
    func resize(columns: Int, rows: Int) async throws

    /// Kills the program and forgets it.
    func cancel() async
}

/// What comes out of a program that was executed in a container.
package enum ExecOutput: Sendable, Hashable {
    case stdout([UInt8])
    case stderr([UInt8])
    /// 0…255; 128 + signal for one that was killed.
    case exit(code: Int32)
}
