/// The comments of a text, put onto the values that they stand by.
///
/// libyaml drops comments; they are found again between the scalars. A comment on lines of its own belongs to what
/// follows it, one behind a value to that value, one behind `key:` to the key, and those behind the last value to the
/// document's foot. Comments within flow collections are left out.
struct Comments {
    private struct Comment {
        var start: Int
        var text: String
    }

    private let lines: LineTable
    private var comments: ArraySlice<Comment> = []

    /// The documents with their comments.
    static func attached(
        to documents: [Value], _ text: UnsafeBufferPointer<UInt8>, file: SourceFile
    ) throws(Problem) -> [Value] {
        let nodes = try SourceNode.documents(text, file: file)
        // Documents that one of the two readings leaves out have nothing to hold a comment.
        guard nodes.count == documents.count else { return documents }
        var attacher = Comments(text, nodes)
        var result = zip(documents, nodes).map { attacher.attach($0, $1) }
        let rest = attacher.taken(before: .max)
        if let last = result.indices.last, !rest.isEmpty {
            result[last].trivia = (result[last].trivia ?? Trivia()).with(footComment: rest)
        }
        return result
    }

    private init(_ text: UnsafeBufferPointer<UInt8>, _ nodes: [SourceNode]) {
        lines = LineTable(text)
        var scalars: [Range<Int>] = []
        for node in nodes { Self.collect(node, into: &scalars) }
        comments = Self.find(in: text, outside: scalars)[...]
    }

    private static func collect(_ node: SourceNode, into ranges: inout [Range<Int>]) {
        switch node.content {
        case .scalar, .alias: ranges.append(node.start..<node.end)
        case .sequence(let items, _): for item in items { collect(item, into: &ranges) }
        case .mapping(let entries, _):
            for entry in entries {
                collect(entry.key, into: &ranges)
                collect(entry.value, into: &ranges)
            }
        }
    }

    /// Every `#` that begins a line or follows white space and stands in no scalar, to the end of its line.
    private static func find(in text: UnsafeBufferPointer<UInt8>, outside scalars: [Range<Int>]) -> [Comment] {
        var found: [Comment] = []
        var next = scalars[...]
        var offset = 0
        while offset < text.count {
            while let first = next.first, first.upperBound <= offset { next = next.dropFirst() }
            if let first = next.first, first.lowerBound <= offset, !first.isEmpty {
                offset = first.upperBound
                continue
            }
            guard text[offset] == UInt8(ascii: "#"), offset == 0 || text[offset - 1] <= 0x20 else {
                offset += 1
                continue
            }
            let end = text[offset...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? text.count
            found.append(Comment(start: offset, text: String(decoding: text[offset..<end], as: UTF8.self)))
            offset = end
        }
        return found
    }

    /// The comments up to a place, line by line; they are then gone.
    private mutating func taken(before place: Int) -> String {
        var lines: [String] = []
        while let first = comments.first, first.start < place {
            lines.append(first.text)
            comments = comments.dropFirst()
        }
        return lines.joined(separator: "\n")
    }

    /// The comment behind a place on its line.
    private mutating func takenBehind(_ place: Int) -> String {
        guard let first = comments.first, first.start >= place, lines.line(at: first.start) == lines.line(at: place)
        else { return "" }
        comments = comments.dropFirst()
        return first.text
    }

    private mutating func attach(_ value: Value, _ node: SourceNode) -> Value {
        var result = value
        switch (value.content, node.content) {
        case (.mapping(var mapping), .mapping(let entries, false)):
            for entry in entries { attach(entry, to: &mapping) }
            result.content = .mapping(mapping)
        case (.sequence(let items), .sequence(let nodes, false)) where items.count == nodes.count:
            result.content = .sequence(
                zip(items, nodes).map { item, node in
                    let head = taken(before: node.start)
                    var item = attach(item, node)
                    if !head.isEmpty { item.trivia = (item.trivia ?? Trivia()).with(headComment: head) }
                    return item
                })
        default:
            _ = taken(before: node.end)
            let line = takenBehind(node.end)
            if !line.isEmpty { result.trivia = (result.trivia ?? Trivia()).with(lineComment: line) }
        }
        return result
    }

    private mutating func attach(_ entry: SourceNode.Entry, to mapping: inout Mapping) {
        let head = taken(before: entry.key.start)
        let isBelow = lines.line(at: entry.value.start) > lines.line(at: entry.key.end)
        let line = isBelow ? takenBehind(entry.key.end) : ""
        guard let key = entry.key.text, let position = mapping.position(of: key) else {
            _ = taken(before: entry.value.end)
            return
        }
        mapping[valueAt: position] = attach(mapping.entries[position].value, entry.value)
        if !head.isEmpty || !line.isEmpty {
            let trivia = mapping.entries[position].key.trivia ?? Trivia()
            mapping.setTrivia(trivia.with(headComment: head).with(lineComment: line), ofKeyAt: position)
        }
    }
}
