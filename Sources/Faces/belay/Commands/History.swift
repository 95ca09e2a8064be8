import Document
import System

extension Verbs {
    static let historyCommand = Command(
        name: "history", summary: "Show what happened to an environment, newest first",
        arguments: [Argument(name: "ENV", help: "an environment")],
        options: [Option("limit", value: "N", "how many entries (default: 20)"), DataOutput.option],
        run: { invocation in
            let client = try ServiceClient(invocation)
            let path = "/belay/v1/environments/\(ServiceClient.escaped(invocation.argument(0) ?? ""))/history"
            let limit = try invocation.number("limit").map(String.init)
            let answer = try await client.get(path, ["limit": limit])
            try DataOutput.print(answer, invocation) {
                var table = TextTable(headings: [
                    "TIME", "APPLICATION", "WHAT", "RESULT", "COMMIT", "AUTHOR", "MESSAGE",
                ])
                table.rows = (answer["records"]?.items ?? []).map(row)
                return table.text
            }
            return 0
        })

    private static func row(_ record: Value) -> [String] {
        func text(_ field: String) -> String { record[field]?.string ?? "" }
        let cells: [String] = [
            text("time"), text("application"), text("kind"), text("result"), String(text("commit").prefix(10)),
            name(text("author")), text("message"),
        ]
        return cells.map { $0.isEmpty ? "-" : $0 }
    }

    /// `Ada Lovelace` of `Ada Lovelace <ada@example.org>`.
    private static func name(_ author: String) -> String {
        author.split(separator: " <", maxSplits: 1).first.map(String.init) ?? author
    }

    static let blameCommand = Command(
        name: "blame",
        summary: "Show for each field of a live object the line of git, the commit and the author behind it",
        arguments: [Argument(name: "KIND/NAME", help: "an object, such as deploy/web")],
        options: [
            Option("env", value: "NAME", "the environment (default: the first one that has it)"), DataOutput.option,
        ],
        run: { invocation in
            let client = try ServiceClient(invocation)
            var environments = invocation.values("env")
            if environments.isEmpty {
                let status = try await client.get("/belay/v1/status")
                environments = status["environments"]?.strings ?? []
            }
            var last: (any Error)?
            for environment in environments {
                do {
                    let path = "/belay/v1/environments/\(ServiceClient.escaped(environment))/blame"
                    let answer = try await client.get(path, ["object": invocation.argument(0)])
                    try DataOutput.print(answer, invocation) { blameText(answer) }
                    return 0
                } catch {
                    last = error
                }
            }
            throw last ?? ServiceClient.Failure(description: "the project has no environments yet")
        })

    private static func blameText(_ answer: Value) -> String {
        var table = TextTable(headings: ["FIELD", "VALUE", "FILE", "COMMIT", "AUTHOR", "DATE"])
        for field in answer["fields"]?.items ?? [] {
            func text(_ name: String) -> String { field[name]?.string ?? "-" }
            let value = field["value"].map { $0.string ?? JSON.text($0) } ?? ""
            let shown = value.count > 40 ? String(value.prefix(39)) + "…" : value
            let row: [String] = [
                text("path"), shown, text("origin"), String(text("commit").prefix(10)), text("author"),
                String(text("date").prefix(10)),
            ]
            table.rows.append(row)
        }
        return "\(answer["object"]?.string ?? "") in \(answer["environment"]?.string ?? "")\n" + table.text
    }

    static let auditCommand = Command(
        name: "audit", summary: "Ask the journal",
        commands: [
            Command(
                name: "verify", summary: "Check that no record of the journal was changed or removed",
                options: [DataOutput.option],
                run: { invocation in
                    let answer = try await ServiceClient(invocation).get("/belay/v1/audit/verify")
                    let isIntact = answer["intact"]?.bool == true
                    try DataOutput.print(answer, invocation) { (answer["message"]?.string ?? "") + "\n" }
                    return isIntact ? 0 : 1
                })
        ])
}
