import Document

/// JSON or YAML as the text of a field.
struct StructuredText: TextForm {
    private let leaf: Leaf
    private let documents: [Value]
    private let isJSON: Bool
    private let isIndented: Bool

    /// nil for a text that is no JSON list, mapping or string.
    init?(json text: String, _ leaf: Leaf) {
        guard let first = text.utf8.first(where: { !$0.isSpace }), first == 0x7B || first == 0x5B || first == 0x22,
            let value = try? JSON.parse(leaf.bytes, limits: Self.limits)
        else { return nil }
        self.leaf = leaf
        documents = [value]
        isJSON = true
        isIndented = text.utf8.contains(0x0A)
    }

    /// nil for a text that is no YAML, or a plain scalar of it.
    init?(yaml text: String, _ leaf: Leaf) {
        guard text.contains(": ") || text.contains(":\n") || text.hasPrefix("- "),
            let documents = try? YAML.parse(
                leaf.bytes, file: SourceFile("text"), limits: Self.limits, repeatedKeys: .lastCounts),
            !documents.isEmpty, documents.allSatisfy({ $0.scalar == nil })
        else { return nil }
        self.leaf = leaf
        self.documents = documents
        isJSON = false
        isIndented = true
    }

    private static let limits = YAML.Limits(bytes: 8 << 20, nodes: 400_000, depth: 64)

    func unfold(with unfolding: Unfolding) throws(Problem) -> [UInt8]? {
        var inner = leaf
        inner.forms.append(isJSON ? "JSON" : "YAML")
        var documents = documents
        var isChanged = false
        for index in documents.indices {
            let changed = try ValueWalk(unfolding: unfolding).change(&documents[index], inner)
            isChanged = isChanged || changed
        }
        guard isChanged else { return nil }
        if !isJSON { return YAML.emit(documents, .indented) }
        let ending: [UInt8] = leaf.bytes.last == 0x0A ? [0x0A] : []
        return JSON.emit(documents[0], isIndented ? .indented : .compact) + ending
    }
}

/// Goes through the scalars of a value within a text.
struct ValueWalk {
    let unfolding: Unfolding

    /// - Returns: whether anything was changed.
    func change(_ value: inout Value, _ leaf: Leaf) throws(Problem) -> Bool {
        switch value.content {
        case .scalar(let scalar):
            guard let new = try Self.changed(scalar, leaf, unfolding) else { return false }
            value.content = .scalar(new)
            return true
        case .sequence(var items):
            var isChanged = false
            for index in items.indices {
                var inner = leaf
                if let option = OptionName.before(items, index) { inner.name = option }
                let changed = try change(&items[index], inner)
                isChanged = isChanged || changed
            }
            if isChanged { value.content = .sequence(items) }
            return isChanged
        case .mapping(var mapping):
            var isChanged = false
            let name = value["name"]?.string ?? value["key"]?.string
            for index in mapping.entries.indices {
                let key = mapping.entries[index].key.text
                var inner = leaf
                inner.path.append(key)
                inner.name = key == "value" ? name ?? key : key
                let changed = try mapping.change(at: index) { (value) throws(Problem) in try change(&value, inner) }
                isChanged = isChanged || changed
            }
            if let renamed = try renamed(mapping, leaf) {
                mapping = renamed
                isChanged = true
            }
            if isChanged { value.content = .mapping(mapping) }
            return isChanged
        }
    }

    /// The shortest key that may be somebody's: shorter ones are names.
    private static let shortestKey = 12

    /// The mapping with other keys, where tokens or addresses are keys; nil where none is.
    private func renamed(_ mapping: Mapping, _ leaf: Leaf) throws(Problem) -> Mapping? {
        var entries = mapping.entries
        var isChanged = false
        for index in entries.indices where entries[index].key.text.utf8.count >= Self.shortestKey {
            var key = leaf
            key.name = ""
            key.role = .key
            key.bytes = Array(entries[index].key.text.utf8)
            guard let new = try unfolding.visit(key) else { continue }
            entries[index].key.text = String(decoding: new, as: UTF8.self)
            isChanged = true
        }
        return isChanged ? Mapping(entries) : nil
    }

    /// A scalar with what its leaves became; a number stays one where its new text is one.
    static func changed(
        _ scalar: Scalar, _ leaf: Leaf, _ unfolding: Unfolding
    ) throws(Problem) -> Scalar? {
        guard scalar.kind != .null, scalar.kind != .bool else { return nil }
        var leaf = leaf
        leaf.bytes = Array(scalar.text.utf8)
        guard let new = try unfolding.unfold(leaf) else { return nil }
        let text = String(decoding: new, as: UTF8.self)
        let isNumber = scalar.kind == .int && text.utf8.allSatisfy(\.isDigit) && text.utf8.first != 0x30
        return Scalar(text, isNumber ? .int : .string, style: scalar.style == .plain ? .any : scalar.style)
    }
}

/// Options of command lines, which name the item that follows.
enum OptionName {
    /// The option that stands before an item: `--token` before its value.
    static func before(_ items: [Value], _ index: Int) -> String? {
        guard index > 0, index < items.count, let text = items[index].string, !text.hasPrefix("-"),
            let option = items[index - 1].string, option.hasPrefix("-"), option.utf8.count > 2,
            option.utf8.allSatisfy({ $0.isWord || $0 == 0x2D || $0 == 0x2E })
        else { return nil }
        return String(option.drop { $0 == "-" })
    }
}
