import Cluster
import Document
import Manifest
import TestSupport
import Testing

@testable import LocalCluster

private typealias Events = AsyncThrowingStream<WatchEvent, any Error>

extension WatchEvent {
    /// `added a`, for comparisons.
    fileprivate var text: String {
        switch self {
        case .added(let object): "added \(object.name)"
        case .modified(let object): "modified \(object.name)"
        case .deleted(let object): "deleted \(object.name)"
        case .bookmark: "bookmark"
        }
    }
}

@Suite struct WatchTests {
    private func take(_ count: Int, from stream: Events) async throws -> [WatchEvent] {
        var found: [WatchEvent] = []
        guard count > 0 else { return [] }
        for try await event in stream {
            found.append(event)
            if found.count == count { break }
        }
        return found
    }

    private let query = ObjectQuery(kind: "ConfigMap", namespace: "default")

    @Test func `a watch from the start tells what is there, then what happens`() async throws {
        let fixture = try await Fixture()
        var object = try await fixture.create(configMap("a"))
        let stream = try await fixture.cluster.watch(query, since: nil)
        object.value["data"] = ["x": "1"]
        try await fixture.update(object)
        try await fixture.create(configMap("b"))
        try await fixture.cluster.delete(object.key, DeleteOptions())
        let events = try await take(5, from: stream)
        #expect(events.map(\.text) == ["added a", "bookmark", "modified a", "added b", "deleted a"])
    }

    @Test func `a watch after a list misses nothing and repeats nothing`() async throws {
        let fixture = try await Fixture()
        try await fixture.create(configMap("a"))
        let list = try await fixture.cluster.list(query)
        try await fixture.create(configMap("b"))
        let stream = try await fixture.cluster.watch(query, since: list.resourceVersion)
        try await fixture.create(configMap("c"))
        #expect(try await take(2, from: stream).map(\.text) == ["added b", "added c"])
    }

    @Test func `selectors make objects come and go`() async throws {
        let fixture = try await Fixture()
        var query = query
        query.labels = LabelSelector(labels: ["tier": "web"])
        let stream = try await fixture.cluster.watch(query, since: fixture.cluster.currentRevision)
        var object = try await fixture.create(configMap("a"))
        for tier in ["web", "web2", "web"] {
            object.value[path: "metadata", "labels"] = ["tier": .string(tier)]
            object = try await fixture.update(object)
        }
        let events = try await take(3, from: stream)
        #expect(events.map(\.text) == ["added a", "deleted a", "added a"])
    }

    @Test func `other namespaces and kinds are not heard`() async throws {
        let fixture = try await Fixture()
        try await fixture.cluster.ensureNamespace("shop")
        let stream = try await fixture.cluster.watch(query, since: fixture.cluster.currentRevision)
        try await fixture.create(configMap("elsewhere", namespace: "shop"))
        try await fixture.create(pod("p"))
        try await fixture.create(configMap("here"))
        #expect(try await take(1, from: stream).map(\.text) == ["added here"])
    }

    @Test func `field selectors choose`() async throws {
        let fixture = try await Fixture()
        try await fixture.create(pod("a", node: "one"))
        try await fixture.create(pod("b", node: "two"))
        #expect(try await fixture.names(ObjectQuery(kind: "Pod", fields: ["spec.nodeName": "two"])) == ["b"])
        #expect(try await fixture.names(ObjectQuery(kind: "Pod", fields: ["metadata.name": "a"])) == ["a"])
        let error = await #expect(throws: ClusterError.self) {
            try await fixture.cluster.list(ObjectQuery(kind: "Pod", fields: ["spec.colour": "red"]))
        }
        #expect(error?.reason == .badRequest)
    }

    @Test func `a revision that is no longer known is expired`() async throws {
        let fixture = try await Fixture { $0.historyCount = 10 }
        let old = fixture.cluster.currentRevision
        for number in 0..<12 { try await fixture.create(configMap("c\(number)")) }
        let error = await #expect(throws: ClusterError.self) { try await fixture.cluster.watch(query, since: old) }
        #expect(error?.reason == .expired)
    }

    @Test func `a revision that is yet to come is expired`() async throws {
        let fixture = try await Fixture()
        let error = await #expect(throws: ClusterError.self) { try await fixture.cluster.watch(query, since: "99999") }
        #expect(error?.reason == .expired)
    }

    @Test(arguments: ["x", "-1", "99999999999999999999"])
    func `a resource version that is none is refused`(version: String) async throws {
        let fixture = try await Fixture()
        let error = await #expect(throws: ClusterError.self) { try await fixture.cluster.watch(query, since: version) }
        #expect(error?.reason == .badRequest)
    }

    @Test func `a watcher that does not read is let go, and the others go on`() async throws {
        let fixture = try await Fixture { $0.watchBuffer = 5 }
        let slow = try await fixture.cluster.watch(query, since: fixture.cluster.currentRevision)
        for number in 0..<7 { try await fixture.create(configMap("c\(number)")) }
        #expect(fixture.cluster.table.watcherCount == 0)
        let error = await #expect(throws: ClusterError.self) { for try await _ in slow {} }
        #expect(error?.reason == .expired)
    }

    @Test func `a watch that nobody holds any more is forgotten`() async throws {
        let fixture = try await Fixture()
        do {
            let stream = try await fixture.cluster.watch(query, since: nil)
            #expect(fixture.cluster.table.watcherCount == 1)
            _ = stream
        }
        #expect(await eventually { fixture.cluster.table.watcherCount == 0 })
    }

    @Test func `bookmarks tell the revision`() async throws {
        let fixture = try await Fixture()
        let stream = try await fixture.cluster.watch(query, since: fixture.cluster.currentRevision)
        try await fixture.create(pod("p"))
        fixture.cluster.table.sendBookmarks()
        guard case .bookmark(let version)? = try await take(1, from: stream).first else {
            Issue.record("no bookmark")
            return
        }
        #expect(version == fixture.cluster.currentRevision)
    }

    @Test func `a list is in the order of namespace and name`() async throws {
        let fixture = try await Fixture()
        try await fixture.cluster.ensureNamespace("a-first")
        for name in ["c", "a", "b"] { try await fixture.create(configMap(name)) }
        try await fixture.create(configMap("z", namespace: "a-first"))
        #expect(try await fixture.names(ObjectQuery(kind: "ConfigMap")) == ["z", "a", "b", "c"])
        try await fixture.cluster.delete(configMap("b").key, DeleteOptions())
        try await fixture.create(configMap("aa"))
        #expect(try await fixture.names(ObjectQuery(kind: "ConfigMap")) == ["z", "a", "aa", "c"])
    }
}

@Suite struct WatchHistoryTests {
    private func change(_ revision: Int64) -> Change {
        Change(key: ObjectKey(kind: "ConfigMap", namespace: "n", name: "\(revision)"), revision: revision)
    }

    @Test func `it keeps the newest within its count`() {
        var history = WatchHistory(floor: 0, countLimit: 100, sizeLimit: 1 << 20)
        for revision in 1...5000 { history.append(change(Int64(revision)), size: 1) }
        #expect(history.floor == 4900)
        #expect(history.changes(since: 4900)?.count == 100)
        #expect(history.changes(since: 4990)?.map(\.revision) == Array(4991...5000))
        #expect(history.changes(since: 5000)?.isEmpty == true)
        #expect(history.changes(since: 4899) == nil)
    }

    @Test func `it keeps the newest within its size, the last one always`() {
        var history = WatchHistory(floor: 0, countLimit: 100, sizeLimit: 1000)
        for revision in 1...10 { history.append(change(Int64(revision)), size: 300) }
        #expect(history.changes(since: 7)?.count == 3)
        #expect(history.changes(since: 6) == nil)
        history.append(change(11), size: 5000)
        #expect(history.changes(since: 10)?.count == 1)
        #expect(history.floor == 10)
    }
}
