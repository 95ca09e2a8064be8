import Crypto
import Datasets
import Document
import Render
import Scrub
import Synchronization
import System

/// A dataset on its way from a source through the scrubber to a sink, verified as it passes.
///
/// Four sides run at once with bounded queues between them: the source is read, its bytes are scrubbed, what comes of
/// that is read again by the verifier, and written to the sink. What is in memory or in a spool is bounded, and what is
/// in a spool has been scrubbed. The sink is neither committed nor given up here.
struct StreamingScrub: Sendable {
    let rules: DatasetRules
    let keys: ScrubKeys
    let format: DatasetScrub.Format
    let threads: Int
    /// Where files without a name may be made, for what is scrubbed and has to wait.
    let folder: String
    let progress: ProgressCounter
    let schema: SchemaNote

    /// What the scrubber has seen.
    private struct Scrubbed: Sendable {
        var counts: DatasetCounts
        /// Digests of what went in and came out.
        var input: String
        var output: String
    }

    /// What came of a run.
    struct Outcome: Sendable {
        var counts: DatasetCounts
        var report: VerificationReport
    }

    /// - Parameter report: with what only the caller knows: the program, the environment, the policy.
    /// - Throws: what the side that failed first threw.
    func run(_ source: any DataSource, into sink: any DataSink, report: VerificationReport) async throws -> Outcome {
        let stated = try await source.schema()
        let queues = Queues(progress)
        let verifier = DatasetVerifier(rules, keys: keys, folder: folder)
        let scrubbed = try await withTaskCancellationHandler {
            try await flow(source, sink, queues, verifier, stated)
        } onCancel: {
            queues.fail(CancellationError())
        }
        guard scrubbed.counts.bytesIn > 0 else {
            throw Problem("the source gave no data", hint: "see what it does by belay exec")
        }
        var known = report
        (known.input, known.output) = (scrubbed.input, scrubbed.output)
        let made = known
        return Outcome(
            counts: scrubbed.counts,
            report: try await Blocking.run(named: "belay-verify") { try verifier.report(made, counts: scrubbed.counts) }
        )
    }

    /// Runs the four sides until all have ended, or one has failed.
    private func flow(
        _ source: any DataSource, _ sink: any DataSink, _ queues: Queues, _ verifier: DatasetVerifier,
        _ stated: [UInt8]?
    ) async throws -> Scrubbed {
        try await withThrowingTaskGroup(of: Scrubbed?.self) { group in
            group.addTask {
                try await queues.guarded {
                    try await source.read { try await queues.input.put($0) }
                    queues.input.finish()
                    return nil
                }
            }
            group.addTask {
                try await queues.guarded {
                    try await Blocking.run(named: "belay-scrub") { try self.scrub(queues, verifier, stated) }
                }
            }
            group.addTask {
                try await queues.guarded {
                    try await Blocking.run(named: "belay-verify") { try self.probe(queues, verifier) }
                    return nil
                }
            }
            group.addTask {
                try await queues.guarded {
                    while let piece = try await queues.output.take() { try await sink.write(piece) }
                    return nil
                }
            }
            var scrubbed: Scrubbed?
            for try await part in group { scrubbed = part ?? scrubbed }
            guard let scrubbed else { throw CancellationError() }
            return scrubbed
        }
    }

    /// Scrubs all of the input; on a thread that may block.
    private func scrub(_ queues: Queues, _ verifier: DatasetVerifier, _ stated: [UInt8]?) throws -> Scrubbed {
        let read = RunningDigest()
        let written = RunningDigest()
        var rest: ArraySlice<UInt8> = []
        var input = DatasetInput(named: rules.name) { buffer in
            if rest.isEmpty {
                guard let chunk = try queues.input.takeBlocking() else { return 0 }
                read.update(chunk)
                rest = chunk[...]
            }
            let count = min(buffer.count, rest.count)
            buffer.copyBytes(from: rest.prefix(count))
            rest = rest.dropFirst(count)
            return count
        }
        input.schema = stated
        let gate = OutputGate(spoolIn: folder) { bytes in
            let piece = Array(bytes)
            guard !piece.isEmpty else { return }
            written.update(piece)
            try queues.probe.putBlocking(piece)
            try queues.output.putBlocking(piece)
        }
        var options = DatasetScrub.Options()
        options.threads = threads
        options.document = rules.name
        let counts = try DatasetScrub(format, options).run(
            input, into: gate,
            planner: NotingPlanner(verifier.watching(DatasetCompiler(rules, keys: keys)), schema))
        queues.output.finish()
        queues.probe.finish()
        return Scrubbed(counts: counts, input: read.digest, output: written.digest)
    }

    /// Reads what goes out as a dataset of its own; what comes of that goes nowhere.
    private func probe(_ queues: Queues, _ verifier: DatasetVerifier) throws {
        var rest: ArraySlice<UInt8> = []
        let input = DatasetInput(named: "\(rules.name), verified") { buffer in
            if rest.isEmpty {
                guard let chunk = try queues.probe.takeBlocking() else { return 0 }
                rest = chunk[...]
            }
            let count = min(buffer.count, rest.count)
            buffer.copyBytes(from: rest.prefix(count))
            rest = rest.dropFirst(count)
            return count
        }
        let nowhere = OutputGate(spoolIn: folder) { _ in }
        try nowhere.open()
        var options = DatasetScrub.Options()
        options.document = rules.name
        _ = try DatasetScrub(format, options).run(
            input, into: nowhere, planner: CountingPlanner(verifier.probing(), progress))
    }
}

/// What lies between the sides, and which of them failed first.
private final class Queues: Sendable {
    let input: ByteQueue
    let output = ByteQueue()
    let probe = ByteQueue()
    private let failure = Mutex<(any Error)?>(nil)

    init(_ progress: ProgressCounter) {
        input = ByteQueue()
        progress.follow(input: input, output: output)
    }

    /// Runs one side; when it fails all others are told, and all throw what failed first.
    func guarded<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            fail(error)
            throw failure.withLock { $0 } ?? error
        }
    }

    func fail(_ error: any Error) {
        failure.withLock { if $0 == nil { $0 = error } }
        for queue in [input, output, probe] { queue.fail(error) }
    }
}

/// A digest that a closure feeds.
private final class RunningDigest {
    private let stream = DigestStream(.sha256)

    func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { stream.update($0) } }

    var digest: String { stream.copy().finish().description }
}
