import Crypto
import Document
import FileTree
import Helm
import System

/// One rendering to measure: a chart with its values.
///
/// A chart in a folder called `chart` may have beside it a `values.yaml`, further ones as `variants/NAME/values.yaml`, and
/// a `meta.json` with `release`, `namespace`, `kubeVersion` and `flags`.
struct ChartCase {
    var name: String
    var chart: String
    var values: String?
    var release = "release-name"
    var namespace = "default"
    var kubeVersion: String?
    var includesCRDs = false

    /// All charts beneath a folder, those within charts left out.
    static func all(in folder: String) throws -> [ChartCase] {
        if Files.exists("\(folder)/Chart.yaml") { return cases(of: folder) }
        return try Files.names(in: folder).sorted().flatMap { name -> [ChartCase] in
            let inner = "\(folder)/\(name)"
            return Files.isFolder(inner) && !Files.isLink(inner) ? try all(in: inner) : []
        }
    }

    private static func cases(of chart: String) -> [ChartCase] {
        let parts = chart.split(separator: "/")
        guard parts.last == "chart", parts.count > 1 else {
            return [ChartCase(name: String(parts.last ?? "chart"), chart: chart)]
        }
        let home = String(chart.dropLast("/chart".count))
        var item = ChartCase(name: String(parts[parts.count - 2]), chart: chart)
        if let text = try? Files.read("\(home)/meta.json"), let meta = try? JSON.parse(text) {
            item.release = meta["release"]?.string ?? item.release
            item.namespace = meta["namespace"]?.string ?? item.namespace
            item.kubeVersion = meta["kubeVersion"]?.string
            item.includesCRDs = meta["flags"]?.items?.contains { $0.string == "--include-crds" } ?? false
        }
        if Files.exists("\(home)/values.yaml") { item.values = "\(home)/values.yaml" }
        let variants = (try? Files.names(in: "\(home)/variants").sorted()) ?? []
        return [item]
            + variants.map { name in
                var variant = item
                variant.name += "/\(name)"
                variant.values = "\(home)/variants/\(name)/values.yaml"
                return variant
            }
    }

    /// The words of the command that renders it.
    ///
    /// - Parameter peer: Helm, in Belay's place.
    func command(_ binary: String, isPeer: Bool = false) -> [String] {
        var words = isPeer ? [binary, "template", release, chart] : [binary, "render", chart, "--release", release]
        words += ["--namespace", namespace]
        if let kubeVersion { words += ["--kube-version", kubeVersion] }
        if let values { words += ["--values", values] }
        return words + (includesCRDs ? ["--include-crds"] : [])
    }

    private static let templates = ParsedTemplates()
    private static let keys = MadeKeys()

    /// Renders in this process, everything read from disk; nil where the chart says no.
    func text() throws -> String? {
        let tree = try DirectoryTree("/").reading(remembersIDs: false)
        guard let path = TreePath(String(chart.dropFirst())) else { return nil }
        var settings = HelmRender.Settings(
            release: release, namespace: namespace, capabilities: try Capabilities(kubeVersion: kubeVersion),
            includesCRDs: includesCRDs)
        settings.templates = Self.templates
        settings.keys = Self.keys
        var given: [GivenValues.Source] = []
        if let values {
            let documents = try YAML.parse(
                try Files.read(values), file: SourceFile(values), repeatedKeys: .lastCounts)
            given = documents.prefix(1).map { .document($0) }
        }
        return try? HelmRender.text(
            try Chart.load(path, in: tree, known: Self.templates), values: GivenValues(given), settings)
    }
}
