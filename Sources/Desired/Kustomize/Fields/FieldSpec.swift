import Document
import Manifest

/// A field of some kinds of objects, as kustomize's transformers name them: `spec/template/spec/containers[]/image`.
///
/// An object, since every walk along a path holds its spec.
final class FieldSpec: Sendable, Hashable {
    /// Empty parts match anything.
    let group: String
    let version: String
    let kind: String
    let path: [String]
    let text: String
    /// The path's parts as they are followed.
    let steps: [Step]
    /// Whether the field is made where it is not.
    let creates: Bool

    /// One key of a path.
    struct Step: Sendable, Hashable {
        var key: String
        /// Written `key[]`: the field is a list.
        var isList: Bool
    }

    /// - Parameter text: keys with slashes between them; `\/` is a slash within a key.
    init(_ text: String, group: String = "", version: String = "", kind: String = "", creates: Bool = false) {
        self.group = group
        self.version = version
        self.kind = kind
        self.text = text
        self.creates = creates
        path = Self.split(text)
        steps = path.map { part in
            part.hasSuffix("[]") ? Step(key: String(part.dropLast(2)), isList: true) : Step(key: part, isList: false)
        }
    }

    static func == (left: FieldSpec, right: FieldSpec) -> Bool {
        left === right
            || left.text == right.text && left.kind == right.kind && left.group == right.group
                && left.version == right.version && left.creates == right.creates
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(text)
        hasher.combine(kind)
    }

    /// Whether the spec is for objects of a kind.
    func selects(_ other: GroupVersionKind) -> Bool {
        (kind.isEmpty || kind == other.kind) && (group.isEmpty || group == other.group)
            && (version.isEmpty || version == other.version)
    }

    static func split(_ text: String) -> [String] {
        let (slash, backslash) = (UInt8(ascii: "/"), UInt8(ascii: "\\"))
        var parts: [String] = []
        var part: [UInt8] = []
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                if byte != slash { part.append(backslash) }
                part.append(byte)
                isEscaped = false
            } else if byte == backslash {
                isEscaped = true
            } else if byte == slash {
                parts.append(String(decoding: part, as: UTF8.self))
                part.removeAll(keepingCapacity: true)
            } else {
                part.append(byte)
            }
        }
        if isEscaped { part.append(backslash) }
        parts.append(String(decoding: part, as: UTF8.self))
        if parts.first?.isEmpty == true { parts.removeFirst() }
        return parts
    }
}

/// The specs of a table by the kinds that they are for, looked through once for each kind.
struct SpecTables {
    private let all: [FieldSpec]
    private var known: [GroupVersionKind: [FieldSpec]] = [:]

    init(_ all: [FieldSpec]) {
        self.all = all
    }

    /// - Parameter isMeant: asked the first time for what a kind alone decides.
    mutating func specs(for kind: GroupVersionKind, where isMeant: (FieldSpec) -> Bool = { _ in true }) -> [FieldSpec] {
        if let specs = known[kind] { return specs }
        let specs = all.filter { $0.selects(kind) && isMeant($0) }
        known[kind] = specs
        return specs
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
    static let depthLimit = 200

    /// Calls `set` with every place that the path leads to; lists on the way are gone through item by item.
    ///
    /// - Throws: `Problem` when the path leads through a scalar.
    func apply(to value: inout Value, _ set: (inout Value) throws(Problem) -> Void) throws(Problem) {
        guard spec.steps.count <= Self.depthLimit else {
            throw Problem("a field's path has more than \(Self.depthLimit) parts", at: value.origin)
        }
        try walk(&value, 0, set)
    }

    private func walk(
        _ value: inout Value, _ depth: Int, _ set: (inout Value) throws(Problem) -> Void
    ) throws(Problem) {
        if depth == spec.steps.count {
            try set(&value)
            try growth?.count(value, at: depth, for: value.origin)
            return
        }
        switch value.content {
        case .sequence(var items):
            value.content = .sequence([])
            for index in items.indices { try walk(&items[index], depth, set) }
            value.content = .sequence(items)
        case .mapping(var mapping):
            let step = spec.steps[depth]
            let isLast = depth + 1 == spec.steps.count
            let creates = spec.creates && made != nil && !step.isList
            let known = mapping.position(of: step.key)
            if known == nil, !creates { return }
            value.content = .sequence([])  // so that the mapping is changed in place, not copied
            if known == nil { mapping.add(.init(key: .init(step.key), value: .null)) }
            let position = known ?? mapping.count - 1
            if mapping.entries[position].value.isNull {
                if step.isList { mapping[valueAt: position].content = .sequence([]) }
                if creates {
                    let isMapping = !isLast || made == .mapping
                    mapping[valueAt: position].content = isMapping ? .mapping(Mapping()) : .scalar(Scalar(""))
                }
            }
            if isLast || !mapping.entries[position].value.isNull {
                try mapping.change(at: position) { (inner) throws(Problem) in try walk(&inner, depth + 1, set) }
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
