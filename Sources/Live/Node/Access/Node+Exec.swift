package import Cluster
import ContainerRuntime
import Document
import Manifest
import System

/// Running programs in containers, and reading what containers wrote.
extension Node: WorkloadAccess {
    /// Starts a program in a running container, as its user, with its variables and restrictions.
    ///
    /// - Throws: `ClusterError.notFound`, `.badRequest` when the container does not run.
    package func exec(_ request: ExecRequest) async throws -> any ExecSession {
        guard !request.command.isEmpty else {
            throw ClusterError(.badRequest, "you must specify at least one command for the container")
        }
        let (worker, container) = try await find(request.namespace, request.pod, request.container)
        guard let target = await worker.target(container) else {
            throw ClusterError(.badRequest, "container \(container) of pod \(request.pod) is not running")
        }
        var process = try await worker.process(of: container)
        process.arguments = request.command
        process.terminal = request.terminal
        do {
            let program = try await services.engine.execWhenListening(
                target.id, ExecSpec(process: process, stdin: request.stdin), clock: services.clock)
            return RunningSession(program)
        } catch let error as ContainerError where error.code == .notRunning || error.code == .notFound {
            throw ClusterError(
                .badRequest, "container \(container) of pod \(request.pod) is not running: \(error.message)")
        }
    }

    package func folder(ofClaim name: String, in namespace: String) async throws -> String {
        let key = ObjectKey(kind: "PersistentVolumeClaim", namespace: namespace, name: name)
        let folder = services.volumes.folder(of: try await services.cluster.get(key))
        guard Files.isFolder(folder) else {
            throw ClusterError(.badRequest, "no pod has used it yet, so it has no folder", object: key)
        }
        return folder
    }

    /// The worker of a pod, and which of its containers is meant.
    func find(_ namespace: String, _ name: String, _ container: String?) async throws -> (PodWorker, String) {
        let key = ObjectKey(kind: "Pod", namespace: namespace, name: name)
        guard let worker = worker(namespace: namespace, pod: name) else {
            guard let pod = pods[key] else { throw ClusterError.notFound(key) }
            let why = pod.spec?["nodeName"] == nil ? "has no node yet" : "is not one of this node's"
            throw ClusterError(.badRequest, "pod \(name) \(why)", object: key)
        }
        let pod = await worker.pod
        guard let container else {
            if pod.containers.count == 1 { return (worker, pod.containers[0].name) }
            if let named = pod.manifest.annotations["kubectl.kubernetes.io/default-container"] {
                return (worker, named)
            }
            let names = pod.containers.map(\.name).joined(separator: " ")
            throw ClusterError(
                .badRequest, "a container name must be specified for pod \(name), choose one of: [\(names)]")
        }
        guard pod.container(container) != nil else {
            throw ClusterError(.badRequest, "container \(container) is not valid for pod \(name)")
        }
        return (worker, container)
    }
}

/// A program in a container, as the faces see it.
private struct RunningSession: ExecSession {
    private let program: any RunningExec
    let output: AsyncThrowingStream<ExecOutput, any Error>

    init(_ program: any RunningExec) {
        self.program = program
        // Pulled, not pushed: what nobody reads stays in the pipe, and holds the program back.
        let events = EventSource(program.output)
        output = AsyncThrowingStream(unfolding: { try await events.next() })
    }

    func write(_ bytes: [UInt8]) async throws { try await program.write(bytes) }
    func closeInput() async throws { try await program.closeInput() }
    func resize(columns: Int, rows: Int) async throws { try await program.resize(columns: columns, rows: rows) }
    func cancel() async { await program.kill() }
}

/// A program's events, one at a time, as the faces know them.
private final class EventSource: @unchecked Sendable {
    // Sendable unchecked: whoever reads the session's output is the only one who asks.
    private var events: AsyncThrowingStream<ExecEvent, any Error>.Iterator

    init(_ events: AsyncThrowingStream<ExecEvent, any Error>) {
        self.events = events.makeAsyncIterator()
    }

    func next() async throws -> ExecOutput? {
        switch try await events.next() {
        case .stdout(let bytes): .stdout(bytes)
        case .stderr(let bytes): .stderr(bytes)
        case .exit(let code): .exit(code: code)
        case nil: nil
        }
    }
}
