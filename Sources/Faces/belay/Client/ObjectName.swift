import Manifest

/// How a person names objects: `pods`, `deploy/web`, `deployments.apps web`.
struct ObjectName {
    var kind: KindDescription
    var name: String?

    /// - Throws: `UsageError` for a kind that is not known.
    init(_ words: [String], command: String) throws {
        let parts = words.first.map { $0.split(separator: "/", maxSplits: 1).map(String.init) } ?? []
        guard let word = parts.first, let kind = Catalog.builtIn.find(word: word) else {
            throw UsageError("there is no kind '\(words.first ?? "")'", command: [command])
        }
        self.kind = kind
        name = parts.count == 2 ? parts[1] : words.dropFirst().first
    }

    /// The path of its collection or of itself in the Kubernetes API.
    func path(namespace: String?) -> String {
        let version = kind.groupVersionKind
        var path = version.group.isEmpty ? "/api/\(version.version)" : "/apis/\(version.group)/\(version.version)"
        if let namespace, kind.isNamespaced { path += "/namespaces/\(ServiceClient.escaped(namespace))" }
        path += "/\(kind.plural)"
        return name.map { "\(path)/\(ServiceClient.escaped($0))" } ?? path
    }
}
