import Document

extension Verbs {
    static let promoteCommand = Command(
        name: "promote", summary: "Copy the versions that run in one environment to the next, as a commit",
        arguments: [
            Argument(name: "FROM", help: "the environment that has them"),
            Argument(name: "TO", help: "the environment that gets them"),
        ],
        options: [DataOutput.option],
        run: { invocation in
            let client = try ServiceClient(invocation)
            let body: Value = [
                "from": .string(invocation.argument(0) ?? ""), "to": .string(invocation.argument(1) ?? ""),
            ]
            return try CommitView.print(try await client.post("/belay/v1/promote", body), invocation)
        })

    static let rollbackCommand = Command(
        name: "rollback", summary: "Bring an environment back to an earlier commit, as a new commit",
        arguments: [Argument(name: "ENV", help: "an environment")],
        options: [
            Option("to", value: "REV", "the commit whose state it gets"),
            DataOutput.option,
        ],
        run: { invocation in
            guard let revision = invocation.value("to") else {
                throw UsageError("--to is missing: the commit to go back to", command: ["rollback"])
            }
            let client = try ServiceClient(invocation)
            let path = "/belay/v1/environments/\(ServiceClient.escaped(invocation.argument(0) ?? ""))/rollback"
            return try CommitView.print(try await client.post(path, ["to": .string(revision)]), invocation)
        })
}

/// A commit that the service made, for people.
private enum CommitView {
    static func print(_ answer: Value, _ invocation: Invocation) throws -> Int32 {
        try DataOutput.print(answer, invocation) {
            guard let commit = answer["commit"]?.string else {
                return (answer["message"]?.string ?? "Nothing to do") + "\n"
            }
            let edits = (answer["edits"]?.items ?? []).map { "  \($0.string ?? "")\n" }.joined()
            return "\(commit.prefix(10)) \(answer["message"]?.string ?? "")\n\(edits)"
        }
        return 0
    }
}
