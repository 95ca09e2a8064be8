import Document

/// Writes the metadata into a text, as SOPS has it in each format.
struct SopsMetadataText {
    private let source: SopsSource
    private let format: SopsFormat

    init(_ source: SopsSource, _ format: SopsFormat) {
        self.source = source
        self.format = format
    }

    /// The text with some changes and the metadata.
    ///
    /// - Parameter old: the file whose metadata it is, where its layout is to stay.
    func added(
        _ metadata: Value, old: SopsFile?, to changes: [(range: Range<Int>, text: [UInt8])]
    ) -> [UInt8] {
        var changes = changes
        switch format {
        case .dotenv:
            let lines = Self.flattened(metadata).map { "sops_\($0)=\(SopsDotenv.written($1))\n" }
            changes.append(end(lines.joined()))
        case .ini:
            let lines = Self.flattened(metadata).map { "\($0) = \($1.replacing("\n", with: "\\n"))\n" }
            changes.append(end("\n[sops]\n" + lines.joined()))
        case .json, .binary:
            for root in source.roots { changes.append(flow(metadata, root)) }
        case .yaml:
            let block = old.flatMap { Self.block(of: $0, metadata) }
            for root in source.roots {
                let own = block.flatMap { $0.indent == root.indent ? $0.text : nil }
                let text = own ?? Self.yaml(["sops": metadata], column: root.indent)
                changes.append(root.isFlow ? flow(metadata, root) : below(text, root))
            }
        }
        return source.replacing(changes)
    }

    // MARK: Places

    private func end(_ text: String) -> (range: Range<Int>, text: [UInt8]) {
        let end = source.bytes.count
        let hasBreak = source.bytes.isEmpty || source.bytes[end - 1] == 0x0A
        return (end..<end, Array(((hasBreak ? "" : "\n") + text).utf8))
    }

    private func below(_ block: String, _ root: SopsSource.Root) -> (range: Range<Int>, text: [UInt8]) {
        guard let lineEnd = source.bytes[root.range.upperBound...].firstIndex(of: 0x0A) else { return end(block) }
        return ((lineEnd + 1)..<(lineEnd + 1), Array(block.utf8))
    }

    /// Before the brace that closes a mapping in flow style.
    private func flow(_ metadata: Value, _ root: SopsSource.Root) -> (range: Range<Int>, text: [UInt8]) {
        let bytes = source.bytes
        let close = root.range.upperBound - 1
        var end = close
        while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
        let isTrailed = end > 0 && bytes[end - 1] == UInt8(ascii: ",")
        let head = bytes[(root.range.lowerBound + 1)...].prefix { $0 <= 0x20 }
        guard let line = head.lastIndex(of: 0x0A) else {
            return (end..<end, Array("\(isTrailed ? "" : ",") \"sops\": \(JSON.text(metadata))".utf8))
        }
        let unit = String(decoding: head[(line + 1)...], as: UTF8.self)
        let text = Self.json(metadata, unit: unit.isEmpty ? "\t" : unit, depth: 1)
        return (end..<end, Array("\(isTrailed ? "" : ",")\n\(unit)\"sops\": \(text)".utf8))
    }

    // MARK: Forms

    /// Names and values, as dotenv and INI files have them.
    static func flattened(_ value: Value, _ name: String = "") -> [(String, String)] {
        switch value.content {
        case .scalar(let scalar): [(name, scalar.text)]
        case .mapping(let mapping):
            mapping.entries.sorted { $0.key.text < $1.key.text }.flatMap { entry in
                flattened(entry.value, name.isEmpty ? entry.key.text : "\(name)__map_\(entry.key.text)")
            }
        case .sequence(let items): items.enumerated().flatMap { flattened($1, "\(name)__list_\($0)") }
        }
    }

    static func json(_ value: Value, unit: String, depth: Int) -> String {
        let outer = "\n" + String(repeating: unit, count: depth)
        switch value.content {
        case .mapping(let mapping) where !mapping.isEmpty:
            let parts = mapping.entries.map { entry in
                "\(outer)\(unit)\(JSON.text(.string(entry.key.text))): \(json(entry.value, unit: unit, depth: depth + 1))"
            }
            return "{\(parts.joined(separator: ","))\(outer)}"
        case .sequence(let items) where !items.isEmpty:
            let parts = items.map { "\(outer)\(unit)\(json($0, unit: unit, depth: depth + 1))" }
            return "[\(parts.joined(separator: ","))\(outer)]"
        default: return JSON.text(value)
        }
    }

    /// Block style with four spaces a level, as SOPS writes it; ends with a line break.
    static func yaml(_ value: Value, column: Int) -> String {
        (value.fields?.entries ?? []).sorted { $0.key.text < $1.key.text }.map { entry in
            String(repeating: " ", count: column) + entry.key.text + ":" + yamlValue(entry.value, column: column)
        }.joined()
    }

    private static func yamlValue(_ value: Value, column: Int) -> String {
        let next = (column / 4 + 1) * 4
        switch value.content {
        case .mapping(let mapping): return mapping.isEmpty ? " {}\n" : "\n" + yaml(value, column: next)
        case .sequence(let items):
            if items.isEmpty { return " []\n" }
            return "\n"
                + items.map { item in
                    let text = item.fields == nil ? yamlValue(item, column: next) : yaml(item, column: next + 2)
                    return String(repeating: " ", count: next) + "- " + text.drop { $0 == " " }
                }.joined()
        case .scalar(let scalar):
            guard scalar.text.contains("\n") else {
                let isPlain =
                    scalar.kind != .string || Resolver.kind(of: scalar.text) == .string && !scalar.text.isEmpty
                let text = YAML.text(
                    of: Scalar(scalar.text, scalar.kind, style: isPlain ? .any : .doubleQuoted), indent: column,
                    isInFlow: false)
                return " \(text)\n"
            }
            let space = String(repeating: " ", count: next)
            let isEnded = scalar.text.hasSuffix("\n")
            let lines = (isEnded ? scalar.text.dropLast() : scalar.text[...]).split(
                separator: "\n", omittingEmptySubsequences: false)
            return (isEnded ? " |\n" : " |-\n") + lines.map { $0.isEmpty ? "\n" : "\(space)\($0)\n" }.joined()
        }
    }

    /// A file's own block of metadata with another time and code in it; nil where it stands otherwise.
    private static func block(of old: SopsFile, _ metadata: Value) -> (text: String, indent: Int)? {
        guard let root = old.source.roots.first, !root.isFlow, let entry = root.metadata,
            let node = try? SourceNode.documents(old.source.bytes, file: old.source.file).first,
            case .mapping(let entries, _) = node.content,
            case .mapping(let fields, isFlow: false)? = entries.first(where: { $0.key.text == "sops" })?.value.content
        else { return nil }
        var changes: [(range: Range<Int>, text: [UInt8])] = []
        for name in ["lastmodified", "mac"] {
            guard let field = fields.first(where: { $0.key.text == name }), let text = metadata[name]?.string else {
                return nil
            }
            let isQuoted = name == "lastmodified"
            changes.append((field.value.start..<field.value.end, Array((isQuoted ? "\"\(text)\"" : text).utf8)))
        }
        let bytes = old.source.bytes
        let tail = bytes[entry.upperBound...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
        changes.append((0..<entry.lowerBound, []))
        changes.append((tail..<bytes.count, []))
        let text =
            String(repeating: " ", count: root.indent) + String(decoding: old.source.replacing(changes), as: UTF8.self)
        return (text.hasSuffix("\n") ? text : text + "\n", root.indent)
    }
}
