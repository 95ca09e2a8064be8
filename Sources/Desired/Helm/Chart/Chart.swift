package import Document
package import FileTree

/// A chart as it lies in its folder or archive, with the charts that it brings along.
package final class Chart {
    /// One file of a chart, by its path within the chart.
    package struct File {
        package var name: String
        package var bytes: [UInt8]
        /// What origins call it.
        var source: String
    }

    /// A dependency that `Chart.yaml` names.
    struct Dependency {
        var name: String
        var version: String
        var condition: String
        var tags: [String]
        var alias: String
        var imports: [TemplateValue]
        var isEnabled = true
    }

    package internal(set) var name: String
    package let version: String
    let metadata: Value
    let origin: Origin
    var values: TemplateMap
    let templates: [File]
    let files: [File]
    let crds: [File]
    var charts: [Chart]
    var dependencies: [Dependency]

    /// Reads the chart in a folder of a tree.
    package static func load(_ folder: TreePath, in tree: any FileTree) throws(Problem) -> Chart {
        let files = try ChartFiles.read(folder, in: tree)
        return try Chart(files, depth: 0, place: Origin(tree.sourceFile(folder.appending("Chart.yaml"))))
    }

    private static let depthLimit = 16

    init(_ all: [File], depth: Int, place: Origin) throws(Problem) {
        guard depth <= Self.depthLimit else { throw Problem("charts are nested too deep", at: place) }
        guard let chartFile = all.first(where: { $0.name == "Chart.yaml" }) else {
            throw Problem("the chart has no Chart.yaml", at: place)
        }
        let metadata = try YAML.parseOne(chartFile.bytes, file: SourceFile(chartFile.source))
        guard let name = metadata["name"]?.string, !name.isEmpty else {
            throw Problem("a chart needs a name", at: metadata.origin, hint: "add the field \"name\" to Chart.yaml")
        }
        self.metadata = metadata
        self.name = name
        origin = metadata.origin
        version = metadata["version"]?.scalar?.text ?? ""
        values = try Self.values(in: all)
        templates = all.filter { $0.name.hasPrefix("templates/") }
        crds = all.filter { $0.name.hasPrefix("crds/") && ChartFiles.isManifest($0.name) }
        let own: (File) -> Bool = { file in
            ![
                "Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json", "requirements.yaml",
                "requirements.lock",
            ]
            .contains(file.name) && !file.name.hasPrefix("templates/") && !file.name.hasPrefix("charts/")
        }
        files = all.filter(own)
        dependencies = try Self.dependencies(metadata, all)
        charts = try Self.charts(in: all, depth: depth)
    }

    /// A copy under another name, whose values may change apart.
    init(_ other: Chart, named name: String) {
        self.name = name
        metadata = other.metadata
        origin = other.origin
        version = other.version
        values = other.values.copy()
        templates = other.templates
        files = other.files
        crds = other.crds
        charts = other.charts.map { Chart($0, named: $0.name) }
        dependencies = other.dependencies
    }

    private static func values(in all: [File]) throws(Problem) -> TemplateMap {
        guard let file = all.first(where: { $0.name == "values.yaml" }) else { return TemplateMap() }
        return try table(file.bytes, source: file.source)
    }

    /// The mapping that a values file holds; empty when the file is.
    static func table(_ bytes: [UInt8], source: String) throws(Problem) -> TemplateMap {
        guard let value = try YAML.parse(bytes, file: SourceFile(source)).first, !value.isNull else {
            return TemplateMap()
        }
        guard case .map(let map) = TemplateValue(value) else {
            throw Problem("values must be a mapping", at: value.origin)
        }
        return map
    }

    private static func dependencies(_ metadata: Value, _ all: [File]) throws(Problem) -> [Dependency] {
        var items = metadata["dependencies"]?.items ?? []
        if items.isEmpty, let file = all.first(where: { $0.name == "requirements.yaml" }) {
            items = try YAML.parse(file.bytes, file: SourceFile(file.source)).first?["dependencies"]?.items ?? []
        }
        return items.map { item in
            Dependency(
                name: item["name"]?.scalar?.text ?? "", version: item["version"]?.scalar?.text ?? "",
                condition: item["condition"]?.string ?? "", tags: item["tags"]?.strings ?? [],
                alias: item["alias"]?.string ?? "",
                imports: (item["import-values"]?.items ?? []).map(TemplateValue.init))
        }
    }

    private static func charts(in all: [File], depth: Int) throws(Problem) -> [Chart] {
        var groups: [String: [File]] = [:]
        for file in all where file.name.hasPrefix("charts/") {
            let rest = file.name.dropFirst("charts/".count)
            guard let first = rest.split(separator: "/").first, first.first != "_", first.first != "." else { continue }
            var inner = file
            inner.name = String(rest.dropFirst(first.count + 1))
            groups[String(first), default: []].append(inner)
        }
        var charts: [Chart] = []
        for (name, files) in groups.sorted(by: { $0.key < $1.key }) {
            if files.count == 1, files[0].name.isEmpty {
                guard name.hasSuffix(".tgz") else { continue }
                let unpacked = try ChartArchive.files(files[0])
                charts.append(try Chart(unpacked, depth: depth + 1, place: Origin(SourceFile(files[0].source))))
            } else if files.contains(where: { $0.name == "Chart.yaml" }) {
                charts.append(try Chart(files, depth: depth + 1, place: Origin(SourceFile("charts/\(name)"))))
            }
        }
        return charts
    }

    var isLibrary: Bool { metadata["type"]?.string == "library" }
}

extension TemplateMap {
    func copy() -> TemplateMap {
        TemplateValue.map(self).copied.map ?? TemplateMap()
    }
}
