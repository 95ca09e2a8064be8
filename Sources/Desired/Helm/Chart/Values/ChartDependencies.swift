import Document

/// Which subcharts take part, under which names, and what they hand up.
enum ChartDependencies {
    /// Works the dependencies of a chart's own copy out.
    static func process(_ chart: Chart, _ values: TemplateMap) throws(Problem) {
        try checkPresent(chart)
        var visits = 0
        try enable(chart, values, path: "", &visits)
        try importValues(chart)
    }

    /// Every chart that `Chart.yaml` names must be in `charts/`, those that are switched off included.
    private static func checkPresent(_ chart: Chart) throws(Problem) {
        for dependency in chart.dependencies ?? []
        where !chart.charts.contains(where: { $0.name == dependency.name }) {
            let local = dependency.repository.hasPrefix("file://")
            throw Problem(
                "the chart \(chart.name) needs \(dependency.name) \(dependency.version), which is not in its folder charts/",
                at: dependency.origin,
                hint: local
                    ? "copy or link \(dependency.repository.dropFirst(7)) to charts/\(dependency.name), and commit it"
                    : "run belay chart vendor (or helm dependency build) on its folder, and commit charts/; rendering uses no network"
            )
        }
    }

    /// Charts that one rendering may go through: each alias is another, and so is all that is in it.
    private static let mostCharts = 2_000

    private static func enable(
        _ chart: Chart, _ values: TemplateMap, path: String, _ visits: inout Int
    ) throws(Problem) {
        visits += 1 + (chart.dependencies?.count ?? 0)
        guard visits <= mostCharts else {
            throw Problem(
                "the dependencies come to more than \(mostCharts) charts", at: chart.origin,
                hint: "charts with several aliases within one another multiply")
        }
        guard let dependencies = chart.dependencies else { return }
        var charts = chart.charts.filter { existing in
            !dependencies.contains { $0.name == existing.name && isCompatible($0.version, existing.version) }
        }
        for dependency in dependencies {
            let found = chart.charts.first {
                $0.name == dependency.name && isCompatible(dependency.version, $0.version)
            }
            if let found { charts.append(found.aliased(dependency.alias.isEmpty ? found.name : dependency.alias)) }
            if !dependency.alias.isEmpty { dependency.name = dependency.alias }
        }
        chart.setCharts(charts)
        for dependency in dependencies { dependency.isEnabled = true }
        let all = try ChartValues.coalesced(chart, values)
        applyTags(dependencies, all)
        applyConditions(dependencies, all, path)
        let removed = Set(dependencies.filter { !$0.isEnabled }.map(\.name))
        let rest = chart.charts.filter { !removed.contains($0.name) }
        for inner in rest { try enable(inner, all, path: path + inner.name + ".", &visits) }
        let kept = dependencies.filter { !removed.contains($0.name) }
        chart.dependencies = kept.isEmpty ? nil : kept
        chart.setCharts(rest)
    }

    private static func isCompatible(_ constraint: String, _ version: String) -> Bool {
        // An empty constraint is one that nothing meets, as for Helm.
        guard let version = SemanticVersion(version) else { return false }
        return (try? VersionConstraint(constraint).allows(version)) ?? false
    }

    private static func applyTags(_ dependencies: [ChartDependency], _ values: TemplateMap) {
        guard let tags = values["tags"]?.map else { return }
        for dependency in dependencies {
            let flags: [Bool] = dependency.tags.compactMap { tag in
                if case .bool(let flag)? = tags[tag] { flag } else { nil }
            }
            dependency.isEnabled = flags.isEmpty || flags.contains(true)
        }
    }

    private static func applyConditions(_ dependencies: [ChartDependency], _ values: TemplateMap, _ path: String) {
        for dependency in dependencies {
            for condition in Trim.both(dependency.condition, Trim.isSpace).split(separator: ",") {
                if case .bool(let flag)? = ChartValues.value(at: path + condition, in: values) {
                    dependency.isEnabled = flag
                    break
                }
            }
        }
    }

    /// Maps within one another that a value may be imported into.
    private static let mostParts = 60

    /// Children hand values up to their parents, whose own ones win.
    private static func importValues(_ chart: Chart) throws(Problem) {
        for inner in chart.charts { try importValues(inner) }
        guard let dependencies = chart.dependencies else { return }
        let all = try ChartValues.coalesced(chart, TemplateMap(), keepsNulls: true)
        let imported = TemplateMap()
        for dependency in dependencies {
            for item in dependency.imports {
                let (child, parent) = Self.paths(of: item)
                guard let child, let table = ChartValues.value(at: "\(dependency.name).\(child)", in: all)?.map else {
                    continue
                }
                var wrapped = table.copy()
                if parent != "." {
                    let parts = parent.split(separator: ".", omittingEmptySubsequences: false)
                    guard parts.count <= mostParts else {
                        throw Problem(
                            "a parent of import-values has more than \(mostParts) parts", at: dependency.origin)
                    }
                    for part in parts.reversed() {
                        wrapped = TemplateMap([String(part): .map(wrapped)])
                    }
                }
                ChartValues.merge(wrapped, into: imported, keepsNulls: true)
            }
            // A second chart that shares the dependency by another alias hands nothing up, as in Helm.
            dependency.imports = []
        }
        ChartValues.merge(imported, into: all, keepsNulls: true)
        chart.values = all
    }

    /// `{child: data, parent: mine}`, or the name of a table under the child's `exports`.
    private static func paths(of item: TemplateValue) -> (child: String?, parent: String) {
        if let map = item.map {
            return (GoText.of(map["child"] ?? .none), GoText.of(map["parent"] ?? .none))
        }
        return (item.string.map { "exports." + $0 }, ".")
    }
}
