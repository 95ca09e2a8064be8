package import Document

/// Strategic merge as kustomize's overlays do it (kyaml, `merge2`), which differs from the API server's: the patch's list
/// items come first, a patched item moves to its place in the patch, and nulls and empty fields of the target that no
/// patch mentions are dropped.
package enum OverlayMerge {
    /// The value with the patch merged in; nil when the patch deletes it.
    /// - Parameter schema: the kind's, which says by what its lists merge; nil replaces all lists.
    /// - Throws: a `Problem` where the patch has another type than the target, or a directive that is unknown.
    package static func apply(_ patch: Value, to value: Value, schema: Schema?) throws(Problem) -> Value? {
        try merge(value, patch, schema ?? .any, isSelf: false)
    }

    /// The merge of what is there with what the patch says; either may be absent.
    ///
    /// - Parameter isSelf: both are the patch's own value, which is being added.
    static func merge(_ old: Value?, _ patch: Value?, _ schema: Schema, isSelf: Bool) throws(Problem) -> Value? {
        guard let leading = [old, patch].compactMap({ $0 }).first(where: { !$0.isNull }) else {
            // Both are absent or null: an explicit null of the target stays.
            guard patch == nil, let text = old?.scalar?.text, !text.isEmpty else { return nil }
            return old
        }
        if let patch, !patch.isNull, !isSelf { try check(patch, isLike: leading) }
        switch leading.content {
        case .scalar: return patch?.replacing(isSelf ? nil : old) ?? old
        case .mapping: return try mapping(old, patch, schema, isSelf: isSelf)
        case .sequence:
            guard schema.isAssociative else { return patch?.replacing(isSelf ? nil : old) ?? old }
            return try list(old, patch, schema, isSelf: isSelf)
        }
    }

    private static func check(_ patch: Value, isLike value: Value) throws(Problem) {
        switch (patch.content, value.content) {
        case (.scalar, .scalar), (.mapping, .mapping), (.sequence, .sequence): return
        default:
            throw Problem(
                "the patch gives \(patch.typeName) where the target has \(value.typeName)", at: patch.origin,
                hint: value.origin.isKnown ? "the target's value is at \(value.origin)" : "")
        }
    }

    private static func mapping(
        _ old: Value?, _ patch: Value?, _ schema: Schema, isSelf: Bool
    ) throws(Problem) -> Value? {
        guard let old, !old.isNull else {
            guard let patch else { return nil }
            if try Directive(of: patch) == .delete { return nil }
            let added = patch.without(directive: "$patch")
            return try fields(of: added, added, schema, isSelf: true).replacing(old)
        }
        guard let patch else { return try fields(of: old, nil, schema, isSelf: false) }
        if patch.isNull { return nil }
        switch try Directive(of: patch) {
        case .delete: return nil
        case .replace:
            let added = patch.without(directive: "$patch")
            return try fields(of: added, added, schema, isSelf: true).replacing(isSelf ? nil : old)
        case .merge, nil:
            let patch = patch.without(directive: "$patch")
            return try fields(of: isSelf ? patch : old, patch, schema, isSelf: isSelf)
        }
    }

    /// The mapping with each of its fields, and the patch's, merged.
    private static func fields(
        of old: Value, _ patch: Value?, _ schema: Schema, isSelf: Bool
    ) throws(Problem) -> Value {
        var result = old
        var mapping = old.fields ?? Mapping()
        for entry in mapping.entries {
            let key = entry.key.text
            let merged = try merge(entry.value, patch?[key], schema.field(key), isSelf: isSelf)
            if let merged, !merged.isNull || patch?[key] == nil {
                if let position = mapping.position(of: key) { mapping[valueAt: position] = merged }
            } else {
                mapping.remove(key)
            }
        }
        for entry in patch?.fields?.entries.sorted(by: { $0.key.text < $1.key.text }) ?? []
        where old[entry.key.text] == nil {
            guard let added = try merge(nil, entry.value, schema.field(entry.key.text), isSelf: false), !added.isNull
            else { continue }
            mapping.set(.init(key: entry.key, value: added))
        }
        result.content = .mapping(mapping)
        return result
    }

    private static func list(_ old: Value?, _ patch: Value?, _ schema: Schema, isSelf: Bool) throws(Problem) -> Value? {
        guard let old, !old.isNull else {
            guard let patch else { return nil }
            return try items(of: patch, patch, schema, isSelf: true).replacing(old)
        }
        guard let patch else { return try items(of: old, nil, schema, isSelf: false) }
        if patch.isNull { return nil }
        guard let directive = try listDirective(of: patch) else {
            return try items(of: old, patch, schema, isSelf: isSelf)
        }
        let stripped = patch.with(items: (patch.items ?? []).filter { $0["$patch"] == nil || $0.fields?.count != 1 })
        switch directive {
        case .delete: return nil
        case .replace: return try items(of: stripped, stripped, schema, isSelf: true).replacing(isSelf ? nil : old)
        case .merge: return try items(of: isSelf ? stripped : old, stripped, schema, isSelf: isSelf)
        }
    }

    /// The directive for a whole list: an item that is `$patch` and nothing else.
    private static func listDirective(of patch: Value) throws(Problem) -> Directive? {
        guard let item = patch.items?.first(where: { $0["$patch"] != nil }), item.fields?.count == 1 else { return nil }
        return try Directive(of: item)
    }

    private static func items(
        of old: Value, _ patch: Value?, _ schema: Schema, isSelf: Bool
    ) throws(Problem) -> Value {
        var lists = AssociativeLists(
            old: old.items ?? [], patch: patch?.items, keys: schema.mergeKeys, schema: schema.item, isSelf: isSelf)
        return old.with(items: try lists.merged())
    }
}

extension Schema {
    /// Whether patches merge the list instead of replacing it.
    var isAssociative: Bool {
        switch self {
        case .list, .set: true
        case .any, .object, .map, .atomic: false
        }
    }

    /// The fields that identify a list's items; one empty name for items that identify themselves.
    var mergeKeys: [String] {
        if case .list(let keys, _, _, _) = self { keys } else { [""] }
    }
}
