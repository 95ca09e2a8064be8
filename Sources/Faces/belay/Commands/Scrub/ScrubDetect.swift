import Document
import Scrub
import System

extension Verbs {
    static let scrubCommand = Command(
        name: "scrub", summary: "Find what is secret or personal, and keep it out of dev and QA",
        discussion: """
            With options and no verb, scrubs a dataset: belay scrub --policy scrub.yaml --dataset orders
            --format postgres --key-file qa.key < prod.sql > qa.sql. A table, column, key or file that the policy does not
            decide on stops it, and nothing goes out.
            """,
        options: scrubDatasetOptions,
        commands: [
            Command(
                name: "detect", summary: "Say where files hold secrets and personal data, never what they are",
                discussion: """
                    Reads any text: manifests, dumps, logs, code; what is in base64 too.
                    """,
                arguments: [Argument(name: "PATH", help: "files and folders", repeats: true)],
                options: [
                    Option("output", short: "o", value: "FORMAT", "table or jsonl (default: table)"),
                    Option("check", "exit with 1 if anything is found"),
                    Option("family", value: "FAMILY", "secret or personal (default: both)"),
                ],
                run: { invocation in
                    let format = try invocation.choice("output", of: ["table", "jsonl"])
                    let family = try invocation.choice("family", of: ["both", "secret", "personal"])
                    let detection = Detection(
                        paths: invocation.arguments, family: Scrub.Finding.Family(rawValue: family),
                        isTable: format != "jsonl")
                    let hasFound = try await onThread(named: "belay-detect") { try detection.run() }
                    return hasFound && invocation.has("check") ? 1 : 0
                }),
            scrubReport, scrubRotate, scrubSuggest,
        ], isCallable: true, run: scrubDataset)
}

/// Searches files one by one, so that what is held is no more than one of them.
private struct Detection: Sendable {
    private static let longestFile = 512 << 20
    private static let deepest = 64
    let paths: [String]
    let family: Scrub.Finding.Family?
    let isTable: Bool

    /// - Returns: whether anything was found.
    func run() throws -> Bool {
        var detector = Detector()
        var hasFound = false
        for path in paths {
            try walk(path, depth: 0) { file in
                let text = try Files.read(file, limit: Self.longestFile)
                let findings = detector.findings(in: text).filter { family == nil || $0.family == family }
                if !findings.isEmpty { hasFound = true }
                try Terminal.current.out(isTable ? lines(findings, file, text) : jsonLines(findings, file))
            }
        }
        return hasFound
    }

    private func walk(_ path: String, depth: Int, _ body: (String) throws -> Void) throws {
        guard Files.isFolder(path) else { return try body(path) }
        guard depth < Self.deepest else { throw Problem("\(path) is too deep in folders", at: .none) }
        for name in try Files.names(in: path) where name != ".git" {
            let inner = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            // A link leads to what is searched elsewhere, or to nothing of the user's.
            if !Files.isLink(inner) { try walk(inner, depth: depth + 1, body) }
        }
    }

    private func jsonLines(_ findings: [Scrub.Finding], _ file: String) -> String {
        findings.map { finding in
            let value: Value = [
                "file": .string(file), "type": .string(finding.type), "family": .string(finding.family.rawValue),
                "start": .int(finding.range.lowerBound), "end": .int(finding.range.upperBound),
            ]
            return JSON.text(value) + "\n"
        }.joined()
    }

    /// `config/app.env:3:9: github-pat (40 bytes)`
    private func lines(_ findings: [Scrub.Finding], _ file: String, _ text: [UInt8]) -> String {
        var line = 1
        var lineStart = 0
        var place = 0
        return findings.map { finding in
            while place < finding.range.lowerBound {
                if text[place] == 0x0A {
                    line += 1
                    lineStart = place + 1
                }
                place += 1
            }
            let column = finding.range.lowerBound - lineStart + 1
            return "\(file):\(line):\(column): \(finding.type) (\(finding.range.count) bytes)\n"
        }.joined()
    }
}
