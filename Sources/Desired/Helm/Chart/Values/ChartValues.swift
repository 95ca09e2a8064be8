import Document

/// How Helm 3 puts values together: the user's over the chart's, a parent's over its subcharts'.
enum ChartValues {
    /// The mapping that a values file holds; empty when the file is. Of a repeated key the last one counts.
    static func table(_ bytes: [UInt8], source: String) throws(Problem) -> TemplateMap {
        let documents = try YAML.parse(bytes, file: SourceFile(source), repeatedKeys: .lastCounts)
        guard let value = documents.first, !value.isNull else { return TemplateMap() }
        guard case .map(let map) = TemplateValue(value) else {
            throw Problem("values must be a mapping", at: value.origin)
        }
        return map
    }

    /// All values of a chart and of those in it.
    ///
    /// - Parameter keepsNulls: whether a null stays for a later round, instead of taking away what it covers.
    static func coalesced(
        _ chart: Chart, _ given: TemplateMap, keepsNulls: Bool = false
    ) throws(Problem) -> TemplateMap {
        let values = given.copy()
        try coalesce(chart, values, keepsNulls)
        return values
    }

    private static func coalesce(_ chart: Chart, _ values: TemplateMap, _ keepsNulls: Bool) throws(Problem) {
        let own = chart.values.copy()
        for (key, entry) in own.entries {
            let value = entry.value
            guard let given = values[key] else {
                values.set(key, entry)
                continue
            }
            if given.isNone, !keepsNulls {
                values[key] = nil
            } else if let given = given.map, let value = value.map {
                // What is meant for a subchart goes through its own round.
                merge(value, into: given, keepsNulls: keepsNulls || chart.charts.contains { $0.name == key })
            }
        }
        for inner in chart.charts {
            let table: TemplateMap
            if let known = values[inner.name] {
                guard let map = known.map else {
                    throw Problem(
                        "the values of the subchart \(inner.name) must be a mapping",
                        at: values.origin(of: inner.name) ?? chart.origin,
                        hint: "to leave the chart out, use the condition or a tag of its dependency in Chart.yaml")
                }
                table = map
            } else {
                table = TemplateMap()
                values[inner.name] = .map(table)
            }
            coalesceGlobals(from: values, into: table)
            try coalesce(inner, table, keepsNulls)
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
        if let given = source["global"] {
            guard let given = given.map else { return }
            for (key, entry) in given.entries { share(entry, key, with: globals) }
        }
        target["global"] = .map(globals)
    }

    /// Hands one global down: the parent's counts, and tables are merged.
    private static func share(_ entry: TemplateMap.Entry, _ key: String, with globals: TemplateMap) {
        guard let table = entry.value.map else {
            if globals[key]?.map == nil { globals.set(key, entry) }
            return
        }
        // The inner tables stay the parent's own, as they do in Helm.
        let copy = TemplateMap(entries: table.entries)
        if let known = globals[key] {
            guard let known = known.map else { return }
            merge(known, into: copy, keepsNulls: true)
        }
        globals.set(key, .init(.map(copy), from: entry.origin))
    }

    /// Puts what is missing into the target. A null there takes away what the source has, unless nulls are kept; one that
    /// covers nothing stays.
    static func merge(_ source: TemplateMap, into target: TemplateMap, keepsNulls: Bool) {
        for (key, entry) in source.entries {
            let value = entry.value
            guard let known = target[key] else {
                target.set(key, entry)
                continue
            }
            if known.isNone {
                if !keepsNulls, !value.isNone { target[key] = nil }
            } else if let known = known.map, let value = value.map {
                merge(value, into: known, keepsNulls: keepsNulls)
            }
        }
    }

    /// Lays one values file over another.
    static func overlay(_ upper: TemplateMap, over lower: TemplateMap) {
        for (key, entry) in upper.entries {
            if let inner = entry.value.map, let known = lower[key]?.map {
                overlay(inner, over: known)
            } else {
                lower.set(key, .init(entry.value.copied, from: entry.origin))
            }
        }
    }

    /// The value at a path of names between dots, which must lead through mappings.
    static func value(at path: String, in map: TemplateMap) -> TemplateValue? {
        var value = TemplateValue.map(map)
        for part in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard let next = value.map?[String(part)] else { return nil }
            value = next
        }
        return value
    }
}
