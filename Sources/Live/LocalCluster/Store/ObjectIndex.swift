import Cluster
import Manifest

/// A kind of object, whatever its version.
struct GroupKind: Sendable, Hashable {
    var group: String
    var kind: String

    init(_ key: ObjectKey) {
        group = key.group
        kind = key.kind
    }

    init(_ query: ObjectQuery) {
        group = query.group
        kind = query.kind
    }
}

/// All live objects, decoded, found by key, kind, namespace and owner.
struct ObjectIndex: Sendable {
    private var kinds: [GroupKind: Shelf] = [:]
    private var dependentsByUID: [String: Set<ObjectKey>] = [:]
    private var kindsByUID: [String: ObjectKey] = [:]

    /// The objects of one kind by namespace (empty for cluster scope) and name.
    private struct Shelf: Sendable {
        var objects: [String: [String: Manifest]] = [:]
        /// Names in order, made when first asked for and dropped when a name comes or goes.
        var sortedNames: [String: [String]] = [:]
    }

    private(set) var count = 0

    subscript(key: ObjectKey) -> Manifest? {
        kinds[GroupKind(key)]?.objects[key.namespace ?? ""]?[key.name]
    }

    /// The object with a uid.
    func key(ofUID uid: String) -> ObjectKey? { kindsByUID[uid] }

    /// Puts an object in, or takes it out with nil.
    mutating func set(_ key: ObjectKey, _ object: Manifest?) {
        let namespace = key.namespace ?? ""
        let old = kinds[GroupKind(key), default: Shelf()].objects[namespace, default: [:]].updateOrRemove(
            key.name, object)
        if (old == nil) != (object == nil) {
            kinds[GroupKind(key)]?.sortedNames[namespace] = nil
            count += old == nil ? 1 : -1
        }
        if kinds[GroupKind(key)]?.objects[namespace]?.isEmpty == true {
            kinds[GroupKind(key)]?.objects[namespace] = nil
        }
        reindex(key, old: old, new: object)
    }

    /// The objects of a kind in a namespace, nil for all, in the order of namespace and name.
    mutating func objects(of kind: GroupKind, in namespace: String?) -> [Manifest] {
        guard let shelf = kinds[kind] else { return [] }
        let namespaces = namespace.map { [$0] } ?? shelf.objects.keys.sorted()
        var found: [Manifest] = []
        for namespace in namespaces {
            guard let objects = shelf.objects[namespace] else { continue }
            found.reserveCapacity(found.count + objects.count)
            for name in names(of: kind, in: namespace) {
                if let object = objects[name] { found.append(object) }
            }
        }
        return found
    }

    private mutating func names(of kind: GroupKind, in namespace: String) -> [String] {
        if let names = kinds[kind]?.sortedNames[namespace] { return names }
        let names = kinds[kind]?.objects[namespace]?.keys.sorted() ?? []
        kinds[kind]?.sortedNames[namespace] = names
        return names
    }

    /// The keys of all objects in a namespace.
    func contents(of namespace: String) -> [ObjectKey] {
        kinds.flatMap { kind, shelf in
            shelf.objects[namespace]?.keys.map {
                ObjectKey(group: kind.group, kind: kind.kind, namespace: namespace, name: $0)
            } ?? []
        }
    }

    /// The keys of the objects that name an owner.
    func dependents(of uid: String) -> Set<ObjectKey> { dependentsByUID[uid] ?? [] }

    private mutating func reindex(_ key: ObjectKey, old: Manifest?, new: Manifest?) {
        let (oldOwners, newOwners) = (old?.ownerReferences ?? [], new?.ownerReferences ?? [])
        if oldOwners != newOwners {
            for owner in oldOwners {
                dependentsByUID[owner.uid]?.remove(key)
                if dependentsByUID[owner.uid]?.isEmpty == true { dependentsByUID[owner.uid] = nil }
            }
            for owner in newOwners { dependentsByUID[owner.uid, default: []].insert(key) }
        }
        if old?.uid != new?.uid {
            if let old { kindsByUID[old.uid] = nil }
            if let new { kindsByUID[new.uid] = key }
        }
    }
}

extension Dictionary {
    /// Sets or, with nil, removes a value, and answers the one before.
    fileprivate mutating func updateOrRemove(_ key: Key, _ value: Value?) -> Value? {
        if let value { updateValue(value, forKey: key) } else { removeValue(forKey: key) }
    }
}
