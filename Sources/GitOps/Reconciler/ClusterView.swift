package import Cluster
package import Health
package import Manifest
import Plan
import Render
import Sync
import Synchronization
package import System

/// What a cluster holds, kept current by watches: the live side of every plan, of health, and of drift.
///
/// An application is told of a change as the watch brings it; nothing here polls. Objects are shared with the cluster's
/// own copies, so that the view costs an index and not a second store.
package final class ClusterView: HealthSource {
    private struct State {
        var caches: [ObjectCache] = []
        /// The kinds that they hold.
        var kinds: [KindDescription] = []
        /// What the charts of applications looked up, by the applications' labels.
        var questions: [String: Set<LiveQuestion>] = [:]
        /// Keys of the objects that carry an application's label.
        var members: [String: Set<ObjectKey>] = [:]
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var applicationListeners: [Int: AsyncStream<Set<String>>.Continuation] = [:]
        var nextListener = 0
    }

    private let cluster: any Cluster
    private let clock: WallClock
    private let log: Log
    private let state = Mutex(State())

    package init(cluster: any Cluster, clock: WallClock, log: Log) {
        self.cluster = cluster
        self.clock = clock
        self.log = log
    }

    /// Kinds that no application owns and no health depends on.
    static let unwatched: Set<String> = ["Event", "Endpoints", "EndpointSlice", "Lease", "Node"]

    var caches: [ObjectCache] { state.withLock { $0.caches } }
    var kinds: [KindDescription] { state.withLock { $0.kinds } }

    /// Watches until the task is cancelled.
    package func run() async {
        let caches = await makeCaches()
        for cache in caches { cache.observe { [weak self] change in self?.note(change) } }
        state.withLock { $0.caches = caches }
        await withTaskGroup(of: Void.self) { group in
            for cache in caches { group.addTask { await cache.run() } }
        }
    }

    private func makeCaches() async -> [ObjectCache] {
        let backoff = Backoff(first: .milliseconds(100), longest: .seconds(30))
        var failures = 0
        while !Task.isCancelled {
            do {
                let kinds = try await cluster.kinds().filter { !Self.unwatched.contains($0.groupVersionKind.kind) }
                state.withLock { $0.kinds = kinds }
                return kinds.map(\.groupVersionKind).map { kind in
                    ObjectCache(
                        cluster, ObjectQuery(group: kind.group, kind: kind.kind), clock: clock, log: log)
                }
            } catch {
                failures += 1
                log.warning("cannot ask the cluster for its kinds: \(error)")
                try? await clock.sleep(backoff.delay(after: failures))
            }
        }
        return []
    }

    /// Waits until every kind has been listed once, so that nothing is taken for missing that was not looked for yet.
    package func ready() async throws {
        while true {
            let caches = state.withLock { $0.caches }
            guard caches.isEmpty else {
                for cache in caches { try await cache.synced() }
                return
            }
            try await clock.sleep(.milliseconds(5))
        }
    }

    // MARK: Reading

    package func object(_ key: ObjectKey) -> Manifest? {
        let caches = state.withLock { $0.caches }
        return caches.first { $0.query.kind == key.kind && $0.query.group == key.group }?[key]
    }

    /// The objects that carry an application's label.
    package func members(of application: String) -> [Manifest] {
        let keys = state.withLock { $0.members[application] ?? [] }
        return keys.sorted().compactMap(object)
    }

    /// Labels that begin with `prefix`, of all applications that have an object.
    package func applications(withPrefix prefix: String) -> [String] {
        state.withLock { $0.members.keys.filter { $0.hasPrefix(prefix) }.sorted() }
    }

    /// What an object owns, at any depth.
    package func parts(of object: Manifest) -> [Manifest] {
        let caches = state.withLock { $0.caches }
        var found: [Manifest] = []
        var open = [object.uid]
        while let uid = open.popLast(), !uid.isEmpty, found.count < 10_000 {
            let children = caches.flatMap { $0.owned(by: uid) }
            found += children
            open += children.map(\.uid)
        }
        return found
    }

    package func health(of keys: [ObjectKey]) async throws -> [ObjectKey: Health] {
        var result: [ObjectKey: Health] = [:]
        for key in keys { result[key] = health(of: key) }
        return result
    }

    /// How an object is, judged with all that it owns.
    package func health(of key: ObjectKey) -> Health {
        guard let object = object(key) else { return Health(.missing, "\(key.short) is not there") }
        return Health.of(object, parts: parts(of: object))
    }

    // MARK: Listening

    package func changes() async -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id = register { $0.listeners[$1] = continuation }
        continuation.onTermination = { [weak self] _ in self?.forget(listener: id) }
        return stream
    }

    /// Labels of the applications of which an object, or one that it owns, has changed.
    package func changedApplications() -> AsyncStream<Set<String>> {
        let (stream, continuation) = AsyncStream<Set<String>>.makeStream()
        let id = register { $0.applicationListeners[$1] = continuation }
        continuation.onTermination = { [weak self] _ in self?.forget(listener: id) }
        return stream
    }

    /// Has `changedApplications` name an application as well when something changes that its charts looked up.
    ///
    /// - Returns: whether they looked up something else before.
    @discardableResult
    func follow(_ questions: Set<LiveQuestion>, for application: String) -> Bool {
        state.withLock { state in
            let old = state.questions[application] ?? []
            state.questions[application] = questions.isEmpty ? nil : questions
            return old != questions
        }
    }

    private func register(_ body: (inout State, Int) -> Void) -> Int {
        state.withLock { state in
            state.nextListener += 1
            body(&state, state.nextListener)
            return state.nextListener
        }
    }

    private func forget(listener id: Int) {
        state.withLock { state in
            state.listeners[id] = nil
            state.applicationListeners[id] = nil
        }
    }

    private func note(_ change: ObjectChange) {
        let before = change.old?.labels[Planner.applicationLabel]
        let after = change.new?.labels[Planner.applicationLabel]
        let (listeners, applicationListeners, asking) = state.withLock { state in
            if let before, before != after {
                state.members[before]?.remove(change.key)
                if state.members[before]?.isEmpty == true { state.members[before] = nil }
            }
            if let after { state.members[after, default: []].insert(change.key) }
            let asking = state.questions.filter { $0.value.contains { $0.concerns(change.key) } }.keys
            return (Array(state.listeners.values), Array(state.applicationListeners.values), Array(asking))
        }
        for listener in listeners { listener.yield() }
        let touched = Set([before, after].compactMap { $0 } + asking)
        guard !touched.isEmpty else { return }
        for listener in applicationListeners { listener.yield(touched) }
    }
}
