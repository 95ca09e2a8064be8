import Document
import FileTree

/// An entry of `helmCharts`, or the configuration of the plugin HelmChartInflationGenerator (kustomize, `HelmChart` and
/// `HelmGlobals`).
struct ChartEntry {
    /// How values that stand in the kustomization go together with those of the values file.
    enum Merging: String, CaseIterable {
        /// The file's count more.
        case merge
        /// The kustomization's count more.
        case override
        /// The file's do not count.
        case replace
    }

    var name: Value
    var version = ""
    var repository = ""
    var releaseName: String?
    var nameTemplate: Value?
    var namespace: String?
    /// A values file instead of the chart's own.
    var valuesFile: Value?
    var additionalFiles: [Value] = []
    var inlineValues: Value?
    var merging = Merging.override
    var includesCRDs = false
    var skipsHooks = false
    var skipsTests = false
    var apiVersions: [String] = []
    var kubeVersion: Value?
    /// The folder that charts are in, from the kustomization's.
    var home: Value?

    /// Their names are those of kustomize's fields.
    static let fields = [
        "name", "version", "repo", "releaseName", "namespace", "additionalValuesFiles", "valuesFile", "valuesInline",
        "valuesMerge", "includeCRDs", "skipHooks", "apiVersions", "kubeVersion", "nameTemplate", "skipTests", "debug",
        "devel",
    ]
    static let globalFields = ["chartHome", "configHome"]

    /// - Parameter home: `helmGlobals.chartHome`.
    init(_ item: Value, home: Value?) throws(Problem) {
        var entry = try FieldReader(item, "an entry of \"helmCharts\"")
        try self.init(&entry, home: home)
        try entry.finish()
    }

    init(_ entry: inout FieldReader, home: Value?) throws(Problem) {
        func text(_ key: String) throws(Problem) -> Value? {
            try entry.string(key)?.isEmpty == false ? entry.value(key) : nil
        }
        guard let name = try text("name") else {
            throw Problem(
                "\(entry.subject) needs the chart's name", at: entry.origin,
                hint: "add the field \"name\", which is that of the chart's folder")
        }
        self.name = name
        self.home = home
        version = try text("version")?.string ?? ""
        repository = try text("repo")?.string ?? ""
        releaseName = try text("releaseName")?.string
        nameTemplate = try text("nameTemplate")
        namespace = try text("namespace")?.string
        valuesFile = try text("valuesFile")
        additionalFiles = try entry.texts("additionalValuesFiles")
        if let values = entry.value("valuesInline") {
            guard let fields = values.fields else {
                throw Problem(
                    "valuesInline must be a mapping", at: values.origin, hint: "write values as in a values file")
            }
            if !fields.isEmpty { inlineValues = values }
        }
        merging = try Self.merging(try text("valuesMerge"))
        includesCRDs = try entry.bool("includeCRDs") ?? false
        skipsHooks = try entry.bool("skipHooks") ?? false
        skipsTests = try entry.bool("skipTests") ?? false
        apiVersions = try entry.texts("apiVersions").compactMap(\.string)
        kubeVersion = try text("kubeVersion")
        // What these two mean to a program that is started, they do not mean here.
        _ = try entry.bool("debug")
        _ = try entry.bool("devel")
        if let template = nameTemplate, releaseName != nil {
            throw Problem(
                "\(entry.subject) has both \"releaseName\" and \"nameTemplate\"", at: template.origin, hint: "keep one")
        }
    }

    /// An entry of the former `helmChartInflationGenerator`, whose fields have other names.
    init(former item: Value) throws(Problem) {
        var entry = try FieldReader(item, "an entry of \"helmChartInflationGenerator\"")
        func text(_ key: String) throws(Problem) -> Value? {
            try entry.string(key)?.isEmpty == false ? entry.value(key) : nil
        }
        guard let name = try text("chartName") else {
            throw Problem(
                "\(entry.subject) needs the field \"chartName\"", at: entry.origin,
                hint: "it is the name of the chart's folder")
        }
        self.name = name
        version = try text("chartVersion")?.string ?? ""
        repository = try text("chartRepoUrl")?.string ?? ""
        home = try text("chartHome")
        releaseName = try text("releaseName")?.string
        valuesFile = try text("values")
        if let values = entry.value("valuesLocal") {
            guard let fields = values.fields else {
                throw Problem(
                    "valuesLocal must be a mapping", at: values.origin, hint: "write values as in a values file")
            }
            if !fields.isEmpty { inlineValues = values }
        }
        merging = try Self.merging(try text("valuesMerge"))
        for key in ["chartRepoName", "helmBin", "helmHome", "releaseNamespace"] { _ = try entry.string(key) }
        _ = try entry.texts("extraArgs")
        try entry.finish()
    }

    private static func merging(_ value: Value?) throws(Problem) -> Merging {
        guard let value else { return .override }
        if let merging = Merging(rawValue: value.string ?? "") { return merging }
        throw Problem(
            "\(value.string ?? "") is no way to merge values", at: value.origin,
            hint: "valuesMerge is one of: \(Merging.allCases.map(\.rawValue).joined(separator: ", "))")
    }
}
