import Cluster
import Manifest
import Synchronization

/// What readers see: all objects at one revision, the last changes, and who watches.
///
/// The lock makes one instant of it all: a watch begins exactly where a list ended, and events come in the order of
/// their revisions. Only the cluster's actor publishes; reading and watching need no turn on its thread.
final class LiveTable: Sendable {
    private struct State {
        var index = ObjectIndex()
        var history: WatchHistory
        var revision: Int64
        var watchers: [GroupKind: [Watcher]] = [:]
        var lastWatcher = 0
    }

    private struct Watcher {
        var id: Int
        var query: ObjectQuery
        var continuation: AsyncThrowingStream<WatchEvent, any Error>.Continuation
    }

    private let state: Mutex<State>
    private let bufferLimit: Int

    /// - Parameter bufferLimit: events that may wait for a slow watcher before it is let go.
    init(revision: Int64, history: WatchHistory, bufferLimit: Int) {
        state = Mutex(State(history: history, revision: revision))
        self.bufferLimit = bufferLimit
    }

    // MARK: Reading

    var revision: Int64 { state.withLock { $0.revision } }
    var count: Int { state.withLock { $0.index.count } }
    var watcherCount: Int { state.withLock { $0.watchers.values.reduce(0) { $0 + $1.count } } }

    subscript(key: ObjectKey) -> Manifest? { state.withLock { $0.index[key] } }

    func key(ofUID uid: String) -> ObjectKey? { state.withLock { $0.index.key(ofUID: uid) } }
    func dependents(of uid: String) -> Set<ObjectKey> { state.withLock { $0.index.dependents(of: uid) } }
    func contents(of namespace: String) -> [ObjectKey] { state.withLock { $0.index.contents(of: namespace) } }

    func objects(of kind: GroupKind) -> [Manifest] {
        state.withLock { $0.index.objects(of: kind, in: nil) }
    }

    func list(_ query: ObjectQuery) -> ObjectList {
        let (objects, revision) = state.withLock { state in
            if let name = query.fields["metadata.name"], let namespace = query.namespace {
                let key = ObjectKey(group: query.group, kind: query.kind, namespace: namespace, name: name)
                return (state.index[key].map { [$0] } ?? [], state.revision)
            }
            return (state.index.objects(of: GroupKind(query), in: query.namespace), state.revision)
        }
        let isWhole = query.labels.requirements.isEmpty && query.fields.isEmpty
        return ObjectList(
            resourceVersion: String(revision), items: isWhole ? objects : objects.filter { query.selects($0) })
    }

    // MARK: Publishing

    /// Puts the objects in that the database held; nobody watches yet.
    func load(_ key: ObjectKey, _ object: Manifest) {
        state.withLock { $0.index.set(key, object) }
    }

    /// Shows committed changes to readers and watchers.
    func publish(_ changes: [Change], sizes: [ObjectKey: Int]) {
        let slow = state.withLock { state in
            var slow: [AsyncThrowingStream<WatchEvent, any Error>.Continuation] = []
            for change in changes {
                state.index.set(change.key, change.new)
                state.history.append(change, size: sizes[change.key] ?? 1024)
                state.revision = change.revision
                deliver(change, &state.watchers, &slow)
            }
            return slow
        }
        // Outside the lock: ending a stream calls back into `remove`.
        for continuation in slow { continuation.finish(throwing: Self.tooSlow) }
    }

    private func deliver(
        _ change: Change, _ watchers: inout [GroupKind: [Watcher]],
        _ slow: inout [AsyncThrowingStream<WatchEvent, any Error>.Continuation]
    ) {
        let kind = GroupKind(change.key)
        var lost: Set<Int> = []
        for watcher in watchers[kind] ?? [] {
            guard let event = watcher.query.event(for: change) else { continue }
            if case .dropped = watcher.continuation.yield(event) {
                slow.append(watcher.continuation)
                lost.insert(watcher.id)
            }
        }
        if !lost.isEmpty { watchers[kind]?.removeAll { lost.contains($0.id) } }
    }

    /// Tells every watcher the revision that it is at.
    func sendBookmarks() {
        state.withLock { state in
            for watcher in state.watchers.values.joined() {
                // One that has no room for it will hear of a later one.
                watcher.continuation.yield(.bookmark(resourceVersion: String(state.revision)))
            }
        }
    }

    // MARK: Watching

    /// Starts a watch after a revision; nil begins with all that is there.
    ///
    /// - Throws: `ClusterError.expired` when changes since then are no longer known.
    func watch(_ query: ObjectQuery, since revision: Int64?) throws(ClusterError) -> AsyncThrowingStream<
        WatchEvent, any Error
    > {
        let result = state.withLock { state -> Result<AsyncThrowingStream<WatchEvent, any Error>, ClusterError> in
            guard let first = Self.firstEvents(query, since: revision, &state) else {
                return .failure(Self.tooOld(revision ?? 0, state.history.floor))
            }
            let (stream, continuation) = AsyncThrowingStream<WatchEvent, any Error>.makeStream(
                bufferingPolicy: .bufferingOldest(first.count + bufferLimit))
            for event in first { continuation.yield(event) }
            state.lastWatcher += 1
            let (id, kind) = (state.lastWatcher, GroupKind(query))
            state.watchers[kind, default: []].append(Watcher(id: id, query: query, continuation: continuation))
            continuation.onTermination = { [weak self] _ in self?.remove(id, kind) }
            return .success(stream)
        }
        return try result.get()
    }

    /// Ends all watches, as the cluster stops.
    func endWatches() {
        let watchers = state.withLock { state in
            defer { state.watchers = [:] }
            return Array(state.watchers.values.joined())
        }
        for watcher in watchers { watcher.continuation.finish() }
    }

    private static func firstEvents(_ query: ObjectQuery, since revision: Int64?, _ state: inout State) -> [WatchEvent]?
    {
        guard let revision else {
            let present = state.index.objects(of: GroupKind(query), in: query.namespace).filter { query.selects($0) }
            return present.map { .added($0) } + [.bookmark(resourceVersion: String(state.revision))]
        }
        // A version that is yet to come is of another life of the cluster.
        guard revision <= state.revision else { return nil }
        let kind = GroupKind(query)
        return state.history.changes(since: revision)?.compactMap {
            GroupKind($0.key) == kind ? query.event(for: $0) : nil
        }
    }

    private func remove(_ id: Int, _ kind: GroupKind) {
        state.withLock { state in
            state.watchers[kind]?.removeAll { $0.id == id }
            if state.watchers[kind]?.isEmpty == true { state.watchers[kind] = nil }
        }
    }

    private static func tooOld(_ revision: Int64, _ floor: Int64) -> ClusterError {
        ClusterError(.expired, "too old resource version: \(revision) (\(floor))")
    }

    private static let tooSlow = ClusterError(.expired, "the watch was too slow and lost events: list again")
}
