import Cluster
import Document
import Manifest
import System

/// Who owns which fields, as `metadata.managedFields` keeps it.
enum FieldOwnership {
    /// Whether two records say the same, apart from when.
    static func isSame(_ left: Value?, _ right: Value?) -> Bool {
        func timeless(_ value: Value?) -> [Value] {
            (value?.items ?? []).map { entry in
                var entry = entry
                entry["time"] = nil
                return entry
            }
        }
        return timeless(left) == timeless(right)
    }

    /// The refusal of an apply that would take fields from others, worded as Kubernetes does.
    static func conflict(_ conflicts: OwnershipConflicts, on object: Manifest) -> ClusterError {
        let causes = conflicts.all.map { conflict in
            ClusterError.Cause(
                reason: "FieldManagerConflict",
                message: "conflict with \"\(conflict.manager)\" using \(object.apiVersion)",
                field: ".\(conflict.path)")
        }
        return ClusterError(.conflict, sentence(conflicts), object: object.key, causes: causes)
    }

    private static func sentence(_ conflicts: OwnershipConflicts) -> String {
        let byManager = Dictionary(grouping: conflicts.all, by: \.manager).sorted { $0.key < $1.key }
        if conflicts.all.count == 1, let only = conflicts.all.first {
            return "Apply failed with 1 conflict: conflict with \"\(only.manager)\": .\(only.path)"
        }
        let lists = byManager.map { manager, fields in
            "conflicts with \"\(manager)\":" + fields.map { "\n- .\($0.path)" }.joined()
        }
        return "Apply failed with \(conflicts.all.count) conflicts: " + lists.joined(separator: "\n")
    }
}

/// Server-side apply.
extension Transaction {
    /// Makes a manifest's fields its manager's own, and drops those that the manager gave up.
    mutating func apply(_ manifest: Manifest, _ options: WriteOptions) throws(ClusterError) -> Manifest {
        let kind = try registry.description(of: manifest)
        var applied = manifest
        try place(&applied, kind)
        guard !options.fieldManager.isEmpty else {
            throw ClusterError(.badRequest, "an apply needs a field manager", object: applied.key)
        }
        keepOnly(options.subresource, of: &applied, kind)
        let live = live(applied.key)
        if let live {
            try checkVersion(applied, live)
        } else if options.subresource != nil {
            throw .missing(applied.key, registry.resource(of: applied.key))
        }
        let merged = try merge(applied, into: live, options, kind)
        guard let live else { return try create(merged, options, ownsFields: false) }
        return try replace(live, with: merged, kind, options, ownsFields: false)
    }

    /// An apply speaks of the object or of its status, never of both.
    private func keepOnly(_ subresource: String?, of applied: inout Manifest, _ kind: KindDescription) {
        applied.setMetadata("managedFields", nil)
        if subresource == "status" {
            let status = applied.value["status"]
            applied = Manifest(
                apiVersion: applied.apiVersion, kind: applied.kind, name: applied.name, namespace: applied.namespace)
            applied.value["status"] = status
        } else if kind.hasStatus {
            applied.value["status"] = nil
        }
    }

    private func merge(
        _ applied: Manifest, into live: Manifest?, _ options: WriteOptions, _ kind: KindDescription
    ) throws(ClusterError) -> Manifest {
        var applied = applied
        foldStringData(&applied)
        do {
            return try ServerSideApply.apply(
                applied, to: live, manager: options.fieldManager, force: options.force,
                subresource: options.subresource,
                schema: kind.schema ?? .any, now: now.description)
        } catch {
            throw FieldOwnership.conflict(error, on: applied)
        }
    }

    /// Notes that a manager wrote what differs between `live` and `object`.
    func ownFields(
        of object: inout Manifest, replacing live: Manifest?, _ options: WriteOptions, _ kind: KindDescription
    ) {
        object = ServerSideApply.update(
            from: live, to: object, manager: options.fieldManager.isEmpty ? "unknown" : options.fieldManager,
            subresource: options.subresource, schema: kind.schema ?? .any, now: now.description)
    }
}
