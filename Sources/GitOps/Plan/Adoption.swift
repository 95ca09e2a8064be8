package import Manifest

/// Taking objects over that Helm installed: what Helm wrote becomes Belay's, so that what git does not have goes.
///
/// Helm's own marks on an object (`meta.helm.sh/…`, `app.kubernetes.io/managed-by`) stay as they are: whoever looks for
/// the release finds it.
package enum Adoption {
    private static let releaseAnnotation = "meta.helm.sh/release-name"

    /// A live object with Helm's fields in the name of `manager`; nil when Helm has none.
    package static func taken(_ live: Manifest, by manager: String) -> Manifest? {
        guard live.annotations[releaseAnnotation] != nil else { return nil }
        let managed = ManagedFields(of: live)
        let theirs = managed.entries.filter { $0.subresource.isEmpty && isHelm($0.manager) }
        guard !theirs.isEmpty else { return nil }
        var own =
            managed.entries.first { $0.manager == manager && $0.operation == .apply && $0.subresource.isEmpty }
            ?? ManagedFields.Entry(
                manager: manager, operation: .apply, apiVersion: live.apiVersion, time: theirs[0].time,
                subresource: "", fields: FieldSet())
        for entry in theirs { own.fields = own.fields.union(entry.fields) }
        own.fields = own.fields.subtracting(marks(of: live))
        var taken = live
        let others = managed.entries.filter { entry in
            !(entry.subresource.isEmpty
                && (isHelm(entry.manager) || (entry.manager == manager && entry.operation == .apply)))
        }
        ManagedFields(others + [own]).write(into: &taken)
        return taken
    }

    /// Helm itself, and those that carry it inside.
    private static func isHelm(_ manager: String) -> Bool {
        manager == "helm" || manager == "Helm" || manager == "helm-controller"
            || manager.hasPrefix("terraform-provider-helm")
    }

    /// What Helm puts on objects beside what their chart says. The mappings that hold it are nobody's to take away.
    private static func marks(of live: Manifest) -> FieldSet {
        let annotations = FieldPath([.field("metadata"), .field("annotations")])
        let labels = FieldPath([.field("metadata"), .field("labels")])
        let marks = live.annotations.keys.filter { $0.hasPrefix("meta.helm.sh/") }.map { annotations + .field($0) }
        return FieldSet(marks + [annotations, labels, labels + .field("app.kubernetes.io/managed-by")])
    }
}
