import Crypto
import Document
import Manifest

/// A container's environment variables, in Kubernetes' order: services, `envFrom`, then `env`, each over those before.
struct EnvironmentBuilder {
    let pod: PodSpec
    let container: ContainerDefinition
    let fields: DownwardFields
    /// ConfigMaps and Secrets that are named, by name; those that are missing are not in it.
    let configMaps: [String: Manifest]
    let secrets: [String: Manifest]
    /// Services of the pod's namespace.
    let services: [Manifest]

    /// What went wrong, in words for the pod's status, and never a value.
    struct Failure: Error, Equatable {
        var message: String
    }

    private struct Variables {
        var order: [String] = []
        var values: [String: String] = [:]

        mutating func set(_ name: String, _ value: String) {
            if values.updateValue(value, forKey: name) == nil { order.append(name) }
        }
    }

    /// The names of ConfigMaps and Secrets that a container's environment needs.
    static func needs(_ container: ContainerDefinition) -> (configMaps: Set<String>, secrets: Set<String>) {
        var needs = (configMaps: Set<String>(), secrets: Set<String>())
        for source in container.environmentSources {
            if let name = source[path: "configMapRef", "name"]?.string { needs.configMaps.insert(name) }
            if let name = source[path: "secretRef", "name"]?.string { needs.secrets.insert(name) }
        }
        for entry in container.environment {
            if let name = entry[path: "valueFrom", "configMapKeyRef", "name"]?.string { needs.configMaps.insert(name) }
            if let name = entry[path: "valueFrom", "secretKeyRef", "name"]?.string { needs.secrets.insert(name) }
        }
        return needs
    }

    /// `NAME=value` in order.
    ///
    /// - Throws: `Failure` for what is missing and not optional.
    func build() throws(Failure) -> [String] {
        var variables = Variables()
        var links: [String: String] = [:]
        for (name, value) in ServiceVariables.make(services, links: pod.linksServices, namespace: pod.namespace) {
            links[name] = value
        }
        for source in container.environmentSources {
            let prefix = source["prefix"]?.string ?? ""
            for (key, value) in try values(of: source) where Self.isName(prefix + key) {
                variables.set(prefix + key, value)
            }
        }
        for entry in container.environment {
            guard let name = entry["name"]?.string, !name.isEmpty, !name.contains("=") else { continue }
            if let from = entry["valueFrom"] {
                guard let value = try value(from: from, for: name) else { continue }
                variables.set(name, value)
            } else {
                let text = entry["value"]?.scalar?.text ?? ""
                variables.set(name, Expansion.expand(text) { variables.values[$0] ?? links[$0] })
            }
        }
        let linked = links.keys.filter { variables.values[$0] == nil }.sorted().map { "\($0)=\(links[$0] ?? "")" }
        return linked + variables.order.map { "\($0)=\(variables.values[$0] ?? "")" }
    }

    private func values(of source: Value) throws(Failure) -> [(String, String)] {
        for (field, kind, objects) in [("configMapRef", "configmap", configMaps), ("secretRef", "secret", secrets)] {
            guard let reference = source[field], let name = reference["name"]?.string else { continue }
            guard let object = objects[name] else {
                if reference["optional"]?.bool == true { return [] }
                throw Failure(message: "\(kind) \"\(name)\" not found")
            }
            return ObjectData.keys(of: object).compactMap { key in ObjectData.text(object, key).map { (key, $0) } }
        }
        return []
    }

    private func value(from: Value, for name: String) throws(Failure) -> String? {
        let sources = [("configMapKeyRef", "configmap", configMaps), ("secretKeyRef", "secret", secrets)]
        for (field, kind, objects) in sources {
            guard let reference = from[field], let object = reference["name"]?.string,
                let key = reference["key"]?.string
            else { continue }
            if let text = objects[object].flatMap({ ObjectData.text($0, key) }) { return text }
            if reference["optional"]?.bool == true { return nil }
            guard objects[object] != nil else { throw Failure(message: "\(kind) \"\(object)\" not found") }
            throw Failure(message: "couldn't find key \(key) in \(kind) \(pod.namespace)/\(object)")
        }
        guard let text = fields.value(from, of: container) else {
            throw Failure(message: "the source of environment variable \(name) is not one that there is")
        }
        return text
    }

    /// Names as Kubernetes allows them in `envFrom`: printable, without `=`; others are left out.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 61 }
    }
}

/// The data of ConfigMaps and Secrets.
enum ObjectData {
    static func keys(of object: Manifest) -> [String] {
        let names = ["data", "binaryData"].flatMap { object.value[$0]?.fields?.keys ?? [] }
        return Set(names).sorted()
    }

    static func bytes(_ object: Manifest, _ key: String) -> [UInt8]? {
        if object.kind == "Secret" { return object.value[path: "data", key]?.scalar.flatMap { Base64.decode($0.text) } }
        if let text = object.value[path: "data", key]?.scalar?.text { return Array(text.utf8) }
        return object.value[path: "binaryData", key]?.scalar.flatMap { Base64.decode($0.text) }
    }

    static func text(_ object: Manifest, _ key: String) -> String? {
        if object.kind != "Secret", object.value[path: "data", key] == nil { return nil }
        return bytes(object, key).map { String(decoding: $0, as: UTF8.self) }
    }
}
