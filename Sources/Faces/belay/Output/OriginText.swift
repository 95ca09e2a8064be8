import Document

/// A manifest with the place beside each field that set it, for `belay render --origins`.
struct OriginText {
    let value: Value

    var text: String {
        var lines: [(text: String, origin: Origin)] = []
        collect(value, indent: "", first: "", into: &lines)
        let width = min(72, lines.map(\.text.count).max() ?? 0)
        return lines.map { line in
            guard line.origin.isKnown else { return line.text + "\n" }
            let gap = String(repeating: " ", count: max(1, width - line.text.count + 2))
            return "\(line.text)\(gap)# \(line.origin)\n"
        }.joined()
    }

    /// - Parameters:
    ///   - indent: of every line but the first.
    ///   - first: what the first line begins with: the indent, or a list's dash.
    private func collect(
        _ value: Value, indent: String, first: String, into lines: inout [(text: String, origin: Origin)]
    ) {
        switch value.content {
        case .scalar: lines.append((first + scalar(value), value.origin))
        case .sequence(let items):
            if items.isEmpty { lines.append((first + "[]", value.origin)) }
            for (index, item) in items.enumerated() {
                collect(item, indent: indent + "  ", first: (index == 0 ? first : indent) + "- ", into: &lines)
            }
        case .mapping(let mapping):
            if mapping.isEmpty { lines.append((first + "{}", value.origin)) }
            for (index, entry) in mapping.entries.enumerated() {
                let start = (index == 0 ? first : indent) + entry.key.text + ":"
                if case .scalar = entry.value.content {
                    lines.append(("\(start) \(scalar(entry.value))", entry.value.origin))
                } else if entry.value.items?.isEmpty == true || entry.value.fields?.isEmpty == true {
                    lines.append(("\(start) \(entry.value.items == nil ? "{}" : "[]")", entry.value.origin))
                } else {
                    lines.append((start, entry.key.origin))
                    let inner = entry.value.items == nil ? indent + "  " : indent
                    collect(entry.value, indent: inner, first: inner, into: &lines)
                }
            }
        }
    }

    /// A scalar on one line: text of several lines is shortened.
    private func scalar(_ value: Value) -> String {
        let text = YAML.text(value)
        let line = text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard line.contains("\n") else { return line }
        let whole = JSON.text(value)
        return whole.count > 60 ? "\(whole.prefix(56))…\"" : whole
    }
}
