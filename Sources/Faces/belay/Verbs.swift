/// All verbs of the command line.
enum Verbs {
    /// Options that every verb takes.
    static let common: [Option] = [
        Option("state", value: "DIR", "what is kept (default: /var/lib/belay)"),
        Option("run", value: "DIR", "what a reboot ends (default: /run/belay)"),
        Option("server", value: "SOCKET", "the service's socket (default: RUN/belay.sock)"),
        Option("project", value: "NAME", "which project, where the service follows several repositories"),
        Option("help", short: "h", "show this help"),
    ]

    /// The verbs that load a library when they meet something that needs it.
    static let light: Set<String> = ["completion", "explain", "fix", "lint", "render", "secrets", "version"]

    /// A function and not a constant, because the completions of `belay completion` are made from the table itself.
    static func all() -> Command {
        Command(
            name: "belay", summary: "GitOps in one binary: what is merged runs, and what runs is in git",
            discussion: "Start with `belay up REPO`, and see `belay COMMAND --help` for each command.",
            commands: [
                upCommand, downCommand, serveCommand, statusCommand, diffCommand, syncCommand, promoteCommand,
                rollbackCommand, dataCommand,
                historyCommand, blameCommand, auditCommand, eventsCommand, getCommand, logsCommand, execCommand,
                kubeconfigCommand,
                renderCommand,
                lintCommand, fixCommand, scrubCommand, secretsCommand, chartCommand, importCommand, imageCommand,
                ociCommand,
                explainCommand,
                completionCommand, doctorCommand,
                versionCommand,
            ])
    }
}
