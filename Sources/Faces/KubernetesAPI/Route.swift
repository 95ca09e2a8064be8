/// What a path of the Kubernetes API speaks of (Kubernetes, "API concepts").
enum Route: Equatable {
    case resource(ResourcePath)
    /// `/api`, `/apis`.
    case groups(isCore: Bool)
    /// `/api/v1`, `/apis/apps/v1`.
    case version(group: String, version: String)
    /// `/apis/apps`.
    case group(String)
    /// `/openapi/v2`, `/openapi/v3`, `/openapi/v3/apis/apps/v1`.
    case openAPI([String])
    /// `/version`.
    case serverVersion
    /// `/healthz`, `/livez`, `/readyz` and what is below them.
    case health
    case unknown

    init(_ path: String) {
        let parts = path.split(separator: "/").map(String.init)
        switch parts.first {
        case "api" where parts.count == 1: self = .groups(isCore: true)
        case "apis" where parts.count == 1: self = .groups(isCore: false)
        case "api" where parts.count == 2: self = .version(group: "", version: parts[1])
        case "apis" where parts.count == 2: self = .group(parts[1])
        case "apis" where parts.count == 3: self = .version(group: parts[1], version: parts[2])
        case "api": self = Self.resource(group: "", version: parts[1], parts.dropFirst(2))
        case "apis": self = Self.resource(group: parts[1], version: parts[2], parts.dropFirst(3))
        case "openapi": self = .openAPI(Array(parts.dropFirst()))
        case "version" where parts.count == 1: self = .serverVersion
        case "healthz", "livez", "readyz": self = .health
        default: self = .unknown
        }
    }

    private static func resource(group: String, version: String, _ parts: ArraySlice<String>) -> Route {
        var parts = Array(parts)
        var path = ResourcePath(group: group, version: version)
        // `/watch/` in front is the old way to ask for a watch.
        if parts.first == "watch" {
            path.isWatch = true
            parts.removeFirst()
        }
        let isOfNamespaces = parts.first == "namespaces"
        if isOfNamespaces, parts.count >= 3, !["status", "finalize"].contains(parts[2]) {
            path.namespace = parts[1]
            parts.removeFirst(2)
        }
        guard let plural = parts.first, parts.count <= 3 else { return .unknown }
        path.plural = plural
        path.name = parts.count > 1 ? parts[1] : nil
        path.subresource = parts.count > 2 ? parts[2] : nil
        return .resource(path)
    }
}

/// A resource in a URL.
struct ResourcePath: Equatable {
    var group: String
    var version: String
    var plural = ""
    var namespace: String?
    var name: String?
    var subresource: String?
    var isWatch = false

    init(group: String, version: String) {
        self.group = group
        self.version = version
    }
}
