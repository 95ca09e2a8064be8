import Document
import FileTree
import Helm

/// An application that is a chart: where its files come from, and the values that it gets.
struct ChartApplication {
    let source: ApplicationSource
    let tree: any FileTree
    let charts: any ChartStore
    /// What the environment gives all its charts.
    let shared: EnvironmentCharts

    /// Whether a chart renders an application; nothing may be said of values for one that none does.
    static func renders(_ source: ApplicationSource, in tree: any FileTree) throws(Problem) -> Bool {
        if source.chart?.remote != nil || ChartArchives.isArchive(source.path) { return true }
        if try Engine.forFolder(source.path, in: tree, for: source.origin) == .chart { return true }
        guard source.chart != nil else { return false }
        throw Problem(
            "\(source.path) is no chart, so it takes no release, values, dependencies or lookup", at: source.origin,
            hint: "name a folder with a Chart.yaml, or leave those fields out")
    }

    func objects(_ settings: HelmRender.Settings) throws(Problem) -> [Value] {
        var settings = settings
        settings.checksLock = true
        if let release = source.chart?.release { settings.release = release }
        return try HelmRender.render(try chart(settings.templates), values: GivenValues(try values()), settings)
    }

    /// The chart's files: a folder of the repository, an archive in it, or one that was fetched.
    private func chart(_ known: ParsedTemplates?) throws(Problem) -> Chart {
        if let pin = source.chart?.remote {
            return try archived(try charts.archive(pin), pin.fileName, known, at: pin.origin)
        }
        if ChartArchives.isArchive(source.path) {
            let file = try tree.read(source.path, for: source.origin)
            return try archived(file.bytes, tree.displayName(of: source.path), known, at: source.origin)
        }
        let pins = source.chart?.dependencies ?? []
        guard !pins.isEmpty else { return try Chart.load(source.path, in: tree, known: known) }
        var files: [TreePath: [UInt8]] = [:]
        for pin in pins {
            files[source.path.appending("charts").appending(pin.fileName)] = try charts.archive(pin)
        }
        return try Chart.load(source.path, in: OverlaidTree(tree, adding: files), known: known)
    }

    private func archived(
        _ bytes: [UInt8], _ name: String, _ known: ParsedTemplates?, at origin: Origin
    ) throws(Problem) -> Chart {
        let (archive, folder) = try ArchivedChart.open(
            bytes, source.chart?.remote?.digest, displayedAs: name, at: origin)
        return try Chart.load(folder, in: archive, known: known)
    }

    /// The environment's values, files, then the application's own; later ones count more.
    private func values() throws(Problem) -> [Value] {
        var values: [Value] = [shared.values].compactMap { $0 }
        for file in source.chart?.valuesFiles ?? [] {
            let documents = try tree.documents(file.path, for: file.origin)
            guard documents.count <= 1 else {
                throw Problem("a file of values holds one document", at: documents[1].origin)
            }
            values += documents
        }
        if let own = source.chart?.values { values.append(own) }
        return values
    }
}
