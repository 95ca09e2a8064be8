import Cluster
import Document
import Listener
import Manifest

/// What clients ask before anything else: versions, groups, resources, health.
struct Discovery: Sendable {
    let kinds: [KindDescription]
    private let byResource: [String: KindDescription]
    /// Groups in order, the core group (empty) first, each with its versions.
    let groups: [(name: String, versions: [String])]

    init(_ kinds: [KindDescription]) {
        self.kinds = kinds
        byResource = Dictionary(
            kinds.map { ("\($0.groupVersionKind.apiVersion)/\($0.plural)", $0) },
            uniquingKeysWith: { first, _ in first })
        var versions: [String: [String]] = [:]
        for kind in kinds {
            let version = kind.groupVersionKind.version
            if versions[kind.groupVersionKind.group]?.contains(version) != true {
                versions[kind.groupVersionKind.group, default: []].append(version)
            }
        }
        groups = versions.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted(by: Self.isNewer)) }
    }

    /// The kind of a resource in a URL.
    func kind(of path: ResourcePath) throws(ClusterError) -> KindDescription {
        let apiVersion = path.group.isEmpty ? path.version : "\(path.group)/\(path.version)"
        guard let kind = byResource["\(apiVersion)/\(path.plural)"] else {
            throw ClusterError(.notFound, "the server could not find the requested resource")
        }
        return kind
    }

    func answer(_ route: Route, _ request: ServerRequest) throws -> ServerResponse {
        switch route {
        case .groups(let isCore): return groupsAnswer(isCore: isCore, request)
        case .group(let name): return Answer.json(try groupBody(name))
        case .version(let group, let version): return Answer.json(try resources(group, version))
        case .openAPI(let parts): return try OpenAPI(self).answer(parts, request)
        case .serverVersion: return Answer.json(Self.versionBody)
        case .health: return .text("ok")
        case .resource, .unknown: throw ClusterError(.notFound, "the server could not find the requested resource")
        }
    }

    /// `v2` before `v1`, `v1` before `v1beta1` (Kubernetes' version priority).
    private static func isNewer(_ left: String, _ right: String) -> Bool {
        func rank(_ version: String) -> (Int, String) {
            (version.contains("alpha") ? 0 : version.contains("beta") ? 1 : 2, version)
        }
        return rank(left) > rank(right)
    }

    private static let versionBody: Value = [
        "major": "1", "minor": "32", "gitVersion": "v1.32.0+belay", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "swift", "platform": "linux/amd64",
    ]

    // MARK: One resource list a version

    private func resources(_ group: String, _ version: String) throws(ClusterError) -> Value {
        let mine = kinds.filter { $0.groupVersionKind.group == group && $0.groupVersionKind.version == version }
        guard let first = mine.first else {
            throw ClusterError(.notFound, "the server could not find the requested resource")
        }
        return [
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": .string(first.groupVersionKind.apiVersion),
            "resources": .sequence(mine.flatMap(Self.entries)),
        ]
    }

    private static func entries(_ kind: KindDescription) -> [Value] {
        var main: Value = [
            "name": .string(kind.plural), "singularName": .string(kind.singular),
            "namespaced": .bool(kind.isNamespaced),
            "kind": .string(kind.groupVersionKind.kind), "verbs": verbs,
        ]
        if !kind.shortNames.isEmpty { main["shortNames"] = .sequence(kind.shortNames.map { .string($0) }) }
        if categories(kind) { main["categories"] = ["all"] }
        return [main]
            + subresources(of: kind).map { sub in
                [
                    "name": .string("\(kind.plural)/\(sub.name)"), "singularName": "",
                    "namespaced": .bool(kind.isNamespaced), "kind": .string(sub.kind), "group": .string(sub.group),
                    "version": .string(sub.version), "verbs": .sequence(sub.verbs.map { .string($0) }),
                ]
            }
    }

    static let verbs: Value = [
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    ]

    /// Whether `kubectl get all` shows a kind.
    static func categories(_ kind: KindDescription) -> Bool {
        [
            "pods", "services", "replicationcontrollers", "daemonsets", "deployments", "replicasets", "statefulsets",
            "horizontalpodautoscalers", "cronjobs", "jobs",
        ].contains(kind.plural) && ["", "apps", "batch", "autoscaling"].contains(kind.groupVersionKind.group)
    }

    /// A resource beneath a resource.
    struct Subresource {
        var name: String
        var group: String
        var version: String
        var kind: String
        var verbs: [String]
    }

    static func subresources(of kind: KindDescription) -> [Subresource] {
        let own = kind.groupVersionKind
        var found: [Subresource] = []
        if kind.hasStatus {
            found.append(
                Subresource(
                    name: "status", group: own.group, version: own.version, kind: own.kind,
                    verbs: ["get", "patch", "update"]))
        }
        if Scale.isScalable(own) {
            found.append(
                Subresource(
                    name: "scale", group: "autoscaling", version: "v1", kind: "Scale",
                    verbs: ["get", "patch", "update"]))
        }
        if own.group.isEmpty, own.kind == "Pod" {
            found.append(Subresource(name: "log", group: "", version: "v1", kind: "Pod", verbs: ["get"]))
            found.append(
                Subresource(name: "exec", group: "", version: "v1", kind: "PodExecOptions", verbs: ["create", "get"]))
        }
        return found
    }

    // MARK: Groups

    private func groupsAnswer(isCore: Bool, _ request: ServerRequest) -> ServerResponse {
        let accept = request.headers["accept"] ?? ""
        for version in ["v2", "v2beta1"]
        where accept.contains("g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList") {
            return Answer.json(
                aggregated(isCore: isCore, version),
                type: "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList")
        }
        guard !isCore else {
            return Answer.json(["kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []])
        }
        let named = groups.filter { !$0.name.isEmpty }
        return Answer.json([
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .sequence(named.map { Self.body($0.name, $0.versions) }),
        ])
    }

    private func groupBody(_ name: String) throws(ClusterError) -> Value {
        guard let group = groups.first(where: { $0.name == name }), !name.isEmpty else {
            throw ClusterError(.notFound, "the server could not find the requested resource")
        }
        var body = Self.body(group.name, group.versions)
        body["kind"] = "APIGroup"
        body["apiVersion"] = "v1"
        return body
    }

    private static func body(_ name: String, _ versions: [String]) -> Value {
        let entries: [Value] = versions.map { ["groupVersion": .string("\(name)/\($0)"), "version": .string($0)] }
        return ["name": .string(name), "versions": .sequence(entries), "preferredVersion": entries[0]]
    }

    /// All groups, versions and resources in one answer (aggregated discovery).
    private func aggregated(isCore: Bool, _ version: String) -> Value {
        let wanted = groups.filter { $0.name.isEmpty == isCore }
        let items: [Value] = wanted.map { group in
            let versions: [Value] = group.versions.map { version in
                let mine = kinds.filter {
                    $0.groupVersionKind.group == group.name && $0.groupVersionKind.version == version
                }
                return [
                    "version": .string(version), "freshness": "Current",
                    "resources": .sequence(mine.map(Self.aggregatedEntry)),
                ]
            }
            return [
                "metadata": ["name": .string(group.name), "creationTimestamp": .null], "versions": .sequence(versions),
            ]
        }
        return [
            "kind": "APIGroupDiscoveryList", "apiVersion": .string("apidiscovery.k8s.io/\(version)"),
            "metadata": .mapping(Mapping()), "items": .sequence(items),
        ]
    }

    private static func aggregatedEntry(_ kind: KindDescription) -> Value {
        func responseKind(_ group: String, _ version: String, _ kind: String) -> Value {
            ["group": .string(group), "version": .string(version), "kind": .string(kind)]
        }
        let own = kind.groupVersionKind
        var entry: Value = [
            "resource": .string(kind.plural), "responseKind": responseKind(own.group, own.version, own.kind),
            "scope": kind.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(kind.singular),
            "verbs": verbs,
        ]
        if !kind.shortNames.isEmpty { entry["shortNames"] = .sequence(kind.shortNames.map { .string($0) }) }
        if categories(kind) { entry["categories"] = ["all"] }
        let subs: [Value] = subresources(of: kind).map {
            [
                "subresource": .string($0.name), "responseKind": responseKind($0.group, $0.version, $0.kind),
                "verbs": .sequence($0.verbs.map { .string($0) }),
            ]
        }
        if !subs.isEmpty { entry["subresources"] = .sequence(subs) }
        return entry
    }
}
