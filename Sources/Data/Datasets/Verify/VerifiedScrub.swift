import Crypto
import Glibc
package import Scrub
import System

/// A scrub that is verified: the output, a file, is read again before it counts.
package struct VerifiedScrub {
    private let rules: DatasetRules
    private let keys: ScrubKeys
    private let scrub: DatasetScrub
    private let folder: String

    /// - Parameter folder: where files without a name may be made, for what is too much for memory.
    package init(_ rules: DatasetRules, keys: ScrubKeys, scrub: DatasetScrub, spoolIn folder: String) {
        self.rules = rules
        self.keys = keys
        self.scrub = scrub
        self.folder = folder
    }

    /// Scrubs into a file and verifies what stands there.
    ///
    /// - Parameters:
    ///   - output: a file, open for writing and empty.
    ///   - report: with what only the caller knows: the program, the environment, the policy's digest.
    /// - Returns: the report, which may say that the output must not be used.
    /// - Throws: as `DatasetScrub.run`.
    package func run(
        _ input: DatasetInput, to output: Int32, named name: String, report: VerificationReport
    ) throws -> (counts: DatasetCounts, report: VerificationReport) {
        let verifier = DatasetVerifier(rules, keys: keys, folder: folder)
        let read = RunningDigest()
        let written = RunningDigest()
        var watched = input
        watched.source = { buffer in
            let count = try input.source(buffer)
            read.update(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]))
            return count
        }
        let gate = OutputGate(spoolIn: folder) { bytes in
            written.update(bytes)
            try Files.write(bytes, to: output, named: name)
        }
        let counts = try scrub.run(
            watched, into: gate, planner: verifier.watching(DatasetCompiler(rules, keys: keys)))
        try probe(output, name, verifier)
        var report = report
        report.input = read.digest.description
        report.output = written.digest.description
        return (counts, try verifier.report(report, counts: counts))
    }

    /// Reads the output as a dataset of its own; what comes of that goes nowhere.
    private func probe(_ output: Int32, _ name: String, _ verifier: DatasetVerifier) throws {
        let path = "/proc/self/fd/\(output)"
        let again = OwnedDescriptor(owning: try checked("open", on: name) { open(path, O_RDONLY | O_CLOEXEC) })
        let nowhere = OutputGate(spoolIn: folder) { _ in }
        try nowhere.open()
        _ = try scrub.run(
            DatasetInput(reading: again.raw, named: "\(name), verified"), into: nowhere, planner: verifier.probing())
    }
}

/// A digest that several closures feed and one asks for.
private final class RunningDigest {
    private let stream = DigestStream(.sha256)

    func update(_ bytes: UnsafeRawBufferPointer) { stream.update(bytes) }

    var digest: Digest { stream.copy().finish() }
}
