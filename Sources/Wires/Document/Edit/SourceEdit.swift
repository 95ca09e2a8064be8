/// Changes to a YAML text that leave every byte alone that they need not touch: comments, quotes and layout stay.
///
/// Each change is read back, and refused if the document then says anything else than what it was meant to.
package struct SourceEdit: Sendable {
    /// The text with all changes.
    package private(set) var bytes: [UInt8]
    let file: SourceFile
    let document: Int

    /// - Parameter document: which of the text's documents to change, from 0.
    /// - Throws: a `Problem` when the text is no YAML or has no such document.
    package init(_ bytes: [UInt8], file: SourceFile, document: Int = 0) throws(Problem) {
        self.bytes = bytes
        self.file = file
        self.document = document
        _ = try value()
    }

    func value() throws(Problem) -> Value {
        let documents = try YAML.parse(bytes, file: file)
        guard documents.indices.contains(document) else {
            throw Problem("the file has no document \(document + 1)", at: Origin(file))
        }
        return documents[document]
    }

    /// The value at a path; nil when there is none.
    package func value(at path: EditPath) throws(Problem) -> Value? {
        try value().find(path.steps[...])
    }

    /// Sets the scalar at a path, in the quotes that are there if they can hold it. Keys and list items that are missing
    /// on the way are added behind their siblings.
    /// - Throws: a `Problem` where a list or mapping would be overwritten, or the path leads through a scalar.
    package mutating func set(_ path: EditPath, to new: Value) throws(Problem) {
        let old = try value()
        if old.find(path.steps[...]) == new { return }
        var wanted = old
        try wanted.set(path.steps[...], to: new)
        try apply(expecting: wanted) { [file] (text, root) throws(Problem) in
            try Setter(text: text, root: root, file: file).set(path.steps[...], in: root, indent: 0, to: new)
        }
    }

    /// Removes the key or the list item at a path; what is left empty becomes `{}` or `[]`.
    package mutating func remove(_ path: EditPath) throws(Problem) {
        var wanted = try value()
        guard wanted.find(path.steps[...]) != nil, !path.steps.isEmpty else { return }
        wanted.remove(path.steps[...])
        try apply(expecting: wanted) { [file] (text, root) throws(Problem) in
            try Remover(text: text, file: file).remove(path.steps[...], in: root)
        }
    }

    /// Replaces the bytes that a change names, and reads the result back.
    private mutating func apply(
        expecting wanted: Value,
        _ change: (UnsafeBufferPointer<UInt8>, SourceNode) throws(Problem) -> Replacement
    ) throws(Problem) {
        let replacement = try bytes.withUnsafeBufferPointer { (text) throws(Problem) -> Replacement in
            try change(text, try SourceNode.documents(text, file: file)[document])
        }
        var new = bytes
        new.replaceSubrange(replacement.range, with: replacement.text.utf8)
        try accept(new, expecting: wanted, at: replacement.range.lowerBound)
    }

    /// Takes over a changed text.
    ///
    /// - Parameter place: of the change, in the text as it was.
    /// - Throws: a `Problem` when the text does not say what it is meant to.
    mutating func accept(_ new: [UInt8], expecting wanted: Value, at place: Int) throws(Problem) {
        let before = bytes
        bytes = new
        let result = try? value()
        guard result == wanted else {
            bytes = before
            throw Problem(
                "the file cannot be edited here without changing its layout", at: origin(of: place),
                hint: "edit it by hand")
        }
    }

    /// The place of a byte.
    func origin(of offset: Int) -> Origin {
        let (line, column) = Text.place(of: offset, in: bytes)
        return Origin(file, line: line, column: column)
    }

    /// New text for a range of bytes.
    struct Replacement {
        var range: Range<Int>
        var text: String
    }
}

/// Paths in values, as edits go along them.
extension Value {
    func find(_ steps: ArraySlice<EditPath.Step>) -> Value? {
        guard let step = steps.first else { return self }
        return child(step)?.find(steps.dropFirst())
    }

    private func child(_ step: EditPath.Step) -> Value? {
        switch step {
        case .key(let key): self[key]
        case .item, .index: position(step).flatMap { items?[$0] }
        }
    }

    /// The place of a list's item.
    func position(_ step: EditPath.Step) -> Int? {
        switch step {
        case .key: nil
        case .item(let field, let value): items?.firstIndex { $0[field]?.scalar?.text == value }
        case .index(let index): items.flatMap { $0.indices.contains(index) ? index : nil }
        }
    }

    mutating func set(_ steps: ArraySlice<EditPath.Step>, to new: Value) throws(Problem) {
        guard let step = steps.first else {
            guard scalar != nil || new.scalar == nil else {
                throw Problem("a list or mapping stands where a scalar is to be set", at: origin)
            }
            return self = new
        }
        if case .key(let key) = step {
            guard fields != nil || isNull else { throw Problem("there is no mapping to set \"\(key)\" in", at: origin) }
            var child = self[key] ?? .null
            try child.set(steps.dropFirst(), to: new)
            return self[key] = child
        }
        guard items != nil || isNull else { throw Problem("there is no list here", at: origin) }
        var all = items ?? []
        if let position = position(step) {
            try all[position].set(steps.dropFirst(), to: new)
        } else {
            guard case .item(let field, let value) = step else {
                throw Problem("the list has no item \(EditPath([step]))", at: origin)
            }
            var item: Value = [field: .string(value)]
            try item.set(steps.dropFirst(), to: new)
            all.append(item)
        }
        content = .sequence(all)
    }

    /// Changes the value at a path.
    ///
    /// - Throws: a `Problem` when there is none.
    mutating func change(_ steps: ArraySlice<EditPath.Step>, _ body: (inout Value) -> Void) throws(Problem) {
        guard let step = steps.first else { return body(&self) }
        if case .key(let key) = step, var child = self[key] {
            try child.change(steps.dropFirst(), body)
            self[key] = child
        } else if let position = position(step), var all = items {
            try all[position].change(steps.dropFirst(), body)
            content = .sequence(all)
        } else {
            throw Problem("there is nothing at \(EditPath(Array(steps)))", at: origin)
        }
    }

    mutating func remove(_ steps: ArraySlice<EditPath.Step>) {
        guard let step = steps.first else { return }
        let isLast = steps.count == 1
        if case .key(let key) = step {
            if isLast {
                self[key] = nil
            } else {
                self[key]?.remove(steps.dropFirst())
            }
        } else if let position = position(step), var all = items {
            if isLast { all.remove(at: position) } else { all[position].remove(steps.dropFirst()) }
            content = .sequence(all)
        }
    }
}
