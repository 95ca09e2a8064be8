import Document
import Kustomize
import Manifest

/// What every manifest of a rendering must hold before anything is planned with it.
struct ManifestCheck {
    /// Where objects go that leave it open; nil leaves it to the cluster.
    var namespace: Value?

    /// The objects as manifests, their namespaces set.
    ///
    /// - Throws: `Problem` at the field: no kind, no name, a name that is not DNS-safe, two manifests for one object.
    func manifests(_ objects: [Value]) throws(Problem) -> [Manifest] {
        let clusterKinds = Self.clusterKinds(declaredIn: objects)
        var manifests: [Manifest] = []
        var origins: [ObjectKey: Origin] = [:]
        manifests.reserveCapacity(objects.count)
        for object in objects {
            var manifest = try Self.checked(object)
            let kind = manifest.groupVersionKind
            let isCluster = KindScope.isClusterScoped(kind) || clusterKinds.contains("\(kind.group)/\(kind.kind)")
            if isCluster {
                if manifest.value[path: "metadata", "namespace"] != nil { manifest.namespace = nil }
            } else if manifest.namespace == nil, let namespace {
                manifest.value[path: "metadata", "namespace"] = namespace
            }
            let origin = Self.place(of: object)
            if let other = origins.updateValue(origin, forKey: manifest.key) {
                throw Problem(
                    "there are two manifests for \(manifest.key); the other is at \(other)", at: origin,
                    hint: "remove one, or give it another name or namespace")
            }
            manifests.append(manifest)
        }
        return manifests
    }

    private static func checked(_ object: Value) throws(Problem) -> Manifest {
        guard object.fields != nil else { throw Problem("a manifest must be a mapping", at: object.origin) }
        let manifest = Manifest(object)
        for field in ["apiVersion", "kind"] where (object[field]?.string ?? "").isEmpty {
            throw Problem("the manifest has no \(field)", at: object[field]?.origin ?? object.origin)
        }
        guard let name = object[path: "metadata", "name"] else {
            throw Problem(
                "the \(manifest.kind) has no metadata.name", at: object["metadata"]?.origin ?? object.origin,
                hint: object[path: "metadata", "generateName"] == nil
                    ? "" : "generateName makes another object each time")
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

    /// Kinds of cluster scope that the rendering itself defines.
    private static func clusterKinds(declaredIn objects: [Value]) -> Set<String> {
        var kinds: Set<String> = []
        for object in objects where object["kind"]?.string == "CustomResourceDefinition" {
            guard object[path: "spec", "scope"]?.string == "Cluster" else { continue }
            let group = object[path: "spec", "group"]?.string ?? ""
            kinds.insert("\(group)/\(object[path: "spec", "names", "kind"]?.string ?? "")")
        }
        return kinds
    }
}
