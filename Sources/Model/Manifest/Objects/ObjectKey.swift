/// A kind of object in one version of its API group.
package struct GroupVersionKind: Sendable, Hashable, CustomStringConvertible {
    /// Empty for the core group.
    package var group: String
    package var version: String
    package var kind: String

    package init(group: String, version: String, kind: String) {
        self.group = group
        self.version = version
        self.kind = kind
    }

    /// Splits `apps/v1` into group and version; `v1` alone is the core group's.
    package init(apiVersion: String, kind: String) {
        if let slash = apiVersion.utf8.firstIndex(of: UInt8(ascii: "/")) {
            group = String(apiVersion[..<slash])
            version = String(apiVersion[apiVersion.utf8.index(after: slash)...])
        } else {
            group = ""
            version = apiVersion
        }
        self.kind = kind
    }

    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
    package var description: String { "\(apiVersion) \(kind)" }
}

/// Which object, across versions: what plans, ownership and the journal call it by.
package struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Empty for the core group.
    package var group: String
    package var kind: String
    /// nil for objects of cluster scope.
    package var namespace: String?
    package var name: String

    package init(group: String = "", kind: String, namespace: String? = nil, name: String) {
        self.group = group
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// `Deployment.apps shop-dev/web`, `Namespace shop-dev`.
    package var description: String {
        let kind = group.isEmpty ? kind : "\(kind).\(group)"
        return namespace.map { "\(kind) \($0)/\(name)" } ?? "\(kind) \(name)"
    }

    /// `deployment/web`: how a person names it where the namespace is plain.
    package var short: String { "\(kind.lowercased())/\(name)" }

    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.group, left.kind, left.namespace ?? "", left.name)
            < (right.group, right.kind, right.namespace ?? "", right.name)
    }
}
