package import Manifest

/// A cluster as the reconciler, the controllers and the API see it: the embedded one, or a Kubernetes.
///
/// The semantics are Kubernetes' own (API concepts, server-side apply). Every method throws `ClusterError`, or the
/// transport's error when the cluster cannot be reached; neither ever stands for "nothing there".
package protocol Cluster: Sendable {
    /// The kinds that the cluster serves.
    func kinds() async throws -> [KindDescription]

    /// Reads one object.
    ///
    /// - Throws: `ClusterError.notFound`.
    func get(_ key: ObjectKey) async throws -> Manifest

    /// Reads all objects of a kind that a query selects, at one resource version.
    func list(_ query: ObjectQuery) async throws -> ObjectList

    /// Streams what happens to the objects of a query after `resourceVersion`; nil starts with an `added` for each that
    /// is there, then a bookmark.
    ///
    /// - Throws: from the stream, `ClusterError.expired` when that version is too old: list again.
    func watch(_ query: ObjectQuery, since resourceVersion: String?) async throws
        -> AsyncThrowingStream<WatchEvent, any Error>

    /// Creates an object.
    ///
    /// - Throws: `ClusterError.alreadyExists`, `.invalid`, `.forbidden`.
    func create(_ object: Manifest, _ options: WriteOptions) async throws -> Manifest

    /// Replaces an object, or its status alone; a resource version in it must be the live one.
    ///
    /// - Throws: `ClusterError.conflict` when the object has changed since it was read.
    func update(_ object: Manifest, _ options: WriteOptions) async throws -> Manifest

    /// Server-side apply: makes the manifest's fields its manager's own, and drops those that it gave up.
    ///
    /// - Throws: `ClusterError.ownershipConflict` naming fields and managers, unless `force` is set.
    func apply(_ manifest: Manifest, _ options: WriteOptions) async throws -> Manifest

    /// Deletes an object.
    ///
    /// - Throws: `ClusterError.notFound`; `.conflict` when a precondition does not hold.
    func delete(_ key: ObjectKey, _ options: DeleteOptions) async throws
}

/// Which objects of a kind.
package struct ObjectQuery: Sendable, Hashable {
    package var group: String
    package var kind: String
    /// nil for all namespaces, and for kinds of cluster scope.
    package var namespace: String?
    package var labels: LabelSelector
    /// Field selectors that every cluster has: `metadata.name=web`; Pods also `spec.nodeName`, `status.phase`.
    package var fields: [String: String]

    package init(
        group: String = "", kind: String, namespace: String? = nil, labels: LabelSelector = .everything,
        fields: [String: String] = [:]
    ) {
        self.group = group
        self.kind = kind
        self.namespace = namespace
        self.labels = labels
        self.fields = fields
    }
}

/// Objects of one kind, all as they were at one resource version.
package struct ObjectList: Sendable {
    package var resourceVersion: String
    package var items: [Manifest]

    package init(resourceVersion: String, items: [Manifest]) {
        self.resourceVersion = resourceVersion
        self.items = items
    }
}

/// One thing that happened to a watched object.
package enum WatchEvent: Sendable {
    case added(Manifest)
    case modified(Manifest)
    case deleted(Manifest)
    /// Everything up to this resource version has been sent.
    case bookmark(resourceVersion: String)
}

/// How to write.
package struct WriteOptions: Sendable, Hashable {
    /// Who writes, for field ownership: `belay`, `kubectl`, `deployment-controller`.
    package var fieldManager: String
    /// Takes fields from other managers instead of stopping with a conflict (apply only).
    package var force: Bool
    /// Answers with what would be, and writes nothing.
    package var dryRun: Bool
    /// `status` to write the status alone; nil for the object without it.
    package var subresource: String?

    package init(fieldManager: String, force: Bool = false, dryRun: Bool = false, subresource: String? = nil) {
        self.fieldManager = fieldManager
        self.force = force
        self.dryRun = dryRun
        self.subresource = subresource
    }
}

/// How to delete.
package struct DeleteOptions: Sendable, Hashable {
    /// What becomes of the objects that it owns (Kubernetes garbage collection).
    package enum Propagation: String, Sendable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    package var propagation: Propagation
    /// Seconds to end in; nil for the object's own, 0 at once.
    package var gracePeriodSeconds: Int?
    /// Only if the live object is still this one.
    package var uid: String?
    package var resourceVersion: String?
    package var dryRun: Bool

    package init(
        propagation: Propagation = .background, gracePeriodSeconds: Int? = nil, uid: String? = nil,
        resourceVersion: String? = nil, dryRun: Bool = false
    ) {
        self.propagation = propagation
        self.gracePeriodSeconds = gracePeriodSeconds
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.dryRun = dryRun
    }
}
