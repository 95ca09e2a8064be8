import Cluster
import Document
import Render
import Synchronization

/// A program in a pod that loads what it reads, in one transaction or aside.
final class ProgramSink: DataSink {
    private struct State {
        /// The last piece of what is no transaction: nothing ends, for whoever reads, before all is known to be good.
        var held: [UInt8]?
        var hasBegun = false
        var isDone = false
    }

    private let pods: PodProgram
    private let program: Dataset.Program
    private let session: any ExecSession
    /// Reads what the program says until it ends.
    private let ending: Task<Ending, Never>
    private let framing: LoadFraming
    private let state = Mutex(State())

    /// How a program ended.
    private struct Ending: Sendable {
        /// nil when that could not be learned.
        var code: Int32?
        var messages: MessageTail
    }

    /// Starts the program.
    static func start(_ program: Dataset.Program, in pods: PodProgram, _ format: Dataset.Format) async throws
        -> ProgramSink
    {
        ProgramSink(
            pods, program, try await pods.start(program, command: program.command, stdin: true), LoadFraming(format))
    }

    private init(_ pods: PodProgram, _ program: Dataset.Program, _ session: any ExecSession, _ framing: LoadFraming) {
        self.pods = pods
        self.program = program
        self.session = session
        self.framing = framing
        ending = Task { await Self.follow(session) }
    }

    private static func follow(_ session: any ExecSession) async -> Ending {
        var messages = MessageTail()
        do {
            for try await event in session.output {
                switch event {
                case .stdout: continue
                case .stderr(let bytes): messages.add(bytes)
                case .exit(let code): return Ending(code: code, messages: messages)
                }
            }
        } catch {
            messages.add(Array("\(error)".utf8))
        }
        return Ending(code: nil, messages: messages)
    }

    func write(_ piece: [UInt8]) async throws {
        guard !piece.isEmpty else { return }
        let isFirst = state.withLock { state in
            defer { state.hasBegun = true }
            return !state.hasBegun
        }
        if isFirst { try await send(framing.opening(of: piece)) }
        // Nothing of a transaction counts before its last line: what follows the rows is worked on while verification ends.
        if framing.isTransaction { return try await send(piece) }
        let earlier = state.withLock { state in
            defer { state.held = piece }
            return state.held
        }
        if let earlier { try await send(earlier) }
    }

    func commit() async throws {
        let (held, hasBegun) = state.withLock { state in
            defer { state.held = nil }
            return (state.held, state.hasBegun)
        }
        if let held { try await send(held) }
        if hasBegun { try await send(framing.closing) }
        try await session.closeInput()
        let ended = await ended()
        state.withLock { $0.isDone = true }
        try check(ended, program.command[0])
        try await runCommit()
    }

    /// Waits for the program to end; whoever stops waiting kills it.
    private func ended() async -> Ending {
        let session = session
        return await withTaskCancellationHandler {
            await ending.value
        } onCancel: {
            Task { await session.cancel() }
        }
    }

    /// A program that ended by itself says whether it has put the data in place; one that was killed, or lost its server
    /// (psql's exit code 2), may have.
    private func check(_ ended: Ending, _ name: String) throws {
        guard ended.code != 0 else { return }
        let problem = failure(name, ended)
        guard let code = ended.code, code < 128, code != 2 else { throw UncertainCommit(problem.message) }
        throw problem
    }

    func abort() async {
        guard state.withLock({ !$0.isDone }) else { return }
        await session.cancel()
        try? await session.closeInput()
        _ = await ending.value
    }

    private func send(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        do {
            try await session.write(bytes)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // It reads no more because it has ended, or is about to: how says more than a broken pipe.
            throw failure(program.command[0], await ended())
        }
    }

    /// Puts in place what was loaded aside.
    private func runCommit() async throws {
        guard let name = program.commit.first else { return }
        let session = try await pods.start(program, command: program.commit, stdin: false)
        let ended = await Self.follow(session)
        if ended.code == nil { await session.cancel() }
        try check(ended, name)
    }

    private func failure(_ name: String, _ ended: Ending) -> Problem {
        let how = ended.code.map { "ended with exit code \($0)" } ?? "was cut off"
        let said = ended.messages.masked
        return Problem(
            "\(name) in \(program.workload) \(how)" + (said.isEmpty ? "" : ": \(said)"), at: program.origin,
            hint: "the target has what it had before")
    }
}
