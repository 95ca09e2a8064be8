import Document
import FileTree
import Helm
import Kustomize
import Manifest

extension LintRule {
    static let needsValues = LintRule(
        "needs-values", .info, "A chart asks for values that its values.yaml leaves open, and so is not rendered")
}

/// Looks at a chart, and at what it renders with its own values.
struct ChartRules {
    static let rules: [LintRule] = ChartLint.rules + [.needsValues]

    private let tree: any FileTree
    private let options: Lint.Options

    init(_ tree: any FileTree, options: Lint.Options) {
        self.tree = tree
        self.options = options
    }

    func findings(in folder: TreePath) -> [Finding] {
        do throws(Problem) {
            let lint = try ChartLint(folder, in: tree)
            let found = try lint.findings()
            // What is wrong with the chart itself says more than what comes of it.
            if lint.isLibrary || found.contains(where: { $0.rule.severity == .error }) { return found }
            return found + rendered(folder)
        } catch {
            return [Finding(.render, error)]
        }
    }

    private func rendered(_ folder: TreePath) -> [Finding] {
        do throws(Problem) {
            return try findings(folder, isLenient: false)
        } catch {
            let problem = located(error, in: folder)
            guard isDeliberate(problem) else { return [Finding(.render, problem)] }
            // APIs are looked at as if that had been given; what else is found then may come of its being empty.
            let others = (try? findings(folder, isLenient: true)) ?? []
            return [Finding(.needsValues, problem)] + others.filter { Self.ofAPIs.contains($0.rule.name) }
        }
    }

    private static let ofAPIs: Set<String> = [
        LintRule.removedAPI.name, LintRule.deprecatedAPI.name, LintRule.unknownKind.name,
    ]

    private func findings(_ folder: TreePath, isLenient: Bool) throws(Problem) -> [Finding] {
        var settings = HelmRender.Settings(
            release: "release-name", namespace: options.namespace,
            capabilities: try Capabilities(kubeVersion: "v\(options.version).0"), includesCRDs: true)
        settings.skipsSchema = options.skipsSchema
        settings.isLenient = isLenient
        let objects = try LooseRendering.objects(of: folder, in: tree, release: settings, values: options.values)
        let rules = ManifestRules(version: options.version, readsSecrets: false)
        return objects.flatMap(incomplete) + rules.findings(in: objects)
    }

    /// Whether a template stops on purpose: at the line that says what is missing.
    private func isDeliberate(_ problem: Problem) -> Bool {
        guard !problem.message.hasPrefix("template:"), problem.origin.line > 0,
            let path = TreePath(problem.origin.file.path.drop { $0 == "/" }), let bytes = try? tree.read(path).bytes
        else { return false }
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.indices.contains(Int(problem.origin.line) - 1) else { return false }
        let line = String(decoding: lines[Int(problem.origin.line) - 1], as: UTF8.self)
        return line.contains("required ") || line.contains("fail ")
    }

    /// The problem at its file in the tree: templates are known by their chart's name to others.
    private func located(_ problem: Problem, in folder: TreePath) -> Problem {
        let parts = problem.origin.file.path.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let path = folder.resolving(parts[1]), (try? tree.kind(of: path)) == .file else {
            return problem
        }
        var problem = problem
        problem.origin.file = tree.sourceFile(path)
        return problem
    }

    private func incomplete(_ object: Value) -> [Finding] {
        ["apiVersion", "kind"].filter { (object[$0]?.scalar?.text ?? "").isEmpty }.map {
            Finding(.invalidManifest, "the manifest has no \($0)", at: object[$0]?.origin ?? object.origin)
        }
    }
}

/// Finds charts.
enum ChartSearch {
    /// The folders of charts in a folder and beneath it, sorted; those within other charts are parts of them.
    ///
    /// - Parameter within: whether those within others are named too.
    static func folders(
        beneath folder: TreePath, in tree: any FileTree, within: Bool = false
    ) throws(Problem) -> [TreePath] {
        var found: [TreePath] = []
        var open = [folder]
        var seen = 0
        while let next = open.popLast(), seen < 100_000 {
            seen += 1
            let entries = try tree.entries(of: next, for: .none)
            if entries.contains(where: { $0.name == "Chart.yaml" && $0.kind == .file }),
                !entries.contains(where: { Kustomization.fileNames.contains($0.name) })
            {
                found.append(next)
                if within, entries.contains(where: { $0.name == "charts" && $0.kind == .folder }) {
                    open.append(next.appending("charts"))
                }
                continue
            }
            // Beside a kustomization, charts/ holds those of others that it inflates.
            let isOverlay = entries.contains { Kustomization.fileNames.contains($0.name) }
            for entry in entries where entry.kind == .folder && !entry.name.hasPrefix(".") {
                if entry.name == "node_modules" || isOverlay && entry.name == "charts" { continue }
                open.append(next.appending(entry.name))
            }
        }
        return found.sorted()
    }
}
