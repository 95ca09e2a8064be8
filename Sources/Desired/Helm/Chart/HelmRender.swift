package import Crypto
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
        /// How often the secrets that charts make were renewed.
        package var rotation = 0
        /// Told once a template draws from the key.
        package var noteDraw: (@Sendable () -> Void)?
        /// Answers `lookup`; nil when what is live is not to be seen.
        package var lookup: TemplateEvaluator.Lookup?
        /// Where time zones come from; nil makes all of them UTC.
        package var zoneFile: TemplateEvaluator.ZoneFile?
        /// Whether templates are told that a release is there already.
        package var isUpgrade = false
        /// Whether hooks that test a release are left out.
        package var skipsTests = false
        /// Whether all hooks are left out.
        package var skipsHooks = false
        /// Whether values are taken that the chart's schema does not allow.
        package var skipsSchema = false
        /// Whether `Chart.lock` must agree with `Chart.yaml` and `charts/`.
        package var checksLock = false
        /// Whether `required` and `fail` let pass, as when a chart is only checked.
        package var isLenient = false
        /// Where parsed templates are kept, for those who render more than once.
        package var templates: ParsedTemplates?
        /// Where keys are kept, for the same.
        package var keys: MadeKeys?

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

    /// The objects that a chart makes, in the order in which they are installed, hooks last; hooks that only tests,
    /// deletions and rollbacks run are left out.
    ///
    /// - Throws: `Problem` at the template or the values.
    package static func render(
        _ chart: Chart, values: GivenValues = GivenValues(), _ settings: Settings
    ) throws(Problem) -> [Value] {
        try parts(chart, values, settings, as: .objects).filter { !$0.isOccasional && $0.object.fields != nil }.map(
            \.object)
    }

    /// The objects of all that `helm template` prints, in its order.
    package static func manifests(
        _ chart: Chart, values: GivenValues = GivenValues(), _ settings: Settings
    ) throws(Problem) -> [Value] {
        try parts(chart, values, settings, as: .objects).filter { !$0.object.isNull }.map(\.object)
    }

    /// The text that `helm template` prints.
    ///
    /// - Parameter only: paths of templates within the chart, in which `*` and `?` stand for parts of a name; all when
    ///   empty. Theirs is the order of the output.
    package static func text(
        _ chart: Chart, values: GivenValues = GivenValues(), _ settings: Settings, only: [String] = []
    ) throws(Problem) -> String {
        String(decoding: try bytes(chart, values: values, settings, only: only), as: UTF8.self)
    }

    /// The same as UTF-8.
    package static func bytes(
        _ chart: Chart, values: GivenValues = GivenValues(), _ settings: Settings, only: [String] = []
    ) throws(Problem) -> [UInt8] {
        let parts = try shown(chart, values, settings, only)
        var result: [UInt8] = []
        result.reserveCapacity(parts.reduce(0) { $0 + $1.path.utf8.count + $1.text.count + 16 })
        // What is no hook is printed as one text with a line's end, and be it nothing.
        if only.isEmpty, parts.allSatisfy(\.isHook) { result.append(0x0A) }
        for part in parts { part.print(into: &result) }
        return result
    }

    /// What each template makes, by its path in the chart, in the order of the output.
    ///
    /// - Parameter only: as for `text`.
    package static func files(
        _ chart: Chart, values: GivenValues = GivenValues(), _ settings: Settings, only: [String] = []
    ) throws(Problem) -> [(path: String, bytes: [UInt8])] {
        var files: [(path: String, bytes: [UInt8])] = []
        var places: [String: Int] = [:]
        for part in try shown(chart, values, settings, only) {
            let index = places[part.path] ?? files.count
            if index == files.count { files.append((part.path, [])) }
            places[part.path] = index
            part.print(into: &files[index].bytes)
        }
        return files
    }

    private static func shown(
        _ chart: Chart, _ values: GivenValues, _ settings: Settings, _ only: [String]
    ) throws(Problem) -> [RenderedPart] {
        let parts = try parts(chart, values, settings, as: .texts).filter { !$0.text.isEmpty }
        if only.isEmpty { return parts }
        var wanted: [RenderedPart] = []
        for path in only {
            let pattern = FilePattern(path, .names)
            let matches = parts.filter { part in
                let inner = String(part.path.drop { $0 != "/" }.dropFirst())
                return part.path == path || pattern?.matches(inner) == true
            }
            guard !matches.isEmpty else {
                throw Problem(
                    "the chart \(chart.name) makes nothing from \(path)", at: chart.origin,
                    hint: "name a template by its path in the chart, such as templates/service.yaml")
            }
            wanted += matches
        }
        return wanted
    }

    /// A release's name from a template of it, `{{ randAlpha 5 | lower }}`, which sees no values.
    package static func releaseName(_ template: Value, key: [UInt8]) throws(Problem) -> String {
        let evaluator = TemplateEvaluator(functions: Functions.all)
        evaluator.random.key = key
        do {
            try evaluator.add(
                TemplateSource(
                    name: "name-template", bytes: Array((template.string ?? "").utf8), file: template.origin.file.path))
            return try evaluator.run("name-template", .none).text
        } catch {
            throw Problem("the template of the release's name fails: \(error)", at: template.origin)
        }
    }

    private static func parts(
        _ chart: Chart, _ values: GivenValues, _ settings: Settings, as form: RenderedParts.Form
    ) throws(Problem) -> [RenderedPart] {
        try check(chart, settings)
        let given = try values.table()
        let working = chart.workingCopy()
        if settings.checksLock { try ChartLock.check(working) }
        try ChartDependencies.process(working, given)
        let all = try ChartValues.coalesced(working, given)
        if !settings.skipsSchema { try ChartSchema.check(working, all) }
        do {
            let run = ChartRun(working, all, settings, tracksOrigins: form == .objects) { chart.digest }
            let files = try run.files()
            let parts = try RenderedParts.sorted(files, as: form).filter {
                !(settings.skipsHooks && $0.isHook || settings.skipsTests && $0.isTest)
            }
            return (settings.includesCRDs ? try RenderedParts.crds(of: working, as: form) : []) + parts
        } catch let problem as Problem {
            if form == .objects { throw problem }
            // Where texts come from was not followed; now that one is wrong, that must be told.
            return try parts(chart, values, settings, as: .objects)
        } catch let error as TemplateError {
            let place = error.place.map { Origin(SourceFile($0.file), line: $0.line, column: $0.column + 1) }
            throw Problem(error.explanation, at: place ?? chart.origin)
        } catch {
            throw Problem("\(error)", at: chart.origin)
        }
    }

    /// Whether the chart can be rendered at all, and as this release.
    private static func check(_ chart: Chart, _ settings: Settings) throws(Problem) {
        guard !chart.isLibrary else {
            throw Problem("library charts are not installable", at: chart.origin, hint: "render the chart that uses it")
        }
        let parts = settings.release.split(separator: ".", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            let ends = [part.utf8.first, part.utf8.last]
            return !part.isEmpty && !ends.contains(UInt8(ascii: "-"))
                && part.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        }
        guard isName, settings.release.utf8.count <= 53 else {
            throw Problem(
                "\"\(settings.release)\" cannot be a release's name", at: chart.origin,
                hint: "use at most 53 lower-case letters, digits, \"-\" and \".\", with a letter or digit at both ends")
        }
        guard let field = chart.metadata["kubeVersion"], let wanted = field.string, !wanted.isEmpty else { return }
        let version = settings.capabilities.kubeVersion
        if let parsed = SemanticVersion(version), (try? VersionConstraint(wanted).allows(parsed)) == true { return }
        throw Problem(
            "the chart \(chart.name) requires Kubernetes \(wanted), and it is rendered for \(version)",
            at: field.origin,
            hint: "render it for another version with --kube-version, or use another version of the chart")
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
    private var byPath: [String: Int] = [:]
    private let evaluator: TemplateEvaluator

    /// - Parameter digest: that of the chart as it was loaded; asked only when something is drawn.
    init(
        _ chart: Chart, _ values: TemplateMap, _ settings: HelmRender.Settings, tracksOrigins: Bool,
        digest: @escaping () -> String
    ) {
        var limits = TemplateEvaluator.Limits()
        limits.stack = TemplateBatch.stack
        evaluator = TemplateEvaluator(
            functions: Functions.all, limits: limits, parsed: settings.templates ?? ParsedTemplates(keepsAll: false))
        evaluator.tracksOrigins = tracksOrigins
        evaluator.keys = settings.keys ?? evaluator.keys
        evaluator.random.key = settings.key
        evaluator.random.scope = "\(settings.namespace)/\(settings.release)\0\(settings.rotation)"
        evaluator.chartDigest = digest
        evaluator.noteDraw = settings.noteDraw
        evaluator.lookup = settings.lookup
        evaluator.isLenient = settings.isLenient
        evaluator.zoneFile = settings.zoneFile
        evaluator.now = settings.now
        let shared: [String: TemplateValue] = [
            "Release": .map([
                "Name": .string(settings.release), "Namespace": .string(settings.namespace),
                "IsUpgrade": .bool(settings.isUpgrade), "IsInstall": .bool(!settings.isUpgrade), "Revision": .int(1),
                "Service": .string("Helm"),
            ]),
            "Capabilities": CapabilityObjects.all(settings.capabilities),
        ]
        _ = add(chart, values, shared)
    }

    private mutating func add(
        _ chart: Chart, _ values: TemplateMap, _ shared: [String: TemplateValue]
    ) -> TemplateMap {
        let data = TemplateMap(shared)
        data["Chart"] = ChartMetadata.object(chart)
        data["Files"] = .host(ChartFilesObject(files: chart.files))
        data["Values"] = .map(values)
        data.isValues = true
        values.isValues = true
        let inner = TemplateMap()
        for child in chart.charts {
            let table = values[child.name]?.map ?? TemplateMap()
            inner[child.name] = .map(add(child, table, shared))
        }
        data["Subcharts"] = .map(inner)
        let path = chart.path
        for file in chart.templates {
            if chart.isLibrary, !PathFunctions.base(file.name).hasPrefix("_") { continue }
            let entry = Entry(path: "\(path)/\(file.name)", basePath: "\(path)/templates", file: file, data: data)
            // Charts that a chart shares under several aliases have one path: the last one's templates count.
            if let known = byPath.updateValue(entries.count, forKey: entry.path) {
                byPath[entry.path] = known
                entries[known] = entry
            } else {
                entries.append(entry)
            }
        }
        return data
    }

    /// Carries all templates out.
    func files() throws -> [File] {
        let items = entries.map { entry in
            let source = TemplateSource(name: entry.path, bytes: entry.file.bytes, file: entry.file.source)
            return TemplateBatch.Item(source, data: .map(entry.data), basePath: entry.basePath)
        }
        let outputs = try withDeepStack(TemplateBatch.stack * 4) { try TemplateBatch(items).run(evaluator) }
        return outputs.map { File(path: $0.name, source: $0.file, output: $0.output) }
    }
}
