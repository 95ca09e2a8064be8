import Crypto
package import Document
import FileTree
import System

/// Renders charts as `helm template` does.
package enum HelmRender {
    /// What a rendering is made under.
    package struct Settings: Sendable {
        package var release: String
        package var namespace: String
        package var capabilities: Capabilities
        /// The secret that random functions draw under.
        package var key: [UInt8]
        package var includesCRDs: Bool
        /// The instant that `now` gives, in seconds since 1970.
        package var now: Int

        package init(
            release: String, namespace: String = "default", capabilities: Capabilities = Capabilities(),
            key: [UInt8] = [UInt8](repeating: 0, count: 32), includesCRDs: Bool = false, now: Int = 0
        ) {
            self.release = release
            self.namespace = namespace
            self.capabilities = capabilities
            self.key = key
            self.includesCRDs = includesCRDs
            self.now = now
        }
    }

    /// The objects that a chart makes, in the order in which they are installed, hooks last; hooks that tests, deletions
    /// and rollbacks run are left out.
    ///
    /// - Parameter values: later ones count more.
    /// - Throws: `Problem` at the template or the values.
    package static func render(
        _ chart: Chart, values: [Value], _ settings: Settings
    ) throws(Problem) -> [Value] {
        var objects: [Value] = []
        for part in try parts(chart, values: values, settings) where !part.isOccasional {
            if part.object.fields != nil { objects.append(part.object) }
        }
        return objects
    }

    /// The text that `helm template` prints.
    ///
    /// - Parameter only: paths of templates within the chart; all when empty.
    package static func text(
        _ chart: Chart, values: [Value], _ settings: Settings, only: [String] = []
    ) throws(Problem) -> String {
        let parts = try parts(chart, values: values, settings)
        let wanted = parts.filter { part in
            only.isEmpty || only.contains { part.path == $0 || part.path == "\(chart.name)/\($0)" }
        }
        if !only.isEmpty, wanted.isEmpty {
            throw Problem("the chart makes nothing from \(only.joined(separator: ", "))", at: chart.origin)
        }
        return wanted.filter { !$0.text.isEmpty }.map { "---\n# Source: \($0.path)\n\($0.text)\n" }.joined()
    }

    private static func parts(
        _ chart: Chart, values: [Value], _ settings: Settings
    ) throws(Problem) -> [RenderedPart] {
        guard !chart.isLibrary else {
            throw Problem("library charts are not installable", at: chart.origin, hint: "render the chart that uses it")
        }
        let given = TemplateMap()
        for value in values {
            guard case .map(let map) = TemplateValue(value) else {
                if value.isNull { continue }
                throw Problem("values must be a mapping", at: value.origin)
            }
            ChartValues.overlay(map, over: given)
        }
        let working = Chart(chart, named: chart.name)
        ChartDependencies.process(working, given)
        try checkDependencies(working)
        let all = ChartValues.coalesced(working, given)
        do {
            var run = ChartRun(working, all, settings)
            let files = try run.files()
            let parts = try RenderedParts.sorted(files)
            return (settings.includesCRDs ? try RenderedParts.crds(of: working) : []) + parts
        } catch let problem as Problem {
            throw problem
        } catch let error as TemplateError {
            let place = error.place.map { Origin(SourceFile($0.file), line: $0.line, column: $0.column + 1) }
            throw Problem(error.explanation, at: place ?? chart.origin)
        } catch {
            throw Problem("\(error)", at: chart.origin)
        }
    }

    private static func checkDependencies(_ chart: Chart) throws(Problem) {
        for dependency in chart.dependencies where !chart.charts.contains(where: { $0.name == dependency.name }) {
            throw Problem(
                "the chart needs \(dependency.name), which is not in charts/", at: chart.origin,
                hint: "run helm dependency build, and commit charts/")
        }
    }
}

/// One rendering of a chart and those in it.
struct ChartRun {
    /// One template with the values that it sees.
    private struct Entry {
        var path: String
        var basePath: String
        var file: Chart.File
        var data: TemplateMap
    }

    /// What a template made.
    struct File {
        var path: String
        var source: String
        var output: RenderedText
    }

    private var entries: [Entry] = []
    private let evaluator: TemplateEvaluator

    init(_ chart: Chart, _ values: TemplateMap, _ settings: HelmRender.Settings) {
        var limits = TemplateEvaluator.Limits()
        limits.stack = TemplateBatch.stack
        evaluator = TemplateEvaluator(functions: Functions.all, limits: limits)
        evaluator.random.key = settings.key
        evaluator.random.scope = "\(settings.namespace)/\(settings.release)\0\(chart.name)-\(chart.version)"
        evaluator.now = settings.now
        let shared: [String: TemplateValue] = [
            "Release": .map([
                "Name": .string(settings.release), "Namespace": .string(settings.namespace), "IsUpgrade": .bool(false),
                "IsInstall": .bool(true), "Revision": .int(1), "Service": .string("Helm"),
            ]),
            "Capabilities": CapabilityObjects.all(settings.capabilities),
        ]
        _ = add(chart, values, path: chart.name, isRoot: true, shared)
    }

    private mutating func add(
        _ chart: Chart, _ values: TemplateMap, path: String, isRoot: Bool, _ shared: [String: TemplateValue]
    ) -> TemplateMap {
        let data = TemplateMap(shared)
        data["Chart"] = ChartRun.metadata(chart, isRoot: isRoot)
        data["Files"] = .host(ChartFilesObject(files: chart.files))
        data["Values"] = .map(values)
        let inner = TemplateMap()
        for child in chart.charts {
            let table = values[child.name]?.map ?? TemplateMap()
            inner[child.name] = .map(add(child, table, path: "\(path)/charts/\(child.name)", isRoot: false, shared))
        }
        data["Subcharts"] = .map(inner)
        for file in chart.templates {
            if chart.isLibrary, !PathFunctions.base(file.name).hasPrefix("_") { continue }
            entries.append(Entry(path: "\(path)/\(file.name)", basePath: "\(path)/templates", file: file, data: data))
        }
        return data
    }

    /// `.Chart`: the fields of `Chart.yaml` under Go's names.
    private static func metadata(_ chart: Chart, isRoot: Bool) -> TemplateValue {
        let map = TemplateMap()
        for name in [
            "Home", "Version", "Description", "Icon", "Condition", "Tags", "AppVersion", "KubeVersion", "Type",
        ] {
            map[name] = .string("")
        }
        for entry in chart.metadata.fields?.entries ?? [] {
            let key = entry.key.text
            let name = key == "apiVersion" ? "APIVersion" : key.prefix(1).uppercased() + key.dropFirst()
            let value = TemplateValue(entry.value)
            map[name] =
                entry.value.scalar.map { $0.kind == .bool || $0.kind == .null ? value : .string($0.text) } ?? value
        }
        map["Name"] = .string(chart.name)
        map["IsRoot"] = .bool(isRoot)
        return .map(map)
    }

    /// Carries all templates out.
    mutating func files() throws -> [File] {
        let items = entries.map { entry in
            let source = TemplateSource(name: entry.path, bytes: entry.file.bytes, file: entry.file.source)
            return TemplateBatch.Item(source, data: .map(entry.data), basePath: entry.basePath)
        }
        let outputs = try withDeepStack(TemplateBatch.stack * 4) { try TemplateBatch(items).run(evaluator) }
        return outputs.map { File(path: $0.name, source: $0.file, output: $0.output) }
    }
}
