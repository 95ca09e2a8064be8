/// Writes values as go-yaml's emitter does (emitterc.go): two spaces a level, lists not indented beneath their key.
///
/// `column`, `whitespace` and `indention` are that emitter's own state: where lines break and where spaces come follows
/// from them.
struct Emitter {
    let form: YAML.Form
    var bytes: [UInt8] = []
    /// In characters.
    var column = 0
    /// Whether the last thing written was white space.
    var whitespace = true
    /// Whether only indentation and indicators stand on the line so far.
    var indention = true
    /// -1 outside the root collection.
    var indent = -1
    var flowDepth = 0
    /// The column after which text is folded at spaces.
    let width: Int
    static let step = 2
    /// Keys longer than this in bytes are written with `?`.
    private static let longestSimpleKey = 128

    init(form: YAML.Form) {
        self.form = form
        width = form == .canonical ? 80 : .max
    }

    var keepsStyle: Bool { form == .asWritten }

    /// Writes one document.
    mutating func document(_ value: Value) {
        indent = -1
        column = 0
        whitespace = true
        indention = true
        headComment(value.trivia)
        node(value, isRoot: true, inMapping: false)
        writeIndent()
        footComment(value.trivia)
    }

    /// Writes the line between two documents.
    mutating func separator() {
        bytes.append(contentsOf: "---\n".utf8)
    }

    // MARK: Nodes

    private mutating func node(_ value: Value, isRoot: Bool = false, inMapping: Bool) {
        switch value.content {
        case .scalar(let scalar):
            write(scalar, isKey: false)
        case .sequence(let items):
            if items.isEmpty || isFlow(value) {
                flow(value)
            } else {
                sequence(items, isIndentless: form != .indented && inMapping && !indention)
            }
        case .mapping(let mapping):
            if mapping.isEmpty || isFlow(value) { flow(value) } else { self.mapping(mapping) }
        }
        if !isRoot || value.fields == nil && value.items == nil { lineComment(value.trivia) }
    }

    /// Whether a value is written on lines below its key.
    private func isBlock(_ value: Value) -> Bool {
        switch value.content {
        case .scalar: false
        case .sequence(let items): !items.isEmpty && !isFlow(value)
        case .mapping(let mapping): !mapping.isEmpty && !isFlow(value)
        }
    }

    private func isFlow(_ value: Value) -> Bool { keepsStyle && value.trivia?.isFlow == true }

    private mutating func sequence(_ items: [Value], isIndentless: Bool) {
        let outer = indent
        if !isIndentless { increaseIndent() }
        for item in items {
            headComment(item.trivia)
            writeIndent()
            indicator("-", needsSpace: true, isIndention: true)
            node(item, inMapping: false)
            footComment(item.trivia)
        }
        indent = outer
    }

    private mutating func mapping(_ mapping: Mapping) {
        let outer = indent
        increaseIndent()
        let positions = keepsStyle ? nil : KeyOrder.positions(mapping.entries)
        // Within the buffer: an entry that is taken out of it is copied, with all that it refers to.
        mapping.entries.withUnsafeBufferPointer { entries in
            for index in entries.indices { entry(entries[positions?[index] ?? index]) }
        }
        indent = outer
    }

    private mutating func entry(_ entry: Mapping.Entry) {
        if keepsStyle { headComment(entry.key.trivia) }
        writeIndent()
        if writeCommon(entry.key) {
            indicator(":")
        } else if isSimple(entry.key) {
            key(entry.key)
            indicator(":")
        } else {
            indicator("?", needsSpace: true, isIndention: true)
            write(scalar(of: entry.key), isKey: false)
            writeIndent()
            indicator(":", needsSpace: true, isIndention: true)
        }
        if keepsStyle, isBlock(entry.value) { lineComment(entry.key.trivia) }
        node(entry.value, inMapping: true)
        if keepsStyle { footComment(entry.key.trivia) }
    }

    /// What begins within a collection or a scalar stands this far in.
    mutating func increaseIndent(isFlow: Bool = false) {
        indent = indent < 0 ? (isFlow ? Self.step : 0) : indent + Self.step
    }

    private func scalar(of key: Mapping.Key) -> Scalar {
        // JSON's keys are strings, whatever YAML took them for.
        keepsStyle ? Scalar(key.text, key.kind, style: key.style) : Scalar(key.text)
    }

    private func isSimple(_ key: Mapping.Key) -> Bool {
        key.text.utf8.count <= Self.longestSimpleKey && !key.text.utf8.contains(UInt8(ascii: "\n"))
            && !(key.text.utf8.contains(where: { $0 == 0xC2 || $0 == 0xE2 || $0 == 0x0D })
                && ScalarAnalysis(key.text).isMultiline)
    }

    /// Writes a key that is a word like any other; false for keys that need a closer look.
    private mutating func writeCommon(_ key: Mapping.Key) -> Bool {
        if keepsStyle, key.kind != .string || key.style != .plain && key.style != .any { return false }
        if key.text.utf8.count > Self.longestSimpleKey { return false }
        var text = key.text
        return text.withUTF8 { writeCommon($0) }
    }

    private mutating func key(_ key: Mapping.Key) {
        write(scalar(of: key), isKey: true)
    }

    private mutating func flow(_ value: Value) {
        switch value.content {
        case .scalar(let scalar): write(scalar, isKey: false)
        case .sequence(let items): flowItems("[", "]", items) { $0.flow($1) }
        case .mapping(let mapping):
            flowItems("{", "}", mapping.entries) { emitter, entry in
                emitter.write(emitter.scalar(of: entry.key), isKey: true)
                emitter.indicator(":")
                emitter.flow(entry.value)
            }
        }
    }

    private mutating func flowItems<Item>(
        _ open: StaticString, _ close: StaticString, _ items: [Item], _ each: (inout Emitter, Item) -> Void
    ) {
        indicator(open, needsSpace: true, isSpace: true)
        let outer = indent
        increaseIndent(isFlow: true)
        flowDepth += 1
        for (index, item) in items.enumerated() {
            if index > 0 { indicator(",") }
            if column > width { writeIndent() }
            each(&self, item)
        }
        flowDepth -= 1
        indent = outer
        indicator(close)
    }

}
