import Crypto
import Document
import Kustomize
import Manifest

/// What every manifest of a rendering must hold before anything is planned with it.
struct ManifestCheck {
    /// Where objects go that leave it open; nil leaves it to the cluster.
    var namespace: Value?

    /// The objects as manifests, their namespaces set.
    ///
    /// - Parameter known: those of an earlier check with the same namespace; what is among them still is not looked at.
    /// - Throws: `Problem` at the field: no kind, no name, a name that is not DNS-safe, two manifests for one object.
    func manifests(_ objects: [Value], known: CheckedObjects? = nil) throws(Problem) -> CheckedObjects {
        let clusterKinds = Self.clusterKinds(declaredIn: objects)
        var known = known?.clusterKinds == clusterKinds ? known.map(CheckedObjects.Search.init) : nil
        var checked = CheckedObjects(clusterKinds: clusterKinds, count: objects.count)
        for object in objects {
            if let old = known?.find(object) {
                checked.append(old)
            } else {
                checked.append(.init(object, try manifest(object, clusterKinds)))
            }
        }
        if known?.isInOrder != true { try Self.checkUnique(checked) }
        return checked
    }

    /// Objects of an earlier check with others in the place of some.
    ///
    /// - Parameter new: by position.
    /// - Returns: nil where all must be checked again: where one would be another object to the cluster, or defines kinds.
    /// - Throws: `Problem` at the field.
    func manifests(_ new: [Int: Value], among known: CheckedObjects) throws(Problem) -> CheckedObjects? {
        var checked = known
        for (position, object) in new {
            let old = known.checked[position]
            guard Manifest(object).key == old.writtenKey, old.manifest.kind != Self.definition else { return nil }
            checked.replace(at: position, by: .init(object, try manifest(object, known.clusterKinds)))
        }
        return checked
    }

    private static func checkUnique(_ objects: CheckedObjects) throws(Problem) {
        var seen: [ObjectKey: CheckedObjects.Checked] = [:]
        seen.reserveCapacity(objects.checked.count)
        for object in objects.checked {
            if let other = seen.updateValue(object, forKey: object.key) {
                throw Problem(
                    "there are two manifests for \(object.key); the other is at \(place(of: other.object))",
                    at: place(of: object.object), hint: "remove one, or give it another name or namespace")
            }
        }
    }

    private func manifest(_ object: Value, _ clusterKinds: Set<String>) throws(Problem) -> Manifest {
        var manifest = try Self.checked(object)
        let kind = manifest.groupVersionKind
        let isCluster = KindScope.isClusterScoped(kind) || clusterKinds.contains("\(kind.group)/\(kind.kind)")
        if isCluster {
            if manifest.value[path: "metadata", "namespace"] != nil { manifest.namespace = nil }
        } else if manifest.namespace == nil, let namespace {
            manifest.value[path: "metadata", "namespace"] = namespace
        }
        return manifest
    }

    private static func checked(_ object: Value) throws(Problem) -> Manifest {
        guard object.fields != nil else { throw Problem("a manifest must be a mapping", at: object.origin) }
        let manifest = Manifest(object)
        for field in ["apiVersion", "kind"] where (object[field]?.string ?? "").isEmpty {
            throw Problem(
                "the manifest has no \(field)", at: object[field]?.origin ?? object.origin,
                hint:
                    "every object needs apiVersion, kind and metadata.name; a template that is to make none makes only blanks"
            )
        }
        guard let name = object[path: "metadata", "name"] else {
            throw Problem(
                "the \(manifest.kind) has no metadata.name", at: object["metadata"]?.origin ?? object.origin,
                hint: object[path: "metadata", "generateName"] == nil
                    ? "" : "generateName makes another object each time")
        }
        for field in ["name", "namespace"] {
            guard let value = object[path: "metadata", field], !value.isNull, value.string == nil else { continue }
            throw Problem(
                "metadata.\(field) of the \(manifest.kind) is no text", at: value.origin,
                hint: value.scalar.map { "quote it: \"\($0.text)\"" } ?? "write one name")
        }
        let rule = NameRule.forKind(manifest.kind, group: manifest.groupVersionKind.group)
        if let problem = rule.problem(name.string ?? name.scalar?.text ?? "", of: manifest.kind, at: name.origin) {
            throw problem
        }
        if let namespace = object[path: "metadata", "namespace"], let text = namespace.string, !text.isEmpty,
            let problem = NameRule.label.problem(text, of: "namespace", at: namespace.origin)
        {
            throw problem
        }
        return manifest
    }

    /// Where a person looks for an object: at its name.
    private static func place(of object: Value) -> Origin {
        object[path: "metadata", "name"]?.origin ?? object.origin
    }

    private static let definition = "CustomResourceDefinition"

    /// Kinds of cluster scope that the rendering itself defines.
    private static func clusterKinds(declaredIn objects: [Value]) -> Set<String> {
        var kinds: Set<String> = []
        for object in objects where object["kind"]?.string == definition {
            guard object[path: "spec", "scope"]?.string == "Cluster" else { continue }
            let group = object[path: "spec", "group"]?.string ?? ""
            kinds.insert("\(group)/\(object[path: "spec", "names", "kind"]?.string ?? "")")
        }
        return kinds
    }
}
