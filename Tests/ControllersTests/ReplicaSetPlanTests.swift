import Document
import Manifest
import System
import Testing

@testable import Controllers

@Suite struct ReplicaSetPlanTests {
    private static func created(_ actions: [ReplicaSetPlan.Action]) -> Int {
        actions.reduce(0) { if case .create(let count) = $1 { $0 + count } else { $0 } }
    }

    private static func deleted(_ actions: [ReplicaSetPlan.Action]) -> [String] {
        actions.compactMap { if case .delete(let pod) = $0 { pod.name } else { nil } }
    }

    @Test func `missing pods are made, those counted that are on their way`() {
        let set = plainReplicaSet(size: 3)
        #expect(Self.created(ReplicaSetPlan.next(set, pods: [], now: noon)) == 3)
        let one = [pod("a", owner: set)]
        #expect(Self.created(ReplicaSetPlan.next(set, pods: one, now: noon)) == 2)
        let pending = ReplicaSetPlan.Pending(creations: 2)
        #expect(Self.created(ReplicaSetPlan.next(set, pods: one, pending: pending, now: noon)) == 0)
    }

    @Test(arguments: ["Failed", "Succeeded"]) func `a pod that has ended is replaced`(phase: String) {
        let set = plainReplicaSet(size: 1)
        let actions = ReplicaSetPlan.next(set, pods: [pod("a", phase: phase, owner: set)], now: noon)
        #expect(Self.created(actions) == 1)
    }

    @Test func `a pod that is being deleted is replaced at once, and not deleted twice`() {
        let set = plainReplicaSet(size: 1)
        var ending = pod("a", owner: set)
        ending.value[path: "metadata", "deletionTimestamp"] = "2026-11-20T12:00:30Z"
        #expect(Self.created(ReplicaSetPlan.next(set, pods: [ending], now: noon)) == 1)
        let none = plainReplicaSet(size: 0)
        let pending = ReplicaSetPlan.Pending(deletions: ["uid-b"])
        let actions = ReplicaSetPlan.next(none, pods: [ending, pod("b", owner: none)], pending: pending, now: noon)
        #expect(Self.deleted(actions).isEmpty)
    }

    @Test(arguments: [
        ("an unassigned one", pod("x", node: "")), ("a pending one", pod("x", phase: "Pending")),
        ("an unready one", pod("x", ready: false)), ("one whose deletion is cheap", pod("x", cost: -1)),
        ("one that was ready for less long", pod("x", readyFor: 5)), ("one that restarted", pod("x", restarts: 3)),
        ("a younger one", pod("x", age: 10)),
    ])
    func `of too many pods the first to go is`(_ why: String, _ victim: Manifest) {
        let set = plainReplicaSet(size: 2)
        var victim = victim
        victim.value[path: "metadata", "ownerReferences"] = [OwnerReference(to: set).value]
        let pods = [pod("a", owner: set), victim, pod("z", owner: set)]
        #expect(Self.deleted(ReplicaSetPlan.next(set, pods: pods, now: noon)) == ["x"], "\(why)")
    }

    @Test func `a pod without an owner is adopted, one of another owner is not, one with other labels is released`() {
        let set = plainReplicaSet(size: 2)
        let other = plainReplicaSet(size: 1)
        var theirs = pod("theirs", owner: other)
        theirs.value[path: "metadata", "ownerReferences"] = [
            ["kind": "ReplicaSet", "name": "other", "uid": "uid-other", "controller": true]
        ]
        let stray = pod("stray")
        let renamed = pod("renamed", app: "debug", owner: set)
        let actions = ReplicaSetPlan.next(set, pods: [theirs, stray, renamed], now: noon)
        #expect(actions.contains(.adopt(stray)))
        #expect(actions.contains(.release(renamed)))
        #expect(Self.created(actions) == 1)
    }

    @Test func `available pods have been ready for long enough, and the next look is when another will`() throws {
        let set = plainReplicaSet(size: 2, minReady: 20)
        let pods = [pod("a", owner: set, readyFor: 30), pod("b", owner: set, readyFor: 15)]
        let actions = ReplicaSetPlan.next(set, pods: pods, now: noon)
        #expect(actions.contains(.wake(after: .seconds(5))))
        let status = actions.compactMap { if case .writeStatus(let status) = $0 { status } else { nil } }.first
        #expect(status?["readyReplicas"]?.int == 2)
        #expect(status?["availableReplicas"]?.int == 1)
    }

    @Test func `a replica set that is being deleted makes nothing`() {
        var set = plainReplicaSet(size: 3)
        set.value[path: "metadata", "deletionTimestamp"] = "2026-11-20T12:00:30Z"
        let actions = ReplicaSetPlan.next(set, pods: [], now: noon)
        #expect(Self.created(actions) == 0)
    }

    @Test func `expectations end when the cache shows the pod, when the request fails, and after a while`() {
        let expectations = Expectations()
        let set = plainReplicaSet(size: 1)
        for name in ["a", "b", "c"] { expectations.expectCreation(of: name, owner: set.uid, now: noon) }
        expectations.expectDeletion(of: "uid-d", owner: set.uid, now: noon)
        #expect(expectations.pending(owner: set.uid, now: noon).beside([]).creations == 3)
        expectations.observe((nil, pod("a", owner: set)))
        expectations.created("b", owner: set.uid)
        #expect(expectations.pending(owner: set.uid, now: noon).beside([]) == .init(creations: 1, deletions: ["uid-d"]))
        expectations.observe((pod("d", owner: set), nil))
        #expect(expectations.pending(owner: set.uid, now: noon).beside([]).deletions.isEmpty)
        #expect(expectations.pending(owner: set.uid, now: noon + .seconds(61)).beside([]) == .init())
    }

    @Test func `a pod that comes between the two questions counts once`() {
        let expectations = Expectations()
        let set = plainReplicaSet(size: 3)
        for name in ["a", "b", "c"] { expectations.expectCreation(of: name, owner: set.uid, now: noon) }
        let pending = expectations.pending(owner: set.uid, now: noon)
        let pods = [pod("a", owner: set), pod("b", owner: set)]
        for pod in pods { expectations.observe((nil, pod)) }
        let actions = ReplicaSetPlan.next(set, pods: pods, pending: pending.beside(pods), now: noon)
        #expect(Self.created(actions) == 0)
    }
}
