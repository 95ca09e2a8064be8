import ClusterTestSupport
import Document
import Manifest
import Synchronization
import System
import TestSupport
import Testing

@testable import Cluster

/// A cluster that answers what the test tells it to.
private final class ScriptedCluster: Cluster {
    struct State {
        var items: [Manifest] = []
        var version = 1
        var watches: [AsyncThrowingStream<WatchEvent, any Error>.Continuation] = []
        var lists = 0
    }

    let state = Mutex(State())

    func kinds() async throws -> [KindDescription] { [] }
    func get(_ key: ObjectKey) async throws -> Manifest { throw ClusterError.notFound(key) }

    func list(_ query: ObjectQuery) async throws -> ObjectList {
        state.withLock { state in
            state.lists += 1
            return ObjectList(resourceVersion: "\(state.version)", items: state.items)
        }
    }

    func watch(_ query: ObjectQuery, since: String?) async throws -> AsyncThrowingStream<WatchEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream<WatchEvent, any Error>.makeStream()
        state.withLock { $0.watches.append(continuation) }
        return stream
    }

    func create(_ object: Manifest, _ options: WriteOptions) async throws -> Manifest { object }
    func update(_ object: Manifest, _ options: WriteOptions) async throws -> Manifest { object }
    func apply(_ manifest: Manifest, _ options: WriteOptions) async throws -> Manifest { manifest }
    func delete(_ key: ObjectKey, _ options: DeleteOptions) async throws {}

    var watchCount: Int { state.withLock { $0.watches.count } }

    func send(_ event: WatchEvent) { state.withLock { _ = $0.watches.last?.yield(event) } }
    func endWatch(throwing error: any Error) { state.withLock { $0.watches.last?.finish(throwing: error) } }
}

private func pod(_ name: String, version: Int, owner: String? = nil, namespace: String = "shop") -> Manifest {
    var pod = Manifest(apiVersion: "v1", kind: "Pod", name: name, namespace: namespace)
    pod.value[path: "metadata", "resourceVersion"] = .string("\(version)")
    pod.value[path: "metadata", "uid"] = .string("uid-\(name)")
    if let owner {
        pod.value[path: "metadata", "ownerReferences"] = [["kind": "ReplicaSet", "name": "x", "uid": .string(owner)]]
    }
    return pod
}

@Suite struct ObjectCacheTests {
    private let cluster = ScriptedCluster()
    private let query = ObjectQuery(kind: "Pod")

    private func running(_ body: (ObjectCache) async throws -> Void) async throws {
        let cache = ObjectCache(cluster, query, log: Log("cache", write: { _ in }))
        let task = Task { await cache.run() }
        defer { task.cancel() }
        try await cache.synced()
        #expect(await eventually { cluster.watchCount == 1 })
        try await body(cache)
    }

    @Test func `it has what was listed and follows the watch`() async throws {
        cluster.state.withLock { $0.items = [pod("a", version: 1), pod("b", version: 2)] }
        try await running { cache in
            #expect(Set(cache.objects().map(\.name)) == ["a", "b"])
            cluster.send(.modified(pod("a", version: 3)))
            cluster.send(.added(pod("c", version: 4, namespace: "other")))
            cluster.send(.deleted(pod("b", version: 5)))
            #expect(await eventually { cache["shop", "b"] == nil && cache["other", "c"] != nil })
            #expect(cache["shop", "a"]?.resourceVersion == "3")
            #expect(cache.objects(in: "other").map(\.name) == ["c"])
        }
    }

    @Test func `observers hear of what is there and of each change with its old state`() async throws {
        cluster.state.withLock { $0.items = [pod("a", version: 1)] }
        try await running { cache in
            let heard = Mutex<[String]>([])
            cache.observe { change in
                heard.withLock {
                    $0.append(
                        "\(change.key.name) \(change.old?.resourceVersion ?? "-") \(change.new?.resourceVersion ?? "-")"
                    )
                }
            }
            cluster.send(.modified(pod("a", version: 2)))
            cluster.send(.modified(pod("a", version: 2)))
            cluster.send(.deleted(pod("a", version: 3)))
            #expect(await eventually { heard.withLock { $0.count } == 3 })
            #expect(heard.withLock { $0 } == ["a - 1", "a 1 2", "a 2 -"])
        }
    }

    @Test func `a watch that expired is followed by a new list, and what went meanwhile is seen to go`() async throws {
        cluster.state.withLock { $0.items = [pod("a", version: 1), pod("b", version: 1)] }
        try await running { cache in
            cluster.state.withLock { $0.items = [pod("b", version: 7)] }
            cluster.endWatch(throwing: ClusterError(.expired, "too old"))
            #expect(await eventually { cache["shop", "a"] == nil })
            #expect(cache["shop", "b"]?.resourceVersion == "7")
        }
    }

    @Test func `a failing cluster is asked again, and meanwhile the copy stays`() async throws {
        cluster.state.withLock { $0.items = [pod("a", version: 1)] }
        try await running { cache in
            cluster.endWatch(throwing: SystemError(104, call: "read"))
            #expect(cache["shop", "a"] != nil)
            #expect(await eventually { cluster.watchCount == 2 })
        }
    }

    @Test func `objects are found by their owner`() async throws {
        cluster.state.withLock { $0.items = [pod("a", version: 1, owner: "rs"), pod("b", version: 1)] }
        try await running { cache in
            #expect(cache.owned(by: "rs").map(\.name) == ["a"])
            cluster.send(.modified(pod("a", version: 2)))
            #expect(await eventually { cache.owned(by: "rs").isEmpty })
        }
    }

    @Test func `waiting for the first list ends with the cache`() async throws {
        let cache = ObjectCache(cluster, query)
        let waiter = Task { try await cache.synced() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
    }
}
