import Document
import Manifest

/// The schema that `openapi` names in place of the built-in one: by what the lists of its kinds merge.
struct CustomSchema {
    private(set) var kinds: [GroupVersionKind: Schema] = [:]
    /// Whether the built-in schema stays beside it: kustomize forgets that only when the schema comes first.
    private var extendsBuiltIn: Bool
    /// The version that kustomize 5 has built in.
    private static let builtInVersion = "v1.21.2"
    /// Definitions within definitions that are followed; those that name themselves would not end.
    private static let depthLimit = 24
    /// Fields of all definitions, followed.
    private static let fieldLimit = 500_000

    /// - Returns: nil for the built-in schema.
    /// - Throws: `Problem` for a version that there is not, or a file without definitions.
    static func read(_ entry: Kustomization.SchemaEntry, _ files: OverlayFiles, isFirst: Bool) throws(Problem)
        -> CustomSchema?
    {
        if let version = entry.version {
            if entry.path != nil {
                throw Problem("openapi has both \"path\" and \"version\"", at: entry.origin, hint: "keep one")
            }
            if version.string == builtInVersion { return nil }
            throw Problem(
                "the OpenAPI version \(version.string ?? "") is not built in", at: version.origin,
                hint: "it may be \(builtInVersion); for others, commit the schema and name it under \"path\"")
        }
        guard let path = entry.path, let text = path.string else { return nil }
        let file = try files.path(text, for: path.origin)
        guard let document = try files.tree.documents(file, for: path.origin).first,
            let definitions = document["definitions"]?.fields
        else {
            throw Problem(
                "\(text) has no OpenAPI \"definitions\"", at: path.origin,
                hint: "it must be a schema as an API server gives it under /openapi/v2")
        }
        var reader = Reader(definitions: definitions, extendsBuiltIn: !isFirst)
        var result = CustomSchema(extendsBuiltIn: !isFirst)
        for entry in definitions.entries {
            guard let names = entry.value["x-kubernetes-group-version-kind"]?.items, !names.isEmpty else { continue }
            let schema = try reader.schema(entry.value, depth: 0)
            for name in names {
                func text(_ key: String) -> String { name[key]?.scalar?.text ?? "" }
                let kind = GroupVersionKind(group: text("group"), version: text("version"), kind: text("kind"))
                result.kinds[kind] = schema
            }
        }
        return result
    }

    private init(extendsBuiltIn: Bool) {
        self.extendsBuiltIn = extendsBuiltIn
    }

    /// By what the lists of a kind merge; nil when nothing is known of it.
    func schema(of kind: GroupVersionKind) -> Schema? {
        kinds[kind] ?? (extendsBuiltIn ? Catalog.builtIn.description(of: kind)?.schema : nil)
    }

    /// Follows definitions, with limits to what that may cost.
    private struct Reader {
        let definitions: Mapping
        let extendsBuiltIn: Bool
        private var fields = 0
        private let prefix = "#/definitions/"

        init(definitions: Mapping, extendsBuiltIn: Bool) {
            self.definitions = definitions
            self.extendsBuiltIn = extendsBuiltIn
        }

        /// The built-in definitions that those of other kinds are made with.
        private func builtIn(_ name: Substring) -> Schema {
            guard extendsBuiltIn,
                let pods = Catalog.builtIn.description(
                    of: GroupVersionKind(group: "", version: "v1", kind: "Pod"))?.schema
            else { return .any }
            switch name {
            case "io.k8s.api.core.v1.PodTemplateSpec", "io.k8s.api.core.v1.Pod": return pods
            case "io.k8s.api.core.v1.PodSpec": return pods.field("spec")
            default: return .any
            }
        }

        mutating func schema(_ value: Value, depth: Int) throws(Problem) -> Schema {
            fields += 1
            if fields > CustomSchema.fieldLimit {
                throw Problem("the schema's definitions hold too many fields", at: value.origin)
            }
            if depth > CustomSchema.depthLimit { return .any }
            if let reference = value["$ref"]?.string, reference.hasPrefix(prefix) {
                let name = reference.dropFirst(prefix.count)
                guard let definition = definitions[String(name)] else { return builtIn(name) }
                return try schema(definition, depth: depth + 1)
            }
            if let items = value["items"] { return try list(value, of: try schema(items, depth: depth + 1)) }
            if let properties = value["properties"]?.fields {
                var known: [String: Schema] = [:]
                for entry in properties.entries {
                    known[entry.key.text] = try schema(entry.value, depth: depth + 1)
                }
                return .object(known)
            }
            if let values = value["additionalProperties"], values.fields != nil {
                return .map(try schema(values, depth: depth + 1))
            }
            return .any
        }

        private func list(_ value: Value, of item: Schema) throws(Problem) -> Schema {
            let strategies = (value["x-kubernetes-patch-strategy"]?.string ?? "").split(separator: ",")
            guard strategies.contains("merge") else { return .atomic(item) }
            let patchKey = value["x-kubernetes-patch-merge-key"]?.string
            let keys = value["x-kubernetes-list-map-keys"]?.strings ?? [patchKey].compactMap { $0 }
            guard let first = keys.first else { return .set }
            return .list(
                keys: keys, patchKey: patchKey ?? first, retainKeys: strategies.contains("retainKeys"), item: item)
        }
    }
}
