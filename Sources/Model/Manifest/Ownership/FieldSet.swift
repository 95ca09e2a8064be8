package import Document

/// A set of field paths as a tree (structured-merge-diff, `fieldpath.Set`).
package struct FieldSet: Sendable, Hashable {
    /// Elements that are in the set themselves.
    package private(set) var members: Set<PathElement> = []
    /// What of each element's inside is in the set; never an empty set.
    package private(set) var children: [PathElement: FieldSet] = [:]

    package init() {}

    package init(_ paths: some Sequence<FieldPath>) {
        for path in paths { insert(path.elements[...]) }
    }

    package var isEmpty: Bool { members.isEmpty && children.isEmpty }

    package mutating func insert(_ path: FieldPath) {
        insert(path.elements[...])
    }

    private mutating func insert(_ path: ArraySlice<PathElement>) {
        guard let first = path.first else { return }
        if path.count == 1 {
            members.insert(first)
        } else {
            children[first, default: FieldSet()].insert(path.dropFirst())
        }
    }

    package func contains(_ path: FieldPath) -> Bool {
        contains(path.elements[...])
    }

    private func contains(_ path: ArraySlice<PathElement>) -> Bool {
        guard let first = path.first else { return false }
        return path.count == 1 ? members.contains(first) : children[first]?.contains(path.dropFirst()) ?? false
    }

    /// All paths, sorted.
    package var paths: [FieldPath] {
        var found: [FieldPath] = []
        collect(FieldPath(), into: &found)
        return found.sorted()
    }

    private func collect(_ prefix: FieldPath, into found: inout [FieldPath]) {
        for element in members { found.append(prefix + element) }
        for (element, child) in children { child.collect(prefix + element, into: &found) }
    }

    package func union(_ other: FieldSet) -> FieldSet {
        var result = self
        result.members.formUnion(other.members)
        for (element, child) in other.children {
            result.children[element] = result.children[element]?.union(child) ?? child
        }
        return result
    }

    package func intersection(_ other: FieldSet) -> FieldSet {
        var result = FieldSet()
        result.members = members.intersection(other.members)
        for (element, child) in children {
            guard let otherChild = other.children[element] else { continue }
            let both = child.intersection(otherChild)
            if !both.isEmpty { result.children[element] = both }
        }
        return result
    }

    /// What is in this set and not in `other`.
    package func subtracting(_ other: FieldSet) -> FieldSet {
        var result = FieldSet()
        result.members = members.subtracting(other.members)
        for (element, child) in children {
            let rest = other.children[element].map(child.subtracting) ?? child
            if !rest.isEmpty { result.children[element] = rest }
        }
        return result
    }

    /// The set without paths that lie within a member of `other`, or are one.
    func withoutBranches(of other: FieldSet) -> FieldSet {
        var result = FieldSet()
        result.members = members.subtracting(other.members)
        for (element, child) in children where !other.members.contains(element) {
            let rest = other.children[element].map(child.withoutBranches) ?? child
            if !rest.isEmpty { result.children[element] = rest }
        }
        return result
    }
}

// MARK: FieldsV1

extension FieldSet {
    /// The set in `metav1.FieldsV1`'s form: `{"f:spec": {"f:replicas": {}}}`.
    package var fieldsV1: Value {
        var mapping = Mapping()
        for element in Set(children.keys).union(members).sorted() {
            var child = children[element]?.fieldsV1 ?? .mapping(Mapping())
            if members.contains(element), let inside = child.fields, !inside.isEmpty {
                var withDot = Mapping()
                withDot["."] = .mapping(Mapping())
                for entry in inside.entries { withDot.set(entry) }
                child = .mapping(withDot)
            }
            mapping[element.fieldsV1Key] = child
        }
        return .mapping(mapping)
    }

    /// Reads `metav1.FieldsV1`; entries that make no sense are left out, as the API server does.
    package init(fieldsV1 value: Value) {
        for entry in value.fields?.entries ?? [] where entry.key.text != "." {
            guard let element = PathElement(fieldsV1Key: entry.key.text) else { continue }
            let child = FieldSet(fieldsV1: entry.value)
            if child.isEmpty || entry.value["."] != nil { members.insert(element) }
            if !child.isEmpty { children[element] = child }
        }
    }
}

extension PathElement {
    var fieldsV1Key: String {
        switch self {
        case .field(let name): return "f:\(name)"
        case .index(let index): return "i:\(index)"
        case .value(let value): return "v:\(JSON.text(value.value))"
        case .key(let keys):
            let mapping = Mapping(keys.map { .init(key: .init($0.name), value: $0.value.value) })
            return "k:\(JSON.text(.mapping(mapping)))"
        }
    }

    init?(fieldsV1Key key: String) {
        let text = String(key.dropFirst(2))
        switch key.prefix(2) {
        case "f:": self = .field(text)
        case "i:":
            guard let index = Int(text) else { return nil }
            self = .index(index)
        case "v:":
            guard let value = try? JSON.parse(Array(text.utf8)), let item = ItemValue(value) else { return nil }
            self = .value(item)
        case "k:":
            guard let value = try? JSON.parse(Array(text.utf8)), let fields = value.fields else { return nil }
            let keys = fields.entries.compactMap { entry in
                ItemValue(entry.value).map { KeyValue(name: entry.key.text, value: $0) }
            }
            self = .key(keys.sorted())
        default: return nil
        }
    }
}
