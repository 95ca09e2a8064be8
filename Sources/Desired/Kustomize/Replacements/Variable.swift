import Document
import Manifest

/// An entry of `vars`: a field of an object, which `$(NAME)` stands for elsewhere.
struct Variable {
    let name: String
    let origin: Origin
    private let kind: GroupVersionKind
    private let objectName: String
    private let namespace: String
    private let path: String

    /// - Throws: `Problem` at a field that is missing or unknown.
    init(_ item: Value) throws(Problem) {
        var reader = try FieldReader(item, "the variable")
        name = try reader.requiredString("name")
        origin = item.origin
        guard var object = try reader.fields("objref") else {
            throw Problem("the variable \(name) needs \"objref\"", at: item.origin)
        }
        let version = try object.string("apiVersion") ?? ""
        let kindName = try object.string("kind") ?? ""
        let written = GroupVersionKind(apiVersion: version, kind: kindName)
        kind = GroupVersionKind(
            group: try object.string("group") ?? written.group,
            version: try object.string("version") ?? written.version,
            kind: kindName)
        objectName = try object.string("name") ?? ""
        namespace = try object.string("namespace") ?? ""
        try object.finish()
        var path = ""
        if var field = try reader.fields("fieldref") {
            let camelCase = try field.string("fieldPath")
            path = try field.string("fieldpath") ?? camelCase ?? ""
            try field.finish()
        }
        self.path = path.isEmpty ? "metadata.name" : path
        try reader.finish()
    }

    /// Whether an object is, or was, what the variable is taken from.
    func isTaken(from resource: Resource) -> Bool {
        let wanted = ResourceID(kind, name: objectName, namespace: namespace)
        let isAnywhere = namespace.isEmpty && !wanted.isClusterScoped
        return resource.identities.contains { id in
            id.kind == kind && id.name == objectName && (isAnywhere || id.namespace == wanted.namespace)
        }
    }

    /// The field's value.
    ///
    /// - Throws: `Problem` when the object has no such field.
    func value(in resource: Resource) throws(Problem) -> Value {
        var value: Value? = resource.value
        for part in Replacement.split(path) {
            let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
            if let key = pieces.first, !key.isEmpty { value = value?[String(key)] }
            for piece in pieces.dropFirst() {
                guard piece.last == "]", let index = Int(piece.dropLast()), let items = value?.items else {
                    value = nil
                    break
                }
                value = items.indices.contains(index) ? items[index] : nil
            }
        }
        guard let value else {
            throw Problem(
                "\(resource.id) at \(resource.origin) has no field \(path) for the variable \(name)", at: origin,
                hint: "check its fieldref")
        }
        return value
    }

    /// The fields in which kustomize looks for variables.
    static let standardFields: [FieldSpec] =
        ["CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"].flatMap(podFields)
        + [
            FieldSpec("spec/template/metadata/annotations", kind: "Deployment"),
            FieldSpec("spec/rules/host", kind: "Ingress"), FieldSpec("spec/tls/hosts", kind: "Ingress"),
            FieldSpec("spec/tls/secretName", kind: "Ingress"), FieldSpec("spec/ports/port", kind: "Service"),
            FieldSpec("spec/ports/targetPort", kind: "Service"),
            FieldSpec("spec/volumeClaimTemplates/spec/nfs/server", kind: "StatefulSet"),
            FieldSpec("spec/nfs/server", kind: "PersistentVolume"), FieldSpec("metadata/labels"),
            FieldSpec("metadata/annotations"),
        ]

    private static func podFields(of kind: String) -> [FieldSpec] {
        let pod =
            switch kind {
            case "Pod": "spec"
            case "CronJob": "spec/jobTemplate/spec/template/spec"
            default: "spec/template/spec"
            }
        let fields = ["containers", "initContainers"].flatMap { list in
            ["args", "command", "env/value", "volumeMounts/mountPath"].map { "\(pod)/\(list)/\($0)" }
        }
        // As kustomize has it: a CronJob's volumes one level too high, a StatefulSet's not at all.
        let volumes =
            switch kind {
            case "CronJob": ["spec/jobTemplate/spec/template/volumes/nfs/server"]
            case "StatefulSet": [] as [String]
            default: ["\(pod)/volumes/nfs/server"]
            }
        return (fields + volumes).map { FieldSpec($0, kind: kind) }
    }
}

extension Accumulator {
    /// Puts the values of variables in the places of their names.
    ///
    /// - Throws: `Problem` at a variable that has no value, or at a field where none can be.
    mutating func resolveVariables() throws(Problem) {
        if variables.isEmpty { return }
        var values: [String: Value] = [:]
        for (variable, resource) in variables {
            guard let resource else {
                throw Problem(
                    "the variable \(variable.name) is taken from an object that is not there", at: variable.origin,
                    hint: "check kind, name and namespace of its objref")
            }
            values[variable.name] = try variable.value(in: resource)
        }
        let expansion = VariableExpansion(values: values)
        for resource in resources {
            for spec in configuration.variables where spec.selects(resource.id.kind) {
                let walk = FieldWalk(spec: spec, made: nil, object: resource.id, growth: growth)
                try resource.update { (value) throws(Problem) in
                    try walk.apply(to: &value) { (field) throws(Problem) in try expansion.apply(to: &field) }
                }
            }
        }
        identitiesChanged()
    }
}

/// Replaces `$(NAME)` in texts; `$$` is a dollar sign.
struct VariableExpansion {
    let values: [String: Value]

    func apply(to field: inout Value) throws(Problem) {
        switch field.content {
        case .scalar: expand(&field)
        case .mapping(var mapping):
            for position in mapping.entries.indices { mapping.change(at: position, expand) }
            field.content = .mapping(mapping)
        case .sequence(var items):
            for index in items.indices {
                guard items[index].scalar?.kind == .string else {
                    throw Problem("a list with variables must hold texts alone", at: items[index].origin)
                }
                expand(&items[index])
            }
            field.content = .sequence(items)
        }
    }

    private func expand(_ field: inout Value) {
        guard let scalar = field.scalar, scalar.kind == .string, scalar.text.utf8.contains(UInt8(ascii: "$")) else {
            return
        }
        var result = ""
        var rest = scalar.text[...]
        var sources: [Value] = []
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            guard let next = rest.first else {
                result += "$"
                break
            }
            if next == "(", let end = rest.firstIndex(of: ")") {
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
                let value = values[name]?.scalar.map { $0.kind == .null ? nil : $0 } ?? nil
                if let value, let whole = values[name] {
                    // A text that is nothing but the variable takes its type too.
                    if scalar.text == "$(\(name))" {
                        var new = whole
                        new.content = .scalar(Scalar(value.text, value.kind))
                        field = new.replacing(field)
                        return
                    }
                    sources.append(whole)
                    result += value.text
                } else {
                    result += "$(\(name))"
                }
            } else {
                rest = rest.dropFirst()
                result += next == "$" ? "$" : "$\(next)"
            }
        }
        result += rest
        if result == scalar.text { return }
        guard var new = sources.first else {
            field.content = .scalar(Scalar(result))
            return
        }
        new.content = .scalar(Scalar(result))
        field = new.made(with: Array(sources.dropFirst())).replacing(field)
    }
}
