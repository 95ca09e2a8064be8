/// Changes to the shape of a document: keys renamed, values put into mappings and lists, items moved between lists.
/// What they are made of is carried over as it stands, comments and quotes with it.
extension SourceEdit {
    /// Gives the key at a path another name.
    ///
    /// - Throws: a `Problem` when the name is taken, or no mapping's key is at the path.
    package mutating func rename(_ path: EditPath, to name: String) throws(Problem) {
        var wanted = try value()
        guard case .key(let old)? = path.steps.last, let node = try nodeEntry(at: path),
            let renamed = wanted.find(path.steps[...])
        else { throw Problem("there is no key \(path)", at: Origin(file)) }
        let parent = path.steps.dropLast()
        let isTaken = wanted.find(parent)?.fields?.position(of: name) != nil
        if isTaken { throw Problem("there is a key \"\(name)\" already", at: origin(of: node.key.start)) }
        try wanted.change(parent) { mapping in
            mapping[old] = nil
            mapping[name] = renamed
        }
        var new = bytes
        new.replaceSubrange(node.key.start..<node.key.end, with: name.utf8)
        try accept(new, expecting: wanted, at: node.key.start)
    }

    /// Makes each scalar of a list a mapping of one key: `- web.yaml` becomes `- path: web.yaml`.
    ///
    /// - Parameter name: the key for an item.
    package mutating func nestItems(of path: EditPath, under name: (Value) -> String) throws(Problem) {
        var wanted = try value()
        guard let entry = try nodeEntry(at: path), case .sequence(let nodes, let isFlow) = entry.value.content,
            let items = wanted.find(path.steps[...])?.items, items.count == nodes.count
        else { throw Problem("there is no list at \(path)", at: Origin(file)) }
        try wanted.change(path.steps[...]) { list in list = .sequence(items.map { [name($0): $0] }) }
        var new = bytes
        for (node, item) in zip(nodes, items).reversed() {
            guard case .scalar = node.content else {
                throw Problem("the item is no text", at: origin(of: node.start), hint: "edit it by hand")
            }
            let key = "\(name(item)): "
            if isFlow {
                new.insert(UInt8(ascii: "}"), at: node.end)
                new.insert(contentsOf: "{\(key)".utf8, at: node.start)
            } else {
                // What follows on further lines must stay deeper than the key that is now before it.
                for offset in (node.start..<node.end).reversed() where bytes[offset] == 0x0A {
                    let next = offset + 1
                    if next < bytes.count, bytes[next] != 0x0A, bytes[next] != 0x0D {
                        new.insert(contentsOf: "  ".utf8, at: next)
                    }
                }
                new.insert(contentsOf: key.utf8, at: node.start)
            }
        }
        try accept(new, expecting: wanted, at: entry.value.start)
    }

    /// Makes the value at a path the last field of a mapping that is the only item of a list, as `labels` has them:
    /// `[{includeSelectors: true, pairs: …}]`.
    ///
    /// - Parameter fields: the scalars that come before it.
    package mutating func nest(
        _ path: EditPath, under key: String, after fields: [(key: String, value: Value)]
    ) throws(Problem) {
        var wanted = try value()
        guard let entry = try nodeEntry(at: path), let old = wanted.find(path.steps[...]), !entry.value.isEmpty else {
            throw Problem("there is nothing at \(path)", at: Origin(file))
        }
        try wanted.change(path.steps[...]) { value in
            var item = Value.mapping(Mapping())
            for field in fields { item[field.key] = field.value }
            item[key] = old
            value = .sequence([item])
        }
        let text = TextLines(bytes)
        let column = entry.key.column + listOffset
        var made = fields.map { "\($0.key): \(BlockText.inline($0.value, indent: 0))" } + ["\(key):"]
        made[0] = "- " + made[0]
        let lines = made.enumerated().map { text.made($1, indent: column + ($0 == 0 ? 0 : 2)) }
        let keyLine = text.line(at: entry.key.start)
        guard case .mapping(_, isFlow: false) = entry.value.content else {
            return try nestInline(entry, lines, in: text, expecting: wanted)
        }
        let last = text.line(at: entry.value.end - 1)
        let inner = text.lines[keyLine + 1...last].map {
            TextLines.shifted($0, by: column + 4 - entry.value.column)
        }
        try accept(
            text.joined(Array(text.lines[...keyLine]) + lines + inner + Array(text.lines[(last + 1)...])),
            expecting: wanted, at: entry.value.start)
    }

    /// The same for a value that stands on its key's line.
    private mutating func nestInline(
        _ entry: SourceNode.Entry, _ lines: [[UInt8]], in text: TextLines, expecting wanted: Value
    ) throws(Problem) {
        var head = Array(bytes[..<entry.value.start])
        while head.last == 0x20 { head.removeLast() }
        var last = lines[lines.count - 1]
        last.removeLast(text.lineBreak.count)
        let new = text.joined([head] + lines.dropLast() + [last + [0x20]]) + bytes[entry.value.start...]
        try accept(new, expecting: wanted, at: entry.value.start)
    }

    /// Makes the scalar at a path the only item of a list.
    package mutating func makeList(_ path: EditPath) throws(Problem) {
        var wanted = try value()
        guard let entry = try nodeEntry(at: path), case .scalar = entry.value.content, !entry.value.isEmpty,
            let old = wanted.find(path.steps[...])
        else { throw Problem("there is no text at \(path)", at: Origin(file)) }
        try wanted.change(path.steps[...]) { value in value = .sequence([old]) }
        var new = bytes
        if isInFlow(entry) {
            new.insert(UInt8(ascii: "]"), at: entry.value.end)
            new.insert(UInt8(ascii: "["), at: entry.value.start)
        } else {
            let text = TextLines(bytes)
            var start = entry.value.start
            while start > 0, bytes[start - 1] == 0x20 { start -= 1 }
            let dash =
                text.lineBreak + [UInt8](repeating: 0x20, count: entry.key.column + listOffset) + Array("- ".utf8)
            new.replaceSubrange(start..<entry.value.start, with: dash)
        }
        try accept(new, expecting: wanted, at: entry.value.start)
    }

    /// Whether an entry stands within braces: no line break may part its key from what follows.
    private func isInFlow(_ entry: SourceNode.Entry) -> Bool {
        var offset = entry.key.start
        while offset > 0, bytes[offset - 1] == 0x20 { offset -= 1 }
        return offset > 0 && (bytes[offset - 1] == UInt8(ascii: "{") || bytes[offset - 1] == UInt8(ascii: ","))
    }

    /// Adds an item to the list at a path.
    package mutating func append(_ item: Value, to path: EditPath) throws(Problem) {
        var wanted = try value()
        guard let items = wanted.find(path.steps[...])?.items, !items.isEmpty else {
            throw Problem("there is no list with items at \(path)", at: Origin(file))
        }
        try wanted.change(path.steps[...]) { list in list = .sequence(items + [item]) }
        guard let entry = try nodeEntry(at: path) else {
            throw Problem("there is no list at \(path)", at: Origin(file))
        }
        let replacement = try bytes.withUnsafeBufferPointer { [file] (text) throws(Problem) in
            let root = try SourceNode.documents(text, file: file)[document]
            return Setter(text: text, root: root, file: file).add([item], to: entry.value, isFlow: entry.value.isFlow)
        }
        let lineBreak = String(decoding: TextLines(bytes).lineBreak, as: UTF8.self)
        var new = bytes
        new.replaceSubrange(replacement.range, with: replacement.text.replacing("\n", with: lineBreak).utf8)
        try accept(new, expecting: wanted, at: entry.value.start)
    }

    /// The document as it stands in the text.
    func root() throws(Problem) -> SourceNode {
        try bytes.withUnsafeBufferPointer { [file] (text) throws(Problem) in
            try SourceNode.documents(text, file: file)[document]
        }
    }

    /// What stands at a path; nil when nothing does, or only through an alias.
    func nodeEntry(at path: EditPath) throws(Problem) -> SourceNode.Entry? {
        let root = try root()
        var entry = SourceNode.Entry(key: root, value: root)
        for step in path.steps {
            guard let next = entry.value.entry(step) else { return nil }
            entry = next
        }
        return entry
    }

    /// How far lists stand in from their keys in this file.
    var listOffset: Int { ((try? root()).flatMap { Setter.listOffset(in: $0) }) ?? 0 }
}
