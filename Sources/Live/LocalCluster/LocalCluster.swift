package import Cluster
import Database
import Document
package import Manifest
package import System

/// The embedded cluster: Kubernetes' API semantics over objects in SQLite.
///
/// A write is decided, then committed to the database, then shown to readers and watchers, then acknowledged, in this
/// order, on one thread: whatever anybody saw survives the death of the process at any instruction (after a power loss
/// the last moments may be missing, never a part of a write). Reads and watches are served from memory by whoever asks.
package actor LocalCluster: Cluster {
    /// What the cluster is made with.
    package struct Configuration: Sendable {
        /// The database's file; its folder must exist. `:memory:` for a cluster that ends with the process.
        package var path: String
        package var services: ServiceRange
        /// Changes that watches can go back to.
        package var historyCount: Int
        /// Bytes of JSON that those changes may hold.
        package var historySize: Int
        /// Events that may wait for a slow watcher before its watch ends as expired.
        package var watchBuffer: Int
        /// Bytes of JSON that one object may have.
        package var objectSize: Int
        /// How long Events stay, and how many.
        package var eventLifetime: Duration
        package var eventCount: Int

        package init(path: String, services: ServiceRange = .usual) {
            self.path = path
            self.services = services
            historyCount = 4096
            historySize = 4 << 20
            watchBuffer = 1024
            objectSize = 3 << 20
            eventLifetime = .seconds(3600)
            eventCount = 2000
        }
    }

    private let executor: ThreadExecutor
    private let database: ObjectDatabase
    private let configuration: Configuration
    private let clock: WallClock
    private let names: NameMaker
    private var addresses: ServiceAddresses
    private var revision: Int64
    nonisolated let registry: KindRegistry
    nonisolated let table: LiveTable

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Opens the cluster, which blocks until all objects are read.
    ///
    /// - Parameter random: chance for identities and names.
    /// - Throws: `DatabaseError`, `.inUse` when another service has the cluster open.
    package init(
        _ configuration: Configuration, registry: KindRegistry = .builtIn, clock: WallClock = .system,
        random: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) }
    ) throws {
        let database = try ObjectDatabase(path: configuration.path)
        let revision = database.firstFreeRevision
        let table = LiveTable(
            revision: revision,
            history: WatchHistory(
                floor: revision, countLimit: configuration.historyCount, sizeLimit: configuration.historySize),
            bufferLimit: configuration.watchBuffer)
        var addresses = ServiceAddresses(range: configuration.services)
        try database.load { object in
            table.load(object.key, object)
            if object.key.kind == "Service", object.key.group.isEmpty { addresses.hold(object) }
        }
        executor = ThreadExecutor(name: "cluster")
        self.database = database
        self.configuration = configuration
        self.registry = registry
        self.clock = clock
        self.revision = revision
        self.table = table
        self.addresses = addresses
        names = NameMaker(random: random)
    }

    // MARK: Reading

    package nonisolated func kinds() async throws -> [KindDescription] { registry.kinds }

    package nonisolated func get(_ key: ObjectKey) async throws -> Manifest {
        _ = try registry.description(of: key)
        guard let object = table[key] else { throw ClusterError.missing(key, registry.resource(of: key)) }
        return object
    }

    package nonisolated func list(_ query: ObjectQuery) async throws -> ObjectList {
        try check(query)
        return table.list(query)
    }

    package nonisolated func watch(
        _ query: ObjectQuery, since resourceVersion: String?
    ) async throws -> AsyncThrowingStream<WatchEvent, any Error> {
        try check(query)
        guard let resourceVersion else { return try table.watch(query, since: nil) }
        guard let revision = Int64(resourceVersion), revision >= 0 else {
            throw ClusterError(.badRequest, "invalid resource version \"\(resourceVersion)\": a number is expected")
        }
        return try table.watch(query, since: revision)
    }

    private nonisolated func check(_ query: ObjectQuery) throws(ClusterError) {
        let kind = GroupKind(query)
        _ = try registry.description(of: ObjectKey(group: query.group, kind: query.kind, name: ""))
        guard !query.fields.isEmpty else { return }
        let known = ObjectQuery.selectableFields(of: kind)
        for field in query.fields.keys.sorted() where !known.contains(field) {
            throw ClusterError(
                .badRequest,
                "field label not supported: \(field); \(query.kind) has \(known.sorted().joined(separator: ", "))")
        }
    }

    /// The newest revision that was shown to readers.
    package nonisolated var currentRevision: String { String(table.revision) }

    // MARK: Writing

    package func create(_ object: Manifest, _ options: WriteOptions) async throws -> Manifest {
        try write(options.dryRun) { transaction throws(ClusterError) in try transaction.create(object, options) }
    }

    package func update(_ object: Manifest, _ options: WriteOptions) async throws -> Manifest {
        try write(options.dryRun) { transaction throws(ClusterError) in try transaction.update(object, options) }
    }

    package func apply(_ manifest: Manifest, _ options: WriteOptions) async throws -> Manifest {
        try write(options.dryRun) { transaction throws(ClusterError) in try transaction.apply(manifest, options) }
    }

    package func delete(_ key: ObjectKey, _ options: DeleteOptions) async throws {
        _ = try await remove(key, options)
    }

    /// Deletes an object and answers what it is now, or was last.
    package func remove(_ key: ObjectKey, _ options: DeleteOptions) async throws -> Manifest {
        _ = try registry.description(of: key)
        return try write(options.dryRun) { transaction throws(ClusterError) in try transaction.delete(key, options) }
    }

    /// Decides, commits and shows one write.
    private func write<Result>(
        _ dryRun: Bool, _ body: (inout Transaction) throws(ClusterError) -> Result
    ) throws -> Result {
        var transaction = Transaction(
            table: table, registry: registry, names: names, now: clock.now(), addresses: addresses, revision: revision)
        let result = try body(&transaction)
        try transaction.settle()
        guard !dryRun, let last = transaction.changes.last else { return result }
        let encoded = try encode(transaction.changes)
        do {
            try database.write(transaction.changes, encoded: encoded)
        } catch let error as DatabaseError {
            throw ClusterError(.internalError, "nothing was written: \(error)")
        }
        revision = last.revision
        addresses = transaction.addresses
        table.publish(transaction.changes, sizes: encoded.mapValues(\.utf8.count))
        return result
    }

    /// The JSON of each changed object's last state; nothing for those that are gone.
    private func encode(_ changes: [Change]) throws(ClusterError) -> [ObjectKey: String] {
        var encoded: [ObjectKey: String] = [:]
        for change in changes {
            guard let object = change.new else {
                encoded[change.key] = nil
                continue
            }
            let text = JSON.text(object.value)
            guard text.utf8.count <= configuration.objectSize else {
                throw ClusterError(
                    .requestEntityTooLarge,
                    "\(change.key) has \(text.utf8.count) bytes, more than the \(configuration.objectSize) an object may have",
                    object: change.key)
            }
            encoded[change.key] = text
        }
        return encoded
    }

    // MARK: Housekeeping

    /// Keeps the cluster in order until the task is cancelled: drops old Events, tells watchers the revision.
    package func run() async {
        while (try? await clock.sleep(.seconds(30))) != nil {
            _ = try? dropEvents()
            table.sendBookmarks()
        }
    }

    /// Makes sure that a namespace is there.
    package func ensureNamespace(_ name: String) async throws {
        guard table[ObjectKey(kind: "Namespace", name: name)] == nil else { return }
        _ = try await create(
            Manifest(apiVersion: "v1", kind: "Namespace", name: name), WriteOptions(fieldManager: "belay"))
    }

    /// Ends all watches; objects can still be read and written.
    package nonisolated func endWatches() {
        table.endWatches()
    }

    private func dropEvents() throws {
        let events = table.objects(of: GroupKind(group: "", kind: "Event"))
        let keys = EventLifetime.expired(
            events, now: clock.now(), lifetime: configuration.eventLifetime, limit: configuration.eventCount)
        // Some at a time, so that other writes get their turn.
        for start in stride(from: 0, to: keys.count, by: 100) {
            try write(false) { transaction throws(ClusterError) in
                for key in keys[start..<min(start + 100, keys.count)] {
                    if let event = transaction.live(key) { transaction.remove(event) }
                }
            }
        }
    }
}
