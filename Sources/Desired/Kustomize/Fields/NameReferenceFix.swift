import Document
import Manifest

/// Gives references the names that their objects have got since they were written.
struct NameReferenceFix {
    /// An object that may be referred to, as it was before any reference was followed: names do not change meanwhile.
    fileprivate final class Candidate: Sendable {
        private let state: ResourceState
        let previous: [ResourceID]
        var id: ResourceID { state.id }
        var original: ResourceID { previous.first ?? id }
        var prefixes: [String] { state.prefixes }
        var suffixes: [String] { state.suffixes }
        var name: Value { state.value[path: "metadata", "name"] ?? .string(id.name) }
        var namespace: Value? { state.value[path: "metadata", "namespace"] }
        /// As it is written, empty when it is not.
        var writtenNamespace: String { namespace?.scalar?.text ?? "" }
        var origin: Origin { state.value[path: "metadata", "name"]?.origin ?? state.value.origin }

        init(_ resource: Resource) {
            state = resource.state
            previous = resource.previous
        }
    }

    /// What is looked up, by several threads too.
    struct Index: Sendable {
        fileprivate let references: [NameReference]
        /// Objects by each name that they have had before the present one, in order.
        fileprivate let byFormerName: [String: [Candidate]]
        fileprivate let names: Set<String>

        init(_ references: [NameReference], among resources: [Resource]) {
            var index: [String: [Candidate]] = [:]
            for resource in resources where resource.hasHistory {
                let candidate = Candidate(resource)
                for (position, former) in candidate.previous.enumerated()
                where !candidate.previous[..<position].contains(where: { $0.name == former.name }) {
                    index[former.name, default: []].append(candidate)
                }
            }
            self.references = references
            byFormerName = index
            names = Set(index.keys)
        }
    }

    private let fields: ReferenceFields
    private let byFormerName: [String: [Candidate]]

    /// For one thread.
    init(_ index: Index) {
        byFormerName = index.byFormerName
        fields = ReferenceFields(index.references, names: index.names)
    }

    /// Follows every reference of one object.
    ///
    /// - Throws: `Problem` at a reference that could mean several objects.
    func apply(to referrer: Resource) throws(Problem) {
        let namespaces = referrer.id.kind.kind == "RoleBinding" ? try Search.accountNamespaces(of: referrer.value) : []
        if byFormerName.isEmpty { return }
        let uses = fields.uses(in: referrer.value, of: referrer.original.kind)
        if uses.isEmpty { return }
        let own = Candidate(referrer)
        try referrer.update { (value) throws(Problem) in
            let roleRef = value["roleRef"]
            for use in uses {
                let search = Search(fix: self, referrer: own, target: use.target, spec: use.spec)
                try FieldWalk(spec: use.spec, made: nil, object: own.id).apply(to: &value) { (field) throws(Problem) in
                    try search.set(&field, roleRef: roleRef, namespaces: namespaces)
                }
            }
        }
    }

    /// The search for what one field of one object refers to.
    private final class Search {
        let fix: NameReferenceFix
        let referrer: Candidate
        let target: GroupVersionKind
        let spec: FieldSpec

        init(fix: NameReferenceFix, referrer: Candidate, target: GroupVersionKind, spec: FieldSpec) {
            self.fix = fix
            self.referrer = referrer
            self.target = target
            self.spec = spec
        }

        /// Namespaces of the service accounts that a RoleBinding names; it may refer to objects there too.
        static func accountNamespaces(of value: Value) throws(Problem) -> Set<String> {
            var namespaces: Set<String> = []
            for subject in value["subjects"]?.items ?? [] where subject["kind"]?.string == "ServiceAccount" {
                guard let namespace = subject["namespace"] else { continue }
                guard let text = namespace.string else {
                    throw Problem(
                        "the subject's namespace must be a text", at: namespace.origin,
                        hint: "name one, or remove the field")
                }
                namespaces.insert(text)
            }
            return namespaces
        }

        func set(_ field: inout Value, roleRef: Value?, namespaces: Set<String>) throws(Problem) {
            switch field.content {
            case .scalar(let scalar):
                if scalar.kind == .null { return }
                let found = try select(scalar.text, in: nil, field.origin, roleRef, namespaces) {
                    $0.id.name == $1.id.name
                }
                guard let found, found.id.name != scalar.text else { return }
                field = found.name.replacing(field)
            case .mapping:
                try setMapping(&field, roleRef, namespaces)
            case .sequence(var items):
                for index in items.indices {
                    if items[index].items != nil {
                        throw Problem("a list of names or of mappings is expected", at: items[index].origin)
                    }
                    try set(&items[index], roleRef: roleRef, namespaces: namespaces)
                }
                field.content = .sequence(items)
            }
        }

        private func setMapping(_ field: inout Value, _ roleRef: Value?, _ namespaces: Set<String>) throws(Problem) {
            guard let name = field["name"]?.scalar else {
                throw Problem("\(spec.text) of \(referrer.id) needs the field \"name\"", at: field.origin)
            }
            let namespace = field["namespace"]?.scalar?.text
            let found = try select(name.text, in: namespace, field.origin, roleRef, namespaces) {
                $0.id.name == $1.id.name && $0.writtenNamespace == $1.writtenNamespace
            }
            guard let found else { return }
            if found.id.name == name.text, found.writtenNamespace.isEmpty { return }
            if found.id.name != name.text { field["name"] = found.name.replacing(field["name"]) }
            // Where both say the same already, it is still the object that decides.
            guard !found.writtenNamespace.isEmpty, var value = found.namespace else { return }
            let old = field["namespace"]
            if let old, found.writtenNamespace == namespace { value.content = old.content }
            field["namespace"] = value.replacing(old)
        }

        private func select(
            _ name: String, in namespace: String?, _ origin: Origin, _ roleRef: Value?, _ namespaces: Set<String>,
            same: (Candidate, Candidate) -> Bool
        ) throws(Problem) -> Candidate? {
            var candidates = (fix.byFormerName[name] ?? []).filter { couldBeReferred($0, namespaces) }
            if let namespace { candidates = within(namespace, candidates) }
            candidates = candidates.filter { $0.previous.contains { $0.kind.isSelected(by: target) } }
            if spec.text.hasSuffix("roleRef/name"), let group = roleRef?["apiGroup"]?.scalar?.text,
                let kind = roleRef?["kind"]?.scalar?.text
            {
                let wanted = GroupVersionKind(group: group, version: "", kind: kind)
                candidates = candidates.filter { $0.previous.contains { $0.kind.isSelected(by: wanted) } }
            }
            if !referrer.id.isClusterScoped {
                candidates = candidates.filter {
                    $0.id.isClusterScoped || $0.id.kind.kind == "ServiceAccount"
                        || $0.id.namespace == referrer.id.namespace
                }
            }
            if candidates.count == 1 { return candidates[0] }
            candidates = candidates.filter { agrees($0, allowsEmpty: true) }
            if candidates.count > 1 { candidates = candidates.filter { agrees($0, allowsEmpty: false) } }
            guard let first = candidates.first else { return nil }
            if candidates.allSatisfy({ same(first, $0) }) { return first }
            throw Problem(
                "\(name) could be any of \(candidates.map { "\($0.id) at \($0.origin)" }.joined(separator: ", "))",
                at: origin, hint: "give them different names before they are combined")
        }

        /// Objects of one namespace can name one another, and what has cluster scope.
        private func couldBeReferred(_ candidate: Candidate, _ namespaces: Set<String>) -> Bool {
            referrer.id.isClusterScoped || candidate.id.isClusterScoped
                || candidate.id.namespace == referrer.id.namespace || namespaces.contains(candidate.writtenNamespace)
        }

        private func within(_ namespace: String, _ candidates: [Candidate]) -> [Candidate] {
            let originally = candidates.filter { !$0.original.isClusterScoped && $0.original.namespace == namespace }
            if !originally.isEmpty { return originally }
            return candidates.filter { !$0.id.isClusterScoped && $0.id.namespace == namespace }
        }

        /// Whether two objects went through the same prefixes and suffixes, as far as the shorter list goes.
        private func agrees(_ candidate: Candidate, allowsEmpty: Bool) -> Bool {
            func agree(_ left: [String], _ right: [String]) -> Bool {
                if allowsEmpty, left.isEmpty || right.isEmpty { return true }
                let length = min(left.count, right.count)
                if length == 0 { return left.count == right.count }
                return left.suffix(length) == right.suffix(length)
            }
            return agree(candidate.prefixes, referrer.prefixes) && agree(candidate.suffixes, referrer.suffixes)
        }
    }
}

extension GroupVersionKind {
    /// Whether the parts that the other one has are this one's too.
    func isSelected(by other: GroupVersionKind) -> Bool {
        (other.group.isEmpty || other.group == group) && (other.version.isEmpty || other.version == version)
            && (other.kind.isEmpty || other.kind == kind)
    }
}
