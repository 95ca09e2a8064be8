import Crypto
import Document
import Manifest

/// One scalar of a manifest, with what its place says of it.
struct Field {
    var place: [PathStep]
    /// What it is called: its key, the variable that it is the value of, the option before it.
    var name: String
    /// Whether it is a value of a Secret.
    var isSecretEntry = false
    /// Whether it is the base64 of its value: `data` of a Secret, `binaryData` of a ConfigMap.
    var isEncoded = false
    /// Whether others refer to it, or it selects: names, labels, images. It is searched, and never changed.
    var isIdentity = false

    var path: String { PathStep.text(place) }

    /// The whole of its plain value.
    func leaf(_ plain: [UInt8]) -> Leaf {
        var leaf = Leaf(name: name, bytes: plain)
        leaf.isSecretEntry = isSecretEntry
        return leaf
    }
}

/// A manifest as the scrubber and the leak gate go through it.
struct ManifestWalk {
    let key: ObjectKey
    private let isSecret: Bool
    private let isConfigMap: Bool
    /// What the API server's own kinds keep of themselves, which no person writes.
    static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    init(_ manifest: Manifest) {
        key = manifest.key
        let isCore = key.group.isEmpty
        isSecret = isCore && key.kind == "Secret"
        isConfigMap = isCore && key.kind == "ConfigMap"
    }

    /// Objects that hold ciphertexts and references, for others to make Secrets of, and those that hold no values.
    static func holdsNothing(_ manifest: Manifest) -> Bool {
        let kinds: Set<String> = [
            "SealedSecret", "ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore",
            "PushSecret",
            "CustomResourceDefinition",
        ]
        return kinds.contains(manifest.kind) || manifest.value[path: "sops", "mac"] != nil
    }

    /// What a visit made of a scalar.
    enum Verdict {
        case same, changed
        /// It is taken out, with its key.
        case dropped
    }

    typealias Visit = (inout Value, Scalar, Field) throws(Problem) -> Verdict

    /// Goes through all scalars in order. What no visit changes stays the same in memory, too.
    func change(
        _ manifest: inout Value, from start: Field = Field(place: [], name: ""), _ visit: Visit
    ) throws(Problem) {
        _ = try changed(&manifest, start, visit)
    }

    /// The field at a place.
    func field(at place: [PathStep]) -> Field {
        place.reduce(Field(place: [], name: "")) { field, step in
            if case .key(let key) = step {
                var name: String?
                if case .item(_, let found)? = field.place.last { name = found }
                return self.field(under: field, key, named: name)
            }
            var inner = field
            inner.place.append(step)
            return inner
        }
    }

    private func changed(_ value: inout Value, _ field: Field, _ visit: Visit) throws(Problem) -> Verdict {
        switch value.content {
        case .scalar(let scalar): return try visit(&value, scalar, field)
        case .sequence(let items):
            guard let new = try changed(items, field, visit) else { return .same }
            value.content = .sequence(new)
        case .mapping(let mapping):
            guard let new = try changed(mapping, field, visit) else { return .same }
            value.content = .mapping(new)
        }
        return .changed
    }

    private func changed(_ items: [Value], _ field: Field, _ visit: Visit) throws(Problem) -> [Value]? {
        var new: [Value]?
        var dropped: [Int] = []
        for index in items.indices {
            var inner = field
            inner.place.append(.item(index, name: items[index]["name"]?.string))
            if let option = OptionName.before(items, index) { inner.name = option }
            var item = items[index]
            switch try changed(&item, inner, visit) {
            case .same: continue
            case .changed: if new == nil { new = items }
            case .dropped:
                if new == nil { new = items }
                dropped.append(index)
            }
            new?[index] = item
        }
        for index in dropped.reversed() { new?.remove(at: index) }
        return new
    }

    private func changed(_ mapping: Mapping, _ field: Field, _ visit: Visit) throws(Problem) -> Mapping? {
        var new: Mapping?
        var dropped: [String] = []
        let name = mapping["name"]?.string ?? mapping["key"]?.string
        for (index, entry) in mapping.entries.enumerated() {
            var inner = entry.value
            switch try changed(&inner, self.field(under: field, entry.key.text, named: name), visit) {
            case .same: continue
            case .changed: if new == nil { new = mapping }
            case .dropped:
                if new == nil { new = mapping }
                dropped.append(entry.key.text)
            }
            new?[valueAt: index] = inner
        }
        for key in dropped { new?.remove(key) }
        return new
    }

    private func field(under outer: Field, _ key: String, named name: String?) -> Field {
        var field = outer
        field.place.append(.key(key))
        field.name = key == "value" ? name ?? key : key
        if outer.place.count == 1, case .key(let top) = outer.place[0] {
            field.isSecretEntry = isSecret && (top == "data" || top == "stringData")
            field.isEncoded = isSecret && top == "data" || isConfigMap && top == "binaryData"
        }
        field.isIdentity = outer.isIdentity || Self.isIdentity(outer.place, key)
        return field
    }

    private static let metadata: Set<String> = [
        "name", "generateName", "namespace", "labels", "uid", "ownerReferences", "finalizers", "resourceVersion",
        "creationTimestamp", "managedFields",
    ]
    private static let selecting: Set<String> = [
        "image", "matchLabels", "selector", "nodeSelector", "serviceName", "serviceAccountName", "apiVersion", "kind",
        "namespace", "imagePullPolicy", "secretName", "configMapName", "claimName", "storageClassName", "volumeName",
        "ingressClassName", "topologyKey", "protocol", "runtimeClassName", "priorityClassName", "schedulerName",
    ]
    private static let references: Set<String> = [
        "secretKeyRef", "configMapKeyRef", "secretRef", "configMapRef", "fieldRef", "resourceFieldRef", "roleRef",
        "claimRef", "scaleTargetRef", "imagePullSecrets", "objectRef", "targetRef", "sourceRef", "issuerRef",
    ]

    private static func isIdentity(_ outer: [PathStep], _ key: String) -> Bool {
        if outer.isEmpty { return key == "apiVersion" || key == "kind" }
        guard case .key(let parent)? = outer.last else {
            if outer.contains(.key("values")) || outer.contains(.key("annotations")) { return false }
            return outer.count >= 2 && (key == "name" || selecting.contains(key) || references.contains(key))
        }
        if parent == "data" || parent == "stringData" || parent == "binaryData", outer.count == 1 { return false }
        if parent == "metadata" { return metadata.contains(key) }
        if outer.count > 1, outer.contains(.key("values")) || outer.contains(.key("annotations")) { return false }
        return selecting.contains(key) || references.contains(key) || references.contains(parent)
    }
}

/// Plain bytes of a field, and the way back.
enum FieldText {
    /// - Throws: `Problem` for a value that should be base64 and is none.
    static func plain(_ scalar: Scalar, _ field: Field, _ key: ObjectKey, _ origin: Origin) throws(Problem) -> [UInt8] {
        guard field.isEncoded else { return Array(scalar.text.utf8) }
        if let plain = Base64.decode(scalar.text) { return plain }
        throw Problem(
            "\(field.path) of \(key) is no base64, so it cannot be judged", at: origin,
            hint: field.isSecretEntry ? "encode it, or write it under stringData" : "encode it, or write it under data")
    }

    static func set(_ value: inout Value, _ scalar: Scalar, _ bytes: [UInt8], _ field: Field) {
        var scalar = scalar
        scalar.text = field.isEncoded ? Base64.encode(bytes) : String(decoding: bytes, as: UTF8.self)
        let isNumber = scalar.kind == .int && scalar.text.utf8.allSatisfy(\.isDigit) && scalar.text.utf8.first != 0x30
        if !isNumber, scalar.kind != .bool || scalar.text != "true" && scalar.text != "false" { scalar.kind = .string }
        if scalar.style == .plain { scalar.style = .any }
        value.content = .scalar(scalar)
    }
}
