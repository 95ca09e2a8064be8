import Crypto
import Document

/// Makes the object that a `configMapGenerator` or `secretGenerator` entry describes.
struct Generator {
    let entry: GeneratorEntry
    let isSecret: Bool

    func resource(_ pairs: [KeyValues.Pair]) -> Resource {
        let origin = entry.origin
        func made(_ text: String, _ kind: Scalar.Kind = .string) -> Value {
            Value(.scalar(Scalar(text, kind)), origin: origin, trivia: .synthesised)
        }
        var object = Value(.mapping(Mapping()), origin: origin)
        object["apiVersion"] = made("v1")
        object["kind"] = made(isSecret ? "Secret" : "ConfigMap")
        object[path: "metadata", "name"] = entry.name
        if let namespace = entry.namespace, namespace.string?.isEmpty == false {
            object[path: "metadata", "namespace"] = namespace
        }
        if isSecret { object["type"] = entry.type?.string?.isEmpty == false ? entry.type : made("Opaque") }
        Self.set(pairs, in: &object, isSecret: isSecret)
        for (field, options) in [("labels", entry.options.labels), ("annotations", entry.options.annotations)] {
            for pair in options {
                let empty = Value(.scalar(Scalar("")), origin: pair.value.origin)
                object[path: "metadata", field, pair.key.text] = pair.value.isNull ? empty : pair.value
            }
        }
        if let immutable = entry.options.immutable, immutable.bool == true { object["immutable"] = immutable }
        let resource = Resource(object)
        resource.needsHash = !entry.options.disablesHash
        resource.hashOrigin = origin
        return resource
    }

    /// What is text goes to `data`; of a ConfigMap, the rest goes to `binaryData`; a Secret's is base64 in any case.
    private static func set(_ pairs: [KeyValues.Pair], in object: inout Value, isSecret: Bool) {
        var fields: [String: Mapping] = isSecret ? ["data": Mapping()] : [:]
        for pair in pairs.sorted(by: { $0.key < $1.key }) {
            let text = isSecret ? nil : String(validating: pair.bytes, as: UTF8.self)
            let field = isSecret || text != nil ? "data" : "binaryData"
            let value = Value(
                .scalar(Scalar(text ?? wrapped(pair.bytes))), origin: pair.place.origin,
                trivia: pair.place.lines.map { Trivia(lines: $0) })
            fields[field, default: Mapping()][pair.key] = value
        }
        for (field, mapping) in fields.sorted(by: { $0.key > $1.key }) {
            object[field] = Value(.mapping(mapping), origin: object.origin)
        }
    }

    /// Base64 in lines of 70 characters, each with a line break when there are several.
    private static func wrapped(_ bytes: [UInt8]) -> String {
        let text = Array(Base64.encode(bytes).utf8)
        if text.count < 70 { return String(decoding: text, as: UTF8.self) }
        var lines: [UInt8] = []
        for start in stride(from: 0, to: text.count, by: 70) {
            lines += text[start..<min(start + 70, text.count)]
            lines.append(10)
        }
        return String(decoding: lines, as: UTF8.self)
    }
}

extension Accumulator {
    /// Adds a generated object, or merges it into the one that it is for.
    ///
    /// - Throws: `Problem` at the generator when there is none, or one too many.
    mutating func absorb(_ resource: Resource, _ entry: GeneratorEntry) throws(Problem) {
        let matches = withIdentity(resource.id)
        guard let old = matches.first else {
            if entry.behavior == .create { return try append(resource) }
            throw Problem(
                "there is no \(resource.id) to \(entry.behavior.rawValue)", at: entry.origin,
                hint: "the behavior \"create\" makes a new one")
        }
        if matches.count > 1 {
            throw Problem(
                "\(resource.id) could be any of several objects: "
                    + matches.map { "\($0.id) at \($0.origin)" }.joined(separator: ", "), at: entry.origin,
                hint: "give them different names before they are combined")
        }
        if entry.behavior == .create {
            throw Problem(
                "\(resource.id) is there already, at \(old.origin)", at: entry.origin,
                hint: "set behavior to merge or replace")
        }
        try resource.update { (value) throws(Problem) in Self.merge(&value, over: old.value, entry.behavior) }
        resource.inherit(from: old)
        resource.needsHash = resource.needsHash && old.needsHash
        if entry.behavior == .merge { resource.source = old.source }
        resource.transformations = old.transformations
        replace(old, by: resource)
    }

    private static func merge(_ value: inout Value, over old: Value, _ behavior: GeneratorEntry.Behavior) {
        for field in ["labels", "annotations"] {
            merge(&value, over: old, ["metadata", field])
        }
        for field in ["name", "namespace"] { value[path: "metadata", field] = old[path: "metadata", field] }
        guard behavior == .merge else { return }
        for field in ["data", "binaryData"] { merge(&value, over: old, [field]) }
    }

    /// The old mapping's entries with the new one's over them, in order of keys.
    private static func merge(_ value: inout Value, over old: Value, _ path: [String]) {
        guard let before = old[path: path]?.fields, !before.isEmpty else { return }
        var merged = before
        for entry in value[path: path]?.fields?.entries ?? [] {
            merged.set(.init(key: entry.key, value: entry.value.replacing(before[entry.key.text])))
        }
        merged.sort { $0.key.text < $1.key.text }
        value[path: path] = Value(.mapping(merged), origin: value[path: path]?.origin ?? value.origin)
    }
}
