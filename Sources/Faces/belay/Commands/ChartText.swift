import Crypto
import Document
import FileTree
import Helm
import Kustomize
import Render
import System

/// `belay render` of a chart.
struct ChartText {
    let invocation: Invocation

    /// What charts alone take.
    static let options =
        [
            Option("release", value: "NAME", "the release's name (default: release-name)"),
            Option("name-template", value: "TEMPLATE", "makes the release's name: '{{ \"web\" }}-{{ randNumeric 3 }}'"),
            Option("namespace", short: "n", value: "NAME", "the release's namespace (default: default)"),
            Option(
                "seed-key", value: "FILE",
                "the secret that random passwords, keys and certificates follow from (default: one that everybody knows)"
            ),
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
            Option(
                "output-dir", value: "FOLDER", "write a file for each template into this folder, and print their names"),
            Option("release-name", "with --output-dir: put them into a folder named as the release"),
        ].map { option in
            var option = option
            option.help = "chart: " + option.help
            return option
        } + ChartValueFiles.options

    /// What `helm template` would print; nil when the path is no chart.
    func text() async throws -> [UInt8]? {
        try await onThread(named: "belay-render") { [self] in
            guard let (chart, tree) = try chart() else { return nil }
            let text = try HelmRender.bytes(
                chart, values: ChartValueFiles(invocation: invocation).values(), try settings(),
                only: invocation.values("show-only"))
            if let tree { try AgeKeys.check([.string(String(decoding: text, as: UTF8.self))], of: tree) }
            return text
        }
    }

    /// Writes what each template makes into a file of its own, as `helm template --output-dir`.
    ///
    /// - Returns: the files' names.
    func write() async throws -> [String] {
        try await onThread(named: "belay-render") { [self] in
            guard let (chart, tree) = try chart() else { return [] }
            let settings = try settings()
            var folder = invocation.value("output-dir") ?? "."
            if invocation.has("release-name") { folder += "/\(settings.release)" }
            let files = try HelmRender.files(
                chart, values: ChartValueFiles(invocation: invocation).values(), settings,
                only: invocation.values("show-only"))
            if let tree {
                try AgeKeys.check(files.map { .string(String(decoding: $0.bytes, as: UTF8.self)) }, of: tree)
            }
            return try files.map { file in
                guard let path = TreePath(file.path), let parent = path.parent else {
                    throw Problem("\(file.path) leads out of \(folder)")
                }
                try Files.makeFolders("\(folder)/\(parent)")
                try Files.replace("\(folder)/\(path)", with: file.bytes, mode: 0o644)
                return "\(folder)/\(path)"
            }
        }
    }

    /// The chart at the path, and the tree that it was read from; nil when none is there.
    ///
    /// - Throws: `UsageError` for an option that charts alone take, where there is none.
    private func chart() throws -> (Chart, DecryptedTree?)? {
        let path = invocation.argument(0) ?? "."
        if invocation.value("env") == nil {
            if let archive = try archive(path) { return (archive, nil) }
            let (root, inside) = try RepositoryRoot.find(above: path)
            let files = try DirectoryTree(root, displayedAs: root == "/" ? "/" : nil)
            if try isChart(inside, in: files) {
                let tree = try AgeKeys(invocation).decrypted(files)
                return (try Chart.load(inside, in: tree), tree)
            }
        }
        if let option = Self.alone.first(where: invocation.has) {
            let place = invocation.value("env").map { "an environment's values stand in belay.yaml (\($0))" }
            throw UsageError(
                "--\(option) is for charts, and \(place ?? "\(path) is none")", command: ["render"])
        }
        return nil
    }

    /// Options that nothing but a chart takes.
    private static let alone = [
        "release", "name-template", "values", "set", "set-string", "set-json", "set-file", "set-literal", "show-only",
        "output-dir", "release-name", "is-upgrade",
    ]

    /// The objects of a chart's archive, with their origins; nil when the path is none.
    func archivedObjects(_ path: String) throws -> [Value]? {
        try archive(path).map {
            try HelmRender.manifests($0, values: ChartValueFiles(invocation: invocation).values(), try settings())
        }
    }

    /// A chart's objects with their origins; nil when the folder is none.
    func objects(_ folder: TreePath, in tree: any FileTree) throws -> [Value]? {
        guard try isChart(folder, in: tree) else { return nil }
        return try HelmRender.manifests(
            try Chart.load(folder, in: tree), values: ChartValueFiles(invocation: invocation).values(), try settings())
    }

    private func archive(_ path: String) throws -> Chart? {
        guard path.hasSuffix(".tgz") || path.hasSuffix(".tar.gz") else { return nil }
        return try Chart.load(archive: try Files.read(path, limit: 256 << 20), named: path)
    }

    private func isChart(_ folder: TreePath, in tree: any FileTree) throws -> Bool {
        for name in Kustomization.fileNames where try tree.kind(of: folder.appending(name)) == .file { return false }
        return try tree.kind(of: folder.appending("Chart.yaml")) == .file
    }

    /// For all charts of one command; never given back, as the command ends with them.
    private static let templates = ParsedTemplates(keepsAll: false)
    private static let keys = MadeKeys()

    /// What charts are rendered under, those of kustomizations included as far as these leave it open.
    func settings() throws -> HelmRender.Settings {
        var settings = HelmRender.Settings(
            release: invocation.value("release") ?? "release-name",
            namespace: invocation.value("namespace") ?? "default",
            capabilities: try Capabilities(
                kubeVersion: invocation.value("kube-version"), extra: invocation.values("api-versions")),
            includesCRDs: invocation.has("include-crds"))
        if invocation.value("dry-run") == "server" {
            throw UsageError(
                "--dry-run=server is not taken: rendering asks no cluster, and lookup finds nothing",
                command: ["render"])
        }
        settings.isUpgrade = invocation.has("is-upgrade")
        settings.skipsTests = invocation.has("skip-tests")
        settings.skipsHooks = invocation.has("no-hooks")
        settings.skipsSchema = invocation.has("skip-schema-validation")
        settings.zoneFile = ZoneFiles.read
        settings.templates = Self.templates
        settings.keys = Self.keys
        try ChartSeed(invocation: invocation).apply(to: &settings)
        if let template = invocation.value("name-template") {
            guard invocation.value("release") == nil else {
                throw UsageError("--release and --name-template both give the release's name", command: ["render"])
            }
            settings.release = try HelmRender.releaseName(.string(template), key: settings.key)
        }
        return settings
    }
}
