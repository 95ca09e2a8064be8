import Document
import Manifest

/// A field of some kinds of objects, as kustomize's transformers name them: `spec/template/spec/containers[]/image`.
struct FieldSpec: Sendable, Hashable {
    /// Empty parts match anything.
    var group = ""
    var version = ""
    var kind = ""
    var path: [String]
    var text: String
    /// Whether the field is made where it is not.
    var creates: Bool

    /// - Parameter text: keys with slashes between them; `\/` is a slash within a key.
    init(_ text: String, group: String = "", version: String = "", kind: String = "", creates: Bool = false) {
        self.group = group
        self.version = version
        self.kind = kind
        self.text = text
        self.creates = creates
        path = Self.split(text)
    }

    /// Whether the spec is for objects of a kind.
    func selects(_ other: GroupVersionKind) -> Bool {
        (group.isEmpty || group == other.group) && (version.isEmpty || version == other.version)
            && (kind.isEmpty || kind == other.kind)
    }

    static func split(_ text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                if character != "/" { part.append("\\") }
                part.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "/" {
                parts.append(part)
                part = ""
            } else {
                part.append(character)
            }
        }
        if isEscaped { part.append("\\") }
        parts.append(part)
        if parts.first?.isEmpty == true { parts.removeFirst() }
        return parts
    }
}

/// Specs of one transformer, merged as kustomize merges them.
extension [FieldSpec] {
    /// Adds specs that are not covered yet.
    ///
    /// - Throws: `Problem` at `origin` when one that is there says otherwise whether to create the field.
    func merging(_ others: [FieldSpec], at origin: Origin) throws(Problem) -> [FieldSpec] {
        var result = self
        for spec in others {
            let same = result.first { known in
                known.path == spec.path
                    && spec.selects(.init(group: known.group, version: known.version, kind: known.kind))
            }
            guard let same else {
                result.append(spec)
                continue
            }
            if same.creates != spec.creates {
                throw Problem("two field specs for \(spec.text) differ in \"create\"", at: origin)
            }
        }
        return result
    }
}

/// Follows a field spec into an object.
struct FieldWalk {
    /// What is made where a spec creates its field.
    enum Made {
        case scalar
        case mapping
    }

    let spec: FieldSpec
    /// nil makes nothing, whatever the spec says.
    let made: Made?
    let object: ResourceID
    /// Counts what is set; nil where nothing can get longer.
    var growth: Growth?
    private static let depthLimit = 200

    /// Calls `set` with every place that the path leads to; lists on the way are gone through item by item.
    ///
    /// - Throws: `Problem` when the path leads through a scalar.
    func apply(to value: inout Value, _ set: (inout Value) throws(Problem) -> Void) throws(Problem) {
        guard spec.path.count <= Self.depthLimit else {
            throw Problem("a field's path has more than \(Self.depthLimit) parts", at: value.origin)
        }
        try walk(&value, spec.path[...], set)
    }

    private func walk(
        _ value: inout Value, _ path: ArraySlice<String>, _ set: (inout Value) throws(Problem) -> Void
    ) throws(Problem) {
        guard let first = path.first else {
            try set(&value)
            try growth?.count(value, at: spec.path.count, for: value.origin)
            return
        }
        switch value.content {
        case .sequence(var items):
            value.content = .sequence([])
            for index in items.indices { try walk(&items[index], path, set) }
            value.content = .sequence(items)
        case .mapping(var mapping):
            let isList = first.hasSuffix("[]")
            let key = isList ? String(first.dropLast(2)) : first
            let rest = path.dropFirst()
            let creates = spec.creates && made != nil && !isList
            if mapping.position(of: key) == nil {
                guard creates else { return }
                mapping.set(.init(key: .init(key), value: .null))
            }
            guard let position = mapping.position(of: key) else { return }
            value.content = .sequence([])
            if isList, mapping[valueAt: position].isNull {
                mapping[valueAt: position].content = .sequence([])
            }
            if creates, mapping[valueAt: position].isNull {
                let isMapping = !rest.isEmpty || made == .mapping
                mapping[valueAt: position].content = isMapping ? .mapping(Mapping()) : .scalar(Scalar(""))
            }
            if !(mapping[valueAt: position].isNull && !rest.isEmpty) {
                try walk(&mapping[valueAt: position], rest, set)
            }
            value.content = .mapping(mapping)
        case .scalar(let scalar):
            if scalar.kind == .null { return }
            throw Problem(
                "the field \(spec.text) of \(object) leads through a text or number", at: value.origin,
                hint: "a mapping or a list is expected here")
        }
    }
}
