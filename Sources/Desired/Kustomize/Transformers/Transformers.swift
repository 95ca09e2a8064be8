import Document
import Manifest

/// kustomize's transformers, each over all objects of a kustomization.
extension Accumulator {
    /// Sets the namespace of every object that has one, and of what names it.
    mutating func setNamespace(_ namespace: Value) throws(Problem) {
        let name = namespace.string ?? ""
        for resource in resources {
            resource.storeIdentity()
            let isBinding = resource.id.kind.kind == "RoleBinding" || resource.id.kind.kind == "ClusterRoleBinding"
            let specs = configuration.namespace.filter { spec in
                if spec.text == "metadata/namespace" { return false }
                if spec.text == "metadata/name", resource.id.kind.apiVersion != "v1" { return false }
                if isBinding, spec.text == "subjects/namespace" { return false }
                return spec.selects(resource.id.kind)
            }
            let isCluster = KindScope.isClusterScoped(resource.id.kind)
            let id = resource.id
            try resource.update { (value) throws(Problem) in
                if !isCluster { value.setMetadata("namespace", to: namespace) }
                if isBinding { Self.setSubjects(&value, namespace) }
                for spec in specs {
                    try FieldWalk(spec: spec, made: .scalar, object: id).apply(to: &value) { (field) throws(Problem) in
                        guard field.scalar != nil else {
                            throw Problem("\(spec.text) of \(id) must be a text", at: field.origin)
                        }
                        field = namespace.replacing(field)
                    }
                }
            }
        }
        identitiesChanged()
        try checkUnique(after: "the namespace \(name)", at: namespace.origin)
    }

    /// Subjects named `default` are the service accounts of whatever namespace the binding lands in.
    private static func setSubjects(_ value: inout Value, _ namespace: Value) {
        guard var items = value["subjects"]?.items else { return }
        for index in items.indices where items[index]["name"]?.string == "default" {
            items[index]["namespace"] = namespace.replacing(items[index]["namespace"])
        }
        value["subjects"]?.content = .sequence(items)
    }

    /// Puts a text before or after names.
    mutating func affix(_ text: Value, isPrefix: Bool) throws(Problem) {
        let affix = text.string ?? ""
        let specs = isPrefix ? configuration.namePrefix : configuration.nameSuffix
        for resource in resources where !Self.keepsItsName(resource.original.kind) {
            for spec in specs where spec.selects(resource.original.kind) {
                if spec.text == "metadata/name" {
                    if isPrefix { resource.prefixes.append(affix) } else { resource.suffixes.append(affix) }
                    resource.storeIdentity()
                }
                let walk = FieldWalk(spec: spec, made: .scalar, object: resource.id)
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
    mutating func setPairs(_ pairs: [Mapping.Entry], in specs: [FieldSpec]) throws(Problem) {
        let pairs = pairs.sorted { $0.key.text < $1.key.text }
        if pairs.isEmpty { return }
        var chosen: [GroupVersionKind: [FieldSpec]] = [:]
        for resource in resources {
            let id = resource.id
            let own = chosen[id.kind] ?? specs.filter { $0.selects(id.kind) }
            chosen[id.kind] = own
            try resource.update { (value) throws(Problem) in
                for spec in own {
                    try FieldWalk(spec: spec, made: .mapping, object: id).apply(to: &value) { (field) throws(Problem) in
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
            mapping[pair.key.text] = value.replacing(mapping[pair.key.text])
        }
        field.content = .mapping(mapping)
    }

    /// Sets the number of replicas of the objects that have or had a name.
    mutating func setReplicas(_ entry: Kustomization.ReplicaEntry) throws(Problem) {
        var isFound = false
        for spec in configuration.replicas {
            for resource in resources {
                guard resource.identities.contains(where: { $0.name == entry.name && spec.selects($0.kind) }) else {
                    continue
                }
                isFound = true
                guard spec.selects(resource.id.kind) else { continue }
                let walk = FieldWalk(spec: spec, made: .scalar, object: resource.id)
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
