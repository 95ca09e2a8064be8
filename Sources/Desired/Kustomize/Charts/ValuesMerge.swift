import Document

/// How kustomize puts values together: mappings go into one another, lists are replaced, and a null takes a key away.
enum ValuesMerge {
    /// - Throws: `Problem` at the value that counts more, where the other one is of another kind.
    static func merged(_ upper: Value, into lower: Value) throws(Problem) -> Value {
        guard let fields = upper.fields, var result = withoutGaps(lower).fields else {
            let isSame = (upper.items == nil) == (lower.items == nil) && (upper.fields == nil) == (lower.fields == nil)
            guard isSame else {
                throw Problem(
                    "the two values that are merged here are of different kinds; the other is at \(lower.origin)",
                    at: upper.origin, hint: "set valuesMerge to replace, or change one of them")
            }
            return upper
        }
        for entry in fields.entries {
            if entry.value.isNull {
                result.remove(entry.key.text)
            } else if let known = result[entry.key.text], !known.isNull {
                result[entry.key.text] = try merged(entry.value, into: known)
            } else {
                result.set(.init(key: entry.key, value: withoutNulls(entry.value)))
            }
        }
        var value = lower
        value.content = .mapping(result)
        return value
    }

    private static func withoutNulls(_ value: Value) -> Value { filtered(value) { !$0.isNull } }

    /// Without keys that have nothing behind them; a null that is written stays.
    private static func withoutGaps(_ value: Value) -> Value {
        filtered(value) { !$0.isNull || $0.scalar?.text.isEmpty == false }
    }

    private static func filtered(_ value: Value, _ isKept: (Value) -> Bool) -> Value {
        guard let fields = value.fields else { return value }
        var result = value
        result.content = .mapping(
            Mapping(
                fields.entries.filter { isKept($0.value) }
                    .map { .init(key: $0.key, value: filtered($0.value, isKept)) }))
        return result
    }
}
