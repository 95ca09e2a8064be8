import Document

/// Checks the values of a chart, and of those in it, against their `values.schema.json`.
enum ChartSchema {
    private static let mostFindings = 25

    /// - Throws: `Problem` with all findings by path, at the first value among them.
    static func check(_ chart: Chart, _ values: TemplateMap) throws(Problem) {
        var found: [(chart: String, finding: SchemaFinding)] = []
        var file: Origin?
        try collect(chart, values, chart.name, within: chart, &found, &file)
        guard !found.isEmpty else { return }
        let charts = found.map(\.chart).reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } }
        var lines: [String] = []
        for item in found.prefix(mostFindings) {
            let chart = charts.count > 1 ? "\(item.chart): " : ""
            let origin = item.finding.origin.map { " (\($0))" } ?? ""
            lines.append("\n- \(chart)\(item.finding.place): \(item.finding.message)\(origin)")
        }
        if found.count > mostFindings { lines.append("\n- and \(found.count - mostFindings) more") }
        throw Problem(
            "the values are not as the schema of \(charts.joined(separator: ", ")) wants them:" + lines.joined(),
            at: found.lazy.compactMap(\.finding.origin).first ?? file ?? chart.origin,
            hint: "change the values, or values.schema.json where it is wrong")
    }

    private static func collect(
        _ chart: Chart, _ values: TemplateMap, _ path: String, within whole: Chart,
        _ found: inout [(chart: String, finding: SchemaFinding)], _ place: inout Origin?
    ) throws(Problem) {
        if let file = chart.schema {
            let schema = try JSON.parse(file.bytes, file: SourceFile(file.source))
            let findings = try self.findings(schema, .map(values), of: chart, within: whole)
            if !findings.isEmpty, place == nil { place = Origin(SourceFile(file.source)) }
            found += findings.map { (path, $0) }
        }
        for inner in chart.charts {
            guard let table = values[inner.name]?.map else { continue }
            try collect(inner, table, "\(path)/\(inner.name)", within: whole, &found, &place)
        }
    }

    /// A schema may refer to that of another chart of the same whole by its address; as most do not, they are read once one
    /// does.
    private static func findings(
        _ schema: Value, _ values: TemplateValue, of chart: Chart, within whole: Chart
    ) throws(Problem) -> [SchemaFinding] {
        do {
            return try SchemaValidator(schema).findings(in: values)
        } catch {
            let others = try self.others(than: chart, in: whole)
            if others.isEmpty { throw error }
            return try SchemaValidator(schema, beside: others).findings(in: values)
        }
    }

    private static func others(than chart: Chart, in whole: Chart) throws(Problem) -> [Value] {
        var found: [Value] = []
        if whole !== chart, let file = whole.schema {
            found.append(try JSON.parse(file.bytes, file: SourceFile(file.source)))
        }
        for inner in whole.charts { found += try others(than: chart, in: inner) }
        return found
    }
}
