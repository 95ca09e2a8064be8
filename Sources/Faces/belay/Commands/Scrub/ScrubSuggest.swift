import Datasets
import Document
import Glibc
import Manifest
import Render
import Scrub
import System

extension Verbs {
    static let scrubSuggest = Command(
        name: "suggest", summary: "Propose a scrub policy from what production's manifests or a dump hold",
        discussion: """
            Renders the production environments of the project at PATH, and proposes a rule for each field in which something
            secret or personal was found. What neither its name nor its form says anything about is listed as undecided, and
            never proposed as kept. What the project's policy decides already is left out. Shows no values.

            With --format, PATH is a dump or table, and without PATH standard input: belay scrub suggest --format postgres
            < prod.sql. Each column gets a rule by its name, its type and what detectors find in its values, if the schema's
            keys allow it; a dump of the schema alone is enough for names and types.
            """,
        arguments: [Argument(name: "PATH", help: "a project's folder; with --format a file", isOptional: true)],
        options: [
            Option("output", short: "o", value: "FORMAT", "yaml or json (default: yaml)"),
            Option("format", value: "FORMAT", "the form of a dataset: postgres, mysql, csv, tsv, sqlite"),
            Option("dataset", value: "NAME", "what to call the dataset, and a table without a name (default: data)"),
        ],
        run: { invocation in
            let format = try invocation.choice("output", of: ["yaml", "json"])
            if let text = invocation.value("format") {
                let suggestion = DataSuggestion(
                    form: text, name: invocation.value("dataset") ?? "data", path: invocation.argument(0),
                    isJSON: format == "json", command: invocation.path)
                try Terminal.current.out(try await onThread(named: "belay-suggest") { try suggestion.text() })
                return 0
            }
            let path = invocation.argument(0) ?? "."
            let text = try await onThread(named: "belay-suggest") {
                let suggestion = try suggestion(invocation, path)
                return format == "json" ? json(suggestion) : yaml(suggestion)
            }
            try Terminal.current.out(text)
            return 0
        })

    private static func suggestion(_ invocation: Invocation, _ path: String) throws -> PolicySuggestion {
        let opened = try ScrubbedProject(invocation, at: path)
        var suggestion = PolicySuggestion(beside: opened.project.scrubPolicy)
        let production = opened.project.environments.filter { $0.dataClass == .production }
        guard !production.isEmpty else {
            throw Problem(
                "the project has no production environment to learn from",
                hint: "the environment that holds real data says data: production")
        }
        for environment in production {
            for rendering in try opened.renderings(of: environment) {
                for manifest in rendering.manifests { try suggestion.add(manifest) }
            }
        }
        return suggestion
    }

    private static func yaml(_ suggestion: PolicySuggestion) -> String {
        var text = YAML.text(suggestion.document, .indented)
        for proposal in suggestion.proposals where proposal.origin.isKnown {
            text +=
                "# \(proposal.kind) \(proposal.field): \(proposal.types.joined(separator: ", ")) at \(proposal.origin)\n"
        }
        guard !suggestion.undecided.isEmpty else { return text }
        text += "# Undecided, \(suggestion.undecided.count):\n"
        for item in suggestion.undecided { text += "#   \(item.object) \(item.path) (\(item.origin))\n" }
        return text
    }

    private static func json(_ suggestion: PolicySuggestion) -> String {
        let proposals = suggestion.proposals.map { proposal -> Value in
            [
                "kind": .string(proposal.kind), "names": .sequence(proposal.names.map(Value.string)),
                "field": .string(proposal.field), "class": .string(proposal.dataClass.rawValue),
                "types": .sequence(proposal.types.map(Value.string)),
                "origin": proposal.origin.isKnown ? .string(proposal.origin.description) : .null,
            ]
        }
        let undecided = suggestion.undecided.map { item -> Value in
            [
                "object": .string(item.object.description), "path": .string(item.path),
                "origin": .string(item.origin.description),
            ]
        }
        return JSON.text(
            [
                "policy": suggestion.document, "rules": .sequence(proposals), "undecided": .sequence(undecided),
            ], .indented) + "\n"
    }
}

/// A proposal for a dataset.
private struct DataSuggestion: Sendable {
    let form: String
    let name: String
    let path: String?
    let isJSON: Bool
    let command: [String]

    func text() throws -> String {
        guard let format = DatasetScrub.Format(rawValue: form) else {
            let known = DatasetScrub.Format.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("--format is one of \(known)", command: command)
        }
        let file = try path.map { path in
            try checked("open", on: path) { open(path, O_RDONLY | O_CLOEXEC) }
        }
        defer { if let file { close(file) } }
        let suggestion = try DatasetSuggestion(
            DatasetInput(reading: file ?? STDIN_FILENO, named: path ?? "stdin"), as: format, named: name,
            spoolIn: DatasetRun.spoolFolder)
        return isJSON ? JSON.text(suggestion.document, .indented) + "\n" : suggestion.policy
    }
}
