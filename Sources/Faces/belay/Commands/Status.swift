import Document
import System

extension Verbs {
    static let statusCommand = Command(
        name: "status", summary: "Show what runs, and how it stands to git",
        arguments: [Argument(name: "ENV", help: "only this environment", isOptional: true)],
        options: [DataOutput.option],
        run: { invocation in
            let client = try ServiceClient(invocation)
            let status = try await client.get("/belay/v1/status", ["environment": invocation.argument(0)])
            try DataOutput.print(status, invocation) { StatusText(status, now: .now).text }
            let applications = status["applications"]?.items ?? []
            let isWell = applications.allSatisfy {
                $0["phase"]?.string == "Synced" && $0["health"]?.string == "Healthy"
            }
            let hasData = (status["datasets"]?.items ?? []).allSatisfy { $0["accepted"]?.bool == true }
            // A service that has just begun knows of none yet: that is not well, it is not known.
            return isWell && hasData && !applications.isEmpty && status["problem"] == nil ? 0 : 1
        })
}

/// `belay status` for people.
struct StatusText {
    private let status: Value
    private let now: Timestamp
    private let terminal = Terminal.current

    init(_ status: Value, now: Timestamp) {
        self.status = status
        self.now = now
    }

    var text: String {
        var text = heading
        if let problem = status["problem"] {
            text += terminal.paint("! \(ServiceClient.text(of: problem))", .red) + "\n"
        }
        var table = TextTable(headings: ["ENVIRONMENT", "APPLICATION", "SYNC", "HEALTH", "COMMIT", "SYNCED", "OBJECTS"])
        let applications = status["applications"]?.items ?? []
        for application in applications { table.rows.append(row(application)) }
        if applications.isEmpty { return text + "Nothing has been rendered yet.\n" }
        text += table.text
        for application in applications { text += notes(application) }
        return text + DataText.notes(status["datasets"]?.items ?? [])
    }

    private var heading: String {
        guard let commit = status["commit"]?.string else {
            return "\(status["project"]?.string ?? ""): no commit yet\n"
        }
        let subject = status["subject"]?.string ?? ""
        return
            "\(status["project"]?.string ?? "") at \(commit.prefix(10)) “\(subject)” (\(status["author"]?.string ?? ""))\n"
    }

    private func row(_ application: Value) -> [String] {
        let age = application["syncedAt"]?.string.flatMap { Timestamp($0) }.map { "\(Age.text(now - $0)) ago" }
        return [
            application["environment"]?.string ?? "", application["application"]?.string ?? "",
            painted(application["phase"]?.string ?? "", good: "Synced"),
            painted(application["health"]?.string ?? "", good: "Healthy"),
            String(application["revision"]?.string?.prefix(10) ?? ""), age ?? "-",
            "\(application["objects"]?.int ?? 0)",
        ]
    }

    private func painted(_ word: String, good: String) -> String {
        let bad = ["Failed", "Degraded", "Missing"]
        return terminal.paint(word, word == good ? .green : bad.contains(word) ? .red : .yellow)
    }

    private func notes(_ application: Value) -> String {
        let name = "\(application["environment"]?.string ?? "")/\(application["application"]?.string ?? "")"
        var notes = (application["problems"]?.items ?? []).map { ServiceClient.text(of: $0) }
        let message = application["message"]?.string ?? ""
        if !message.isEmpty, application["health"]?.string != "Healthy" { notes.append(message) }
        return notes.map { "\(name): \($0)\n" }.joined()
    }
}

/// A span of time in the shortest words: `12s`, `5m`, `3h12m`, `4d`.
enum Age {
    static func text(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<600: return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds / 60)m\(seconds % 60)s"
        case ..<10800: return "\(seconds / 60)m"
        case ..<172_800: return "\(seconds / 3600)h"
        default: return "\(seconds / 86400)d"
        }
    }
}
