import Document
import Manifest

/// A volume of a pod (`v1.Volume`).
struct VolumeDefinition: Sendable, Equatable {
    /// Where its files come from.
    enum Source: Sendable, Equatable {
        case emptyDir(inMemory: Bool, size: Int?)
        case hostPath(path: String, type: String)
        case claim(name: String, isReadOnly: Bool)
        /// Files that Belay writes: configMap, secret, downwardAPI and projected alike.
        case files([FileSource], mode: Int, isSecret: Bool)
        /// A kind that there is no support for.
        case unknown(String)
    }

    var name: String
    var source: Source

    init(_ value: Value) {
        name = value["name"]?.string ?? ""
        source = Self.source(value)
    }

    private static func source(_ value: Value) -> Source {
        if let empty = value["emptyDir"] {
            let isMemory = empty["medium"]?.string == "Memory"
            return .emptyDir(inMemory: isMemory, size: empty["sizeLimit"].flatMap(Quantity.init)?.wholeUnits)
        }
        if let host = value["hostPath"] {
            return .hostPath(path: host["path"]?.string ?? "", type: host["type"]?.string ?? "")
        }
        if let claim = value["persistentVolumeClaim"] {
            return .claim(name: claim["claimName"]?.string ?? "", isReadOnly: claim["readOnly"]?.bool ?? false)
        }
        for kind in ["configMap", "secret", "downwardAPI"] {
            guard let source = value[kind] else { continue }
            let mode = FileSource.mode(source["defaultMode"]) ?? 0o644
            return .files([FileSource(kind, source)], mode: mode, isSecret: kind == "secret")
        }
        if let projected = value["projected"] {
            let sources = (projected["sources"]?.items ?? []).flatMap { item in
                (item.fields?.entries ?? []).map { FileSource($0.key.text, $0.value) }
            }
            let isSecret = sources.contains { if case .secret = $0 { true } else { false } }
            return .files(sources, mode: FileSource.mode(projected["defaultMode"]) ?? 0o644, isSecret: isSecret)
        }
        let kind = value.fields?.keys.first { $0 != "name" } ?? ""
        return kind.isEmpty ? .emptyDir(inMemory: false, size: nil) : .unknown(kind)
    }
}

/// One source of a volume's files.
enum FileSource: Sendable, Equatable {
    case configMap(name: String, items: [Item]?, isOptional: Bool)
    case secret(name: String, items: [Item]?, isOptional: Bool)
    case downward([Item])
    case unknown(String)

    /// A key, or a field of the pod, and the file that it becomes.
    struct Item: Sendable, Equatable {
        var key: String
        var path: String
        var mode: Int?
        /// `fieldRef` or `resourceFieldRef`, for the downward API.
        var reference: Value?

        init(_ value: Value) {
            key = value["key"]?.string ?? ""
            path = value["path"]?.string ?? ""
            mode = FileSource.mode(value["mode"])
            reference = value["fieldRef"] ?? value["resourceFieldRef"]
        }
    }

    init(_ kind: String, _ value: Value) {
        let items = value["items"]?.items?.map(Item.init)
        let isOptional = value["optional"]?.bool ?? false
        switch kind {
        case "configMap": self = .configMap(name: value["name"]?.string ?? "", items: items, isOptional: isOptional)
        case "secret":
            let name = value["secretName"]?.string ?? value["name"]?.string ?? ""
            self = .secret(name: name, items: items, isOptional: isOptional)
        case "downwardAPI": self = .downward(items ?? [])
        default: self = .unknown(kind)
        }
    }

    /// A file's mode, which YAML may write in octal (`0644`) and JSON in decimal (420).
    static func mode(_ value: Value?) -> Int? {
        value?.int.flatMap { (0...0o777).contains($0) ? $0 : nil }
    }
}

/// Where a container sees a volume (`v1.VolumeMount`).
struct VolumeMount: Sendable, Equatable {
    var volume: String
    var path: String
    var isReadOnly: Bool
    var subPath: String
    /// A sub-path with `$(NAME)` from the container's environment.
    var subPathExpression: String

    init(_ value: Value) {
        volume = value["name"]?.string ?? ""
        path = value["mountPath"]?.string ?? ""
        isReadOnly = value["readOnly"]?.bool ?? false
        subPath = value["subPath"]?.string ?? ""
        subPathExpression = value["subPathExpr"]?.string ?? ""
    }
}
