import Document
import System

extension Verbs {
    static let dataCommand = Command(
        name: "data", summary: "Copy live data, scrubbed, into environments that are not production's",
        commands: [dataRefreshCommand, dataListCommand, dataStatusCommand])

    private static let dataListCommand = Command(
        name: "list", summary: "Show what datasets the project declares",
        options: [DataOutput.option],
        run: { invocation in
            let answer = try await ServiceClient(invocation).get("/belay/v1/data")
            try DataOutput.print(answer, invocation) {
                var table = TextTable(headings: ["DATASET", "FROM", "TO", "FORMAT", "SCHEDULE", "DECLARED AT"])
                table.rows = (answer["datasets"]?.items ?? []).map { item in
                    func text(_ key: String) -> String { item[key]?.string ?? "-" }
                    return [
                        text("dataset"), text("from"), text("environment"), text("format"), text("schedule"),
                        text("origin"),
                    ]
                }
                return table.rows.isEmpty ? "The project declares no datasets.\n" : table.text
            }
            return 0
        })

    private static let dataStatusCommand = Command(
        name: "status", summary: "Show whether environments may use the data that they have",
        discussion: "Exit code: 0 all is current, 1 something is missing, stale, failing or not known.",
        arguments: [Argument(name: "ENV", help: "only this environment", isOptional: true)],
        options: [DataOutput.option],
        run: { invocation in
            let answer = try await ServiceClient(invocation).get(
                "/belay/v1/data", ["environment": invocation.argument(0)])
            let items = answer["datasets"]?.items ?? []
            try DataOutput.print(answer, invocation) { DataText.table(items, now: .now) }
            return items.allSatisfy { $0["accepted"]?.bool == true } ? 0 : 1
        })
}

/// How datasets stand, for people.
enum DataText {
    static func table(_ items: [Value], now: Timestamp) -> String {
        if items.isEmpty { return "No dataset is declared.\n" }
        var table = TextTable(headings: ["ENVIRONMENT", "DATASET", "STATE", "FROM", "ROWS", "LOADED"])
        for item in items {
            func text(_ key: String) -> String { item[key]?.string ?? "-" }
            let age = item["loadedAt"]?.string.flatMap { Timestamp($0) }.map { "\(Age.text(now - $0)) ago" }
            let rows = item["rows"]?.fields.map { "\($0.entries.reduce(0) { $0 + ($1.value.int ?? 0) })" }
            table.rows.append([
                text("environment"), text("dataset"), painted(item), text("from"), rows ?? "-", age ?? "-",
            ])
        }
        return table.text + notes(items)
    }

    /// What is wrong, and what to do; nothing where all may be used.
    static func notes(_ items: [Value]) -> String {
        items.map { item in
            let name = "\(item["environment"]?.string ?? "")/\(item["dataset"]?.string ?? "")"
            var text = ""
            if item["accepted"]?.bool != true, let reason = item["reason"]?.string {
                text += "\(name): the data is refused: \(reason)\n"
                if let hint = item["hint"]?.string { text += "  hint: \(hint)\n" }
            }
            if let failure = item["failure"] {
                text += "\(name): the last refresh failed: \(failure["message"]?.string ?? "")\n"
            }
            return text
        }.joined()
    }

    private static func painted(_ item: Value) -> String {
        let word = item["state"]?.string ?? ""
        return Terminal.current.paint(
            word, word == "Current" ? .green : word == "Refreshing" ? .yellow : .red)
    }
}
