import Manifest

/// The order of the output that kustomize calls legacy.
struct SortOrder {
    private let ranks: [String: Int]

    /// - Parameters: kinds that come first and last; nil takes kustomize's own.
    init(first: [String]? = nil, last: [String]? = nil) {
        let isStandard = first == nil && last == nil
        let first = isStandard ? Self.standardFirst : first ?? []
        let last = isStandard ? Self.standardLast : last ?? []
        var ranks: [String: Int] = [:]
        for (index, kind) in first.enumerated() { ranks[kind] = index - first.count }
        for (index, kind) in last.enumerated() { ranks[kind] = index + 1 }
        self.ranks = ranks
    }

    func sorted(_ resources: [Resource]) -> [Resource] {
        resources.map { (key(of: $0), $0) }.sorted { isBefore($0.0, $1.0) }.map(\.1)
    }

    private struct Key {
        var rank: Int
        var isNamespace: Bool
        var hasGroup: Bool
        /// `group_version_kind`, with stand-ins for what is empty.
        var kind: String
        var identity: String
    }

    private func key(of resource: Resource) -> Key {
        let kind = resource.id.kind
        func named(_ text: String, _ empty: String) -> String { text.isEmpty ? empty : text }
        let name = "\(named(kind.kind, "[noKind]")).\(named(kind.version, "[noVer]")).\(named(kind.group, "[noGrp]"))"
        return Key(
            rank: ranks[kind.kind] ?? 0, isNamespace: kind.kind == "Namespace", hasGroup: !kind.group.isEmpty,
            kind: text(of: kind),
            identity: "\(name)|\(named(resource.writtenNamespace, "~X"))|\(named(resource.id.name, "~N"))")
    }

    private func isBefore(_ left: Key, _ right: Key) -> Bool {
        if left.kind == right.kind { return precedes(left.identity, right.identity) }
        if left.rank != right.rank { return left.rank < right.rank }
        // Kubernetes' own Namespace comes before those of other groups.
        if left.isNamespace, right.isNamespace, !left.hasGroup || !right.hasGroup {
            return precedes(right.kind, left.kind)
        }
        return precedes(left.kind, right.kind)
    }

    /// The order of kinds alone.
    func isBefore(_ left: GroupVersionKind, _ right: GroupVersionKind) -> Bool {
        let ranks = (ranks[left.kind] ?? 0, ranks[right.kind] ?? 0)
        return ranks.0 != ranks.1 ? ranks.0 < ranks.1 : precedes(text(of: left), text(of: right))
    }

    /// `group_version_kind`, with stand-ins that sort behind everything for what is empty.
    private func text(of kind: GroupVersionKind) -> String {
        func named(_ text: String, _ empty: String) -> String { text.isEmpty ? empty : text }
        return "\(named(kind.group, "~G"))_\(named(kind.version, "~V"))_\(named(kind.kind, "~K"))"
    }

    private func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private static let standardFirst = [
        "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount", "PodSecurityPolicy",
        "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service",
        "LimitRange", "PriorityClass", "PersistentVolume", "PersistentVolumeClaim", "Deployment", "StatefulSet",
        "CronJob", "PodDisruptionBudget",
    ]
    private static let standardLast = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]
}
