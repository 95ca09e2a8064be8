import Cluster
import Document
import Manifest
import System

/// Deletion, graceful and not, and garbage collection (Kubernetes' "Garbage Collection", "Finalizers").
extension Transaction {
    static let foreground = "foregroundDeletion"

    /// Deletes an object as somebody asked for it.
    ///
    /// - Returns: the object as it is now, or was last.
    mutating func delete(_ key: ObjectKey, _ options: DeleteOptions) throws(ClusterError) -> Manifest {
        let object = try existing(key)
        if let uid = options.uid, uid != object.uid {
            throw .precondition(
                key, registry.resource(of: key), "UID in precondition: \(uid), UID in object meta: \(object.uid)")
        }
        if let version = options.resourceVersion, version != object.resourceVersion {
            throw .precondition(
                key, registry.resource(of: key),
                "ResourceVersion in precondition: \(version), ResourceVersion in object meta: \(object.resourceVersion)"
            )
        }
        if key.kind == "Namespace", key.group.isEmpty { return try deleteNamespace(object) }
        try end(object, options.propagation, grace: options.gracePeriodSeconds)
        return live(key) ?? object
    }

    /// Ends an object: at once, or when its grace and its finalizers are over.
    mutating func end(
        _ object: Manifest, _ propagation: DeleteOptions.Propagation, grace asked: Int?
    ) throws(ClusterError) {
        var object = object
        switch propagation {
        case .orphan: orphanDependents(of: object)
        case .foreground where !dependents(of: object.uid).isEmpty:
            if !object.finalizers.contains(Self.foreground) {
                object.setFinalizers(object.finalizers + [Self.foreground])
            }
        case .foreground, .background: break
        }
        let grace = gracePeriod(of: object, asked: asked)
        if object.finalizers.isEmpty && grace == 0 { return remove(object) }
        try mark(object, grace: grace)
        if propagation == .foreground { try endDependents(of: object) }
    }

    /// Notes on an object that it is to end; a second request can only shorten its grace.
    private mutating func mark(_ object: Manifest, grace: Int) throws(ClusterError) {
        var object = object
        if object.isTerminating, let had = object.deletionGracePeriod, had <= grace {
            if live(object.key)?.value != object.value { put(object) }
            return
        }
        object.setMetadata("deletionTimestamp", .string((now + .seconds(grace)).description))
        object.setMetadata("deletionGracePeriodSeconds", .int(grace))
        if object.spec != nil { object.setMetadata("generation", .int(object.generation + 1)) }
        put(object)
    }

    /// Seconds that an object may take to end; only Pods take any (`CheckGracefulDelete` of the pod registry).
    private func gracePeriod(of object: Manifest, asked: Int?) -> Int {
        guard object.key.kind == "Pod", object.key.group.isEmpty else { return 0 }
        let phase = object.value[path: "status", "phase"]?.string
        let isScheduled = object.value[path: "spec", "nodeName"]?.string.map { !$0.isEmpty } ?? false
        guard isScheduled, phase != "Succeeded", phase != "Failed" else { return 0 }
        let own = object.value[path: "spec", "terminationGracePeriodSeconds"]?.int ?? 30
        return max(0, asked ?? own)
    }

    /// Takes an object away that was only waiting for its last finalizer or its grace.
    mutating func finishIfDue(_ object: Manifest) {
        guard object.isTerminating, object.finalizers.isEmpty, (object.deletionGracePeriod ?? 0) == 0 else { return }
        remove(object)
    }

    // MARK: Owners and dependents

    private mutating func orphanDependents(of object: Manifest) {
        for var dependent in dependents(of: object.uid) {
            dependent.removeOwner(uid: object.uid)
            put(dependent)
        }
    }

    /// Deletes what holds a foreground deletion up.
    private mutating func endDependents(of object: Manifest) throws(ClusterError) {
        for dependent in dependents(of: object.uid) where !dependent.isTerminating {
            try collect(dependent, without: object.uid, .foreground)
        }
        try releaseIfFree(object.key)
    }

    /// After an owner is gone: what it alone owned goes too.
    mutating func collectDependents(of object: Manifest) throws(ClusterError) {
        for dependent in dependents(of: object.uid) { try collect(dependent, without: object.uid, .background) }
    }

    /// Ends a dependent, or only takes the reference away when another owner keeps it.
    private mutating func collect(
        _ dependent: Manifest, without uid: String, _ propagation: DeleteOptions.Propagation
    ) throws(ClusterError) {
        let isKept = dependent.ownerReferences.contains { $0.uid != uid && object(withUID: $0.uid) != nil }
        if isKept {
            var dependent = dependent
            dependent.removeOwner(uid: uid)
            put(dependent)
        } else if !dependent.isTerminating {
            try end(dependent, propagation, grace: nil)
        }
    }

    /// After a dependent is gone: owners whose deletion waited for it may go.
    mutating func releaseOwners(of object: Manifest) throws(ClusterError) {
        for owner in object.ownerReferences {
            if let key = self.object(withUID: owner.uid)?.key { try releaseIfFree(key) }
        }
    }

    private mutating func releaseIfFree(_ key: ObjectKey) throws(ClusterError) {
        guard var owner = live(key), owner.isTerminating, owner.finalizers.contains(Self.foreground) else { return }
        let blocking = dependents(of: owner.uid).contains { dependent in
            dependent.ownerReferences.contains { $0.uid == owner.uid && $0.blocksOwnerDeletion }
                && !isInCircle(dependent)
        }
        guard !blocking else { return }
        owner.setFinalizers(owner.finalizers.filter { $0 != Self.foreground })
        if owner.finalizers.isEmpty, (owner.deletionGracePeriod ?? 0) == 0 { remove(owner) } else { put(owner) }
    }

    /// Whether an object waits for dependents that themselves wait: in a circle of owners somebody must go first.
    private func isInCircle(_ object: Manifest) -> Bool {
        guard object.isTerminating, object.finalizers.contains(Self.foreground) else { return false }
        return dependents(of: object.uid).contains { $0.isTerminating && $0.finalizers.contains(Self.foreground) }
    }

    /// Ends an object at its birth when none of the owners that it names exists: they went before it came.
    mutating func collectIfOrphaned(_ object: Manifest) throws(ClusterError) {
        let owners = object.ownerReferences
        guard !owners.isEmpty, owners.allSatisfy({ self.object(withUID: $0.uid) == nil }) else { return }
        try end(object, .background, grace: nil)
    }

    // MARK: Namespaces

    private mutating func deleteNamespace(_ namespace: Manifest) throws(ClusterError) -> Manifest {
        guard namespace.name != "default" else {
            throw ClusterError(
                .forbidden, "namespaces \"default\" is forbidden: this namespace may not be deleted",
                object: namespace.key)
        }
        var namespace = namespace
        if !namespace.isTerminating {
            namespace.setMetadata("deletionTimestamp", .string(now.description))
            namespace.setMetadata("deletionGracePeriodSeconds", 0)
            namespace.value[path: "status", "phase"] = "Terminating"
            put(namespace)
        }
        for object in contents(of: namespace.name) where live(object.key) != nil && !object.isTerminating {
            try end(object, .background, grace: nil)
        }
        removeIfEmpty(namespace.name)
        return live(namespace.key) ?? namespace
    }

    /// Takes a namespace away that only waited to be empty.
    mutating func removeIfEmpty(_ name: String) {
        guard let namespace = live(ObjectKey(kind: "Namespace", name: name)), namespace.isTerminating else { return }
        guard namespace.finalizers.isEmpty, contents(of: name).isEmpty else { return }
        remove(namespace)
    }
}
