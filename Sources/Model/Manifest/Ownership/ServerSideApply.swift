package import Document

/// A field that another manager owns and that an apply would change.
package struct OwnershipConflict: Error, Sendable, Hashable {
    package var manager: String
    package var path: FieldPath

    package init(manager: String, path: FieldPath) {
        self.manager = manager
        self.path = path
    }
}

/// Fields that other managers own.
package struct OwnershipConflicts: Error, Sendable, Hashable, CustomStringConvertible {
    package var all: [OwnershipConflict]

    package var description: String {
        all.map { "\($0.path) is owned by \($0.manager)" }.joined(separator: "; ")
    }
}

/// Server-side apply and the ownership that every other write leaves behind
/// (Kubernetes, "Server-Side Apply"; structured-merge-diff, `merge.Updater`).
package enum ServerSideApply {
    /// What an apply makes of an object.
    ///
    /// - Parameters:
    ///   - applied: the manager's whole wish: what it applied before and does not wish any more goes, unless another
    ///     manager owns it.
    ///   - live: as it is; nil for an object that is not there.
    ///   - force: takes fields from other managers.
    ///   - subresource: `status` when that alone is applied; its fields have an entry of their own.
    ///   - now: RFC 3339, for the entry's time.
    /// - Throws: `OwnershipConflicts`.
    package static func apply(
        _ applied: Manifest, to live: Manifest?, manager: String, force: Bool, subresource: String? = nil,
        schema: Schema, now: String
    ) throws(OwnershipConflicts) -> Manifest {
        var applied = applied
        applied.value[path: "metadata", "managedFields"] = nil
        let managed = live.map(ManagedFields.init(of:)) ?? ManagedFields()
        let mine = FieldSet(of: applied.value, schema).withoutBranches(of: ManagedFields.unowned)
        var merged = live.map { Merge.merge($0.value, applied.value, schema) } ?? applied.value
        let own = ManagedFields.Entry(
            manager: manager, operation: .apply, apiVersion: applied.apiVersion, time: now,
            subresource: subresource ?? "", fields: mine)
        let before = managed.entries.first { $0.isSameManager(as: own) }?.fields ?? FieldSet()
        let others = managed.entries.filter { !$0.isSameManager(as: own) }
        let owned = others.reduce(FieldSet()) { $0.union($1.fields) }
        let givenUp = before.subtracting(mine).subtracting(owned)
        merged = Merge.removing(givenUp, from: merged, schema, keeping: mine.union(owned)) ?? .mapping(Mapping())
        let comparison = Comparison(from: live?.value, to: merged, schema: schema)
        let touched = comparison.modified.union(comparison.added)
        if !force { try check(others, touched.intersection(mine)) }
        var result = Manifest(merged)
        settle(own, over: managed, touched: touched, removed: comparison.removed).write(into: &result)
        return result
    }

    /// What another write (create, update, patch) leaves behind: the fields that it changed are its manager's.
    ///
    /// A write that brings a record of ownership changes that record too; `[]` and `[{}]` empty it (Kubernetes,
    /// "Server-Side Apply", clearing managedFields).
    package static func update(
        from live: Manifest?, to new: Manifest, manager: String, subresource: String? = nil, schema: Schema,
        now: String
    ) -> Manifest {
        let given = new.value[path: "metadata", "managedFields"]?.items
        let managed =
            live.map { ManagedFields(of: given == nil ? $0 : new) } ?? ManagedFields()
        let comparison = Comparison(from: live?.value, to: new.value, schema: schema)
        let touched = comparison.modified.union(comparison.added).withoutBranches(of: ManagedFields.unowned)
        var entry = ManagedFields.Entry(
            manager: manager, operation: .update, apiVersion: new.apiVersion, time: now,
            subresource: subresource ?? "", fields: touched)
        if let before = managed.entries.first(where: { $0.isSameManager(as: entry) }) {
            entry.fields = before.fields.union(touched).subtracting(comparison.removed)
            if touched.isEmpty { entry.time = before.time }
        }
        var result = new
        settle(entry, over: managed, touched: touched, removed: comparison.removed).write(into: &result)
        return result
    }

    private static func check(_ others: [ManagedFields.Entry], _ wanted: FieldSet) throws(OwnershipConflicts) {
        let conflicts = others.flatMap { entry in
            entry.fields.intersection(wanted).paths.map { OwnershipConflict(manager: entry.manager, path: $0) }
        }
        if !conflicts.isEmpty { throw OwnershipConflicts(all: conflicts) }
    }

    /// Puts a manager's new entry beside the others', which lose what it changed and what is gone.
    private static func settle(
        _ new: ManagedFields.Entry, over managed: ManagedFields, touched: FieldSet, removed: FieldSet
    ) -> ManagedFields {
        var entries = managed.entries
        let position = entries.firstIndex { $0.isSameManager(as: new) }
        for index in entries.indices where index != position {
            entries[index].fields = entries[index].fields.subtracting(touched).subtracting(removed)
        }
        if let position {
            var new = new
            // An apply that changes nothing leaves the time alone, or it would never be without effect.
            if entries[position].fields == new.fields, touched.isEmpty { new.time = entries[position].time }
            entries[position] = new
        } else {
            entries.append(new)
        }
        return ManagedFields(entries.filter { !$0.fields.isEmpty })
    }
}

extension FieldSet {
    /// The fields that a manifest speaks of: its leaves, and the items of its keyed lists.
    package init(of value: Value, _ schema: Schema) {
        self.init()
        collect(value, schema, at: FieldPath())
    }

    private mutating func collect(_ value: Value, _ schema: Schema, at path: FieldPath) {
        guard let children = Children.of(value, schema), !children.isEmpty else {
            return insert(path)
        }
        for child in children {
            let inner = path + child.element
            if case .field = child.element {} else { insert(inner) }
            collect(child.value, child.schema, at: inner)
        }
    }
}
