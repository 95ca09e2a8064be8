import Document
import FileTree
import Kustomize

/// Looks at kustomizations: at each file, and at what all of them render together.
struct OverlayRules {
    private let tree: any FileTree
    private let pinned: PinnedCharts
    private let options: Lint.Options
    /// The files of kustomizations.
    private let files: [TreePath]
    private var renderings: [TreePath: Overlay] = [:]
    private let observer = BuildObserver()
    private var components: [TreePath] = []

    /// A kustomization as it was rendered.
    private struct Overlay {
        var outcome: Result<[Value], Problem>
        var readSet: ReadSet
    }

    /// - Parameter charts: folders in which no kustomization is looked for.
    init(
        _ tree: any FileTree, options: Lint.Options, scope: TreePath, leavingOut charts: [TreePath]
    ) throws(Problem) {
        self.tree = tree
        self.options = options
        files = try KustomizationSearch.files(beneath: scope, in: tree).filter { file in
            !charts.contains { $0.contains(file) && $0 != file.parent }
        }
        pinned = PinnedCharts(Project.charts(in: tree), in: options.charts)
        for file in files { render(file) }
    }

    private mutating func render(_ file: TreePath) {
        guard let folder = file.parent else { return }
        guard !isComponent(file) else { return components.append(file) }
        let recording = RecordingTree(tree)
        let outcome: Result<[Value], Problem>
        do {
            outcome = .success(
                try LooseRendering.objects(
                    of: folder, in: recording,
                    options: Kustomize.Options(readsAnyFile: options.readsAnyFile, observer: observer), pinned: pinned))
        } catch {
            outcome = .failure(error)
        }
        renderings[file] = Overlay(outcome: outcome, readSet: recording.readSet)
    }

    /// Components do nothing by themselves.
    private func isComponent(_ file: TreePath) -> Bool {
        guard let bytes = try? tree.read(file).bytes,
            let documents = try? YAML.parse(
                bytes, file: tree.sourceFile(file), repeatedKeys: .lastCounts)
        else { return false }
        return documents.first?["kind"]?.string == "Component"
    }

    var isEmpty: Bool { files.isEmpty }

    func findings(beneath folder: TreePath) throws(Problem) -> [Finding] {
        let own = files.filter { folder.contains($0) }
        var found = own.flatMap { KustomizationCheck($0, in: tree).findings }
        found += observer.findings.filter { isBeneath(folder, $0.problem.origin) }
        let used = usedFiles
        for file in own {
            // What others build on need not be whole by itself.
            guard let overlay = renderings[file], !used.contains(file) else { continue }
            switch overlay.outcome {
            case .success(let objects): found += ManifestRules(version: options.version).findings(in: objects)
            case .failure(let problem): found.append(Finding(.render, problem))
            }
        }
        found += unusedComponents(used).filter { isBeneath(folder, $0.problem.origin) }
        for file in own { found += try unusedFiles(beside: file) }
        return found
    }

    /// Kustomizations that another one reads.
    private var usedFiles: Set<TreePath> {
        var used: Set<TreePath> = []
        for (file, overlay) in renderings {
            used.formUnion(overlay.readSet.files.filter { $0 != file })
        }
        return used
    }

    private func isBeneath(_ folder: TreePath, _ origin: Origin) -> Bool {
        guard let path = TreePath(origin.file.path.drop { $0 == "/" }), folder.contains(path) else { return false }
        // What stands in another repository is not for this one to mend.
        return (try? tree.kind(of: path)) == .file
    }

    /// Where something does not render, nobody can say what it would have used.
    private func unusedComponents(_ used: Set<TreePath>) -> [Finding] {
        let isWhole = renderings.values.allSatisfy { (try? $0.outcome.get()) != nil }
        guard isWhole else { return [] }
        return components.filter { !used.contains($0) }.map { file in
            Finding(
                KustomizationLint.unusedComponent,
                "no kustomization lists \(file.parent.map(\.description) ?? file.name) among its components",
                at: Origin(tree.sourceFile(file), line: 1, column: 1),
                hint: "list it where it is meant to work, or remove it")
        }
    }

    /// Manifests and patches beside a kustomization that nothing reads. Where something does not render, nobody can say.
    private func unusedFiles(beside file: TreePath) throws(Problem) -> [Finding] {
        guard let folder = file.parent else { return [] }
        var read: Set<TreePath> = []
        for overlay in renderings.values {
            if case .failure = overlay.outcome, overlay.readSet.files.contains(file) { return [] }
            read.formUnion(overlay.readSet.files)
        }
        guard read.contains(file) else { return [] }
        var found: [Finding] = []
        for entry in try tree.entries(of: folder, for: .none) where entry.kind == .file {
            let path = folder.appending(entry.name)
            guard !read.contains(path), !entry.name.hasPrefix("."), !Self.isOther(entry.name),
                [".yaml", ".yml", ".json"].contains(where: { entry.name.hasSuffix($0) }), isManifestOrPatch(path)
            else { continue }
            found.append(
                Finding(
                    KustomizationLint.unusedFile, "no kustomization reads \(entry.name)",
                    at: Origin(tree.sourceFile(path), line: 1, column: 1),
                    hint: "name it in \(file.name), or remove it"))
        }
        return found
    }

    /// Files that other programs read.
    private static func isOther(_ name: String) -> Bool {
        [Project.fileName, "Chart.yaml", "values.yaml", "skaffold.yaml"].contains(name)
            || Kustomization.fileNames.contains(name)
    }

    private func isManifestOrPatch(_ path: TreePath) -> Bool {
        guard let bytes = try? tree.read(path).bytes,
            let documents = try? YAML.parse(bytes, file: tree.sourceFile(path), repeatedKeys: .lastCounts)
        else { return false }
        return documents.contains { document in
            document["kind"]?.string != nil && document["apiVersion"]?.string != nil || isPatch(document)
        }
    }

    /// Whether a document is a list of the operations of RFC 6902.
    private func isPatch(_ document: Value) -> Bool {
        guard let steps = document.items, !steps.isEmpty else { return false }
        return steps.allSatisfy { $0["op"]?.string != nil && $0["path"]?.string?.hasPrefix("/") == true }
    }
}
