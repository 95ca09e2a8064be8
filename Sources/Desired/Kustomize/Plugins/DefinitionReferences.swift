import Document
import Manifest

/// `crds`: OpenAPI definitions, as Go's generators write them, that mark which fields hold labels, annotations, names
/// and references (kustomize, `accumulator/loadconfigfromcrds.go`).
struct DefinitionReferences {
    private let definitions: Mapping
    private var result = TransformerConfiguration.empty
    /// Fields of all kinds, followed.
    private var fields = 0
    private static let fieldLimit = 100_000
    private static let depthLimit = 24

    /// The fields that a file's definitions mark.
    static func read(_ name: Value, _ files: OverlayFiles) throws(Problem) -> TransformerConfiguration {
        let path = try files.path(name.string ?? "", for: name.origin)
        guard let document = try files.tree.documents(path, for: name.origin).first else { return .empty }
        guard let definitions = document.fields, definitions.entries.allSatisfy({ $0.value.fields != nil }) else {
            throw Problem(
                "\(name.string ?? "") holds no OpenAPI definitions", at: document.origin,
                hint:
                    "a CustomResourceDefinition belongs under \"resources\"; which of its fields are references, \"configurations\" can say"
            )
        }
        var reader = DefinitionReferences(definitions: definitions)
        return try reader.read()
    }

    private init(definitions: Mapping) {
        self.definitions = definitions
    }

    private mutating func read() throws(Problem) -> TransformerConfiguration {
        result.isCustom = true
        for entry in definitions.entries {
            let properties = Self.properties(of: entry.value)
            guard ["kind", "apiVersion", "metadata"].allSatisfy({ properties?[$0] != nil }) else { continue }
            let kind = entry.key.text.split(separator: ".").last.map(String.init) ?? ""
            try follow(entry.key.text, of: kind, [])
        }
        return result
    }

    private static func properties(of definition: Value) -> Mapping? {
        ((definition["Schema"] ?? definition["schema"])?["properties"])?.fields
    }

    private mutating func follow(_ name: String, of kind: String, _ path: [String]) throws(Problem) {
        guard let definition = definitions[name], path.count < Self.depthLimit else { return }
        for entry in Self.properties(of: definition)?.entries ?? [] {
            fields += 1
            if fields > Self.fieldLimit {
                throw Problem("the definitions hold too many fields", at: entry.key.origin)
            }
            let path = path + [entry.key.text]
            func mark(_ name: String) -> String? { entry.value["x-kubernetes-\(name)"]?.scalar?.text }
            func spec(_ more: String...) -> FieldSpec {
                let keys = (path + more).map { $0.replacing("/", with: "\\/") }
                return FieldSpec(keys.joined(separator: "/"), kind: kind)
            }
            if mark("annotation") != nil { result.commonAnnotations.append(spec()) }
            if mark("label-selector") != nil { result.commonLabels.append(spec()) }
            if mark("identity") != nil { result.namePrefix.append(spec()) }
            if let version = mark("object-ref-api-version"), let target = mark("object-ref-kind") {
                let target = GroupVersionKind(group: "", version: version, kind: target)
                let field = spec(mark("object-ref-name-key") ?? "name")
                if let index = result.nameReferences.firstIndex(where: { $0.target == target }) {
                    result.nameReferences[index].fields.append(field)
                } else {
                    result.nameReferences.append(NameReference(target: target, fields: [field]))
                }
            }
            if let next = entry.value["$ref"]?.string { try follow(next, of: kind, path) }
        }
    }
}
