import Document
import FileTree
import Helm
import System

/// `belay render` of a chart.
struct ChartText {
    let invocation: Invocation

    /// What `helm template` would print; nil when the path is no chart.
    func text() async throws -> String? {
        guard invocation.value("env") == nil else { return nil }
        return try await onThread(named: "belay-render") { [self] in
            let (root, inside) = try RepositoryRoot.find(above: invocation.argument(0) ?? ".")
            let tree = try DirectoryTree(root, displayedAs: root == "/" ? "/" : nil)
            guard try isChart(inside, in: tree) else { return nil }
            let chart = try Chart.load(inside, in: tree)
            return try HelmRender.text(
                chart, values: try values(), try settings(), only: invocation.values("show-only"))
        }
    }

    /// A chart's objects with their origins; nil when the folder is none.
    func objects(_ folder: TreePath, in tree: any FileTree) throws -> [Value]? {
        guard try isChart(folder, in: tree) else { return nil }
        return try HelmRender.render(try Chart.load(folder, in: tree), values: try values(), try settings())
    }

    private func isChart(_ folder: TreePath, in tree: any FileTree) throws -> Bool {
        try tree.kind(of: folder.appending("Chart.yaml")) == .file
            && tree.kind(of: folder.appending("kustomization.yaml")) != .file
    }

    private func settings() throws -> HelmRender.Settings {
        var settings = HelmRender.Settings(
            release: invocation.value("release") ?? "release-name",
            namespace: invocation.value("namespace") ?? "default",
            capabilities: Capabilities(
                kubeVersion: invocation.value("kube-version") ?? "v1.35.0", extra: invocation.values("api-versions")),
            includesCRDs: invocation.has("include-crds"))
        if let file = invocation.value("key-file") { settings.key = try Files.read(file, limit: 4096) }
        return settings
    }

    private func values() throws -> [Value] {
        var values: [Value] = []
        for path in invocation.values("values") {
            values += try YAML.parse(try Files.read(path, limit: 64 << 20), file: SourceFile(path)).prefix(1)
        }
        for text in invocation.values("set") { values.append(try SetFlags.values(text, areStrings: false)) }
        for text in invocation.values("set-string") { values.append(try SetFlags.values(text, areStrings: true)) }
        return values
    }
}
