import Document
import FileTree
import Manifest
import Render
import Sources
import System

extension Verbs {
    static let lintCommand = Command(
        name: "lint", summary: "Say what is wrong or doubtful in a project, kustomizations or charts",
        discussion: """
            Looks at everything in PATH and beneath it, without a service: belay.yaml and what its environments render, every
            kustomization and every chart. Exit code 1 when there is an error, with --strict also for a warning.
            A comment "# belay:ignore RULE" on a line, or on the line above, silences a rule there.
            """,
        arguments: [Argument(name: "PATH", help: "a folder (default: this one)", isOptional: true)],
        options: [
            Option("level", value: "LEVEL", "show from info, warning or error on (default: warning)"),
            Option("strict", "let warnings fail too"),
            Option("kube-version", value: "VERSION", "the Kubernetes that it is for (default: 1.35)"),
            Option(
                "load-restrictor", value: "RULE", "LoadRestrictionsRootOnly or LoadRestrictionsNone, as kustomize's"),
            Option("rules", "list the rules"),
            Option("output", short: "o", value: "FORMAT", "table, json, yaml or jsonl (default: table)"),
            Option("with-subcharts", "look at the charts in charts/ by themselves too"),
            Option("namespace", short: "n", value: "NAME", "the namespace of charts' releases (default: default)"),
            Option("skip-schema-validation", "take values that a chart's schema does not allow"),
        ] + ChartValueFiles.options + HelmFlags.lint,
        run: { try await LintRun(invocation: $0).run() })
}

/// One run of `belay lint`.
private struct LintRun {
    let invocation: Invocation

    func run() async throws -> Int32 {
        if invocation.has("rules") {
            let table = RuleTable(rules: Lint.rules)
            try print(table.values, named: "rules") { table.text }
            return 0
        }
        let level = try invocation.choice("level", of: ["warning", "info", "error"])
        let options = try options()
        let path = invocation.argument(0) ?? "."
        let pinned = Paths(invocation).pinned
        let given = ChartValueFiles(invocation: invocation).names
        let all = try await onThread(named: "belay-lint") {
            if let found = try archived(path, options) { return found }
            let (root, inside) = try RepositoryRoot.find(above: path)
            let files = try DirectoryTree(root, displayedAs: root == "/" ? "/" : nil)
            let tree = try PinnedBases.fetched(files, Project.remotes(in: files), in: pinned)
            let findings = try Lint(tree, options: options).findings(in: inside, scope: root == "/" ? inside : .root)
            let paths = ShownPaths(root: root, given: given)
            return findings.map { Finding($0.rule, paths.problem($0.problem)) }
        }
        let report = LintReport(findings: all, level: LintRule.Severity(level))
        try print(report.values, named: "findings") { report.text(Terminal.current) }
        return report.fails(isStrict: invocation.has("strict")) ? 1 : 0
    }

    /// The findings for a chart in an archive; nil where the path is none.
    private func archived(_ path: String, _ options: Lint.Options) throws -> [Finding]? {
        guard path.hasSuffix(".tgz") || path.hasSuffix(".tar.gz") else { return nil }
        let tree = try ArchiveTree(try Files.read(path, limit: 256 << 20), digest: nil, displayedAs: path)
        return try Lint(tree, options: options).findings(in: .root, scope: .root)
    }

    private func options() throws -> Lint.Options {
        var options = Lint.Options()
        let rule = try invocation.choice("load-restrictor", of: ["LoadRestrictionsRootOnly", "LoadRestrictionsNone"])
        options.charts = ChartCache(folder: Paths(invocation).charts)
        options.readsAnyFile = rule == "LoadRestrictionsNone"
        options.values = try ChartValueFiles(invocation: invocation).values()
        options.namespace = invocation.value("namespace") ?? "default"
        options.skipsSchema = invocation.has("skip-schema-validation")
        options.includesSubcharts = invocation.has("with-subcharts")
        if let text = invocation.value("kube-version") {
            guard let version = KubernetesVersion(text) else {
                throw UsageError("--kube-version takes a version such as 1.31, not '\(text)'", command: ["lint"])
            }
            options.version = version
        }
        return options
    }

    private func print(_ values: [Value], named name: String, table: () throws -> String) throws {
        switch try invocation.choice("output", of: ["table", "json", "yaml", "jsonl"]) {
        case "json": try Terminal.current.line(JSON.text([name: .sequence(values)], .indented))
        case "yaml": try Terminal.current.out(YAML.text([name: .sequence(values)]))
        case "jsonl": for value in values { try Terminal.current.line(JSON.text(value)) }
        default: try Terminal.current.out(table())
        }
    }
}

/// What `belay lint` prints.
struct LintReport {
    let findings: [Finding]
    let level: LintRule.Severity

    private var shown: [Finding] { findings.filter { $0.rule.severity >= level } }

    func fails(isStrict: Bool) -> Bool {
        findings.contains { $0.rule.severity >= (isStrict ? .warning : .error) }
    }

    func text(_ terminal: Terminal) -> String {
        shown.map { line($0, terminal) }.joined() + summary + "\n"
    }

    private func line(_ finding: Finding, _ terminal: Terminal) -> String {
        let severity = finding.rule.severity
        let problem = finding.problem
        let place = problem.origin.isKnown ? "\(problem.origin): " : ""
        let way = problem.trail.isEmpty ? "" : "\n  in " + problem.trail.map(\.description).joined(separator: " → ")
        let hint = problem.hint.isEmpty ? "" : "\n  hint: \(problem.hint)"
        return "\(place)\(terminal.paint(severity.word, severity.colour)): \(problem.message) [\(finding.rule.name)]"
            + "\(way)\(hint)\n"
    }

    private var summary: String {
        let counts = LintRule.Severity.allCases.reversed().compactMap { severity -> String? in
            let count = findings.count { $0.rule.severity == severity }
            if count == 0 { return nil }
            let hidden = severity < level ? " not shown" : ""
            return "\(count) \(severity == .info ? "info" : severity.word + (count == 1 ? "" : "s"))\(hidden)"
        }
        return counts.isEmpty ? "Nothing found." : counts.joined(separator: ", ") + "."
    }

    var values: [Value] {
        shown.map { finding in
            let origin = finding.problem.origin
            return [
                "file": .string(origin.file.path), "line": .int(origin.line), "column": .int(origin.column),
                "rule": .string(finding.rule.name), "severity": .string(finding.rule.severity.word),
                "message": .string(finding.problem.message), "hint": .string(finding.problem.hint),
            ]
        }
    }
}

/// What `belay lint --rules` prints.
struct RuleTable {
    let rules: [LintRule]

    var text: String {
        TextTable(
            headings: ["RULE", "SEVERITY", "FINDS"], rows: rules.map { [$0.name, $0.severity.word, $0.summary] }
        ).text
    }

    var values: [Value] {
        rules.map { rule in
            [
                "name": .string(rule.name), "severity": .string(rule.severity.word), "summary": .string(rule.summary),
            ]
        }
    }
}

extension LintRule.Severity {
    /// - Parameter word: as `--level` takes it; anything else is a warning.
    init(_ word: String) {
        self = Self.allCases.first { $0.word == word } ?? .warning
    }

    var word: String {
        switch self {
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    var colour: Terminal.Colour {
        switch self {
        case .info: .grey
        case .warning: .yellow
        case .error: .red
        }
    }
}
