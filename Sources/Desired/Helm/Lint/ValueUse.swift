import Document

/// Which values the templates of a chart read, as far as their text shows.
///
/// What is handed on whole counts as read whole, so that a value said to be unused surely is.
struct ValueUse {
    /// Paths of values that are read, with the first place of each.
    private var reads: [[String]: Origin] = [:]
    /// Whether all values are handed on as they are.
    private var readsAll = false
    /// Keys that are for other charts.
    private let foreign: Set<String>

    init(_ chart: Chart) {
        foreign = Set(chart.charts.map(\.name))
            .union((chart.dependencies ?? []).flatMap { [$0.name, $0.alias] })
            .union(["global", "tags"])
        let evaluator = TemplateEvaluator(functions: Functions.all)
        collect(chart, isRoot: true, evaluator)
    }

    private mutating func collect(_ chart: Chart, isRoot: Bool, _ evaluator: TemplateEvaluator) {
        // Helpers of libraries run with the values of the chart that calls them.
        if isRoot || chart.isLibrary {
            for file in chart.templates {
                let source = TemplateSource(name: file.name, bytes: file.bytes, file: file.source)
                guard let templates = try? evaluator.add(source) else {
                    readsAll = true
                    continue
                }
                for template in templates {
                    walk(template.body, in: template.source, isOwn: isRoot)
                }
            }
            // Files may be templates too, through tpl.
            for file in chart.files { look(in: String(decoding: file.bytes, as: UTF8.self)) }
        }
        for inner in chart.charts { collect(inner, isRoot: false, evaluator) }
    }

    // MARK: Templates

    private mutating func walk(_ nodes: [TemplateNode], in source: TemplateSource, isOwn: Bool) {
        for node in nodes {
            switch node {
            case .text, .breakLoop, .continueLoop: continue
            case .action(let pipeline): walk(pipeline, in: source, isOwn)
            case .template(let call):
                if let argument = call.argument { walk(argument, in: source, isOwn) }
            case .branch(let branch):
                walk(branch.pipeline, in: source, isOwn)
                walk(branch.body, in: source, isOwn: isOwn)
                walk(branch.otherwise, in: source, isOwn: isOwn)
            }
        }
    }

    private mutating func walk(_ pipeline: Pipeline, in source: TemplateSource, _ isOwn: Bool) {
        for command in pipeline.commands {
            // `index .Values "a" "b"` reads one value.
            if command.operands.count > 1, case .function(let function) = command.operands[0].kind,
                function.name == "index",
                let base = path(of: command.operands[1])
            {
                let keys = command.operands.dropFirst(2).prefix { $0.text != nil }.compactMap(\.text)
                note(base + keys, command.operands[1].span, in: source, isOwn)
                for operand in command.operands.dropFirst(2 + keys.count) { walk(operand, in: source, isOwn) }
            } else {
                for operand in command.operands { walk(operand, in: source, isOwn) }
            }
        }
    }

    private mutating func walk(_ operand: Operand, in source: TemplateSource, _ isOwn: Bool) {
        if let path = path(of: operand) { return note(path, operand.span, in: source, isOwn) }
        switch operand.kind {
        case .chain(let inner, _): walk(inner, in: source, isOwn)
        case .pipeline(let pipeline): walk(pipeline, in: source, isOwn)
        case .constant: if let text = operand.text { look(in: text) }
        case .dot, .none, .field, .variable, .function: return
        }
    }

    /// The path behind `Values`: `.Values.a`, `$.Values.a`, `.context.Values.a`.
    private func path(of operand: Operand) -> [String]? {
        let fields: [String]
        switch operand.kind {
        case .field(let names): fields = names
        case .variable(_, let names): fields = names
        case .chain(_, let names): fields = names
        default: return nil
        }
        guard let start = fields.firstIndex(of: "Values") else { return nil }
        return Array(fields[(start + 1)...])
    }

    private mutating func note(_ path: [String], _ span: Span, in source: TemplateSource, _ isOwn: Bool) {
        if path.isEmpty { return readsAll = true }
        let (line, column) = source.place(of: span.start)
        let origin = isOwn ? Origin(SourceFile(source.file), line: line, column: column + 1) : .none
        if reads[path]?.isKnown != true { reads[path] = origin }
    }

    /// Looks for templates within texts.
    private mutating func look(in text: String) {
        var rest = text[...]
        while let range = rest.firstRange(of: ".Values") {
            rest = rest[range.upperBound...]
            let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
            let path = name.split(separator: ".").map(String.init)
            if path.isEmpty { readsAll = true } else if reads[path] == nil { reads[path] = Origin.none }
        }
    }

    // MARK: Findings

    func findings(valuesIn values: Value?) -> [Finding] {
        var copy = self
        copy.lookInTexts(of: values ?? .null)
        return copy.unused(values?.fields ?? Mapping(), []) + copy.undefined(values ?? .mapping(Mapping()))
    }

    private mutating func lookInTexts(of value: Value) {
        switch value.content {
        case .scalar(let scalar): if scalar.text.contains(".Values") { look(in: scalar.text) }
        case .sequence(let items): for item in items { lookInTexts(of: item) }
        case .mapping(let mapping): for entry in mapping.entries { lookInTexts(of: entry.value) }
        }
    }

    private func unused(_ mapping: Mapping, _ above: [String]) -> [Finding] {
        if readsAll { return [] }
        return mapping.entries.flatMap { entry -> [Finding] in
            if above.isEmpty, foreign.contains(entry.key.text) { return [] }
            let path = above + [entry.key.text]
            if reads.keys.contains(where: { path.starts(with: $0) }) { return [] }
            if reads.keys.contains(where: { $0.starts(with: path) }) {
                return unused(entry.value.fields ?? Mapping(), path)
            }
            return [
                Finding(
                    .unusedValue, "no template reads the value \(path.joined(separator: "."))", at: entry.key.origin,
                    hint: "remove it, or use it")
            ]
        }
    }

    private func undefined(_ values: Value) -> [Finding] {
        reads.compactMap { path, origin -> Finding? in
            guard origin.isKnown, let first = path.first, !foreign.contains(first) else { return nil }
            var value = values
            for (index, key) in path.enumerated() {
                // What is empty, or no mapping, is left to whoever sets it.
                guard let fields = value.fields, index == 0 || !fields.isEmpty else { return nil }
                guard let next = fields[key] else {
                    let name = path.joined(separator: ".")
                    return Finding(
                        .undefinedValue, "the value \(name) is read, and values.yaml does not tell of it", at: origin,
                        hint: "give it a default there, so that people find it")
                }
                value = next
            }
            return nil
        }
    }
}

extension Operand {
    /// The text of a constant.
    fileprivate var text: String? {
        if case .constant(let constant) = kind { constant.value.string } else { nil }
    }
}
