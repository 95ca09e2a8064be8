import Crypto
package import Document
package import FileTree

/// A chart as it lies in its folder or archive, with the charts that it brings along.
///
/// What is loaded is never changed: each rendering works on a copy of its own (`workingCopy`), since dependencies rename,
/// remove and share charts while they are worked out.
package final class Chart {
    /// One file of a chart, by its path within the chart.
    package struct File {
        package var name: String
        package var bytes: [UInt8]
        /// What origins call it.
        var source: String
    }

    package internal(set) var name: String
    package let version: String
    let metadata: Value
    let origin: Origin
    var values: TemplateMap
    /// What values are checked by; nil when the chart has no `values.schema.json`.
    let schema: File?
    let templates: [File]
    let files: [File]
    /// `Chart.lock`, or `requirements.lock`.
    let lock: Value?
    private(set) var charts: [Chart]
    /// nil when the chart names none, which is not the same as an empty list: only a list is worked through.
    var dependencies: [ChartDependency]?
    /// The chart that this one was last put into.
    private(set) weak var parent: Chart?
    /// All its files, for its digest; nil for charts within it, and for copies.
    private var content: [File]?
    /// A digest of all files, those of charts within included, whatever their order.
    package private(set) lazy var digest: String = {
        let digest = DigestStream(.sha256)
        for file in (content ?? []).sorted(by: { GoText.precedes($0.name, $1.name) }) {
            // Lengths in front keep apart what would else run together.
            digest.update(Array("\(file.name.utf8.count) \(file.name) \(file.bytes.count) ".utf8))
            digest.update(file.bytes)
        }
        return digest.finish().hex
    }()
    /// What an alias was made of: charts in it may still have that as their parent.
    private var original: Chart?

    /// Reads the chart in a folder of a tree.
    ///
    /// - Parameter known: what was read of charts before.
    package static func load(
        _ folder: TreePath, in tree: any FileTree, known: ParsedTemplates? = nil
    ) throws(Problem) -> Chart {
        let files = try ChartFiles.read(folder, in: tree)
        return try Chart(
            files, depth: 0, unpacking: ChartArchive.Budget(),
            place: Origin(tree.sourceFile(folder.appending("Chart.yaml"))), known: known?.values)
    }

    /// Reads a chart from its archive, a `.tgz`.
    package static func load(archive bytes: [UInt8], named name: String) throws(Problem) -> Chart {
        let file = File(name: name, bytes: bytes, source: name)
        let budget = ChartArchive.Budget()
        return try Chart(
            try ChartArchive.files(file, budget), depth: 0, unpacking: budget, place: Origin(SourceFile(name)))
    }

    private static let depthLimit = 16

    init(
        _ all: [File], depth: Int, unpacking budget: ChartArchive.Budget, place: Origin, known: ParsedValues? = nil
    ) throws(Problem) {
        guard depth <= Self.depthLimit else {
            throw Problem(
                "charts are nested more than \(Self.depthLimit) deep", at: place,
                hint: "does a chart in charts/ hold a copy of the one that it is in?")
        }
        let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        guard let chartFile = byName["Chart.yaml"] else {
            throw Problem(
                "the chart has no Chart.yaml", at: place,
                hint: depth == 0 ? "" : "each folder in charts/ must be a chart")
        }
        let metadata = ChartMetadata.asGoReads(try ChartFiles.document(chartFile))
        name = try ChartMetadata.checkedName(metadata, at: Origin(SourceFile(chartFile.source)))
        version = metadata["version"]?.scalar?.text ?? ""
        self.metadata = metadata
        origin = metadata.origin.isKnown ? metadata.origin : Origin(SourceFile(chartFile.source))
        values =
            try byName["values.yaml"].map { (file) throws(Problem) in
                if let known { return try known.table(file.bytes, source: file.source) }
                return try ChartValues.table(file.bytes, source: file.source)
            } ?? TemplateMap()
        schema = byName["values.schema.json"]
        lock = try (byName["requirements.lock"] ?? byName["Chart.lock"]).map { (file) throws(Problem) in
            try ChartFiles.document(file)
        }
        templates = all.filter { $0.name.hasPrefix("templates/") }
        let isFirstForm = (metadata["apiVersion"]?.string ?? "v1") == "v1"
        files = all.filter { ChartFiles.isExtra($0.name, isFirstForm: isFirstForm) }
        dependencies = try ChartDependency.read(metadata, byName["requirements.yaml"])
        charts = try Self.charts(in: all, depth: depth, budget, known)
        if depth == 0 { content = all }
        for chart in charts { chart.parent = self }
    }

    private static func charts(
        in all: [File], depth: Int, _ budget: ChartArchive.Budget, _ known: ParsedValues?
    ) throws(Problem) -> [Chart] {
        var groups: [String: [File]] = [:]
        for file in all where file.name.hasPrefix("charts/") {
            let rest = file.name.utf8.dropFirst("charts/".utf8.count)
            guard let mark = rest.first, mark != UInt8(ascii: "_"), mark != UInt8(ascii: ".") else { continue }
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            var inner = file
            inner.name = String(decoding: rest[end...].dropFirst(), as: UTF8.self)
            groups[String(decoding: rest[..<end], as: UTF8.self), default: []].append(inner)
        }
        var charts: [Chart] = []
        for (name, files) in groups.sorted(by: { GoText.precedes($0.key, $1.key) }) {
            if files.count == 1, files[0].name.isEmpty {
                // A note beside the charts is no chart.
                guard name.hasSuffix(".tgz") else { continue }
                let unpacked = try ChartArchive.files(files[0], budget)
                let place = Origin(SourceFile(files[0].source))
                charts.append(try Chart(unpacked, depth: depth + 1, unpacking: budget, place: place, known: known))
            } else {
                let place = Origin(SourceFile(files[0].source))
                charts.append(try Chart(files, depth: depth + 1, unpacking: budget, place: place, known: known))
            }
        }
        return charts
    }

    // MARK: Copies

    private init(copying other: Chart, named name: String, dependencies: [ChartDependency]?) {
        self.name = name
        self.dependencies = dependencies
        metadata = other.metadata
        origin = other.origin
        version = other.version
        values = other.values
        schema = other.schema
        templates = other.templates
        files = other.files
        lock = other.lock
        charts = []
    }

    /// A copy that dependencies may be worked out in: nothing that changes is shared with this one.
    func workingCopy() -> Chart {
        // Values are copied where they are put together (`ChartValues`), and so are never changed in place.
        let copy = Chart(copying: self, named: name, dependencies: dependencies?.map { $0.copy() })
        copy.setCharts(charts.map { $0.workingCopy() })
        return copy
    }

    /// The chart under another name, as an alias makes it. What is in it is shared by all such copies, its dependencies
    /// and the charts in it included, and those keep the place that they had last: Helm has it so, and it shows in the
    /// paths of templates of charts within a chart that has several aliases.
    func aliased(_ name: String) -> Chart {
        let copy = Chart(copying: self, named: name, dependencies: dependencies)
        copy.charts = charts
        copy.parent = parent
        copy.original = self
        return copy
    }

    func setCharts(_ charts: [Chart]) {
        self.charts = charts
        for chart in charts { chart.parent = self }
    }

    // MARK: What it is

    var isRoot: Bool { parent == nil }

    /// The charts in `charts/` of a name.
    package func charts(named name: String) -> [Chart] { charts.filter { $0.name == name } }

    /// Where it stands among the others: `web/charts/db`.
    var path: String {
        guard let parent else { return name }
        return "\(parent.path)/charts/\(name)"
    }

    var isLibrary: Bool { metadata["type"]?.string?.lowercased() == "library" }

    /// The files that define custom resources.
    var crds: [File] {
        files.filter { $0.name.hasPrefix("crds/") && ChartFiles.isManifest($0.name) }
    }
}

extension TemplateMap {
    func copy() -> TemplateMap {
        TemplateValue.map(self).copied.map ?? TemplateMap()
    }
}
