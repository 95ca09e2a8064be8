import Cluster
import Document
import Manifest
import System

/// One write and all that follows from it, decided before anything is stored.
///
/// It reads the live objects with its own changes laid over them, and ends as a list of changes that are committed
/// together, or dropped: by an error, or because the write was a dry run. It never waits and touches no disk.
struct Transaction {
    let table: LiveTable
    let registry: KindRegistry
    let names: NameMaker
    let now: Timestamp
    var addresses: ServiceAddresses
    private(set) var changes: [Change] = []
    private var revision: Int64
    private var pending: [ObjectKey: Manifest?] = [:]
    /// Objects whose end has consequences that are still to be drawn.
    private var ended: [Manifest] = []

    init(
        table: LiveTable, registry: KindRegistry, names: NameMaker, now: Timestamp, addresses: ServiceAddresses,
        revision: Int64
    ) {
        self.table = table
        self.registry = registry
        self.names = names
        self.now = now
        self.addresses = addresses
        self.revision = revision
    }

    // MARK: Reading

    /// An object as this transaction leaves it.
    func live(_ key: ObjectKey) -> Manifest? {
        if let own = pending[key] { return own }
        return table[key]
    }

    /// An object that must be there.
    func existing(_ key: ObjectKey) throws(ClusterError) -> Manifest {
        guard let object = live(key) else { throw .missing(key, registry.resource(of: key)) }
        return object
    }

    func object(withUID uid: String) -> Manifest? {
        table.key(ofUID: uid).flatMap(live).flatMap { $0.uid == uid ? $0 : nil }
    }

    func dependents(of uid: String) -> [Manifest] {
        table.dependents(of: uid).sorted().compactMap(live).filter { object in
            object.ownerReferences.contains { $0.uid == uid }
        }
    }

    func contents(of namespace: String) -> [Manifest] {
        let made = pending.keys.filter { $0.namespace == namespace }
        return Set(table.contents(of: namespace) + made).sorted().compactMap(live)
    }

    // MARK: Writing

    /// Stores an object's next state under a new revision.
    @discardableResult
    mutating func put(_ object: Manifest) -> Manifest {
        revision += 1
        var object = object
        object.setMetadata("resourceVersion", .string(String(revision)))
        let key = object.key
        changes.append(Change(key: key, revision: revision, old: live(key), new: object))
        pending[key] = .some(object)
        return object
    }

    /// Takes an object away for good; `settle` draws the consequences.
    mutating func remove(_ object: Manifest) {
        guard let old = live(object.key) else { return }
        revision += 1
        var last = object
        last.setMetadata("resourceVersion", .string(String(revision)))
        changes.append(Change(key: object.key, revision: revision, old: old, new: nil, last: last))
        pending[object.key] = .some(nil)
        if object.key.kind == "Service", object.key.group.isEmpty { addresses.release(old) }
        ended.append(object)
    }

    /// Draws the consequences of what ended: dependents go, owners that waited for it go, an empty namespace goes.
    mutating func settle() throws(ClusterError) {
        var namespaces: Set<String> = []
        while true {
            while let object = ended.popLast() {
                try collectDependents(of: object)
                try releaseOwners(of: object)
                if let namespace = object.namespace { namespaces.insert(namespace) }
            }
            guard let namespace = namespaces.popFirst() else { return }
            removeIfEmpty(namespace)
        }
    }
}
