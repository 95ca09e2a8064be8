import Document

extension Verbs {
    static let diffCommand = Command(
        name: "diff", summary: "Show what a sync would change, each field with its line of git",
        discussion: "Exit code: 0 nothing would change, 1 something would, above 2 an error.",
        arguments: [Argument(name: "ENV", help: "an environment")],
        options: [
            Option("app", value: "NAME", "only this application"),
            DataOutput.option,
        ],
        run: { invocation in
            do {
                let client = try ServiceClient(invocation)
                let path = "/belay/v1/environments/\(ServiceClient.escaped(invocation.argument(0) ?? ""))/diff"
                let answer = try await client.get(path, ["app": invocation.value("app")])
                let plans = answer["plans"]?.items ?? []
                try DataOutput.print(answer, invocation) { plans.map(PlanView.text).joined() }
                return plans.contains { !($0["changes"]?.items ?? []).isEmpty } ? 1 : 0
            } catch let error as UsageError {
                throw error
            } catch {
                Terminal.current.message("belay: \(error)")
                return 3
            }
        })

    static let syncCommand = Command(
        name: "sync", summary: "Make what runs as git has it, now",
        arguments: [Argument(name: "ENV", help: "an environment")],
        options: [
            Option("app", value: "NAME", "only this application"),
            Option("dry-run", "only show what would change"),
            Option("no-prune", "leave what is no longer in git"),
            Option("allow-deletions", "delete even what the delete budget stops"),
            Option("wait", "wait until the environment is healthy"),
            Option("timeout", value: "TIME", "how long to wait (default: 10m)"),
            DataOutput.option,
        ],
        run: { try await SyncVerb(invocation: $0).run() })
}

/// A plan for people: what the service wrote, coloured.
enum PlanView {
    static func text(_ plan: Value) -> String {
        let terminal = Terminal.current
        let title = "\(plan["environment"]?.string ?? "")/\(plan["application"]?.string ?? "")"
        var text = "\(title): \(plan["summary"]?.string ?? "")  (plan \(plan["hash"]?.string?.prefix(12) ?? ""))\n"
        for line in plan["text"]?.items ?? [] {
            let words = line["text"]?.string ?? ""
            switch line["part"]?.string {
            case "added": text += terminal.paint(words, .green) + "\n"
            case "removed": text += terminal.paint(words, .red) + "\n"
            case "changed": text += terminal.paint(words, .yellow) + "\n"
            default: text += words + "\n"
            }
        }
        return text
    }
}

/// One run of `belay sync`.
private struct SyncVerb {
    let invocation: Invocation

    func run() async throws -> Int32 {
        let client = try ServiceClient(invocation)
        let environment = invocation.argument(0) ?? ""
        var body: Value = [:]
        if let application = invocation.value("app") { body["app"] = .string(application) }
        if invocation.has("dry-run") { body["dryRun"] = true }
        if invocation.has("no-prune") { body["prune"] = false }
        if invocation.has("allow-deletions") { body["allowDeletions"] = true }
        let timeout = try invocation.duration("timeout") ?? .seconds(600)
        let answer = try await client.post("/belay/v1/environments/\(ServiceClient.escaped(environment))/sync", body)
        try DataOutput.print(answer, invocation) {
            (answer["plans"]?.items ?? []).map(PlanView.text).joined()
                + (answer["syncs"]?.items ?? []).map(line).joined()
        }
        let failed = (answer["syncs"]?.items ?? []).contains { $0["result"]?.string != "Succeeded" }
        guard invocation.has("wait"), !failed else { return failed ? 1 : 0 }
        return try await wait(client, environment, timeout)
    }

    private func line(_ sync: Value) -> String {
        let name = "\(sync["environment"]?.string ?? "")/\(sync["application"]?.string ?? "")"
        let problems = (sync["problems"]?.items ?? []).map { "  \(ServiceClient.text(of: $0))\n" }.joined()
        return "\(name): \(sync["result"]?.string ?? "") (\(sync["summary"]?.string ?? ""))\n\(problems)"
    }

    /// Asks until all applications are synced and healthy; the service pushes nothing over this path yet.
    private func wait(_ client: ServiceClient, _ environment: String, _ timeout: Duration) async throws -> Int32 {
        let deadline = ContinuousClock.now + timeout
        while true {
            let status = try await client.get("/belay/v1/status", ["environment": environment])
            let waiting = (status["applications"]?.items ?? []).filter { application in
                let isMeant = invocation.value("app").map { $0 == application["application"]?.string } ?? true
                let isWell = application["phase"]?.string == "Synced" && application["health"]?.string == "Healthy"
                return isMeant && !isWell
            }
            if waiting.isEmpty { return 0 }
            guard ContinuousClock.now < deadline else {
                let names = waiting.compactMap { $0["application"]?.string }.joined(separator: ", ")
                Terminal.current.message("belay: not healthy in time: \(names)\n  see: belay status \(environment)")
                return 1
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
