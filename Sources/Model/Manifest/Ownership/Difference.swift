package import Document

/// One field in which two objects differ, for people.
package struct Difference: Sendable {
    package var path: FieldPath
    /// nil when the field is new.
    package var old: Value?
    /// nil when the field is gone.
    package var new: Value?

    package init(path: FieldPath, old: Value?, new: Value?) {
        self.path = path
        self.old = old
        self.new = new
    }

    /// Leaf by leaf what differs, in the order of the new value, then what is gone. Something that is there on one side
    /// only is one difference, with all that is in it.
    package static func between(_ old: Value, _ new: Value, schema: Schema) -> [Difference] {
        var found: [Difference] = []
        collect(old, new, schema, at: FieldPath(), into: &found)
        return found
    }

    private static func collect(
        _ old: Value?, _ new: Value?, _ schema: Schema, at path: FieldPath, into found: inout [Difference]
    ) {
        guard let old, let new, let pairs = Children.pairs(old, new, schema) else {
            if old != new { found.append(Difference(path: path, old: old, new: new)) }
            return
        }
        for pair in pairs { collect(pair.old, pair.new, pair.schema, at: path + pair.element, into: &found) }
    }
}
