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

/// All of an object that steps of a build change, and that they go by.
struct ResourceState: Sendable {
    fileprivate(set) var value: Value
    fileprivate(set) var id: ResourceID
    /// The text of `apiVersion` that `id` was made from, and of the namespace.
    fileprivate var apiVersion: String
    fileprivate(set) var writtenNamespace: String
    fileprivate(set) var hasAnnotations: Bool
    /// Its former kinds, names and namespaces, the first one first.
    fileprivate(set) var history: [ResourceID] = []
    var prefixes: [String] = []
    var suffixes: [String] = []

    /// Of no object.
    static let none = ResourceState(.null)

    init(_ value: Value) {
        self.value = value
        apiVersion = value["apiVersion"]?.scalar?.text ?? ""
        let metadata = value["metadata"]?.fields
        writtenNamespace = metadata?["namespace"]?.scalar?.text ?? ""
        hasAnnotations = metadata?.position(of: "annotations") != nil
        id = ResourceID(
            GroupVersionKind(apiVersion: apiVersion, kind: value["kind"]?.scalar?.text ?? ""),
            name: metadata?["name"]?.scalar?.text ?? "", namespace: writtenNamespace)
    }

    fileprivate mutating func change(_ change: (inout Value) throws(Problem) -> Void) throws(Problem) {
        try change(&value)
        refreshIdentity()
    }

    fileprivate mutating func setName(_ name: Value) {
        value[path: "metadata", "name"] = name
        refreshIdentity()
    }

    /// Reads the identity again; what did not change is not made anew.
    private mutating func refreshIdentity() {
        let version = value["apiVersion"]?.scalar?.text ?? ""
        let kind = value["kind"]?.scalar?.text ?? ""
        let metadata = value["metadata"]?.fields
        let name = metadata?["name"]?.scalar?.text ?? ""
        let namespace = metadata?["namespace"]?.scalar?.text ?? ""
        hasAnnotations = metadata?.position(of: "annotations") != nil
        if version == apiVersion, kind == id.kind.kind, namespace == writtenNamespace {
            if name != id.name { id.name = name }
            return
        }
        apiVersion = version
        writtenNamespace = namespace
        id = ResourceID(GroupVersionKind(apiVersion: version, kind: kind), name: name, namespace: namespace)
    }

    /// Whether this is a copy of another state, unchanged.
    func isSame(as other: ResourceState) -> Bool {
        value.fields?.place == other.value.fields?.place && value.fields?.isEmpty == false
            && history.count == other.history.count && prefixes.count == other.prefixes.count
            && suffixes.count == other.suffixes.count
    }
}

/// One object while it is being customized, with the names that it has had.
final class Resource {
    /// What it stands at unchanged, of which a later build may know more; nil once it has been changed since.
    private(set) var stage: Stage?
    /// Its state where it stands at no stage.
    private var own: Own?

    private final class Own {
        var state: ResourceState

        init(_ state: ResourceState) {
            self.state = state
        }
    }

    /// What was put into it since that stage, as `Growth` counts.
    var grown = 0
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

    convenience init(_ value: Value) {
        self.init(ResourceState(value))
    }

    init(_ state: ResourceState) {
        own = Own(state)
    }

    init(at stage: Stage) {
        self.stage = stage
    }

    var state: ResourceState { stage?.state ?? own?.state ?? .none }

    /// Its state to be changed, which stands at no stage any more.
    private func owned() -> Own {
        if let own { return own }
        let own = Own(stage?.state ?? .none)
        self.own = own
        stage = nil
        return own
    }

    // Parts of the state, each fetched by itself: all of it together is much to copy. (Handing it out through `_read` and
    // `_modify` let the optimiser of Swift 6.3 release it once too often.)

    /// Changed through `update` where that may touch its identity.
    var value: Value { stage?.state.value ?? own?.state.value ?? .null }
    var id: ResourceID { stage?.state.id ?? own?.state.id ?? ResourceState.none.id }
    var writtenNamespace: String { stage?.state.writtenNamespace ?? own?.state.writtenNamespace ?? "" }
    var prefixes: [String] { stage?.state.prefixes ?? own?.state.prefixes ?? [] }
    var suffixes: [String] { stage?.state.suffixes ?? own?.state.suffixes ?? [] }
    /// Whether the object has any annotations.
    var hasAnnotations: Bool { stage?.state.hasAnnotations ?? own?.state.hasAnnotations ?? false }
    private var history: [ResourceID] { stage?.state.history ?? own?.state.history ?? [] }

    /// Its former identities, the first one first; a change of the API's version is none.
    var previous: [ResourceID] { history.map(inPresentVersion) }
    var hasHistory: Bool { !history.isEmpty }
    /// Whether kustomize would keep annotations of its own on it by now.
    var isMarked: Bool { hasHistory || hashOrigin.isKnown }
    /// The first identity; the present one when it never changed.
    var original: ResourceID { history.first.map(inPresentVersion) ?? id }

    private func inPresentVersion(_ former: ResourceID) -> ResourceID {
        if former.kind.group == id.kind.group, former.kind.version == id.kind.version { return former }
        let kind = GroupVersionKind(group: id.kind.group, version: id.kind.version, kind: former.kind.kind)
        return ResourceID(kind, name: former.name, namespace: former.namespace)
    }
    /// Whether one of its identities, the present one first, is such.
    func hasIdentity(_ isSuch: (ResourceID) -> Bool) -> Bool {
        isSuch(id) || history.contains { isSuch(inPresentVersion($0)) }
    }
    /// All identities, the present one last.
    var identities: [ResourceID] { previous + [id] }
    /// Where the object is written.
    var origin: Origin { value[path: "metadata", "name"]?.origin ?? value.origin }

    /// Changes the object.
    func update(_ change: (inout Value) throws(Problem) -> Void) throws(Problem) {
        try owned().state.change(change)
    }

    /// Keeps the present identity among the former ones, as what refers to it knows it.
    func storeIdentity() {
        let id = id
        owned().state.history.append(id)
    }

    /// Keeps note of what was put before or behind its name.
    func noteAffix(_ text: String, isPrefix: Bool) {
        if isPrefix { owned().state.prefixes.append(text) } else { owned().state.suffixes.append(text) }
    }

    /// Takes over the history of the object that this one replaces.
    func inherit(from other: Resource) {
        let own = owned()
        own.state.history = other.history + own.state.history
        own.state.prefixes = other.prefixes + own.state.prefixes
        own.state.suffixes = other.suffixes + own.state.suffixes
    }

    /// The stage at which it stands, made where there is none.
    func settled() -> Stage {
        if let stage { return stage }
        let stage = Stage(state)
        advance(to: stage)
        return stage
    }

    /// Goes on to a stage.
    func advance(to stage: Stage) {
        own = nil
        self.stage = stage
        grown = 0
    }

    /// Puts the hash of the content behind the name, which from then on changes with both.
    func addHash() {
        guard var name = value[path: "metadata", "name"] else { return }
        name.content = .scalar(Scalar("\(id.name)-\(NameHash.hash(of: value))"))
        let earlier = (name.trivia?.replaced ?? []) + (hashOrigin.isKnown ? [Place(hashOrigin)] : [])
        let places = NameHash.places(of: value, after: earlier)
        name.trivia = (name.trivia ?? .synthesised).with(replaced: places, synthesis: .part)
        owned().state.setName(name)
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
