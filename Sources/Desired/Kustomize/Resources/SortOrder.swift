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
        // Objects of one kind are compared by their names alone, so that kinds are looked at once each.
        var kinds: [GroupVersionKind: Int] = [:]
        var groups: [(kind: GroupVersionKind, key: Key, resources: [Named])] = []
        var last = 0
        for resource in resources {
            let named = Named(resource)
            let kind = resource.id.kind
            // Objects of one kind often follow one another.
            if !groups.isEmpty, groups[last].kind == kind {
                groups[last].resources.append(named)
            } else if let known = kinds[kind] {
                last = known
                groups[known].resources.append(named)
            } else {
                last = groups.count
                kinds[kind] = last
                groups.append((kind, key(of: kind), [named]))
            }
        }
        groups.sort { isBefore($0.key, $1.key) }
        var sorted: [Resource] = []
        sorted.reserveCapacity(resources.count)
        for group in groups {
            let isSorted = zip(group.resources, group.resources.dropFirst()).allSatisfy { !precedes($1, $0) }
            let named = isSorted ? group.resources : group.resources.sorted(by: precedes)
            for named in named { sorted.append(named.resource) }
        }
        return sorted
    }

    /// By what objects of one kind are sorted: namespace and name as one text, with stand-ins for what is empty.
    private struct Named {
        let resource: Resource
        let namespace: String
        let name: String

        init(_ resource: Resource) {
            self.resource = resource
            namespace = resource.writtenNamespace.isEmpty ? "~X" : resource.writtenNamespace
            name = resource.id.name.isEmpty ? "~N" : resource.id.name
        }
    }

    private func precedes(_ left: Named, _ right: Named) -> Bool {
        if left.namespace == right.namespace { return precedes(left.name, right.name) }
        return precedes("\(left.namespace)|\(left.name)", "\(right.namespace)|\(right.name)")
    }

    private struct Key {
        var rank: Int
        var isNamespace: Bool
        var hasGroup: Bool
        /// `group_version_kind`, with stand-ins for what is empty.
        var kind: String
    }

    private func key(of kind: GroupVersionKind) -> Key {
        Key(
            rank: ranks[kind.kind] ?? 0, isNamespace: kind.kind == "Namespace", hasGroup: !kind.group.isEmpty,
            kind: text(of: kind))
    }

    private func isBefore(_ left: Key, _ right: Key) -> Bool {
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
        var (left, right) = (left, right)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                for index in 0..<min(left.count, right.count) where left[index] != right[index] {
                    return left[index] < right[index]
                }
                return left.count < right.count
            }
        }
    }

    private static let standardFirst = [
        "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount", "PodSecurityPolicy",
        "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service",
        "LimitRange", "PriorityClass", "PersistentVolume", "PersistentVolumeClaim", "Deployment", "StatefulSet",
        "CronJob", "PodDisruptionBudget",
    ]
    private static let standardLast = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]
}
