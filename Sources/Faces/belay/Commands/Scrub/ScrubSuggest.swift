import Document
import Manifest
import Render
import Scrub
import System

extension Verbs {
    static let scrubSuggest = Command(
        name: "suggest", summary: "Propose a scrub policy from what production's manifests hold",
        discussion: """
            Renders the production environments of the project at PATH, and proposes a rule for each field in which something
            secret or personal was found. What neither its name nor its form says anything about is listed as undecided, and
            never proposed as kept. What the project's policy decides already is left out. Shows no values.
            """,
        arguments: [Argument(name: "PATH", help: "a project's folder")],
        options: [Option("output", short: "o", value: "FORMAT", "yaml or json (default: yaml)")],
        run: { invocation in
            let format = try invocation.choice("output", of: ["yaml", "json"])
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
