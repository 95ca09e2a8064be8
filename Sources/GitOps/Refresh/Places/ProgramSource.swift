import Cluster
import Document
import Render
import Synchronization

/// A program in a pod whose output is the data.
struct ProgramSource: DataSource {
    let pods: PodProgram
    let program: Dataset.Program

    /// More is no schema that a scrubber could plan by.
    private static let longestSchema = 32 << 20

    func schema() async throws -> [UInt8]? {
        guard !program.schema.isEmpty else { return nil }
        let schema = Mutex<[UInt8]>([])
        try await run(program.schema) { piece in
            let size = schema.withLock { schema in
                schema += piece
                return schema.count
            }
            guard size <= Self.longestSchema else {
                throw Problem("the schema is longer than \(Self.longestSchema >> 20) MB", at: program.origin)
            }
        }
        return schema.withLock { $0 }
    }

    func read(_ write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        try await run(program.command, write)
    }

    private func run(
        _ command: [String], _ write: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        let session = try await pods.start(program, command: command, stdin: false)
        do {
            try await Self.follow(session, of: program, write)
        } catch {
            await session.cancel()
            throw error
        }
    }

    private static func follow(
        _ session: any ExecSession, of program: Dataset.Program,
        _ write: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        var messages = MessageTail()
        var bytes = 0
        for try await event in session.output {
            try Task.checkCancellation()
            switch event {
            case .stdout(let piece):
                bytes += piece.count
                try await write(piece)
            case .stderr(let piece): messages.add(piece)
            case .exit(0): return
            case .exit(let code): throw failure(program, code: code, after: bytes, messages)
            }
        }
        try Task.checkCancellation()
        throw failure(program, code: nil, after: bytes, messages)
    }

    /// What the program says is shown only where it had not begun to read data: later it may quote some.
    private static func failure(
        _ program: Dataset.Program, code: Int32?, after bytes: Int, _ messages: MessageTail
    ) -> Problem {
        let ending = code.map { "ended with exit code \($0)" } ?? "was cut off"
        var text = "\(program.command[0]) in \(program.workload) \(ending)"
        if bytes > 0 { text += " after \(bytes) bytes" }
        let said = messages.masked
        if bytes == 0, !said.isEmpty { text += ": \(said)" }
        return Problem(
            text, at: program.origin,
            hint: bytes > 0 && !said.isEmpty
                ? "its messages may quote data and are not shown; run it by belay exec" : "")
    }
}
