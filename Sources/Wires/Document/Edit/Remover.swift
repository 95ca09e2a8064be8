/// Finds what to cut out to remove a key or an item.
struct Remover {
    let text: UnsafeBufferPointer<UInt8>
    let file: SourceFile

    func remove(_ steps: ArraySlice<EditPath.Step>, in node: SourceNode) throws(Problem) -> SourceEdit.Replacement {
        guard let step = steps.first, let position = position(of: step, in: node) else {
            throw Problem("the path leads through an alias or a scalar", at: Origin(file), hint: "edit it by hand")
        }
        let parts = Self.parts(of: node)
        guard steps.count == 1 else { return try remove(steps.dropFirst(), in: parts[position].value) }
        switch node.content {
        case .mapping(_, let isFlow), .sequence(_, let isFlow):
            return isFlow ? cutFlow(position, of: parts) : cutBlock(position, of: parts, in: node)
        case .scalar, .alias: throw Problem("the path does not fit the file", at: Origin(file))
        }
    }

    private struct Part {
        /// Of the key, or of the item.
        var start: Int
        var value: SourceNode
        var end: Int { max(start, value.end) }
    }

    private static func parts(of node: SourceNode) -> [Part] {
        switch node.content {
        case .mapping(let entries, _): entries.map { Part(start: $0.key.start, value: $0.value) }
        case .sequence(let items, _): items.map { Part(start: $0.start, value: $0) }
        case .scalar, .alias: []
        }
    }

    private func position(of step: EditPath.Step, in node: SourceNode) -> Int? {
        switch (step, node.content) {
        case (.key(let key), .mapping(let entries, _)): entries.firstIndex { $0.key.text == key }
        case (.index(let index), .sequence(let items, _)): items.indices.contains(index) ? index : nil
        case (.item(let field, let value), .sequence(let items, _)):
            items.firstIndex { item in
                guard case .mapping(let entries, _) = item.content else { return false }
                return entries.first { $0.key.text == field }?.value.text == value
            }
        default: nil
        }
    }

    private func cutFlow(_ position: Int, of parts: [Part]) -> SourceEdit.Replacement {
        if position + 1 < parts.count {
            return .init(range: parts[position].start..<parts[position + 1].start, text: "")
        }
        let start = position > 0 ? parts[position - 1].end : parts[position].start
        return .init(range: start..<parts[position].end, text: "")
    }

    private func cutBlock(_ position: Int, of parts: [Part], in node: SourceNode) -> SourceEdit.Replacement {
        let isList = if case .sequence = node.content { true } else { false }
        if parts.count == 1 {
            // From behind the key's colon, or from the mapping's own beginning behind a dash.
            let start = isList ? dash(before: parts[0].start) : parts[0].start
            let (line, rest) = (lineStart(of: start), isList ? "[]" : "{}")
            guard line > 0, text[line..<start].allSatisfy({ $0 == 0x20 }) else {
                return .init(range: start..<parts[0].end, text: rest)
            }
            return .init(range: endOfText(before: line)..<parts[0].end, text: " \(rest)")
        }
        let start = isList ? dash(before: parts[position].start) : parts[position].start
        let line = lineStart(of: start)
        if text[line..<start].allSatisfy({ $0 == 0x20 }) {
            return .init(range: line..<endOfLine(from: parts[position].end), text: "")
        }
        // The first on the line of a dash: the next takes its place.
        guard position + 1 < parts.count else { return .init(range: start..<parts[position].end, text: "") }
        let next = isList ? dash(before: parts[position + 1].start) : parts[position + 1].start
        return .init(range: start..<next, text: "")
    }

    private func dash(before start: Int) -> Int {
        var offset = max(0, start - 1)
        while offset > 0, text[offset] != UInt8(ascii: "-") { offset -= 1 }
        return offset
    }

    private func lineStart(of offset: Int) -> Int {
        var start = offset
        while start > 0, text[start - 1] != 0x0A { start -= 1 }
        return start
    }

    /// The end of what stands on the line above: its comment is left alone.
    private func endOfText(before line: Int) -> Int {
        var end = line
        while end > 0, text[end - 1] == 0x0A || text[end - 1] == 0x0D || text[end - 1] == 0x20 { end -= 1 }
        return end
    }

    /// One past the line break that ends the line.
    private func endOfLine(from offset: Int) -> Int {
        var end = offset
        while end < text.count, text[end] != 0x0A { end += 1 }
        return min(end + 1, text.count)
    }
}
