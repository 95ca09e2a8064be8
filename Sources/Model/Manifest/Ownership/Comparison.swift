package import Document

/// What differs between two values, leaf by leaf (structured-merge-diff, `typed.Comparison`).
package struct Comparison: Sendable {
    package private(set) var added = FieldSet()
    package private(set) var removed = FieldSet()
    package private(set) var modified = FieldSet()

    package init(from old: Value?, to new: Value?, schema: Schema) {
        compare(old, new, schema, at: FieldPath())
    }

    package var isEmpty: Bool { added.isEmpty && removed.isEmpty && modified.isEmpty }

    private mutating func compare(_ old: Value?, _ new: Value?, _ schema: Schema, at path: FieldPath) {
        guard let old else { return insert(new, schema, at: path, into: \.added) }
        guard let new else { return insert(old, schema, at: path, into: \.removed) }
        guard let pairs = Children.pairs(old, new, schema) else {
            if old != new { modified.insert(path) }
            return
        }
        for pair in pairs { compare(pair.old, pair.new, pair.schema, at: path + pair.element) }
    }

    /// A value that is on one side only counts with all that is in it.
    private mutating func insert(
        _ value: Value?, _ schema: Schema, at path: FieldPath, into set: WritableKeyPath<Comparison, FieldSet>
    ) {
        guard let value else { return }
        if !path.elements.isEmpty { self[keyPath: set].insert(path) }
        for child in Children.of(value, schema) ?? [] {
            insert(child.value, child.schema, at: path + child.element, into: set)
        }
    }
}

/// The children of a value that ownership looks into; nil for leaves: scalars, and what has one owner as a whole.
enum Children {
    struct Child {
        var element: PathElement
        var value: Value
        var schema: Schema
    }

    struct Pair {
        var element: PathElement
        var old: Value?
        var new: Value?
        var schema: Schema
    }

    static func of(_ value: Value, _ schema: Schema) -> [Child]? {
        switch (value.content, schema) {
        case (_, .atomic), (.scalar, _): return nil
        case (.mapping(let mapping), _):
            return mapping.entries.map { entry in
                Child(element: .field(entry.key.text), value: entry.value, schema: schema.field(entry.key.text))
            }
        case (.sequence(let items), .list(let keys, _, _, let item)) where !keys.isEmpty:
            let children = items.compactMap { value in
                PathElement.key(of: value, keys: keys).map { Child(element: $0, value: value, schema: item) }
            }
            // Items without their keys, or two alike, have no identity: the list is compared as a whole.
            return children.count == items.count && Set(children.map(\.element)).count == items.count ? children : nil
        case (.sequence(let items), .set):
            let children = items.compactMap { value in
                PathElement.ItemValue(value).map { Child(element: .value($0), value: value, schema: .any) }
            }
            return children.count == items.count ? children : nil
        case (.sequence, _): return nil
        }
    }

    /// The children of two values side by side; nil when the two are compared as a whole.
    static func pairs(_ old: Value, _ new: Value, _ schema: Schema) -> [Pair]? {
        guard let before = of(old, schema), let after = of(new, schema),
            (old.fields == nil) == (new.fields == nil)
        else { return nil }
        let news = Dictionary(after.map { ($0.element, $0) }, uniquingKeysWith: { $1 })
        let olds = Set(before.map(\.element))
        let both = before.map {
            Pair(element: $0.element, old: $0.value, new: news[$0.element]?.value, schema: $0.schema)
        }
        let added = after.filter { !olds.contains($0.element) }
        return both + added.map { Pair(element: $0.element, old: nil, new: $0.value, schema: $0.schema) }
    }
}
