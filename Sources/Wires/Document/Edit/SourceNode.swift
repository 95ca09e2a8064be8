import CYAML

/// A value as it stands in the text: its bytes, and those of its parts.
package struct SourceNode: Sendable {
    package indirect enum Content: Sendable {
        case scalar(Scalar)
        case alias
        case sequence([SourceNode], isFlow: Bool)
        case mapping([Entry], isFlow: Bool)
    }

    package struct Entry: Sendable {
        package var key: SourceNode
        package var value: SourceNode
    }

    package var content: Content
    /// The first byte, behind anchor and tag.
    package var start: Int
    /// One past the last byte.
    package var end: Int
    /// In characters, from 0.
    package var column: Int

    /// The documents of a text, each value with its type.
    ///
    /// - Throws: `Problem` where `YAML.parse` refuses it.
    package static func documents(_ bytes: [UInt8], file: SourceFile) throws(Problem) -> [SourceNode] {
        _ = try YAML.parse(bytes, file: file, keepsComments: false)
        return try bytes.withUnsafeBufferPointer { (text) throws(Problem) in try documents(text, file: file) }
    }

    package var text: String? {
        if case .scalar(let scalar) = content { scalar.text } else { nil }
    }

    /// Whether this is a list or a mapping in flow style.
    package var isFlow: Bool {
        switch content {
        case .sequence(_, let isFlow), .mapping(_, let isFlow): isFlow
        case .scalar, .alias: false
        }
    }

    /// Whether nothing is written at all: `key:`.
    var isEmpty: Bool { start == end }

    /// The part that a step of a path leads to, with its key; items have themselves for one.
    func entry(_ step: EditPath.Step) -> Entry? {
        switch (step, content) {
        case (.key(let key), .mapping(let entries, _)): return entries.first { $0.key.text == key }
        case (.index(let index), .sequence(let items, _)):
            return items.indices.contains(index) ? Entry(key: items[index], value: items[index]) : nil
        case (.item(let field, let value), .sequence(let items, _)):
            let item = items.first { item in
                guard case .mapping(let entries, _) = item.content else { return false }
                return entries.first { $0.key.text == field }?.value.text == value
            }
            return item.map { Entry(key: $0, value: $0) }
        default: return nil
        }
    }

    /// The nodes of the documents in a text, which `YAML.parse` must have found sound.
    static func documents(_ text: UnsafeBufferPointer<UInt8>, file: SourceFile) throws(Problem) -> [SourceNode] {
        var builder = SourceNodeBuilder(text: text, file: file)
        return try builder.documents()
    }
}

/// Builds nodes from libyaml's events.
private struct SourceNodeBuilder {
    private let text: UnsafeBufferPointer<UInt8>
    private let file: SourceFile
    private let lines: LineTable
    private var event = yaml_event_t()

    init(text: UnsafeBufferPointer<UInt8>, file: SourceFile) {
        self.text = text
        self.file = file
        lines = LineTable(text)
    }

    mutating func documents() throws(Problem) -> [SourceNode] {
        let stream = try EventStream(text, file: file)
        defer { yaml_event_delete(&event) }
        var documents: [SourceNode] = []
        while true {
            try advance(stream)
            if event.type == YAML_STREAM_END_EVENT { return documents }
            guard event.type == YAML_DOCUMENT_START_EVENT else { continue }
            try advance(stream)
            let node = try node(stream)
            if !node.isEmpty { documents.append(node) }
        }
    }

    private mutating func advance(_ stream: borrowing EventStream) throws(Problem) {
        yaml_event_delete(&event)
        try stream.next(&event)
    }

    private func offset(_ mark: yaml_mark_t) -> Int {
        lines.offset(line: Int(mark.line), column: Int(mark.column))
    }

    private mutating func node(_ stream: borrowing EventStream) throws(Problem) -> SourceNode {
        let start = skipProperties(from: offset(event.start_mark), to: offset(event.end_mark))
        let column = Int(event.start_mark.column)
        switch event.type {
        case YAML_SCALAR_EVENT: return scalar(start: start, column: column)
        case YAML_SEQUENCE_START_EVENT:
            let isFlow = event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
            var items: [SourceNode] = []
            try advance(stream)
            while event.type != YAML_SEQUENCE_END_EVENT {
                items.append(try node(stream))
                try advance(stream)
            }
            let end = isFlow ? offset(event.end_mark) : items.last?.end ?? start
            return SourceNode(content: .sequence(items, isFlow: isFlow), start: start, end: end, column: column)
        case YAML_MAPPING_START_EVENT:
            let isFlow = event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
            var entries: [SourceNode.Entry] = []
            try advance(stream)
            while event.type != YAML_MAPPING_END_EVENT {
                let key = try node(stream)
                try advance(stream)
                entries.append(.init(key: key, value: try node(stream)))
                try advance(stream)
            }
            let end = isFlow ? offset(event.end_mark) : entries.last?.value.end ?? start
            let first = isFlow ? column : entries.first?.key.column ?? column
            return SourceNode(
                content: .mapping(entries, isFlow: isFlow), start: isFlow ? start : entries.first?.key.start ?? start,
                end: end, column: first)
        default:
            return SourceNode(content: .alias, start: start, end: offset(event.end_mark), column: column)
        }
    }

    /// The type of the current scalar event; a tag that does not fit is no one's here.
    private func kind(of text: String, _ style: Scalar.Style) -> Scalar.Kind {
        let tag = event.data.scalar.tag.map { String(cString: $0) } ?? ""
        if tag.isEmpty || tag == "!" { return style == .plain ? Resolver.kind(of: text) : .string }
        return (try? Resolver.kind(of: text, tag: tag, at: .none)) ?? .string
    }

    private func scalar(start: Int, column: Int) -> SourceNode {
        let data = event.data.scalar
        let value = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
        let style = Scalar.Style(data.style)
        let kind = kind(of: value, style)
        var end = offset(event.end_mark)
        if style == .literal || style == .folded {
            // The mark lies behind the blank lines that follow.
            while end > start, text[end - 1] == 0x0A || text[end - 1] == 0x0D || text[end - 1] == 0x20 { end -= 1 }
        }
        return SourceNode(
            content: .scalar(Scalar(value, kind, style: style)), start: min(start, end), end: end, column: column)
    }

    /// Steps over `&anchor` and `!tag`.
    private func skipProperties(from start: Int, to end: Int) -> Int {
        var offset = start
        while offset < end, text[offset] == UInt8(ascii: "&") || text[offset] == UInt8(ascii: "!") {
            while offset < end, text[offset] > 0x20 { offset += 1 }
            while offset < end, text[offset] <= 0x20 { offset += 1 }
        }
        return offset
    }
}
