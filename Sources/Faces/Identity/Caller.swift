/// Who asks.
package struct Caller: Sendable, Hashable {
    /// `root`, `uid:1000`, `token`: what the journal calls them.
    package var name: String
    /// Kubernetes' groups: `system:masters` may do everything.
    package var groups: Set<String>

    package init(name: String, groups: Set<String> = []) {
        self.name = name
        self.groups = groups
    }

    package static let administrators = "system:masters"
}

/// How somebody reached the service, before it is known who they are.
package enum Credential: Sendable, Hashable {
    /// A process at the other end of the unix socket, as the kernel vouches for it.
    case localUser(UInt32)
    /// An `Authorization` header over the network; nil for none.
    case header(String?)
}

/// What somebody wants to do.
package struct Action: Sendable, Hashable {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; `exec` and `log` of Pods are
    /// `create` and `get` of a subresource.
    package var verb: String
    package var group: String
    /// In plural: `pods`; empty for what is no resource.
    package var resource: String
    package var subresource: String
    package var namespace: String?
    package var name: String?
    /// The path of what is no resource: `/version`.
    package var path: String

    package init(
        verb: String, group: String = "", resource: String = "", subresource: String = "", namespace: String? = nil,
        name: String? = nil, path: String = ""
    ) {
        self.verb = verb
        self.group = group
        self.resource = resource
        self.subresource = subresource
        self.namespace = namespace
        self.name = name
        self.path = path
    }
}
