import Document
import FileTree
import Kustomize
import Render
import Sources
import System

extension Verbs {
    static let fixCommand = Command(
        name: "fix", summary: "Rewrite deprecated fields of kustomizations; what they render stays the same",
        discussion: """
            Goes through all kustomizations in PATH and beneath it. Comments, quotes and the order of fields stay. Each file is
            written only when every kustomization of the repository that reads it renders the same bytes as before;
            what cannot be rewritten so is left, and said with its place and the reason (exit code 1).
            """,
        arguments: [Argument(name: "PATH", help: "a folder (default: this one)", isOptional: true)],
        options: [
            Option("dry-run", "write nothing, and show what would change as a unified diff"),
            Option("diff", "the same, with exit code 1 when anything would change"),
            Option("unchecked", "rewrite also what does not render, and so cannot be compared"),
            DataOutput.option,
        ],
        run: { try await FixRun(invocation: $0).run() })
}

/// One run of `belay fix`.
private struct FixRun {
    let invocation: Invocation

    func run() async throws -> Int32 {
        let path = invocation.argument(0) ?? "."
        let isDry = invocation.has("dry-run") || invocation.has("diff")
        let isChecked = !invocation.has("unchecked")
        let pinned = Paths(invocation).pinned
        let store = ChartCache(folder: Paths(invocation).charts)
        let (outcome, paths) = try await onThread(named: "belay-fix") {
            let (root, inside) = try RepositoryRoot.find(above: path)
            let files = try DirectoryTree(root, displayedAs: root == "/" ? "/" : nil)
            let tree = try PinnedBases.fetched(files, Project.remotes(in: files), in: pinned)
            let charts = PinnedCharts(Project.charts(in: files), in: store)
            // Outside of a repository nobody can say who else reads these files.
            let outcome = try Fix.outcome(
                beneath: inside, in: tree, scope: root == "/" ? inside : .root, isChecked: isChecked
            ) { (folder, tree) throws(Problem) in
                try LooseRendering.objects(
                    of: folder, in: tree, options: Kustomize.Options(readsAnyFile: true), pinned: charts)
            }
            let paths = ShownPaths(root: root)
            if !isDry { try Files.replaceAll(outcome.files.map { (paths.absolute($0.path.text), $0.new) }) }
            return (outcome, paths)
        }
        let report = FixReport(outcome: outcome, paths: paths, isDry: isDry)
        try DataOutput.print(report.value, invocation) { report.text }
        for problem in outcome.refused { Terminal.current.message("\(paths.problem(problem))") }
        let isFailure = !outcome.refused.isEmpty || (invocation.has("diff") && !outcome.files.isEmpty)
        return isFailure ? 1 : 0
    }
}

/// What `belay fix` has done, or would do.
struct FixReport {
    let outcome: Fix.Outcome
    let paths: ShownPaths
    let isDry: Bool

    var text: String {
        if isDry { return diffs.joined() + "\(summary)\n" }
        let lines = outcome.files.map { file in
            let what = file.changes.isEmpty ? "rewritten for a kustomization" : texts(file.changes)
            return "\(paths.name(file.path.text)): \(what)\n"
        }
        return lines.joined() + "\(summary)\n"
    }

    private var diffs: [String] {
        outcome.files.map { UnifiedDiff(name: $0.path.text, old: $0.old, new: $0.new).text }
    }

    private func texts(_ changes: [Fix.Change]) -> String {
        var counts: [(text: String, count: Int)] = []
        for change in changes {
            if let index = counts.firstIndex(where: { $0.text == change.message }) {
                counts[index].count += 1
            } else {
                counts.append((change.message, 1))
            }
        }
        return counts.map { $0.count > 1 ? "\($0.text) (\($0.count) times)" : $0.text }.joined(separator: ", ")
    }

    private var summary: String {
        let looked = "\(outcome.kustomizations) \(outcome.kustomizations == 1 ? "kustomization" : "kustomizations")"
        if outcome.files.isEmpty {
            return outcome.refused.isEmpty
                ? "Nothing is deprecated in \(looked)." : "Nothing was rewritten in \(looked)."
        }
        let count = outcome.files.count
        let files = "\(count) \(count == 1 ? "file" : "files") of \(looked)"
        let same = outcome.renderings
        let checked = same == 0 ? "" : "; \(same) \(same == 1 ? "rendering stays" : "renderings stay") the same"
        return "\(files) \(isDry ? "would be rewritten" : "rewritten")\(checked)."
    }

    var value: Value {
        [
            "files": .sequence(
                outcome.files.map { file in
                    [
                        "path": .string(paths.name(file.path.text)),
                        "changes": .sequence(
                            file.changes.map { change in
                                [
                                    "field": .string(change.field), "message": .string(change.message),
                                    "line": .int(change.origin.line), "column": .int(change.origin.column),
                                ]
                            }),
                        "diff": .string(UnifiedDiff(name: file.path.text, old: file.old, new: file.new).text),
                    ]
                }),
            "refused": .sequence(
                outcome.refused.map { problem in
                    [
                        "origin": .string(paths.origin(problem.origin).description),
                        "message": .string(problem.message), "hint": .string(problem.hint),
                    ]
                }),
            "renderings": .int(outcome.renderings), "written": .bool(!isDry),
        ]
    }
}
