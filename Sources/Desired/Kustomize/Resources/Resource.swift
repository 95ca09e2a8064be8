import Document
import Manifest

/// Who an object is to kustomize, in one version of its kind.
struct ResourceID: Hashable, CustomStringConvertible {
    var kind: GroupVersionKind
    var name: String
    /// `default` for namespaced objects without one, empty for those of cluster scope.
    var namespace: String

    init(_ kind: GroupVersionKind, name: String, namespace: String) {
        self.kind = kind
        self.name = name
        self.namespace =
            KindScope.isClusterScoped(kind) ? "" : namespace.isEmpty ? Self.defaultNamespace : namespace
    }

    static let defaultNamespace = "default"

    /// Names tell objects apart well enough for a table; the rest is left to the comparison.
    func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(kind.kind)
    }

    static func == (left: ResourceID, right: ResourceID) -> Bool {
        left.name == right.name && left.kind == right.kind && left.namespace == right.namespace
    }

    var isClusterScoped: Bool { namespace.isEmpty }

    var description: String { "\(kind) \(name)" + (namespace.isEmpty ? "" : " in namespace \(namespace)") }
}

/// One object while it is being customized, with the names that it has had.
final class Resource {
    /// Changed through `update` where that may touch its identity.
    private(set) var value: Value
    private(set) var id: ResourceID
    /// The text of `apiVersion` that `id` was made from, and of the namespace.
    private var apiVersion: String
    private(set) var writtenNamespace: String
    /// Its former kinds, names and namespaces, the first one first.
    private var history: [ResourceID] = []
    var prefixes: [String] = []
    var suffixes: [String] = []
    /// Whether a hash of its content goes to the end of its name.
    var needsHash = false
    /// What asks for the hash.
    var hashOrigin = Origin.none
    /// The file that it is from, or what generated it.
    var source: BuildNote?
    /// Whether a chart made it: then its namespace is the chart's affair.
    var isOfChart = false
    /// What went over it, where `buildMetadata` asks for that.
    var transformations: [BuildNote] = []

    init(_ value: Value) {
        self.value = value
        apiVersion = value["apiVersion"]?.scalar?.text ?? ""
        let metadata = value["metadata"]?.fields
        writtenNamespace = metadata?["namespace"]?.scalar?.text ?? ""
        id = ResourceID(
            GroupVersionKind(apiVersion: apiVersion, kind: value["kind"]?.scalar?.text ?? ""),
            name: metadata?["name"]?.scalar?.text ?? "", namespace: writtenNamespace)
    }

    /// Its former identities, the first one first; a change of the API's version is none.
    var previous: [ResourceID] { history.map(inPresentVersion) }
    var hasHistory: Bool { !history.isEmpty }
    /// The first identity; the present one when it never changed.
    var original: ResourceID { history.first.map(inPresentVersion) ?? id }

    private func inPresentVersion(_ former: ResourceID) -> ResourceID {
        if former.kind.group == id.kind.group, former.kind.version == id.kind.version { return former }
        let kind = GroupVersionKind(group: id.kind.group, version: id.kind.version, kind: former.kind.kind)
        return ResourceID(kind, name: former.name, namespace: former.namespace)
    }
    /// All identities, the present one last.
    var identities: [ResourceID] { previous + [id] }
    /// Where the object is written.
    var origin: Origin { value[path: "metadata", "name"]?.origin ?? value.origin }

    /// Changes the object.
    func update(_ change: (inout Value) throws(Problem) -> Void) throws(Problem) {
        try change(&value)
        refreshIdentity()
    }

    /// Keeps the present identity among the former ones, as what refers to it knows it.
    func storeIdentity() {
        history.append(id)
    }

    /// Takes over the history of the object that this one replaces.
    func inherit(from other: Resource) {
        history = other.history + history
        prefixes = other.prefixes + prefixes
        suffixes = other.suffixes + suffixes
    }

    /// Puts the hash of the content behind the name, which from then on changes with both.
    func addHash() {
        guard var name = value[path: "metadata", "name"] else { return }
        name.content = .scalar(Scalar("\(id.name)-\(NameHash.hash(of: value))"))
        let earlier = (name.trivia?.replaced ?? []) + (hashOrigin.isKnown ? [Place(hashOrigin)] : [])
        let places = NameHash.places(of: value, after: earlier)
        name.trivia = (name.trivia ?? .synthesised).with(replaced: places, synthesis: .part)
        value[path: "metadata", "name"] = name
        refreshIdentity()
    }

    /// Reads the identity again; what did not change is not made anew.
    private func refreshIdentity() {
        let version = value["apiVersion"]?.scalar?.text ?? ""
        let kind = value["kind"]?.scalar?.text ?? ""
        let metadata = value["metadata"]?.fields
        let name = metadata?["name"]?.scalar?.text ?? ""
        let namespace = metadata?["namespace"]?.scalar?.text ?? ""
        if version == apiVersion, kind == id.kind.kind, namespace == writtenNamespace {
            if name != id.name { id.name = name }
            return
        }
        apiVersion = version
        writtenNamespace = namespace
        id = ResourceID(GroupVersionKind(apiVersion: version, kind: kind), name: name, namespace: namespace)
    }
}

extension Value {
    /// Sets or removes a field of `metadata`, keeping the origin of what it replaces.
    mutating func setMetadata(_ key: String, to value: Value?) {
        let old = self[path: "metadata", key]
        if let value {
            self[path: "metadata", key] = value.replacing(old)
        } else if old != nil {
            self[path: "metadata", key] = nil
        }
    }
}
