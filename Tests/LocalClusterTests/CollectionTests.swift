import Cluster
import Document
import Manifest
import System
import Testing

@testable import LocalCluster

@Suite struct CollectionTests {
    /// A deployment that owns a replica set that owns a pod on a node.
    private func chain(_ fixture: Fixture) async throws -> (deployment: Manifest, set: Manifest, pod: Manifest) {
        let top = try await fixture.create(deployment("web"))
        let middle = try await fixture.create(replicaSet("web-1", owner: top))
        let bottom = try await fixture.create(pod("web-1-a", owner: middle, node: "here"))
        return (top, middle, bottom)
    }

    @Test func `what an object owns goes with it, pods with their grace`() async throws {
        let fixture = try await Fixture()
        let chain = try await chain(fixture)
        try await fixture.cluster.delete(chain.deployment.key, DeleteOptions())
        #expect(try await !fixture.exists(chain.deployment))
        #expect(try await !fixture.exists(chain.set))
        let pod = try await fixture.cluster.get(chain.pod.key)
        #expect(pod.deletionTimestamp == "2023-11-14T22:13:50Z")
        #expect(pod.value[path: "metadata", "deletionGracePeriodSeconds"]?.int == 30)
        try await fixture.cluster.delete(pod.key, DeleteOptions(gracePeriodSeconds: 0))
        #expect(try await !fixture.exists(pod))
    }

    @Test func `a foreground deletion waits for what it owns`() async throws {
        let fixture = try await Fixture()
        let chain = try await chain(fixture)
        try await fixture.cluster.delete(chain.deployment.key, DeleteOptions(propagation: .foreground))
        let waiting = try await fixture.cluster.get(chain.deployment.key)
        #expect(waiting.finalizers == ["foregroundDeletion"])
        #expect(waiting.deletionTimestamp != nil)
        #expect(try await fixture.cluster.get(chain.set.key).finalizers == ["foregroundDeletion"])
        try await fixture.cluster.delete(chain.pod.key, DeleteOptions(gracePeriodSeconds: 0))
        #expect(try await !fixture.exists(chain.set))
        #expect(try await !fixture.exists(chain.deployment))
    }

    @Test func `an orphaned dependent stays without its owner`() async throws {
        let fixture = try await Fixture()
        let chain = try await chain(fixture)
        try await fixture.cluster.delete(chain.deployment.key, DeleteOptions(propagation: .orphan))
        #expect(try await !fixture.exists(chain.deployment))
        #expect(try await fixture.cluster.get(chain.set.key).ownerReferences.isEmpty)
    }

    @Test func `a second owner keeps an object`() async throws {
        let fixture = try await Fixture()
        let one = try await fixture.create(configMap("one"))
        let two = try await fixture.create(configMap("two"))
        var owned = configMap("owned")
        owned.value[path: "metadata", "ownerReferences"] = [
            OwnerReference(to: one, isController: false).value, OwnerReference(to: two, isController: false).value,
        ]
        try await fixture.create(owned)
        try await fixture.cluster.delete(one.key, DeleteOptions())
        #expect(try await fixture.cluster.get(owned.key).ownerReferences.map(\.name) == ["two"])
        try await fixture.cluster.delete(two.key, DeleteOptions())
        #expect(try await !fixture.exists(owned))
    }

    @Test func `what is born after its owner's end goes at once`() async throws {
        let fixture = try await Fixture()
        let owner = try await fixture.create(deployment("web"))
        try await fixture.cluster.delete(owner.key, DeleteOptions())
        try await fixture.create(replicaSet("late", owner: owner))
        #expect(try await !fixture.exists(replicaSet("late", owner: owner)))
    }

    @Test func `owners in a circle all go`() async throws {
        let fixture = try await Fixture()
        var one = try await fixture.create(configMap("one"))
        var two = configMap("two")
        two.value[path: "metadata", "ownerReferences"] = [OwnerReference(to: one).value]
        two = try await fixture.create(two)
        one.value[path: "metadata", "ownerReferences"] = [OwnerReference(to: two).value]
        one = try await fixture.update(one)
        try await fixture.cluster.delete(one.key, DeleteOptions(propagation: .foreground))
        #expect(try await fixture.names(ObjectQuery(kind: "ConfigMap")).isEmpty)
    }

    @Test func `finalizers hold an object until the last is taken away`() async throws {
        let fixture = try await Fixture()
        var object = configMap("a")
        object.value[path: "metadata", "finalizers"] = ["example.com/x", "example.com/y"]
        object = try await fixture.create(object)
        try await fixture.cluster.delete(object.key, DeleteOptions())
        var waiting = try await fixture.cluster.get(object.key)
        #expect(waiting.deletionTimestamp != nil)
        waiting.value[path: "metadata", "finalizers"] = ["example.com/y"]
        waiting = try await fixture.update(waiting)
        #expect(try await fixture.exists(object))
        waiting.value[path: "metadata", "finalizers"] = nil
        try await fixture.update(waiting)
        #expect(try await !fixture.exists(object))
    }

    @Test(
        arguments: [
            (nil, "Running", nil, nil), ("here", "Running", nil, 30), ("here", "Succeeded", nil, nil),
            ("here", "Running", 5, 5),
            ("here", "Running", 0, nil),
        ] as [(String?, String, Int?, Int?)])
    func `a pod's grace`(node: String?, phase: String, asked: Int?, grace: Int?) async throws {
        let fixture = try await Fixture()
        var object = try await fixture.create(pod("a", node: node))
        object.value[path: "status", "phase"] = .string(phase)
        object = try await fixture.update(object, subresource: "status")
        try await fixture.cluster.delete(object.key, DeleteOptions(gracePeriodSeconds: asked))
        let live = try? await fixture.cluster.get(object.key)
        #expect(live?.value[path: "metadata", "deletionGracePeriodSeconds"]?.int == grace)
        #expect((live == nil) == (grace == nil))
    }

    @Test func `a second deletion shortens the grace and never lengthens it`() async throws {
        let fixture = try await Fixture()
        let object = try await fixture.create(pod("a", node: "here"))
        for (asked, left) in [(10, 10), (60, 10), (3, 3)] {
            try await fixture.cluster.delete(object.key, DeleteOptions(gracePeriodSeconds: asked))
            #expect(
                try await fixture.cluster.get(object.key).value[path: "metadata", "deletionGracePeriodSeconds"]?.int
                    == left)
        }
    }

    @Test func `preconditions hold a deletion up`() async throws {
        let fixture = try await Fixture()
        let object = try await fixture.create(configMap("a"))
        for options in [DeleteOptions(uid: "other"), DeleteOptions(resourceVersion: "1")] {
            let error = await #expect(throws: ClusterError.self) {
                try await fixture.cluster.delete(object.key, options)
            }
            #expect(error?.reason == .conflict)
        }
        try await fixture.cluster.delete(
            object.key, DeleteOptions(uid: object.uid, resourceVersion: object.resourceVersion))
        #expect(try await !fixture.exists(object))
    }

    @Test func `a namespace takes its contents along and goes when the last is gone`() async throws {
        let fixture = try await Fixture()
        try await fixture.cluster.ensureNamespace("shop")
        try await fixture.create(configMap("a", namespace: "shop"))
        try await fixture.create(pod("p", node: "here", namespace: "shop"))
        let namespace = ObjectKey(kind: "Namespace", name: "shop")
        try await fixture.cluster.delete(namespace, DeleteOptions())
        let waiting = try await fixture.cluster.get(namespace)
        #expect(waiting.value[path: "status", "phase"]?.string == "Terminating")
        #expect(try await fixture.names(ObjectQuery(kind: "ConfigMap", namespace: "shop")).isEmpty)
        let error = await #expect(throws: ClusterError.self) {
            try await fixture.create(configMap("late", namespace: "shop"))
        }
        #expect(error?.reason == .forbidden)
        try await fixture.cluster.delete(
            ObjectKey(kind: "Pod", namespace: "shop", name: "p"), DeleteOptions(gracePeriodSeconds: 0))
        await #expect(throws: ClusterError.self) { try await fixture.cluster.get(namespace) }
    }

    @Test func `the default namespace stays`() async throws {
        let fixture = try await Fixture()
        let error = await #expect(throws: ClusterError.self) {
            try await fixture.cluster.delete(ObjectKey(kind: "Namespace", name: "default"), DeleteOptions())
        }
        #expect(error?.reason == .forbidden)
    }

    @Test func `a namespace of two thousand objects goes with one write of each`() async throws {
        let fixture = try await Fixture()
        try await fixture.cluster.ensureNamespace("shop")
        for number in 0..<2000 { try await fixture.create(configMap("c\(number)", namespace: "shop")) }
        let before = fixture.cluster.table.revision
        try await fixture.cluster.delete(ObjectKey(kind: "Namespace", name: "shop"), DeleteOptions())
        // Each object is written once, the namespace when its end begins and when it comes.
        #expect(fixture.cluster.table.revision - before <= 2002)
        #expect(try await fixture.names(ObjectQuery(kind: "Namespace")) == ["default"])
    }

    @Test func `old Events go, and the oldest of too many`() {
        let now = Timestamp(seconds: 10_000)
        let events = (0..<10).map { number in
            var event = Manifest(apiVersion: "v1", kind: "Event", name: "e\(number)", namespace: "default")
            event.value["lastTimestamp"] = .string(Timestamp(seconds: 10_000 - Int64(number) * 1000).description)
            return event
        }
        func expired(_ lifetime: Int, _ limit: Int) -> Set<String> {
            Set(EventLifetime.expired(events, now: now, lifetime: .seconds(lifetime), limit: limit).map(\.name))
        }
        #expect(expired(7500, 100) == ["e8", "e9"])
        #expect(expired(100_000, 8) == ["e8", "e9"])
    }
}
