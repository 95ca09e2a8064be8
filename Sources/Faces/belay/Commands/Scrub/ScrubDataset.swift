import Crypto
import Datasets
import Document
import Glibc
import Scrub
import System

extension Verbs {
    static let scrubDatasetOptions = [
        Option("policy", value: "FILE", "the scrub policy (default: scrub.yaml)"),
        Option("dataset", value: "NAME", "the policy's dataset (default: its only one)"),
        Option("format", value: "FORMAT", DatasetScrub.Format.allCases.map(\.rawValue).joined(separator: ", ")),
        Option("key-file", value: "FILE", "the target environment's key: 32 bytes or more, or 64 hexadecimal digits"),
        Option(
            "output", short: "o", value: "FILE",
            "write a file, which appears once all is well (default: standard output)"),
        Option(
            "report", value: "FILE",
            "read the output again, and write a signed report of what was found; needs --output"),
        Option("env", value: "NAME", "the environment that the data is for, as the report names it"),
        Option("name", value: "NAME", "what the policy calls the table or document (default: the dataset's name)"),
        Option("threads", value: "COUNT", "how many threads work (default: 1)"),
        Option("longest-row", value: "MB", "how long a row may be (default: 64); one takes four times as much memory"),
        Option("unspooled", "let output go before the whole input has been accepted"),
    ]

    /// Scrubs standard input.
    static func scrubDataset(_ invocation: Invocation) async throws -> Int32 {
        guard let format = invocation.value("format").flatMap(DatasetScrub.Format.init) else {
            let known = DatasetScrub.Format.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("--format is one of \(known)", command: invocation.path)
        }
        guard let keyFile = invocation.value("key-file") else {
            throw UsageError(
                "--key-file names the key of the environment that the data is for; make one with: openssl rand -hex 32",
                command: invocation.path)
        }
        let run = DatasetRun(
            policy: invocation.value("policy") ?? "scrub.yaml", dataset: invocation.value("dataset"), format: format,
            keyFile: keyFile, output: invocation.value("output"), report: invocation.value("report"),
            environment: invocation.value("env") ?? "", name: invocation.value("name"),
            threads: try invocation.number("threads") ?? 1, longestRow: try invocation.number("longest-row") ?? 64,
            isUnspooled: invocation.has("unspooled"))
        if run.report != nil, run.output == nil {
            throw UsageError(
                "--report needs --output: what has gone to a pipe cannot be read again", command: invocation.path)
        }
        if run.report != nil, run.environment.isEmpty {
            throw UsageError(
                "--report needs --env: a report is for one environment, whose name it signs", command: invocation.path)
        }
        guard (1...64).contains(run.threads) else {
            throw UsageError("--threads takes a number from 1 to 64", command: invocation.path)
        }
        guard (1...2048).contains(run.longestRow) else {
            throw UsageError("--longest-row takes a number of MB from 1 to 2048", command: invocation.path)
        }
        let counts = try await onThread(named: "belay-scrub") { try run.run() }
        Terminal.current.message(run.summary(counts))
        return 0
    }
}

/// One run of `belay scrub`.
struct DatasetRun: Sendable {
    let policy: String
    let dataset: String?
    let format: DatasetScrub.Format
    let keyFile: String
    let output: String?
    let report: String?
    let environment: String
    let name: String?
    let threads: Int
    let longestRow: Int
    let isUnspooled: Bool

    func run() throws -> DatasetCounts {
        let rules = try self.rules()
        let compiler = DatasetCompiler(rules, keys: ScrubKeys(environment: try key()))
        var options = DatasetScrub.Options()
        options.threads = threads
        options.longestRow = longestRow << 20
        options.document = name ?? rules.name
        options.isUnspooled = isUnspooled || output != nil
        let scrub = DatasetScrub(format, options)
        let input = DatasetInput(reading: STDIN_FILENO, named: "stdin")
        guard let output else {
            let gate = OutputGate(writingTo: STDOUT_FILENO, named: "standard output", spoolIn: Self.spoolFolder)
            return try scrub.run(input, into: gate, planner: compiler)
        }
        if let report { return try verified(rules, scrub, input, output, report) }
        return try Files.writeAside(output) { descriptor, temporary in
            let gate = OutputGate(writingTo: descriptor, named: temporary, spoolIn: Self.spoolFolder)
            return try scrub.run(input, into: gate, planner: compiler)
        }
    }

    /// Neither file appears unless verification has passed, but for the report of what is wrong.
    private func verified(
        _ rules: DatasetRules, _ scrub: DatasetScrub, _ input: DatasetInput, _ output: String, _ reportFile: String
    ) throws -> DatasetCounts {
        let keys = ScrubKeys(environment: try key())
        var known = VerificationReport()
        known.tool = "belay \(Version.number)"
        known.environment = environment
        known.policy = Digest.sha256(try Files.read(policy, limit: 16 << 20)).description
        return try Files.writeAside(output) { descriptor, temporary in
            let (counts, report) = try VerifiedScrub(rules, keys: keys, scrub: scrub, spoolIn: Self.spoolFolder)
                .run(input, to: descriptor, named: temporary, report: known)
            let bytes = report.signed(by: keys)
            try Files.writeAside(reportFile) { file, name in try Files.write(bytes, to: file, named: name) }
            guard report.isPassed else {
                throw Problems(
                    report.failures.map { Problem($0, hint: "\(reportFile) tells more; \(output) was not written") })
            }
            return counts
        }
    }

    /// Where files without a name may be made.
    static var spoolFolder: String {
        getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
    }

    private func rules() throws -> DatasetRules {
        let document = try YAML.parseOne(try Files.read(policy, limit: 16 << 20), file: SourceFile(policy))
        let all = try ScrubPolicy(document).datasets
        if let dataset {
            if let found = all.first(where: { $0.name == dataset }) { return found }
            let nearest = Spelling.nearest(to: dataset, among: all.map(\.name))
            throw Problem(
                "the policy has no dataset \(dataset)", at: Origin(SourceFile(policy)),
                hint: nearest.map { "did you mean \($0)?" } ?? "it has \(all.map(\.name).joined(separator: ", "))")
        }
        guard all.count == 1 else {
            throw Problem(
                "the policy has \(all.count) datasets", at: Origin(SourceFile(policy)),
                hint: "name one with --dataset: \(all.map(\.name).joined(separator: ", "))")
        }
        return all[0]
    }

    /// The key's bytes; digits in hexadecimal are read as such.
    private func key() throws -> [UInt8] {
        let bytes = try Files.read(keyFile, limit: 4096)
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        if text.utf8.count >= 64, let decoded = Hex.decode(text) { return decoded }
        guard bytes.count >= 32 else {
            throw Problem(
                "a key has 32 bytes or more, and this one has \(bytes.count)", at: Origin(SourceFile(keyFile)),
                hint: "make one with: openssl rand -hex 32")
        }
        return bytes
    }

    func summary(_ counts: DatasetCounts) -> String {
        var text = "\(counts.rowsOut) of \(counts.rowsIn) rows in \(counts.tables.count) tables"
        if !counts.leftOut.isEmpty {
            let list = counts.leftOut.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
            text += "; left out: \(list.joined(separator: ", "))"
        }
        return text
    }
}
