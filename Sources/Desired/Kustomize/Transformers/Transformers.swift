import Document
import Manifest

/// Which namespaces a namespace transformer sets beside those of the objects themselves.
struct NamespaceRule {
    /// The subjects of role bindings that are meant.
    enum Subjects: String {
        /// Those with the name `default`.
        case defaultOnly
        case allServiceAccounts
        case none
    }

    var subjects = Subjects.defaultOnly
    /// Whether namespaces that are set already stay.
    var keepsOthers = false

    /// Sets a namespace, if the rule has it so.
    func set(_ field: inout Value, to namespace: Value) {
        if keepsOthers, !field.isNull, field.scalar?.text != "" { return }
        field = namespace.replacing(field)
    }

    func selects(_ subject: Value) -> Bool {
        switch subjects {
        case .defaultOnly: subject["name"]?.string == "default"
        case .allServiceAccounts: subject["kind"]?.string == "ServiceAccount"
        case .none: false
        }
    }
}

/// kustomize's transformers, each over all objects of a kustomization.
extension Accumulator {
    /// Sets the namespace of every object that has one, and of what names it in the fields of some specs.
    mutating func setNamespace(
        _ namespace: Value, in table: [FieldSpec], _ rule: NamespaceRule, among chosen: [Resource]
    ) throws(Problem) {
        var tables = SpecTables(table)
        try each(of: chosen) { (resource) throws(Problem) in
            var rule = rule
            // A chart was told the namespace: what it put elsewhere it means, and only what it left open is filled in.
            if resource.isOfChart { rule.keepsOthers = true }
            resource.storeIdentity()
            let id = resource.id
            let isBinding = id.kind.kind == "RoleBinding" || id.kind.kind == "ClusterRoleBinding"
            let own = tables.specs(for: id.kind) { spec in
                if spec.text == "metadata/namespace" { return false }
                if spec.text == "metadata/name", id.kind.apiVersion != "v1" { return false }
                return !isBinding || spec.text != "subjects/namespace"
            }
            let isCluster = id.isClusterScoped
            try resource.update { (value) throws(Problem) in
                if !isCluster {
                    var field = value[path: "metadata", "namespace"] ?? .null
                    rule.set(&field, to: namespace)
                    value[path: "metadata", "namespace"] = field
                }
                if isBinding { Self.setSubjects(&value, namespace, rule) }
                for spec in own {
                    try FieldWalk(spec: spec, made: .scalar, object: id, growth: growth).apply(to: &value) {
                        (field) throws(Problem) in
                        guard field.scalar != nil else {
                            throw Problem(
                                "\(spec.text) of \(id) must be a text, and is \(field.typeName)", at: field.origin,
                                hint: "the field spec must lead to the namespace itself")
                        }
                        rule.set(&field, to: namespace)
                    }
                }
            }
        }
        identitiesChanged()
    }

    /// Subjects named `default` are the service accounts of whatever namespace the binding lands in.
    private static func setSubjects(_ value: inout Value, _ namespace: Value, _ rule: NamespaceRule) {
        guard var items = value["subjects"]?.items else { return }
        for index in items.indices where rule.selects(items[index]) {
            var field = items[index]["namespace"] ?? .null
            rule.set(&field, to: namespace)
            items[index]["namespace"] = field
        }
        value["subjects"]?.content = .sequence(items)
    }

    /// Puts a text before or after the names in the fields of some specs.
    mutating func affix(
        _ text: Value, isPrefix: Bool, in specs: [FieldSpec], among chosen: [Resource]
    ) throws(Problem) {
        let affix = text.string ?? ""
        var tables = SpecTables(specs)
        try each(of: chosen) { (resource) throws(Problem) in
            let original = resource.original.kind
            if Self.keepsItsName(original) { return }
            for spec in tables.specs(for: original) {
                if spec.text == "metadata/name" {
                    resource.noteAffix(affix, isPrefix: isPrefix)
                    resource.storeIdentity()
                }
                let walk = FieldWalk(spec: spec, made: .scalar, object: resource.id, growth: growth)
                guard spec.selects(resource.id.kind) else { continue }
                try resource.update { (value) throws(Problem) in
                    try walk.apply(to: &value) { (field) throws(Problem) in
                        guard var scalar = field.scalar else {
                            throw Problem("\(spec.text) of \(walk.object) must be a text", at: field.origin)
                        }
                        scalar.text = isPrefix ? affix + scalar.text : scalar.text + affix
                        field = Value(.scalar(scalar), origin: text.origin).replacing(field)
                    }
                }
            }
        }
        identitiesChanged()
    }

    private static func keepsItsName(_ kind: GroupVersionKind) -> Bool {
        kind.kind == "CustomResourceDefinition" || kind.kind == "Namespace"
            || kind.kind == "APIService" && kind.group == "apiregistration.k8s.io"
    }

    /// Sets labels or annotations in the mappings that the specs name.
    mutating func setPairs(
        _ pairs: [Mapping.Entry], in specs: [FieldSpec], among chosen: [Resource]
    ) throws(Problem) {
        let pairs = pairs.sorted { $0.key.text < $1.key.text }
        if pairs.isEmpty { return }
        var tables = SpecTables(specs)
        try each(of: chosen) { (resource) throws(Problem) in
            let id = resource.id
            let own = tables.specs(for: id.kind)
            try resource.update { (value) throws(Problem) in
                for spec in own {
                    try FieldWalk(spec: spec, made: .mapping, object: id, growth: growth).apply(to: &value) {
                        (field) throws(Problem) in
                        try Self.set(pairs, in: &field, spec, id)
                    }
                }
            }
        }
    }

    private static func set(
        _ pairs: [Mapping.Entry], in field: inout Value, _ spec: FieldSpec, _ id: ResourceID
    ) throws(Problem) {
        guard var mapping = field.fields else {
            if field.isNull { return }
            throw Problem("\(spec.text) of \(id) must be a mapping", at: field.origin)
        }
        field.content = .sequence([])
        for pair in pairs {
            let value = pair.value.isNull ? Value(.scalar(Scalar("")), origin: pair.value.origin) : pair.value
            if let position = mapping.position(of: pair.key.text) {
                mapping[valueAt: position] = value.replacing(mapping.entries[position].value)
            } else {
                mapping.add(.init(key: .init(pair.key.text), value: value))
            }
        }
        field.content = .mapping(mapping)
    }

    /// Sets the number of replicas of the objects that have or had a name.
    mutating func setReplicas(_ entry: Kustomization.ReplicaEntry, in specs: [FieldSpec]) throws(Problem) {
        var isFound = false
        for spec in specs {
            for resource in resources {
                guard resource.hasIdentity({ $0.name == entry.name && spec.selects($0.kind) }) else { continue }
                isFound = true
                guard spec.selects(resource.id.kind) else { continue }
                let walk = FieldWalk(spec: spec, made: .scalar, object: resource.id, growth: growth)
                try resource.update { (value) throws(Problem) in
                    try walk.apply(to: &value) { (field) throws(Problem) in
                        guard field.scalar != nil else {
                            throw Problem("\(spec.text) of \(walk.object) must be a number", at: field.origin)
                        }
                        field = entry.count.replacing(field)
                    }
                }
            }
        }
        if !isFound {
            throw Problem(
                "there is nothing named \(entry.name) with replicas", at: entry.origin,
                hint:
                    "it must be a Deployment, ReplicaSet, StatefulSet or ReplicationController, by its name in the base"
            )
        }
    }
}
