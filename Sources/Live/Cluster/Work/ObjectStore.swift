package import Manifest

/// What happened to one object of a cache.
package struct ObjectChange: Sendable {
    package var key: ObjectKey
    /// nil for a new object.
    package var old: Manifest?
    /// nil for one that is gone.
    package var new: Manifest?

    package init(key: ObjectKey, old: Manifest?, new: Manifest?) {
        self.key = key
        self.old = old
        self.new = new
    }
}

/// Objects by key, by namespace and by owner.
package struct ObjectStore: Sendable {
    package private(set) var objects: [ObjectKey: Manifest] = [:]
    private var byNamespace: [String: Set<ObjectKey>] = [:]
    private var byOwner: [String: Set<ObjectKey>] = [:]

    package init() {}

    package subscript(key: ObjectKey) -> Manifest? { objects[key] }

    /// Puts an object in, or takes it out with nil.
    ///
    /// - Returns: the change; nil when the version was there already.
    package mutating func set(_ key: ObjectKey, _ new: Manifest?) -> ObjectChange? {
        let old = objects[key]
        if let old, let new, old.resourceVersion == new.resourceVersion, old.uid == new.uid { return nil }
        if old == nil, new == nil { return nil }
        if let old { unindex(key, old) }
        if let new { index(key, new) }
        objects[key] = new
        return ObjectChange(key: key, old: old, new: new)
    }

    /// Makes these all the objects there are, and answers what changed.
    package mutating func replace(with items: [Manifest]) -> [ObjectChange] {
        let fresh = Dictionary(items.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        let gone = objects.keys.filter { fresh[$0] == nil }
        return gone.compactMap { set($0, nil) } + fresh.compactMap { set($0.key, $0.value) }
    }

    /// The objects of a namespace, nil for all.
    package func all(in namespace: String?) -> [Manifest] {
        guard let namespace else { return Array(objects.values) }
        return byNamespace[namespace]?.compactMap { objects[$0] } ?? []
    }

    /// The objects that name `uid` among their owners.
    package func owned(by uid: String) -> [Manifest] {
        byOwner[uid]?.compactMap { objects[$0] } ?? []
    }

    private mutating func index(_ key: ObjectKey, _ object: Manifest) {
        if let namespace = key.namespace { byNamespace[namespace, default: []].insert(key) }
        for owner in object.ownerReferences { byOwner[owner.uid, default: []].insert(key) }
    }

    private mutating func unindex(_ key: ObjectKey, _ object: Manifest) {
        if let namespace = key.namespace { Self.remove(key, from: &byNamespace, namespace) }
        for owner in object.ownerReferences { Self.remove(key, from: &byOwner, owner.uid) }
    }

    private static func remove(_ key: ObjectKey, from index: inout [String: Set<ObjectKey>], _ name: String) {
        index[name]?.remove(key)
        if index[name]?.isEmpty == true { index[name] = nil }
    }
}
