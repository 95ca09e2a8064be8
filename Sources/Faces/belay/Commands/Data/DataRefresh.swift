import Document
import System
import Transport

extension Verbs {
    static let dataRefreshCommand = Command(
        name: "refresh", summary: "Copy a dataset from production, scrubbed, into an environment",
        discussion: """
            The data streams from its source through the scrubber into its sink, and no disk sees it before it has been
            scrubbed. Until all of it is there and verified the environment has what it had; Ctrl-C ends the copy.
            """,
        arguments: [Argument(name: "ENV", help: "the environment that gets the copy")],
        options: [
            Option("from", value: "ENV", "the environment that has the data"),
            Option("dataset", value: "NAME", "which dataset (default: the only one that goes there)"),
            Option("output", short: "o", value: "FORMAT", "text, or jsonl for events (default: text)"),
        ],
        run: { invocation in
            guard let from = invocation.value("from") else {
                throw UsageError("--from is missing: the environment that has the data", command: invocation.path)
            }
            let isLines = try invocation.choice("output", of: ["text", "jsonl"]) == "jsonl"
            let client = try ServiceClient(invocation)
            let path = "/belay/v1/environments/\(ServiceClient.escaped(invocation.argument(0) ?? ""))/data/refresh"
            var body: Value = ["from": .string(from)]
            if let dataset = invocation.value("dataset") { body["dataset"] = .string(dataset) }
            // Ctrl-C ends this process, and the service ends the copy when its client is gone.
            let response = try await client.send("POST", path, [:], body, accept: "application/jsonl")
            return try await RefreshView(environment: invocation.argument(0) ?? "", isLines: isLines).show(
                response.body)
        })
}

/// The events of a refresh, for people or for programs.
private struct RefreshView {
    let environment: String
    let isLines: Bool
    private let line = ProgressLine()

    init(environment: String, isLines: Bool) {
        self.environment = environment
        self.isLines = isLines
    }

    func show(_ body: HTTPBody) async throws -> Int32 {
        var rest: [UInt8] = []
        for try await chunk in body {
            rest += chunk
            while let end = rest.firstIndex(of: 0x0A) {
                let event = Array(rest[..<end])
                rest.removeFirst(end + 1)
                if let code = try take(event) { return code }
            }
        }
        throw ServiceClient.Failure(
            description: "the service ended the connection before the refresh was done\n  hint: see belay data status")
    }

    /// - Returns: the exit code, for the last event.
    private func take(_ bytes: [UInt8]) throws -> Int32? {
        let event = try JSON.parse(bytes)
        if isLines { try Terminal.current.line(String(decoding: bytes, as: UTF8.self)) }
        switch event["type"]?.string {
        case "progress":
            if !isLines { line.show("Copying into \(environment)", detail: detail(event)) }
            return nil
        case "succeeded":
            line.end()
            if !isLines { try Terminal.current.out(summary(event)) }
            return 0
        case "failed":
            line.end()
            let problems = (event["errors"]?.items ?? []).map(ServiceClient.text(of:))
            Terminal.current.message("belay: \(problems.joined(separator: "\n"))")
            return 1
        default: return nil
        }
    }

    private func detail(_ event: Value) -> String {
        let table = event["table"]?.string ?? ""
        let size = ProgressLine.size(event["bytesIn"]?.int ?? 0)
        return "\(size)  \(event["rows"]?.int ?? 0) rows" + (table.isEmpty ? "" : "  \(table)")
    }

    private func summary(_ event: Value) -> String {
        var table = TextTable(headings: ["TABLE", "ROWS"])
        for entry in event["rows"]?.fields?.entries ?? [] {
            table.rows.append([entry.key.text, "\(entry.value.int ?? 0)"])
        }
        return table.text
            + "\(environment) has \(event["dataset"]?.string ?? "") of \(event["from"]?.string ?? ""), scrubbed and verified\n"
            + "report \(event["report"]?.string ?? "")\n"
    }
}
