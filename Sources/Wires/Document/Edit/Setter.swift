/// Finds what to write where to set a value.
struct Setter {
    let text: UnsafeBufferPointer<UInt8>
    let root: SourceNode
    let file: SourceFile

    /// - Parameter indent: of the block that the node stands in.
    func set(
        _ steps: ArraySlice<EditPath.Step>, in node: SourceNode, indent: Int, to new: Value, isInFlow: Bool = false
    ) throws(Problem) -> SourceEdit.Replacement {
        guard let step = steps.first else { return replace(node, by: new, indent: indent, isInFlow: isInFlow) }
        switch (step, node.content) {
        case (.key(let key), .mapping(let entries, let isFlow)):
            if let entry = entries.first(where: { $0.key.text == key }) {
                return try set(
                    steps.dropFirst(), in: entry.value, indent: node.column, to: new, isInFlow: isInFlow || isFlow)
            }
            return add(Self.tree(steps, new), to: node, isFlow: isFlow)
        case (.item(let field, let value), .sequence(let items, let isFlow)):
            let item = items.first { node in
                guard case .mapping(let entries, _) = node.content else { return false }
                return entries.first { $0.key.text == field }?.value.text == value
            }
            guard let item else { return add(Self.tree(steps, new), to: node, isFlow: isFlow) }
            return try set(steps.dropFirst(), in: item, indent: item.column, to: new, isInFlow: isInFlow || isFlow)
        case (.index(let index), .sequence(let items, let isFlow)) where items.indices.contains(index):
            return try set(
                steps.dropFirst(), in: items[index], indent: node.column, to: new, isInFlow: isInFlow || isFlow)
        case (_, .scalar): return replace(node, by: Self.tree(steps, new), indent: indent, isInFlow: isInFlow)
        case (_, .alias):
            throw Problem(
                "the path leads through an alias, and a change there would change other places too",
                at: Origin(file, line: Text.place(of: node.start, in: text).line), hint: "edit the anchor by hand")
        default: throw Problem("the path does not fit the file", at: Origin(file))
        }
    }

    /// What a path's rest makes: mappings and items around a value.
    private static func tree(_ steps: ArraySlice<EditPath.Step>, _ new: Value) -> Value {
        guard let step = steps.first else { return new }
        let inner = tree(steps.dropFirst(), new)
        switch step {
        case .key(let key): return [key: inner]
        case .index: return [inner]
        case .item(let field, let value):
            var item: Value = [field: .string(value)]
            for entry in inner.fields?.entries ?? [] { item[entry.key.text] = entry.value }
            return [item]
        }
    }

    /// New bytes for a node that is there.
    private func replace(_ node: SourceNode, by new: Value, indent: Int, isInFlow: Bool) -> SourceEdit.Replacement {
        let range = node.start..<node.end
        guard var scalar = new.scalar else {
            if isInFlow || new.fields?.isEmpty == true || new.items?.isEmpty == true {
                return .init(range: range, text: (node.isEmpty ? " " : "") + BlockText.flow(new))
            }
            let inner = new.items == nil ? indent + 2 : indent + listOffset
            let lines = BlockText(listOffset: listOffset).lines(new, indent: inner)
            return .init(range: range, text: "\n" + lines.joined(separator: "\n"))
        }
        if case .scalar(let old) = node.content, scalar.kind == .string, scalar.style == .any, !node.isEmpty {
            switch old.style {
            case .singleQuoted, .doubleQuoted, .literal, .folded: scalar.style = old.style
            case .plain, .any: break
            }
            if !scalar.text.contains("\n"), scalar.style == .literal || scalar.style == .folded { scalar.style = .any }
        }
        let text = BlockText.scalar(scalar, indent: indent, isInFlow: isInFlow)
        return .init(range: range, text: (node.isEmpty ? " " : "") + Self.trimmed(text))
    }

    /// A block scalar's text without the line break at its end, which the file has already.
    private static func trimmed(_ text: String) -> String {
        text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// New bytes behind the last child of a collection.
    func add(_ new: Value, to node: SourceNode, isFlow: Bool) -> SourceEdit.Replacement {
        if isFlow {
            let inside = BlockText.flow(new).dropFirst().dropLast()
            let last = lastChild(of: node)
            let place = last?.end ?? node.end - 1
            return .init(range: place..<place, text: last == nil ? String(inside) : ", \(inside)")
        }
        let indent = dashColumn(of: node) ?? node.column
        let lines = BlockText(listOffset: listOffset).lines(new, indent: indent)
        let place = endOfLine(from: node.end)
        return .init(range: place..<place, text: "\n" + lines.joined(separator: "\n"))
    }

    private func lastChild(of node: SourceNode) -> SourceNode? {
        switch node.content {
        case .mapping(let entries, _): entries.last.map { $0.value.isEmpty ? $0.key : $0.value }
        case .sequence(let items, _): items.last
        case .scalar, .alias: nil
        }
    }

    /// Where the dashes of a block list stand; nil for mappings.
    private func dashColumn(of node: SourceNode) -> Int? {
        guard case .sequence(let items, false) = node.content, let first = items.first else { return nil }
        var offset = first.start
        while offset > 0, text[offset] != UInt8(ascii: "-") || offset == first.start { offset -= 1 }
        return Text.place(of: offset, in: text).column - 1
    }

    /// The byte at which the line of a value ends, its comment included.
    private func endOfLine(from offset: Int) -> Int {
        var end = offset
        while end < text.count, text[end] != 0x0A, text[end] != 0x0D { end += 1 }
        return end
    }

    /// How far lists stand in from their keys in this file; like kustomize's own where it has none.
    var listOffset: Int { Self.listOffset(in: root) ?? 0 }

    static func listOffset(in node: SourceNode) -> Int? {
        switch node.content {
        case .mapping(let entries, _):
            for entry in entries {
                if case .sequence(let items, false) = entry.value.content, !items.isEmpty {
                    return max(0, min(2, entry.value.column - entry.key.column))
                }
                if let found = listOffset(in: entry.value) { return found }
            }
            return nil
        case .sequence(let items, _): return items.lazy.compactMap(listOffset).first
        case .scalar, .alias: return nil
        }
    }
}
