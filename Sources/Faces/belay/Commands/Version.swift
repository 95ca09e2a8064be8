import System

/// What this binary is.
enum Version {
    static let number = Release.number
}

extension Verbs {
    static let versionCommand = Command(
        name: "version", summary: "Show the version",
        run: { _ in
            try Terminal.current.line("belay \(Version.number)")
            return 0
        })

    static let completionCommand = Command(
        name: "completion", summary: "Write the completion script of a shell",
        discussion: "For bash: belay completion bash > /etc/bash_completion.d/belay",
        arguments: [Argument(name: "SHELL", help: "bash, zsh or fish")],
        run: { invocation in
            let shell = invocation.argument(0) ?? ""
            guard let script = Completion(root: Verbs.all(), common: Verbs.common).script(for: shell) else {
                throw UsageError(
                    "completions are there for bash, zsh and fish, not for '\(shell)'", command: ["completion"])
            }
            try Terminal.current.out(script)
            return 0
        })
}
