package import Document
package import FileTree
package import Helm
import Kustomize
package import Manifest

extension LintRule {
    static let project = LintRule("project", .error, "belay.yaml, or a file that it names, is wrong")
    static let render = LintRule("render", .error, "A kustomization, chart or folder of manifests does not render")
}

/// What is wrong or doubtful in a repository, or a part of it.
package struct Lint {
    /// All rules, in the order of their names.
    package static let rules: [LintRule] =
        ([.project, .render] + KustomizationLint.rules + ManifestRules.rules + ChartRules.rules)
        .sorted { $0.name < $1.name }

    /// What the findings depend on beside the files.
    package struct Options: Sendable {
        /// The Kubernetes that the objects are for.
        package var version: KubernetesVersion
        /// Whether kustomizations may read files outside their folders.
        package var readsAnyFile: Bool
        /// Charts that were fetched.
        package var charts: any ChartStore
        /// What charts are rendered with beside their own values.
        package var values = GivenValues()
        /// The namespace of the releases that charts are rendered as.
        package var namespace = "default"
        /// Whether values are taken that a chart's schema does not allow.
        package var skipsSchema = false
        /// Whether the charts in the folders `charts/` of others are looked at by themselves too.
        package var includesSubcharts = false

        package init(
            version: KubernetesVersion = KubernetesVersion(1, 35), readsAnyFile: Bool = false,
            charts: any ChartStore = NoCharts()
        ) {
            self.version = version
            self.readsAnyFile = readsAnyFile
            self.charts = charts
        }
    }

    private let tree: any FileTree
    private let options: Options

    package init(_ tree: any FileTree, options: Options = Options()) {
        self.tree = tree
        self.options = options
    }

    /// The findings for a folder and what is beneath it, in order of their places.
    ///
    /// - Parameter scope: the folder whose kustomizations say together what is used: the repository.
    /// - Throws: `Problem` when the tree cannot be read, or the folder holds nothing to look at.
    package func findings(in folder: TreePath, scope: TreePath) throws(Problem) -> [Finding] {
        var found: [Finding] = []
        let file = try tree.kind(of: .root.appending(Project.fileName), for: .none)
        let isProject = folder == .root && file == .file
        if isProject { found += projectFindings() }
        let charts = try ChartSearch.folders(beneath: folder, in: tree, within: options.includesSubcharts)
        for chart in charts { found += ChartRules(tree, options: options).findings(in: chart) }
        let overlays = try OverlayRules(tree, options: options, scope: scope, leavingOut: charts)
        found += try overlays.findings(beneath: folder)
        if !isProject, charts.isEmpty, overlays.isEmpty {
            found += try plainFindings(in: folder)
        }
        return Silence(tree).filtered(sorted(found))
    }

    /// Every application of every environment, as a service would render it.
    private func projectFindings() -> [Finding] {
        let project: Project
        do {
            project = try Project.read(from: tree)
        } catch {
            return [Finding(.project, error)]
        }
        let renderer = Renderer(rootKey: [UInt8](repeating: 0, count: 32), charts: options.charts, keys: .notNeeded)
        var found: [Finding] = []
        for environment in project.environments {
            let sources: [ApplicationSource]
            do {
                sources = try project.applications(of: environment, in: tree)
            } catch {
                found.append(Finding(.project, error))
                continue
            }
            for source in sources {
                do {
                    let rendering = try renderer.render(source, in: environment, of: project, from: tree)
                    // Scrubbing has taken the values of Secrets away: they are looked at where they are written.
                    let rules = ManifestRules(version: options.version, readsSecrets: false)
                    found += rules.findings(in: rendering.manifests.map(\.value))
                } catch {
                    found.append(Finding(.render, error))
                }
            }
        }
        return found
    }

    private func plainFindings(in folder: TreePath) throws(Problem) -> [Finding] {
        guard try Engine.forFolder(folder, in: tree, for: .none) == .plain else { return [] }
        do {
            let objects = try LooseRendering.objects(of: folder, in: tree)
            return ManifestRules(version: options.version).findings(in: objects)
        } catch {
            return [Finding(.render, error)]
        }
    }

    /// By place, each once: overlays share bases, and a fault in one is one fault.
    private func sorted(_ findings: [Finding]) -> [Finding] {
        var seen: Set<Finding> = []
        return findings.filter { seen.insert($0).inserted }.sorted { left, right in
            let (a, b) = (left.problem, right.problem)
            return (a.origin.file.path, a.origin.line, a.origin.column, left.rule.name, a.message)
                < (b.origin.file.path, b.origin.line, b.origin.column, right.rule.name, b.message)
        }
    }
}
