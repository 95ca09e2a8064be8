package import Cluster
package import Manifest

/// The kinds that the cluster serves, and what it does to their objects on their way in.
package struct KindRegistry: Sendable {
    /// Every kind in every version served; of one kind's versions the first is the preferred one.
    package let kinds: [KindDescription]
    /// Fills in what Kubernetes' API server would.
    package var applyDefaults: @Sendable (inout Manifest) -> Void
    /// What is wrong with an object, given the live one that it replaces.
    package var validate: @Sendable (_ object: Manifest, _ live: Manifest?) -> [ClusterError.Cause]
    private let byKind: [GroupKind: KindDescription]
    private let byVersion: [GroupVersionKind: KindDescription]

    package init(
        _ kinds: [KindDescription], applyDefaults: @escaping @Sendable (inout Manifest) -> Void = { _ in },
        validate: @escaping @Sendable (Manifest, Manifest?) -> [ClusterError.Cause] = { _, _ in [] }
    ) {
        self.kinds = kinds
        self.applyDefaults = applyDefaults
        self.validate = validate
        byKind = Dictionary(
            kinds.map { (GroupKind(group: $0.groupVersionKind.group, kind: $0.groupVersionKind.kind), $0) },
            uniquingKeysWith: { first, _ in first })
        byVersion = Dictionary(kinds.map { ($0.groupVersionKind, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Kubernetes' own kinds, with their defaults and their rules.
    package static let builtIn = KindRegistry(Catalog.builtIn.all, applyDefaults: Defaults.apply) { object, live in
        let problems = live.map { Validation.problems(changing: $0, to: object) } ?? []
        return (Validation.problems(in: object) + problems).map {
            ClusterError.Cause(reason: $0.reason.rawValue, message: $0.message, field: $0.path)
        }
    }

    /// The kind of a key.
    ///
    /// - Throws: `ClusterError.notFound` for a kind that is not served.
    func description(of key: ObjectKey) throws(ClusterError) -> KindDescription {
        guard let kind = byKind[GroupKind(key)] else {
            let group = key.group.isEmpty ? "" : " of \(key.group)"
            throw ClusterError(.notFound, "the cluster has no kind \(key.kind)\(group)", object: key)
        }
        return kind
    }

    /// The kind of an object in its own version.
    func description(of object: Manifest) throws(ClusterError) -> KindDescription {
        guard let kind = byVersion[object.groupVersionKind] else {
            throw ClusterError(
                .notFound, "no matches for kind \"\(object.kind)\" in version \"\(object.apiVersion)\"",
                object: object.key)
        }
        return kind
    }

    /// `deployments.apps`, as messages name a kind.
    func resource(of key: ObjectKey) -> String {
        let plural = byKind[GroupKind(key)]?.plural ?? key.kind.lowercased()
        return key.group.isEmpty ? plural : "\(plural).\(key.group)"
    }
}

extension GroupKind {
    init(group: String, kind: String) {
        self.group = group
        self.kind = kind
    }
}
