package import Manifest
import Synchronization
package import System

/// A live copy of the objects of a query: one list, then a watch, and again from the list when the watch is lost.
///
/// Make it, `observe` it, then keep `run()` running in a task; `synced()` waits for the first list. Reads are immediate
/// and may lag behind the cluster by the time of a watch event.
package final class ObjectCache: Sendable {
    private struct State {
        var store = ObjectStore()
        var observers: [@Sendable (ObjectChange) -> Void] = []
        var isSynced = false
        var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
        var lastWaiter = 0
    }

    package let query: ObjectQuery
    private let cluster: any Cluster
    private let clock: WallClock
    private let log: Log
    private let backoff = Backoff(first: .milliseconds(50), longest: .seconds(30))
    private let state = Mutex(State())

    package init(_ cluster: any Cluster, _ query: ObjectQuery, clock: WallClock = .system, log: Log = Log("cache")) {
        self.cluster = cluster
        self.query = query
        self.clock = clock
        self.log = log
    }

    /// Has `body` told of every change, of what is there already first.
    ///
    /// It is called in the order of the changes, on the cache's task, and must return at once: put the key into a
    /// `WorkQueue`. It may read this cache.
    package func observe(_ body: @escaping @Sendable (ObjectChange) -> Void) {
        let present = state.withLock { state in
            state.observers.append(body)
            return state.store.objects
        }
        for (key, object) in present { body(ObjectChange(key: key, old: nil, new: object)) }
    }

    /// Keeps the copy alive until the task is cancelled.
    package func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await listAndWatch { failures = 0 }
                failures += 1
                try await clock.sleep(backoff.delay(after: failures))
            } catch is CancellationError {
                break
            } catch let error as ClusterError where error.reason == .expired {
                continue
            } catch {
                failures += 1
                let delay = backoff.delay(after: failures)
                log.warning("cannot watch \(query.kind): \(error)", ["again": "\(delay)"])
                try? await clock.sleep(delay)
            }
        }
        release(throwing: CancellationError())
    }

    /// - Parameter succeeded: called once the watch delivers: one that dies at once is as good as a failure.
    private func listAndWatch(_ succeeded: () -> Void) async throws {
        let list = try await cluster.list(query)
        apply { $0.replace(with: list.items) }
        state.withLock { $0.isSynced = true }
        release(throwing: nil)
        for try await event in try await cluster.watch(query, since: list.resourceVersion) {
            succeeded()
            switch event {
            case .added(let object), .modified(let object):
                apply { $0.set(object.key, object).map { [$0] } ?? [] }
            case .deleted(let object):
                apply { $0.set(object.key, nil).map { [$0] } ?? [] }
            case .bookmark: continue
            }
        }
        try Task.checkCancellation()
    }

    private func apply(_ body: (inout ObjectStore) -> [ObjectChange]) {
        let (changes, observers) = state.withLock { (body(&$0.store), $0.observers) }
        for change in changes {
            for observer in observers { observer(change) }
        }
    }

    // MARK: Waiting for the first list

    /// Returns once the first list is in.
    ///
    /// - Throws: `CancellationError` when this task or the cache's own is cancelled.
    package func synced() async throws {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let now: Result<Void, any Error>? = state.withLock { state in
                    if state.isSynced { return .success(()) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let now { continuation.resume(with: now) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
    }

    private func release(throwing error: (any Error)?) {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume(with: error.map { .failure($0) } ?? .success(())) }
    }

    // MARK: Reading

    package var isSynced: Bool { state.withLock { $0.isSynced } }

    package subscript(key: ObjectKey) -> Manifest? { state.withLock { $0.store[key] } }

    /// An object of the query's kind by namespace and name.
    package subscript(namespace: String?, name: String) -> Manifest? {
        self[ObjectKey(group: query.group, kind: query.kind, namespace: namespace, name: name)]
    }

    /// All objects, or those of a namespace, in no order.
    package func objects(in namespace: String? = nil, matching selector: LabelSelector = .everything) -> [Manifest] {
        let all = state.withLock { $0.store.all(in: namespace) }
        return selector.requirements.isEmpty ? all : all.filter { selector.matches($0.labels) }
    }

    /// The objects that name `uid` among their owners, in no order.
    package func owned(by uid: String) -> [Manifest] {
        state.withLock { $0.store.owned(by: uid) }
    }
}
