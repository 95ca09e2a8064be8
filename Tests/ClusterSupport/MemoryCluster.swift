package import Cluster
import Document
package import Manifest
import Synchronization
package import System

/// A small cluster in memory with the semantics that controllers lean on: versions, conflicts, watches, grace periods of
/// pods, finalizers, owners. No defaults, no validation, and apply is a plain merge.
package final class MemoryCluster: Cluster {
    private struct Watcher {
        var query: ObjectQuery
        /// Takes an event to the watcher, in the order of the writes.
        var tell: @Sendable (WatchEvent) -> Void
    }

    private struct State {
        var objects: [ObjectKey: Manifest] = [:]
        var version = 0
        var watchers: [Int: Watcher] = [:]
        var lastWatcher = 0
        var writes: [String] = []
    }

    private let state = Mutex(State())
    private let clock: WallClock
    /// How long watch events lag behind the writes.
    private let lag: Duration
    /// Asked before a write; throws to refuse it.
    private let refuse: @Sendable (_ verb: String, Manifest) throws -> Void

    package init(
        clock: WallClock = .system, lag: Duration = .zero,
        refuse: @escaping @Sendable (_ verb: String, Manifest) throws -> Void = { _, _ in }
    ) {
        self.clock = clock
        self.lag = lag
        self.refuse = refuse
    }

    /// Every write so far: `create Pod shop/web-1`.
    package var writes: [String] { state.withLock { $0.writes } }

    package subscript(key: ObjectKey) -> Manifest? { state.withLock { $0.objects[key] } }

    /// All objects of a kind, by name.
    package func all(_ kind: String) -> [Manifest] {
        state.withLock { state in
            state.objects.values.filter { $0.kind == kind }.sorted { $0.name < $1.name }
        }
    }

    package func kinds() async throws -> [KindDescription] { [] }

    package func get(_ key: ObjectKey) async throws -> Manifest {
        guard let object = self[key] else { throw ClusterError.notFound(key) }
        return object
    }

    package func list(_ query: ObjectQuery) async throws -> ObjectList {
        state.withLock { state in
            let items = state.objects.filter { Self.matches(query, $0.key, $0.value) }.map(\.value)
            return ObjectList(resourceVersion: "\(state.version)", items: items.sorted { $0.key < $1.key })
        }
    }

    package func watch(
        _ query: ObjectQuery, since resourceVersion: String?
    ) async throws -> AsyncThrowingStream<WatchEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream<WatchEvent, any Error>.makeStream()
        let tell = Self.lagging(by: lag, continuation)
        let id = state.withLock { state in
            state.lastWatcher += 1
            state.watchers[state.lastWatcher] = Watcher(query: query, tell: tell)
            let since = resourceVersion.flatMap { Int($0) } ?? 0
            for (key, object) in state.objects
            where Self.matches(query, key, object) && (Int(object.resourceVersion) ?? 0) > since {
                continuation.yield(.added(object))
            }
            return state.lastWatcher
        }
        continuation.onTermination = { [weak self] _ in _ = self?.state.withLock { $0.watchers.removeValue(forKey: id) }
        }
        return stream
    }

    package func create(_ object: Manifest, _ options: WriteOptions) async throws -> Manifest {
        try refuse("create", object)
        return try state.withLock { state in
            guard state.objects[object.key] == nil else {
                throw ClusterError(.alreadyExists, "\(object.key) already exists", object: object.key)
            }
            state.version += 1
            var new = object
            new.value[path: "metadata", "uid"] = .string(Self.uid(state.version))
            new.value[path: "metadata", "resourceVersion"] = .string("\(state.version)")
            new.value[path: "metadata", "generation"] = 1
            new.value[path: "metadata", "creationTimestamp"] = .string(clock.now().description)
            state.objects[new.key] = new
            state.writes.append("create \(new.key)")
            tell(&state, .added(new), new)
            return new
        }
    }

    package func update(_ object: Manifest, _ options: WriteOptions) async throws -> Manifest {
        try refuse("update", object)
        return try state.withLock { state in
            guard let old = state.objects[object.key] else { throw ClusterError.notFound(object.key) }
            let isStale = !object.resourceVersion.isEmpty && object.resourceVersion != old.resourceVersion
            if isStale || (!object.uid.isEmpty && object.uid != old.uid) {
                throw ClusterError(.conflict, "\(object.key) has changed", object: object.key)
            }
            var new = options.subresource == "status" ? old : object
            new.value["status"] = options.subresource == "status" ? object.value["status"] : old.value["status"]
            new.value[path: "metadata", "uid"] = .string(old.uid)
            if new.value["spec"] != old.value["spec"] {
                new.value[path: "metadata", "generation"] = .int(old.generation + 1)
            }
            return store(&state, new, old: old, verb: options.subresource.map { "update/\($0)" } ?? "update")
        }
    }

    package func apply(_ manifest: Manifest, _ options: WriteOptions) async throws -> Manifest {
        guard let old = self[manifest.key] else { return try await create(manifest, options) }
        var new = old
        new.value.merge(manifest.value)
        new.value[path: "metadata", "resourceVersion"] = nil
        return try await update(new, options)
    }

    package func delete(_ key: ObjectKey, _ options: DeleteOptions) async throws {
        guard let object = self[key] else { throw ClusterError.notFound(key) }
        try refuse("delete", object)
        try state.withLock { state in
            guard var old = state.objects[key] else { throw ClusterError.notFound(key) }
            if let uid = options.uid, uid != old.uid {
                throw ClusterError(.conflict, "\(key) is another object", object: key)
            }
            state.writes.append("delete \(key)")
            let isPod = key.kind == "Pod" && !(old.spec?["nodeName"]?.string ?? "").isEmpty
            let grace = options.gracePeriodSeconds ?? old.spec?["terminationGracePeriodSeconds"]?.int ?? 30
            if (isPod && grace > 0) || !old.finalizers.isEmpty {
                guard old.deletionTimestamp == nil || isPod else { return }
                old.value[path: "metadata", "deletionTimestamp"] = .string(
                    (clock.now() + .seconds(grace)).description)
                old.value[path: "metadata", "deletionGracePeriodSeconds"] = .int(grace)
                _ = store(&state, old, old: nil, verb: "mark")
            } else {
                remove(&state, old, orphaning: options.propagation == .orphan)
            }
        }
    }

    private func store(_ state: inout State, _ object: Manifest, old: Manifest?, verb: String) -> Manifest {
        if let old, old.value == object.value { return old }
        state.version += 1
        var new = object
        new.value[path: "metadata", "resourceVersion"] = .string("\(state.version)")
        state.objects[new.key] = new
        state.writes.append("\(verb) \(new.key)")
        tell(&state, .modified(new), new)
        return new
    }

    private func remove(_ state: inout State, _ object: Manifest, orphaning: Bool) {
        state.objects[object.key] = nil
        tell(&state, .deleted(object), object)
        for owned in state.objects.values where owned.ownerReferences.contains(where: { $0.uid == object.uid }) {
            if orphaning {
                var orphan = owned
                orphan.value[path: "metadata", "ownerReferences"] = nil
                _ = store(&state, orphan, old: nil, verb: "orphan")
            } else {
                remove(&state, owned, orphaning: false)
            }
        }
    }

    private func tell(_ state: inout State, _ event: WatchEvent, _ object: Manifest) {
        for watcher in state.watchers.values where Self.matches(watcher.query, object.key, object) {
            watcher.tell(event)
        }
    }

    /// Hands events on a while after they happened, each after the one before it.
    private static func lagging(
        by lag: Duration, _ continuation: AsyncThrowingStream<WatchEvent, any Error>.Continuation
    ) -> @Sendable (WatchEvent) -> Void {
        if lag == .zero { return { continuation.yield($0) } }
        let (late, queue) = AsyncStream<(due: ContinuousClock.Instant, event: WatchEvent)>.makeStream()
        // Owned by nobody: it ends with the watcher, who holds the queue.
        Task {
            for await (due, event) in late {
                try? await Task.sleep(until: due)
                continuation.yield(event)
            }
        }
        return { queue.yield((.now + lag, $0)) }
    }

    private static func matches(_ query: ObjectQuery, _ key: ObjectKey, _ object: Manifest) -> Bool {
        query.kind == key.kind && query.group == key.group
            && (query.namespace == nil || query.namespace == key.namespace)
            && query.labels.matches(object.labels)
            && (query.fields["metadata.name"].map { $0 == key.name } ?? true)
    }

    private static func uid(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }
}

extension Value {
    /// Lays another value over this one, mapping by mapping.
    fileprivate mutating func merge(_ other: Value) {
        guard let entries = other.fields?.entries, fields != nil else {
            self = other
            return
        }
        for entry in entries {
            if var child = self[entry.key.text] {
                child.merge(entry.value)
                self[entry.key.text] = child
            } else {
                self[entry.key.text] = entry.value
            }
        }
    }
}
