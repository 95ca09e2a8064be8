package import Document

/// JSON Merge Patch (RFC 7386).
package enum MergePatch {
    /// The value with the patch's fields set and those that it has as null removed; lists are replaced whole.
    package static func apply(_ patch: Value, to value: Value) -> Value {
        guard let fields = patch.fields else { return patch.replacing(value) }
        var result = value.fields == nil ? Value(.mapping(Mapping()), origin: patch.origin).replacing(value) : value
        for entry in fields.entries {
            if entry.value.isNull {
                result[entry.key.text] = nil
            } else if let old = result[entry.key.text] {
                result[entry.key.text] = apply(entry.value, to: old)
            } else {
                result.set(entry.key, apply(entry.value, to: Value(.mapping(Mapping()))))
            }
        }
        return result
    }

    /// The patch that makes one value of another: for lists and scalars that differ the new one, null for what is gone.
    /// nil when nothing differs.
    package static func difference(from old: Value, to new: Value) -> Value? {
        guard let before = old.fields, let after = new.fields else { return old == new ? nil : new }
        var patch = Mapping()
        for entry in after.entries {
            guard let previous = before[entry.key.text] else {
                patch.set(entry)
                continue
            }
            if let change = difference(from: previous, to: entry.value) { patch[entry.key.text] = change }
        }
        for entry in before.entries where after[entry.key.text] == nil { patch[entry.key.text] = .null }
        return patch.isEmpty ? nil : .mapping(patch)
    }
}

extension Value {
    /// Sets a mapping's entry with the key as it was written.
    mutating func set(_ key: Mapping.Key, _ value: Value) {
        var mapping = fields ?? Mapping()
        content = .sequence([])
        mapping.set(.init(key: key, value: value))
        content = .mapping(mapping)
    }
}
