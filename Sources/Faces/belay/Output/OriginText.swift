import Document

/// A manifest with the place beside each field that set it, and those that it replaced, for `belay render --origins`.
///
/// Values of Secrets are left out: what is read beside a review should not hold them.
struct OriginText {
    let value: Value

    private struct Line {
        var text: String
        var note: String
    }

    var text: String {
        var lines: [Line] = []
        let isSecret = OriginList.isSecret(value)
        guard let fields = value.fields, isSecret else {
            collect(value, indent: "", first: "", into: &lines)
            return Self.aligned(lines)
        }
        var open = value
        open.content = .mapping(Mapping(fields.entries.filter { !OriginList.secretFields.contains($0.key.text) }))
        collect(open, indent: "", first: "", into: &lines)
        for entry in fields.entries where OriginList.secretFields.contains(entry.key.text) {
            lines.append(Line(text: "\(entry.key.text):", note: note(Place(entry.key.origin))))
            for secret in entry.value.fields?.entries ?? [] {
                lines.append(Line(text: "  \(secret.key.text): <secret>", note: note(secret.value)))
            }
        }
        return Self.aligned(lines)
    }

    private static func aligned(_ lines: [Line]) -> String {
        let width = min(72, lines.map(\.text.count).max() ?? 0)
        return lines.map { line in
            guard !line.note.isEmpty else { return line.text + "\n" }
            let gap = String(repeating: " ", count: max(1, width - line.text.count + 2))
            return "\(line.text)\(gap)# \(line.note)\n"
        }.joined()
    }

    /// - Parameters:
    ///   - indent: of every line but the first.
    ///   - first: what the first line begins with: the indent, or a list's dash.
    private func collect(_ value: Value, indent: String, first: String, into lines: inout [Line]) {
        switch value.content {
        case .scalar: collect(scalar: value, indent: indent, first: first, into: &lines)
        case .sequence(let items):
            if items.isEmpty { lines.append(Line(text: first + "[]", note: note(value))) }
            for (index, item) in items.enumerated() {
                collect(item, indent: indent + "  ", first: (index == 0 ? first : indent) + "- ", into: &lines)
            }
        case .mapping(let mapping):
            if mapping.isEmpty { lines.append(Line(text: first + "{}", note: note(value))) }
            for (index, entry) in mapping.entries.enumerated() {
                let start = (index == 0 ? first : indent) + entry.key.text + ":"
                if case .scalar = entry.value.content {
                    collect(scalar: entry.value, indent: indent + "  ", first: start + " ", into: &lines)
                } else if entry.value.items?.isEmpty == true || entry.value.fields?.isEmpty == true {
                    let text = "\(start) \(entry.value.items == nil ? "{}" : "[]")"
                    lines.append(Line(text: text, note: note(entry.value)))
                } else {
                    lines.append(Line(text: start, note: note(Place(entry.key.origin))))
                    let inner = entry.value.items == nil ? indent + "  " : indent
                    collect(entry.value, indent: inner, first: inner, into: &lines)
                }
            }
        }
    }

    /// A scalar on one line, unless its lines are lines of a file: then each has its own.
    private func collect(scalar value: Value, indent: String, first: String, into lines: inout [Line]) {
        let form = YAML.text(value)
        let whole = form.hasSuffix("\n") ? String(form.dropLast()) : form
        guard whole.contains("\n") else {
            lines.append(Line(text: first + whole, note: note(value)))
            return
        }
        let text = value.scalar?.text ?? ""
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(text.hasSuffix("\n") ? 1 : 0)
        guard whole.first == "|", let numbers = value.place.lines, numbers.count == parts.count else {
            let short = JSON.text(value)
            lines.append(
                Line(text: first + (short.count > 60 ? "\(short.prefix(56))…\"" : short), note: note(value)))
            return
        }
        lines.append(Line(text: first + (whole.split(separator: "\n").first ?? "|"), note: note(value)))
        for (number, part) in zip(numbers, parts) {
            lines.append(Line(text: indent + part, note: "\(value.origin.file.path):\(number)"))
        }
    }

    private func note(_ place: Place) -> String { place.origin.isKnown ? place.description : "" }

    /// The place of a value, then those of what it replaced or was made with.
    private func note(_ value: Value) -> String {
        guard value.origin.isKnown else { return "" }
        let earlier = value.trivia?.replaced.filter(\.origin.isKnown) ?? []
        var note = value.place.description
        switch value.trivia?.synthesis ?? .none {
        case .none: break
        case .part: note += ", with a hash"
        case .whole: note = "made by \(note)"
        }
        for place in earlier.prefix(Self.shown) { note += " ← \(place)" }
        return earlier.count > Self.shown ? note + " ← \(earlier.count - Self.shown) more" : note
    }

    /// Replaced places that are written beside a field.
    private static let shown = 4
}
