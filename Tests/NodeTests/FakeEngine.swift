import ContainerRuntime
import Synchronization
import System

/// Containers that exist only in memory: they run until the test, or a signal, ends them.
final class FakeEngine: ContainerEngine {
    struct State {
        var sandboxes: [String: Sandbox] = [:]
        var containers: [String: ContainerState] = [:]
        var specs: [String: ContainerSpec] = [:]
        var started: [String] = []
        var signals: [String] = []
        var listeners: [AsyncStream<ContainerState>.Continuation] = []
        var failures: [String: ContainerError] = [:]
        var ignoresTermination = false
        var execs: [String] = []
        /// What a program that is executed ends with, by its first argument.
        var answers: [String: Int32] = [:]
        var sandboxFailure: ContainerError?
    }

    let state = Mutex(State())
    let clock: WallClock

    init(clock: WallClock = .system) {
        self.clock = clock
    }

    func createSandbox(_ spec: SandboxSpec) async throws -> Sandbox {
        try state.withLock { state in
            if let failure = state.sandboxFailure { throw failure }
            let sandbox = Sandbox(id: spec.id, networkNamespace: spec.hostNetwork ? nil : "/netns/\(spec.id)")
            state.sandboxes[spec.id] = sandbox
            return sandbox
        }
    }

    func removeSandbox(_ id: String) async throws {
        state.withLock { $0.sandboxes[id] = nil }
    }

    func sandboxes() async throws -> [Sandbox] { state.withLock { Array($0.sandboxes.values) } }

    func start(_ spec: ContainerSpec) async throws -> ContainerState {
        try state.withLock { state in
            if let failure = state.failures[spec.labels["belay/container"] ?? ""] { throw failure }
            guard state.containers[spec.id] == nil else { throw ContainerError(.specification, "\(spec.id) is there") }
            let container = ContainerState(
                id: spec.id, sandbox: spec.sandbox, labels: spec.labels, pid: 1, startedAt: clock.now(), exit: nil)
            state.containers[spec.id] = container
            state.specs[spec.id] = spec
            state.started.append(spec.labels["belay/container"] ?? "")
            return container
        }
    }

    func state(_ id: String) async throws -> ContainerState? { state.withLock { $0.containers[id] } }
    func list() async throws -> [ContainerState] { state.withLock { Array($0.containers.values) } }

    func exits() -> AsyncStream<ContainerState> {
        let (stream, continuation) = AsyncStream<ContainerState>.makeStream()
        state.withLock { state in
            for container in state.containers.values where container.exit != nil { continuation.yield(container) }
            state.listeners.append(continuation)
        }
        return stream
    }

    func kill(_ id: String, signal: Int32, all: Bool) async throws {
        let ends: Bool = try state.withLock { state in
            guard let container = state.containers[id] else { throw ContainerError(.notFound, id) }
            guard container.exit == nil else { throw ContainerError(.notRunning, id) }
            state.signals.append("\(container.labels["belay/container"] ?? "") \(signal)")
            return signal == 9 || !state.ignoresTermination
        }
        if ends { end(id, code: 128 + signal, signal: signal) }
    }

    func remove(_ id: String) async throws {
        state.withLock { $0.containers[id] = nil }
    }

    func exec(_ id: String, _ spec: ExecSpec) async throws -> any RunningExec {
        let code = state.withLock { state in
            state.execs.append(spec.process.arguments.joined(separator: " "))
            return state.answers[spec.process.arguments.first ?? ""] ?? 0
        }
        return FakeExec(code: code)
    }

    // MARK: For tests

    /// Ends the newest container of a name, as if its program had.
    func end(container name: String, code: Int32, signal: Int32? = nil, outOfMemory: Bool = false) {
        let id = state.withLock { state in
            state.containers.values.filter { $0.labels["belay/container"] == name && $0.exit == nil }
                .max { ($0.labels["belay/attempt"] ?? "") < ($1.labels["belay/attempt"] ?? "") }?.id
        }
        if let id { end(id, code: code, signal: signal, outOfMemory: outOfMemory) }
    }

    private func end(_ id: String, code: Int32, signal: Int32?, outOfMemory: Bool = false) {
        state.withLock { state in
            guard state.containers[id]?.exit == nil else { return }
            state.containers[id]?.exit = .init(
                code: code, signal: signal, wasOutOfMemory: outOfMemory, finishedAt: clock.now())
            guard let ended = state.containers[id] else { return }
            for listener in state.listeners { listener.yield(ended) }
        }
    }

    func spec(of name: String) -> ContainerSpec? {
        state.withLock { state in state.specs.values.first { $0.labels["belay/container"] == name } }
    }

    var started: [String] { state.withLock { $0.started } }
    var signals: [String] { state.withLock { $0.signals } }
    var running: [String] {
        state.withLock { state in
            state.containers.values.filter { $0.exit == nil }.compactMap { $0.labels["belay/container"] }.sorted()
        }
    }
}

/// A program that has ended already.
struct FakeExec: RunningExec {
    let output: AsyncThrowingStream<ExecEvent, any Error>

    init(code: Int32) {
        let (stream, continuation) = AsyncThrowingStream<ExecEvent, any Error>.makeStream()
        continuation.yield(.stdout(Array("hello\n".utf8)))
        continuation.yield(.exit(code))
        continuation.finish()
        output = stream
    }

    func write(_ bytes: [UInt8]) async throws {}
    func closeInput() async throws {}
    func resize(columns: Int, rows: Int) async throws {}
    func kill() async {}
}
