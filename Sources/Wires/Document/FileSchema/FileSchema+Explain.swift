/// What `belay explain` tells.
extension FileSchema {
    /// The text about a field, or about the file for an empty path.
    /// - Parameter path: names with dots between them; lists need no index: `spec.environments.sync`.
    /// - Throws: a `Problem` that names the step which is unknown, with the nearest name.
    package func explain(_ path: String) throws(Problem) -> String {
        var field: Field?
        var fields = fields
        var walked: [String] = []
        for step in path.split(separator: ".") {
            let name = String(step.prefix { $0 != "[" })
            guard let next = fields.first(where: { $0.name == name }) else {
                let place = walked.isEmpty ? file : walked.joined(separator: ".")
                let nearest = Spelling.nearest(to: name, among: fields.map(\.name))
                let all = fields.map(\.name).joined(separator: ", ")
                throw Problem(
                    "\(place) has no field \"\(name)\"",
                    hint: nearest.map { "did you mean \"\($0)\"?" }
                        ?? (all.isEmpty ? "it has no fields" : "it may have: \(all)"))
            }
            walked.append(name)
            field = next
            fields = next.shape.inner
        }
        return text(of: field, path: walked.joined(separator: "."), fields: fields)
    }

    private func text(of field: Field?, path: String, fields: [Field]) -> String {
        var lines = ["FILE:  \(file) (kind \(kind))"]
        if let field {
            lines.append("FIELD: \(path) <\(field.shape.name)>")
            lines += ["", wrapped(field.summary, indent: 0)]
            if field.isRequired { lines.append("Required.") }
            if let absent = field.absent { lines.append("Default: \(absent)") }
            if let successor = field.successor { lines.append("Deprecated: \(successor)") }
            if let example = field.example {
                let text = YAML.text([field.name: example], .asWritten)
                lines += ["", "EXAMPLE"] + text.split(separator: "\n").map { "  \($0)" }
            }
        } else {
            lines += ["", wrapped(summary, indent: 0)]
        }
        if !fields.isEmpty { lines += ["", "FIELDS"] + fields.flatMap(entry) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func entry(_ field: Field) -> [String] {
        var marks: [String] = []
        if field.isRequired { marks.append("required") }
        if let absent = field.absent { marks.append("default: \(absent)") }
        if field.successor != nil { marks.append("deprecated") }
        let note = marks.isEmpty ? "" : " (\(marks.joined(separator: ", ")))"
        return ["  \(field.name) <\(field.shape.name)>\(note)", wrapped(field.summary, indent: 6)]
    }

    /// A sentence over lines of at most 80 columns.
    private func wrapped(_ text: String, indent: Int) -> String {
        let space = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = space
        for word in text.split(whereSeparator: \.isWhitespace) {
            if line.count > indent, line.count + word.count + 1 > 80 {
                lines.append(line)
                line = space
            }
            line += line.count > indent ? " \(word)" : word
        }
        return (lines + [line]).joined(separator: "\n")
    }
}
