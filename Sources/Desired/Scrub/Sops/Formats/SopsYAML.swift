import Document

/// Takes YAML apart.
struct SopsYAML {
    private struct Comment {
        var start: Int
        var end: Int
        var column: Int
    }

    private var source: SopsSource
    private var comments: ArraySlice<Comment> = []

    static func read(_ bytes: [UInt8], file: SourceFile) throws(Problem) -> SopsSource {
        let nodes = try SourceNode.documents(bytes, file: file)
        let values = try YAML.parse(bytes, file: file)
        var reader = SopsYAML(source: SopsSource(bytes: bytes, file: file))
        reader.source.metadata = values.first?["sops"]
        var scalars: [Range<Int>] = []
        for node in nodes { reader.collect(node, &scalars) }
        reader.comments = reader.findComments(outside: scalars)[...]
        for node in nodes { try reader.document(node) }
        var rest: [[String]] = [[]]
        reader.takeComments(before: .max, [], indent: 0, atLeast: 0, stack: &rest)
        return reader.source
    }

    private init(source: SopsSource) {
        self.source = source
    }

    private func collect(_ node: SourceNode, _ ranges: inout [Range<Int>]) {
        switch node.content {
        case .scalar, .alias: ranges.append(node.start..<node.end)
        case .sequence(let items, _): for item in items { collect(item, &ranges) }
        case .mapping(let entries, _):
            for entry in entries {
                collect(entry.key, &ranges)
                collect(entry.value, &ranges)
            }
        }
    }

    private func findComments(outside scalars: [Range<Int>]) -> [Comment] {
        let bytes = source.bytes
        var found: [Comment] = []
        var next = scalars[...]
        var offset = 0
        var lineStart = 0
        while offset < bytes.count {
            while let first = next.first, first.upperBound <= offset { next = next.dropFirst() }
            if let first = next.first, first.lowerBound <= offset, !first.isEmpty {
                offset = first.upperBound
                continue
            }
            if bytes[offset] == 0x0A { lineStart = offset + 1 }
            guard bytes[offset] == UInt8(ascii: "#"), offset == 0 || bytes[offset - 1] <= 0x20 else {
                offset += 1
                continue
            }
            let end = bytes[offset...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
            found.append(Comment(start: offset, end: end, column: max(0, offset - lineStart)))
            offset = end
        }
        return found
    }

    private mutating func document(_ node: SourceNode) throws(Problem) {
        guard case .mapping(let entries, let isFlow) = node.content else {
            throw Problem(
                "a document that is no mapping cannot be encrypted", at: source.origin(of: node.start),
                hint: "put it under a key, or encrypt the file as binary")
        }
        let sops = entries.first { $0.key.text == "sops" }
        source.roots.append(
            .init(
                metadata: sops.map { $0.key.start..<$0.value.end }, range: node.start..<node.end, isFlow: isFlow,
                isEmpty: entries.count { $0.key.text != "sops" } == 0,
                indent: indent(ofLineAt: node.start)))
        var stack: [[String]] = []
        try mapping(node, entries, [], &stack, isRoot: true)
    }

    /// How far in a line stands: what begins there may have a tag or an anchor before it.
    private func indent(ofLineAt place: Int) -> Int {
        let start = source.bytes[..<place].lastIndex { $0 == 0x0A || $0 == 0x0D }.map { $0 + 1 } ?? 0
        return source.bytes[start...].prefix { $0 == 0x20 }.count
    }

    // MARK: Comments

    /// The comments up to a place that stand at least so far in become leaves of one collection.
    private mutating func takeComments(
        before place: Int, _ path: [String], indent: Int, atLeast column: Int, stack: inout [[String]]
    ) {
        while let first = comments.first, first.start < place, first.column >= column {
            comments = comments.dropFirst()
            add(first, path, indent, &stack)
        }
    }

    /// The comment behind a place on its line.
    private mutating func takeComment(behind place: Int, _ path: [String], indent: Int, stack: inout [[String]]) {
        guard let first = comments.first, first.start >= place, !source.bytes[place..<first.start].contains(0x0A) else {
            return
        }
        comments = comments.dropFirst()
        add(first, path, indent, &stack)
    }

    private mutating func add(_ comment: Comment, _ path: [String], _ indent: Int, _ stack: inout [[String]]) {
        let text = String(decoding: source.bytes[(comment.start + 1)..<comment.end], as: UTF8.self)
        if stack.isEmpty { stack.append([]) }
        stack[stack.count - 1].append(text)
        source.leaves.append(
            SopsLeaf(
                path: path, kind: .comment, text: text, range: (comment.start + 1)..<comment.end, indent: indent,
                comments: stack))
    }

    // MARK: Values

    private mutating func value(
        _ node: SourceNode, _ path: [String], indent: Int, isInFlow: Bool, _ stack: inout [[String]]
    ) throws(Problem) {
        switch node.content {
        case .mapping(let entries, _): try mapping(node, entries, path, &stack, isRoot: false)
        case .sequence(let items, let isFlow):
            stack.append([])
            for item in items {
                takeComments(before: item.start, path, indent: node.column, atLeast: 0, stack: &stack)
                if isScalar(item) { takeComment(behind: item.end, path, indent: node.column, stack: &stack) }
                try value(item, path, indent: node.column, isInFlow: isFlow || isInFlow, &stack)
                stack[stack.count - 1] = []
            }
            finish(node, isFlow, path, &stack)
        case .scalar(let scalar): try leaf(node, scalar, path, indent, isInFlow, stack)
        case .alias:
            throw Problem(
                "an alias cannot be encrypted: what it repeats is encrypted for another place",
                at: source.origin(of: node.start), hint: "write out what is meant")
        }
    }

    private mutating func mapping(
        _ node: SourceNode, _ entries: [SourceNode.Entry], _ path: [String], _ stack: inout [[String]], isRoot: Bool
    ) throws(Problem) {
        stack.append([])
        for entry in entries {
            takeComments(before: entry.key.start, path, indent: node.column, atLeast: 0, stack: &stack)
            guard let key = entry.key.text else {
                throw Problem("a key is an alias", at: source.origin(of: node.start))
            }
            if isRoot, key == "sops" {
                // Comments within the metadata are nobody's.
                comments = comments.drop { $0.start < entry.value.end }
                continue
            }
            if isScalar(entry.value) {
                takeComment(behind: entry.value.end, path, indent: node.column, stack: &stack)
            } else {
                takeComment(behind: entry.key.end, path, indent: node.column, stack: &stack)
            }
            try value(entry.value, path + [key], indent: node.column, isInFlow: node.isFlow, &stack)
            stack[stack.count - 1] = []
        }
        finish(node, node.isFlow, path, &stack)
    }

    /// The comments below the last part of a collection that stand as far in as its parts do.
    private mutating func finish(_ node: SourceNode, _ isFlow: Bool, _ path: [String], _ stack: inout [[String]]) {
        if isFlow {
            takeComments(before: node.end, path, indent: node.column, atLeast: 0, stack: &stack)
        } else if stack.count > 1, let first = comments.first, isNext(first, after: node.end) {
            takeComments(
                before: .max, path, indent: node.column, atLeast: max(1, node.column), stack: &stack, from: node.end)
        }
        stack.removeLast()
    }

    /// As above, for comments between which and a place nothing but comments stands.
    private mutating func takeComments(
        before place: Int, _ path: [String], indent: Int, atLeast column: Int, stack: inout [[String]], from start: Int
    ) {
        var end = start
        while let first = comments.first, first.column >= column, isNext(first, after: end) {
            end = first.end
            comments = comments.dropFirst()
            add(first, path, indent, &stack)
        }
    }

    private func isNext(_ comment: Comment, after end: Int) -> Bool {
        comment.start >= end && source.bytes[end..<comment.start].allSatisfy { $0 <= 0x20 }
    }

    private func isScalar(_ node: SourceNode) -> Bool {
        switch node.content {
        case .scalar, .alias: true
        default: false
        }
    }

    private mutating func leaf(
        _ node: SourceNode, _ scalar: Scalar, _ path: [String], _ indent: Int, _ isInFlow: Bool, _ stack: [[String]]
    ) throws(Problem) {
        let kind: SopsLeaf.Kind
        switch scalar.kind {
        case .null: return
        case .bool: kind = .bool
        case .int: kind = .int
        case .float: kind = .float
        case .timestamp: kind = .time
        case .string: kind = .string
        case .binary:
            throw Problem(
                "a value tagged !!binary cannot be encrypted", at: source.origin(of: node.start),
                hint: "write its base64 without the tag")
        }
        source.leaves.append(
            SopsLeaf(
                path: path, kind: kind, text: scalar.text, range: node.start..<node.end, indent: indent,
                isInFlow: isInFlow, comments: stack))
    }
}
