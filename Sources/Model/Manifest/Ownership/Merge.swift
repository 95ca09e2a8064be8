import Document

/// Merging an applied value into a live one, and taking fields out of it (structured-merge-diff, `typed.Merge` and
/// `RemoveItems`).
enum Merge {
    static func merge(_ live: Value, _ applied: Value, _ schema: Schema) -> Value {
        guard Children.of(live, schema) != nil, Children.of(applied, schema) != nil else { return applied }
        switch (live.content, applied.content) {
        case (.mapping(var mapping), .mapping(let wishes)):
            for entry in wishes.entries {
                let key = entry.key.text
                mapping[key] = mapping[key].map { merge($0, entry.value, schema.field(key)) } ?? entry.value
            }
            return Value(.mapping(mapping), origin: applied.origin, trivia: applied.trivia)
        case (.sequence, .sequence):
            return Value(.sequence(items(live, applied, schema)), origin: applied.origin, trivia: applied.trivia)
        default: return applied
        }
    }

    /// The items of two keyed lists: the applied ones in their order, the live ones between them where they stood.
    private static func items(_ live: Value, _ applied: Value, _ schema: Schema) -> [Value] {
        let old = Children.of(live, schema) ?? []
        let new = Children.of(applied, schema) ?? []
        let olds = Dictionary(old.map { ($0.element, $0.value) }, uniquingKeysWith: { $1 })
        let wanted = Set(new.map(\.element))
        var result: [Value] = []
        var taken: Set<PathElement> = []
        var rest = old[...]
        for child in new {
            while let next = rest.first, !wanted.contains(next.element) || taken.contains(next.element) {
                if !wanted.contains(next.element) { result.append(next.value) }
                rest = rest.dropFirst()
            }
            result.append(olds[child.element].map { merge($0, child.value, child.schema) } ?? child.value)
            taken.insert(child.element)
        }
        return result + rest.filter { !wanted.contains($0.element) }.map(\.value)
    }

    /// `value` without the fields of `set`; what is left empty by it goes too, unless `kept` speaks of it.
    ///
    /// - Returns: nil when nothing is left.
    static func removing(_ set: FieldSet, from value: Value, _ schema: Schema, keeping kept: FieldSet) -> Value? {
        guard !set.isEmpty, let children = Children.of(value, schema), !children.isEmpty else { return value }
        var gone: Set<PathElement> = []
        var changed: [PathElement: Value] = [:]
        for child in children {
            let element = child.element
            let inside = kept.children[element] ?? FieldSet()
            if set.members.contains(element), !kept.members.contains(element), inside.isEmpty {
                gone.insert(element)
            } else if let inner = set.children[element] {
                let rest = removing(inner, from: child.value, child.schema, keeping: inside)
                let isSpokenOf = kept.members.contains(element) || !inside.isEmpty
                if let rest { changed[element] = rest } else if !isSpokenOf { gone.insert(element) }
            }
        }
        return rebuilt(value, schema, gone: gone, changed: changed)
    }

    private static func rebuilt(
        _ value: Value, _ schema: Schema, gone: Set<PathElement>, changed: [PathElement: Value]
    ) -> Value? {
        switch value.content {
        case .mapping(var mapping):
            for element in gone { if case .field(let name) = element { mapping.remove(name) } }
            for (element, child) in changed { if case .field(let name) = element { mapping[name] = child } }
            if mapping.isEmpty, !gone.isEmpty { return nil }
            return Value(.mapping(mapping), origin: value.origin, trivia: value.trivia)
        case .sequence:
            let children = Children.of(value, schema) ?? []
            let items = children.filter { !gone.contains($0.element) }.map { changed[$0.element] ?? $0.value }
            if items.isEmpty, !gone.isEmpty { return nil }
            return Value(.sequence(items), origin: value.origin, trivia: value.trivia)
        case .scalar: return value
        }
    }
}
