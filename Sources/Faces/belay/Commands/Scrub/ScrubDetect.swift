import Document
import Glibc
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

/// Searches files one by one, in pieces: what is held is a window of one of them.
private struct Detection: Sendable {
    private static let piece = 1 << 20
    private static let deepest = 64
    let paths: [String]
    let family: Scrub.Finding.Family?
    let isTable: Bool

    /// - Returns: whether anything was found.
    func run() throws -> Bool {
        var hasFound = false
        for path in paths {
            try walk(path, depth: 0) { file in
                if try search(file) { hasFound = true }
            }
        }
        return hasFound
    }

    private func search(_ file: String) throws -> Bool {
        let descriptor = OwnedDescriptor(
            owning: try checked("open", on: file) { open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK) })
        var stream = DetectorStream()
        var hasFound = false
        var output = ""
        func tell(_ found: DetectorStream.Found) throws {
            guard family == nil || found.finding.family == family else { return }
            hasFound = true
            output += isTable ? line(found, file) : jsonLine(found.finding, file)
            if output.utf8.count > Self.piece {
                try Terminal.current.out(output)
                output = ""
            }
        }
        var piece = [UInt8](repeating: 0, count: Self.piece)
        while true {
            let count = try checked("read", on: file) { read(descriptor.raw, &piece, Self.piece) }
            if count == 0 { break }
            try stream.add(piece[..<count], tell)
        }
        try stream.finish(tell)
        try Terminal.current.out(output)
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

    private func jsonLine(_ finding: Scrub.Finding, _ file: String) -> String {
        let value: Value = [
            "file": .string(file), "type": .string(finding.type), "family": .string(finding.family.rawValue),
            "start": .int(finding.range.lowerBound), "end": .int(finding.range.upperBound),
        ]
        return JSON.text(value) + "\n"
    }

    /// `config/app.env:3:9: github-pat (40 bytes)`
    private func line(_ found: DetectorStream.Found, _ file: String) -> String {
        "\(file):\(found.line):\(found.column): \(found.finding.type) (\(found.finding.range.count) bytes)\n"
    }
}
