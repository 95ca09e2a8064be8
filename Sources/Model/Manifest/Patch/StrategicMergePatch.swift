package import Document

/// Strategic merge patches as the API server applies them (apimachinery, `util/strategicpatch`).
package enum StrategicMergePatch {
    /// The value with the patch merged in: lists by the schema's merge keys, `$patch`, `$retainKeys`,
    /// `$setElementOrder/…` and `$deleteFromPrimitiveList/…` obeyed, null removing a field.
    /// - Throws: a `Problem` with the place of a directive that is malformed or an item without its merge key.
    package static func apply(_ patch: Value, to value: Value, schema: Schema) throws(Problem) -> Value {
        try mapping(patch, into: value, schema)
    }

    private static func mapping(_ patch: Value, into value: Value, _ schema: Schema) throws(Problem) -> Value {
        guard let fields = patch.fields else { return patch.replacing(value) }
        switch try Directive(of: patch) {
        case .replace: return patch.without(directive: "$patch").replacing(value)
        case .delete: return Value(.mapping(Mapping()), origin: patch.origin)
        case .merge, nil: break
        }
        var result = value.fields == nil ? Value(.mapping(Mapping()), origin: patch.origin) : value
        try retainKeys(of: patch, in: &result)
        for entry in fields.entries where !entry.key.text.hasPrefix("$") {
            try field(entry, of: patch, into: &result, schema.field(entry.key.text))
        }
        try lists(of: patch, in: &result, schema)
        return result
    }

    /// Drops the fields that `$retainKeys` does not name.
    private static func retainKeys(of patch: Value, in result: inout Value) throws(Problem) {
        guard let kept = patch["$retainKeys"] else { return }
        guard kept.items != nil else { throw Problem("$retainKeys is no list", at: kept.origin) }
        let names = Set(kept.strings)
        for key in result.fields?.keys ?? [] where !names.contains(key) { result[key] = nil }
    }

    private static func field(
        _ entry: Mapping.Entry, of patch: Value, into result: inout Value, _ schema: Schema
    ) throws(Problem) {
        let key = entry.key.text
        if entry.value.isNull {
            result[key] = nil
            return
        }
        let old = result[key]
        let new: Value
        switch entry.value.content {
        case .scalar: new = entry.value.replacing(old)
        case .mapping: new = try mapping(entry.value, into: old ?? .mapping(Mapping()), schema)
        case .sequence(let items):
            new = try list(entry.value, items, into: old, schema, order: patch["$setElementOrder/\(key)"])
        }
        old == nil ? result.set(entry.key, new) : (result[key] = new)
    }

    /// What only directives say of lists: values to delete, and an order.
    private static func lists(of patch: Value, in result: inout Value, _ schema: Schema) throws(Problem) {
        for entry in patch.fields?.entries ?? [] {
            if let key = entry.key.text.suffix(behind: "$deleteFromPrimitiveList/") {
                guard let doomed = entry.value.items else {
                    throw Problem("\(entry.key.text) is no list", at: entry.value.origin)
                }
                guard var list = result[key], let items = list.items else { continue }
                list.content = .sequence(items.filter { !doomed.contains($0) })
                result[key] = list
            } else if let key = entry.key.text.suffix(behind: "$setElementOrder/"), patch[key] == nil,
                var list = result[key], let items = list.items
            {
                list.content = .sequence(
                    ordered(items, among: items, by: entry.value, key: schema.field(key).patchKey))
                result[key] = list
            }
        }
    }

    private static func list(
        _ patch: Value, _ items: [Value], into old: Value?, _ schema: Schema, order: Value?
    ) throws(Problem) -> Value {
        let present = old?.items ?? []
        var merged: [Value]
        var key: String?
        switch schema {
        case .list(_, let patchKey, _, let item):
            if let replacement = try replacement(in: items) { return patch.with(items: replacement).replacing(old) }
            key = patchKey
            merged = try merge(items, into: present, by: patchKey, item)
        case .set:
            merged = present
            for item in items where !merged.contains(item) { merged.append(item) }
        case .any, .object, .map, .atomic:
            return patch.replacing(old)
        }
        if let order { merged = ordered(merged, among: present, by: order, key: key) }
        return (old ?? patch).with(items: merged)
    }

    /// The items beside a `$patch: replace` item, which stand for the whole list.
    private static func replacement(in items: [Value]) throws(Problem) -> [Value]? {
        for item in items where try Directive(of: item) == .replace {
            return items.filter { $0["$patch"] == nil }
        }
        return nil
    }

    private static func merge(
        _ items: [Value], into present: [Value], by key: String, _ schema: Schema
    ) throws(Problem) -> [Value] {
        var merged = present
        for item in items {
            guard let identity = item[key] else {
                throw Problem("an item of the patch has no \"\(key)\", by which its list merges", at: item.origin)
            }
            let position = merged.firstIndex { $0[key] == identity }
            if try Directive(of: item) == .delete {
                merged.removeAll { $0[key] == identity }
            } else if let position {
                merged[position] = try mapping(item, into: merged[position], schema)
            } else {
                merged.append(try mapping(item, into: .mapping(Mapping()), schema).with(placeOf: item))
            }
        }
        return merged
    }

    /// Items that the order names in that order; the others keep their places relative to what stood around them.
    private static func ordered(_ items: [Value], among present: [Value], by order: Value, key: String?) -> [Value] {
        func identity(_ value: Value) -> Value? { key.map { value[$0] } ?? value }
        let names = (order.items ?? []).map(identity)
        let named = names.compactMap { name in items.first { identity($0) == name } }
        let others = items.filter { !names.contains(identity($0)) }
        let places = present.map(identity)
        var result: [Value] = []
        var left = named[...]
        for other in others {
            let place = places.firstIndex(of: identity(other)) ?? .max
            while let next = left.first, let nextPlace = places.firstIndex(of: identity(next)), nextPlace < place {
                result.append(left.removeFirst())
            }
            result.append(other)
        }
        return result + left
    }
}

/// `$patch`.
enum Directive: String {
    case merge, replace, delete

    /// The directive of a patch's mapping.
    /// - Throws: a `Problem` for an unknown word.
    init?(of patch: Value) throws(Problem) {
        guard let value = patch["$patch"] else { return nil }
        guard let word = value.scalar?.text, let directive = Directive(rawValue: word) else {
            throw Problem(
                "the directive $patch is \"\(value.scalar?.text ?? "no word")\"", at: value.origin,
                hint: "it is one of merge, replace, delete")
        }
        self = directive
    }
}

extension Schema {
    /// The key by which a strategic merge patch merges the list; nil for lists that it replaces or merges by value.
    package var patchKey: String? {
        if case .list(_, let patchKey, _, _) = self { patchKey } else { nil }
    }
}

extension Value {
    func without(directive: String) -> Value {
        var copy = self
        copy[directive] = nil
        return copy
    }

    func with(items: [Value]) -> Value {
        var copy = self
        copy.content = .sequence(items)
        return copy
    }

    /// The same value, written where another is.
    func with(placeOf other: Value) -> Value {
        var copy = self
        copy.origin = other.origin
        copy.trivia = copy.trivia ?? other.trivia
        return copy
    }
}

extension String {
    fileprivate func suffix(behind prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
