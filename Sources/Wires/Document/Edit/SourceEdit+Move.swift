/// Moving what stands at a document's top level.
extension SourceEdit {
    /// The end of a list that items are put at.
    package enum ListEnd: Sendable {
        case start
        case end
    }

    /// Moves the items of one of the document's lists into another one, and removes the key of the first. Where the
    /// second is not there yet, the first takes its name.
    ///
    /// Comments above the key and within the list move along.
    package mutating func moveItems(from source: String, to target: String, at end: ListEnd) throws(Problem) {
        let paths = (from: EditPath([.key(source)]), to: EditPath([.key(target)]))
        var wanted = try value()
        guard let moved = wanted[source]?.items else { throw Problem("there is no list \(source)", at: Origin(file)) }
        let present = wanted[target]
        guard let present, !present.isNull, present.items?.isEmpty != true else {
            if present != nil { try remove(paths.to) }
            return try rename(paths.from, to: target)
        }
        guard let items = present.items, let from = try nodeEntry(at: paths.from), let to = try nodeEntry(at: paths.to)
        else { throw Problem("\(target) is no list", at: present.origin) }
        if moved.isEmpty { return try remove(paths.from) }
        wanted[source] = nil
        wanted[target] = .sequence(end == .start ? moved + items : items + moved)
        let new = try ListMove(text: TextLines(bytes), file: file).move(from, to, moved, at: end)
        try accept(new, expecting: wanted, at: from.key.start)
    }

    /// Puts fields before all others: below the comments that begin the file.
    package mutating func insertFirst(_ fields: [(key: String, value: Value)]) throws(Problem) {
        var wanted = try value()
        let root = try self.root()
        guard case .mapping(_, isFlow: false) = root.content, root.column == 0 else {
            throw Problem("the document is no mapping in block style", at: Origin(file), hint: "edit it by hand")
        }
        for field in fields { wanted[field.key] = field.value }
        let text = TextLines(bytes)
        let line = text.head(of: text.line(at: root.start))
        let made = fields.map { text.made("\($0.key): \(BlockText.inline($0.value, indent: 0))", indent: 0) }
        try accept(
            text.joined(Array(text.lines[..<line]) + made + Array(text.lines[line...])), expecting: wanted,
            at: root.start)
    }
}

/// Moves the lines of one list into another.
private struct ListMove {
    let text: TextLines
    let file: SourceFile

    func move(
        _ from: SourceNode.Entry, _ to: SourceNode.Entry, _ values: [Value], at end: SourceEdit.ListEnd
    ) throws(Problem) -> [UInt8] {
        let keyLine = text.line(at: from.key.start)
        let first = text.head(of: keyLine)
        let last = text.tail(from: text.line(at: from.value.end - 1), under: from.key.column)
        var items: [[UInt8]] = []
        var comments = first < keyLine ? Array(text.lines[first..<keyLine]) : []
        switch from.value.content {
        case .sequence(_, isFlow: false):
            comments += comment(behind: from.key.end, on: keyLine).map { [$0] } ?? []
            items = keyLine < last ? Array(text.lines[(keyLine + 1)...last]) : []
        default:
            comments += comment(behind: from.value.end, on: text.line(at: from.value.end - 1)).map { [$0] } ?? []
            items = values.flatMap { BlockText(listOffset: 0).lines([$0], indent: 0) }.map { text.made($0, indent: 0) }
        }
        var lines = text.lines.map { Optional($0) }
        for line in first...last { lines[line] = nil }
        closeGap(&lines, first, last)
        if case .sequence(let nodes, isFlow: true) = to.value.content {
            let place = end == .start ? nodes.first?.start : nodes.last?.end
            guard let place else { throw Problem("the list has no item", at: Origin(file)) }
            let flow = values.map { BlockText.flow($0) }.joined(separator: ", ")
            let line = text.line(at: place)
            var changed = text.lines[line]
            changed.insert(
                contentsOf: (end == .start ? "\(flow), " : ", \(flow)").utf8, at: place - text.start(of: line))
            lines[line] = changed
            return joined(lines, inserting: comments, before: text.line(at: to.key.start))
        }
        let column = try dashColumn(to)
        let own = try from.value.isFlow ? 0 : dashColumn(from)
        let moved =
            comments.map { TextLines.shifted($0, by: column - TextLines.indent(of: $0)) }
            + items.map { TextLines.shifted($0, by: column - own) }
        let place =
            end == .start
            ? text.line(at: to.key.start) + 1
            : text.tail(from: text.line(at: to.value.end - 1), under: to.key.column) + 1
        return joined(lines, inserting: moved, before: place)
    }

    /// The lines that are left, with others put in before one.
    private func joined(_ lines: [[UInt8]?], inserting new: [[UInt8]], before place: Int) -> [UInt8] {
        text.joined(lines[..<place].compactMap { $0 } + new + lines[place...].compactMap { $0 })
    }

    /// Of the blank lines on both sides of what is taken away, one side is enough.
    private func closeGap(_ lines: inout [[UInt8]?], _ first: Int, _ last: Int) {
        let isEnd = last + 1 >= lines.count
        let isBlankBelow = isEnd || text.isBlank(last + 1)
        guard isBlankBelow, first == 0 || text.isBlank(first - 1) else { return }
        if !isEnd {
            lines[last + 1] = nil
        } else if first > 0 {
            lines[first - 1] = nil
        }
    }

    /// The comment that ends a line.
    private func comment(behind offset: Int, on line: Int) -> [UInt8]? {
        let rest = text.lines[line].dropFirst(offset - text.start(of: line))
        guard let mark = rest.firstIndex(of: UInt8(ascii: "#")) else { return nil }
        return Array(rest[mark...])
    }

    /// Where the dashes of a block list stand.
    private func dashColumn(_ entry: SourceNode.Entry) throws(Problem) -> Int {
        var line = text.line(at: entry.key.start) + 1
        while line < text.lines.count, text.isBlank(line) || text.isComment(line) { line += 1 }
        guard line < text.lines.count else { throw Problem("the list cannot be found", at: Origin(file)) }
        return TextLines.indent(of: text.lines[line])
    }
}
