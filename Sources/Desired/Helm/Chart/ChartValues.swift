/// How Helm puts values together: the user's over the chart's, a parent's over its subcharts'.
enum ChartValues {
    /// All values of a chart and of those in it.
    static func coalesced(_ chart: Chart, _ given: TemplateMap) -> TemplateMap {
        let values = given.copy()
        coalesce(chart, values)
        return values
    }

    private static func coalesce(_ chart: Chart, _ values: TemplateMap) {
        let own = chart.values.copy()
        for (key, value) in own.entries {
            guard let given = values[key] else {
                values[key] = value
                values.origins[key] = own.origins[key]
                continue
            }
            if given.isNone {
                values[key] = nil
            } else if let given = given.map, let value = value.map {
                merge(value, into: given, dropsNulls: true)
            }
        }
        for inner in chart.charts {
            let table: TemplateMap
            if let known = values[inner.name] {
                guard let map = known.map else { continue }
                table = map
            } else {
                table = TemplateMap()
                values[inner.name] = .map(table)
            }
            coalesceGlobals(from: values, into: table)
            coalesce(inner, table)
        }
    }

    private static func coalesceGlobals(from source: TemplateMap, into target: TemplateMap) {
        let globals: TemplateMap
        if let known = target["global"] {
            guard let map = known.map else { return }
            globals = map
        } else {
            globals = TemplateMap()
        }
        target["global"] = .map(globals)
        guard let given = source["global"]?.map else { return }
        for (key, value) in given.entries {
            globals.origins[key] = given.origins[key]
            if let table = value.map {
                let copy = table.copy()
                if let known = globals[key] {
                    guard let known = known.map else { continue }
                    merge(known, into: copy, dropsNulls: true)
                }
                globals[key] = .map(copy)
            } else {
                if globals[key]?.map != nil { continue }
                globals[key] = value
            }
        }
    }

    /// Puts what is missing in the target; a null there takes the key away.
    static func merge(_ source: TemplateMap, into target: TemplateMap, dropsNulls: Bool) {
        for (key, value) in source.entries {
            guard let known = target[key] else {
                target[key] = value.copied
                target.origins[key] = source.origins[key]
                continue
            }
            if known.isNone {
                if dropsNulls { target[key] = nil }
            } else if let known = known.map, let value = value.map {
                merge(value, into: known, dropsNulls: dropsNulls)
            }
        }
    }

    /// Lays one values file over another.
    static func overlay(_ upper: TemplateMap, over lower: TemplateMap) {
        for (key, value) in upper.entries {
            if let inner = value.map, let known = lower[key]?.map {
                overlay(inner, over: known)
            } else {
                lower[key] = value.copied
                lower.origins[key] = upper.origins[key]
            }
        }
    }

    static func value(at path: String, in map: TemplateMap) -> TemplateValue? {
        var value = TemplateValue.map(map)
        for part in path.split(separator: ".") {
            guard let next = value.map?[String(part)] else { return nil }
            value = next
        }
        return value
    }
}

/// Which subcharts take part, under which names, and what they hand up.
enum ChartDependencies {
    static func process(_ chart: Chart, _ values: TemplateMap) {
        enable(chart, values, path: "")
        importValues(chart)
    }

    private static func enable(_ chart: Chart, _ values: TemplateMap, path: String) {
        guard !chart.dependencies.isEmpty else { return }
        var charts = chart.charts.filter { existing in
            !chart.dependencies.contains { $0.name == existing.name && isCompatible($0.version, existing.version) }
        }
        for index in chart.dependencies.indices {
            let dependency = chart.dependencies[index]
            let name = dependency.alias.isEmpty ? dependency.name : dependency.alias
            if let found = chart.charts.first(where: {
                $0.name == dependency.name && isCompatible(dependency.version, $0.version)
            }) {
                charts.append(Chart(found, named: name))
            }
            chart.dependencies[index].name = name
            chart.dependencies[index].isEnabled = true
        }
        chart.charts = charts
        let all = ChartValues.coalesced(chart, values)
        applyTags(chart, all)
        applyConditions(chart, all, path)
        let removed = Set(chart.dependencies.filter { !$0.isEnabled }.map(\.name))
        chart.charts.removeAll { removed.contains($0.name) }
        chart.dependencies.removeAll { removed.contains($0.name) }
        for inner in chart.charts { enable(inner, all, path: path + inner.name + ".") }
    }

    private static func isCompatible(_ constraint: String, _ version: String) -> Bool {
        guard !constraint.isEmpty, let version = SemanticVersion(version) else { return constraint.isEmpty }
        return (try? VersionConstraint(constraint).allows(version)) ?? false
    }

    private static func applyTags(_ chart: Chart, _ values: TemplateMap) {
        guard let tags = values["tags"]?.map else { return }
        for index in chart.dependencies.indices {
            let flags: [Bool] = chart.dependencies[index].tags.compactMap { tag in
                if case .bool(let flag)? = tags[tag] { flag } else { nil }
            }
            chart.dependencies[index].isEnabled = flags.isEmpty || flags.contains(true)
        }
    }

    private static func applyConditions(_ chart: Chart, _ values: TemplateMap, _ path: String) {
        for index in chart.dependencies.indices {
            for condition in chart.dependencies[index].condition.split(separator: ",") {
                let name = Trim.both(String(condition), Trim.isSpace)
                if case .bool(let flag)? = ChartValues.value(at: path + name, in: values) {
                    chart.dependencies[index].isEnabled = flag
                    break
                }
            }
        }
    }

    /// Children hand values up to their parents, whose own ones win.
    private static func importValues(_ chart: Chart) {
        for inner in chart.charts { importValues(inner) }
        guard chart.dependencies.contains(where: { !$0.imports.isEmpty }) else { return }
        let all = ChartValues.coalesced(chart, TemplateMap())
        let imported = TemplateMap()
        for dependency in chart.dependencies {
            for item in dependency.imports {
                let child: String
                let parent: String
                if let map = item.map {
                    child = map["child"]?.string ?? ""
                    parent = map["parent"]?.string ?? "."
                } else {
                    child = "exports." + (item.string ?? "")
                    parent = "."
                }
                guard let table = ChartValues.value(at: dependency.name + "." + child, in: all)?.map else { continue }
                var wrapped = TemplateValue.map(table.copy())
                for part in parent.split(separator: ".").reversed() { wrapped = .map([String(part): wrapped]) }
                if let wrapped = wrapped.map { ChartValues.merge(wrapped, into: imported, dropsNulls: false) }
            }
        }
        ChartValues.merge(imported, into: all, dropsNulls: false)
        chart.values = all
    }
}
