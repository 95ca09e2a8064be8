import Cluster
import Document
import Listener
import Manifest

/// As much of the OpenAPI documents as clients need: which paths there are, which kind each is of, and that the server
/// takes `fieldValidation` and `dryRun` (kubectl asks for these before it applies).
struct OpenAPI {
    let discovery: Discovery

    init(_ discovery: Discovery) {
        self.discovery = discovery
    }

    func answer(_ parts: [String], _ request: ServerRequest) throws(ClusterError) -> ServerResponse {
        switch parts.first {
        case "v2": return Answer.json(["swagger": "2.0", "info": Self.info, "paths": .mapping(Mapping())])
        case "v3" where parts.count == 1: return Answer.json(index)
        case "v3": return Answer.json(try document(Array(parts.dropFirst())))
        default: throw ClusterError(.notFound, "the server could not find the requested resource")
        }
    }

    private static let info: Value = ["title": "Belay", "version": "v1.32.0"]

    /// Where each version's document is.
    private var index: Value {
        var paths = Mapping()
        for group in discovery.groups {
            for version in group.versions {
                let path = group.name.isEmpty ? "api/\(version)" : "apis/\(group.name)/\(version)"
                paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=1")]
            }
        }
        return ["paths": .mapping(paths)]
    }

    private func document(_ parts: [String]) throws(ClusterError) -> Value {
        let isCore = parts.first == "api" && parts.count == 2
        let isGroup = parts.first == "apis" && parts.count == 3
        guard isCore || isGroup else {
            throw ClusterError(.notFound, "the server could not find the requested resource")
        }
        let (group, version) = isCore ? ("", parts[1]) : (parts[1], parts[2])
        var paths = Mapping()
        for kind in discovery.kinds
        where kind.groupVersionKind.group == group && kind.groupVersionKind.version == version {
            let scope = kind.isNamespaced ? "/namespaces/{namespace}" : ""
            paths["/\(parts.joined(separator: "/"))\(scope)/\(kind.plural)/{name}"] = ["patch": Self.patch(kind)]
        }
        return [
            "openapi": "3.0.0", "info": Self.info, "paths": .mapping(paths),
            "components": ["schemas": .mapping(Mapping())],
        ]
    }

    private static func patch(_ kind: KindDescription) -> Value {
        let own = kind.groupVersionKind
        let parameters: [Value] = ["dryRun", "fieldManager", "fieldValidation", "force"].map {
            ["name": .string($0), "in": "query", "schema": ["type": $0 == "force" ? "boolean" : "string"]]
        }
        return [
            "operationId": .string("patch\(own.kind)"), "parameters": .sequence(parameters),
            "requestBody": ["content": ["application/merge-patch+json": ["schema": .mapping(Mapping())]]],
            "responses": ["200": ["description": "OK"]],
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": [
                "group": .string(own.group), "version": .string(own.version), "kind": .string(own.kind),
            ],
        ]
    }
}
