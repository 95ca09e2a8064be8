import Document
import FileTree
import Helm
import Kustomize
import System

/// `belay render` of a chart.
struct ChartText {
    let invocation: Invocation

    /// What charts alone take.
    static let options = [
        Option("release", value: "NAME", "the release's name (default: release-name)"),
        Option("name-template", value: "TEMPLATE", "makes the release's name: '{{ \"web\" }}-{{ randNumeric 3 }}'"),
        Option("namespace", short: "n", value: "NAME", "the release's namespace (default: default)"),
        Option(
            "values", short: "f", value: "FILE", repeats: true,
            "a file of values; later ones count more; - is standard input"),
        Option("set", value: "KEY=VALUE,…", repeats: true, "values: a.b=1,list[0]=x,names={x,y},gone=null"),
        Option("set-string", value: "KEY=VALUE,…", repeats: true, "values that are texts"),
        Option("set-json", value: "KEY=JSON,…", repeats: true, "values that are JSON"),
        Option("set-file", value: "KEY=FILE,…", repeats: true, "values that are the contents of files"),
        Option("set-literal", value: "KEY=VALUE", repeats: true, "a value that is taken as it stands"),
        Option(
            "seed-key", value: "FILE",
            "the secret that random passwords, keys and certificates follow from (default: one that everybody knows)"),
        Option(
            "now", value: "TIME", "what now gives, 2024-05-01T12:00:00Z (default: the seed key's age, else 1970)"),
        Option("kube-version", value: "VERSION", "the Kubernetes version (default: v1.35.0)"),
        Option("api-versions", short: "a", value: "NAME,…", repeats: true, "APIs that the cluster has: apps/v1"),
        Option("include-crds", "print what is in crds/ too"),
        Option("skip-crds", "print nothing of crds/, as is done without --include-crds"),
        Option("skip-tests", "leave out hooks that test the release"),
        Option("no-hooks", "leave out all hooks"),
        Option("is-upgrade", "tell templates that they upgrade a release"),
        Option("skip-schema-validation", "take values that the chart's schema does not allow"),
        Option(
            "show-only", short: "s", value: "PATH", repeats: true,
            "only what this template makes; * and ? are wildcards"),
    ].map { option in
        var option = option
        option.help = "chart: " + option.help
        return option
    }

    /// What `helm template` would print; nil when the path is no chart.
    func text() async throws -> String? {
        guard invocation.value("env") == nil else { return nil }
        return try await onThread(named: "belay-render") { [self] in
            let path = invocation.argument(0) ?? "."
            if let archive = try archive(path) {
                return try HelmRender.text(
                    archive, values: values(), try settings(), only: invocation.values("show-only"))
            }
            let (root, inside) = try RepositoryRoot.find(above: path)
            let tree = try DirectoryTree(root, displayedAs: root == "/" ? "/" : nil)
            guard try isChart(inside, in: tree) else { return nil }
            let chart = try Chart.load(inside, in: tree)
            return try HelmRender.text(chart, values: values(), try settings(), only: invocation.values("show-only"))
        }
    }

    /// The objects of a chart's archive, with their origins; nil when the path is none.
    func archivedObjects(_ path: String) throws -> [Value]? {
        try archive(path).map { try HelmRender.manifests($0, values: values(), try settings()) }
    }

    /// A chart's objects with their origins; nil when the folder is none.
    func objects(_ folder: TreePath, in tree: any FileTree) throws -> [Value]? {
        guard try isChart(folder, in: tree) else { return nil }
        return try HelmRender.manifests(try Chart.load(folder, in: tree), values: values(), try settings())
    }

    private func archive(_ path: String) throws -> Chart? {
        guard path.hasSuffix(".tgz") || path.hasSuffix(".tar.gz") else { return nil }
        return try Chart.load(archive: try Files.read(path, limit: 256 << 20), named: path)
    }

    private func isChart(_ folder: TreePath, in tree: any FileTree) throws -> Bool {
        for name in Kustomization.fileNames where try tree.kind(of: folder.appending(name)) == .file { return false }
        return try tree.kind(of: folder.appending("Chart.yaml")) == .file
    }

    /// What charts are rendered under, those of kustomizations included as far as these leave it open.
    func settings() throws -> HelmRender.Settings {
        var settings = HelmRender.Settings(
            release: invocation.value("release") ?? "release-name",
            namespace: invocation.value("namespace") ?? "default",
            capabilities: try Capabilities(
                kubeVersion: invocation.value("kube-version"), extra: invocation.values("api-versions")),
            includesCRDs: invocation.has("include-crds"))
        settings.isUpgrade = invocation.has("is-upgrade")
        settings.skipsTests = invocation.has("skip-tests")
        settings.skipsHooks = invocation.has("no-hooks")
        settings.skipsSchema = invocation.has("skip-schema-validation")
        settings.zoneFile = ZoneFiles.read
        try ChartSeed(invocation: invocation).apply(to: &settings)
        if let template = invocation.value("name-template") {
            guard invocation.value("release") == nil else {
                throw UsageError("--release and --name-template both give the release's name", command: ["render"])
            }
            settings.release = try HelmRender.releaseName(.string(template), key: settings.key)
        }
        return settings
    }

    /// In Helm's order, whatever that of the options: files, then JSON, plain values, texts, files' contents, literals.
    private func values() throws -> GivenValues {
        var sources: [GivenValues.Source] = []
        for path in invocation.values("values") {
            let bytes = try Self.content(path)
            let name = SourceFile(path == "-" ? "standard input" : path)
            sources += try YAML.parse(bytes, file: name, repeatedKeys: .lastCounts).prefix(1).map { .document($0) }
        }
        let ways: [(String, SetLine.Way)] = [
            ("set-json", .json), ("set", .set), ("set-string", .string), ("set-file", .file), ("set-literal", .literal),
        ]
        for (option, way) in ways { sources += invocation.values(option).map { .line($0, way) } }
        return GivenValues(sources) { (path) throws(Problem) in
            do {
                return try Self.content(path)
            } catch {
                throw Problem("--set-file: \(error)", hint: "paths are from the current folder")
            }
        }
    }

    private static func content(_ path: String) throws -> [UInt8] {
        path == "-"
            ? try Files.read(from: 0, named: "standard input", limit: 64 << 20)
            : try Files.read(path, limit: 64 << 20)
    }
}
