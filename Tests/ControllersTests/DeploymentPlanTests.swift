import Document
import Manifest
import System
import Testing

@testable import Controllers

@Suite struct DeploymentPlanTests {
    /// The sizes of replica sets after the actions, by the image of their template.
    private static func sizes(_ actions: [DeploymentPlan.Action], before: [Manifest] = []) -> [String: Int] {
        var sizes: [String: Int] = [:]
        let changed = actions.compactMap { action -> Manifest? in
            switch action {
            case .create(let set), .update(let set, _): set
            default: nil
            }
        }
        for set in before + changed {
            let image = set.spec?[path: "template", "spec", "containers"]?.items?.first?["image"]?.string ?? ""
            sizes[image] = set.spec?["replicas"]?.int
        }
        return sizes
    }

    private static func status(_ actions: [DeploymentPlan.Action]) -> Value? {
        actions.compactMap { if case .writeStatus(let status) = $0 { status } else { nil } }.first
    }

    private static func progressing(_ actions: [DeploymentPlan.Action]) -> String? {
        Conditions(status(actions))["Progressing"]?["reason"]?.string
    }

    @Test func `a new deployment makes one replica set of full size, with hash, owner and revision`() throws {
        let web = deployment()
        let actions = DeploymentPlan.next(web, replicaSets: [], now: noon)
        guard case .create(let set)? = actions.first else {
            Issue.record("no replica set in \(actions)")
            return
        }
        let hash = try #require(set.labels["pod-template-hash"])
        #expect(set.name == "web-\(hash)")
        #expect(set.spec?["replicas"]?.int == 3)
        #expect(set.podSelector.matches(["app": "web", "pod-template-hash": hash]))
        #expect(set.spec?[path: "template", "metadata", "labels", "pod-template-hash"]?.string == hash)
        #expect(set.controller?.uid == web.uid)
        #expect(set.annotations["deployment.kubernetes.io/revision"] == "1")
        #expect(actions.contains(.annotate(revision: 1)))
        #expect(Self.progressing(actions) == "NewReplicaSetCreated")
        #expect(actions.contains(.wake(after: .seconds(600))))
    }

    @Test func `the hash depends on what a template means, not on how it is written`() {
        let one: Value = ["spec": ["a": 1, "b": "x"]]
        let two: Value = ["spec": ["b": "x", "a": 1]]
        let three: Value = ["spec": ["b": "x", "a": "1"]]
        #expect(TemplateHash.of(one) == TemplateHash.of(two))
        #expect(TemplateHash.of(one) != TemplateHash.of(three))
        #expect(TemplateHash.of(one) != TemplateHash.of(one, collisions: 1))
    }

    struct Rolling: Sendable, CustomTestStringConvertible {
        var name: String
        var surge: Value = 1
        var unavailable: Value = 0
        /// Size and available pods.
        var old: (Int, Int)
        var new: (Int, Int)?
        var expected: (old: Int, new: Int)
        var replicas = 3
        var testDescription: String { name }
    }

    @Test(arguments: [
        Rolling(name: "starts with the surge", old: (3, 3), expected: (3, 1)),
        Rolling(name: "keeps old pods until a new one is available", old: (3, 3), new: (1, 0), expected: (3, 1)),
        Rolling(name: "takes one old pod for an available new one", old: (3, 3), new: (1, 1), expected: (2, 1)),
        Rolling(name: "grows again when an old pod is gone", old: (2, 2), new: (1, 1), expected: (2, 2)),
        Rolling(name: "ends with the last old pod", old: (1, 1), new: (3, 3), expected: (0, 3)),
        Rolling(name: "takes unavailable old pods first", old: (3, 1), new: (1, 1), expected: (2, 1)),
        Rolling(name: "replaces in place without a surge", surge: 0, unavailable: 1, old: (3, 3), expected: (2, 0)),
        Rolling(
            name: "fills the place of an ended pod", surge: 0, unavailable: 1, old: (2, 2), new: (0, 0),
            expected: (2, 1)),
        Rolling(
            name: "rounds the surge's share up and unavailability down", surge: "25%", unavailable: "25%",
            old: (3, 3), expected: (3, 1)),
        Rolling(
            name: "moves a quarter of ten at a time", surge: "25%", unavailable: "25%", old: (10, 10),
            expected: (8, 3), replicas: 10),
        Rolling(
            name: "lets one be away when both shares are nothing", surge: 0, unavailable: "1%", old: (3, 3),
            expected: (2, 0)),
        Rolling(name: "takes all at once when all may be away", unavailable: "100%", old: (3, 3), expected: (0, 1)),
    ])
    func `a rolling update`(_ row: Rolling) {
        let web = deployment(
            replicas: row.replicas, image: "shop/web:2", surge: row.surge, unavailable: row.unavailable)
        var sets = [replicaSet(of: web, image: "shop/web:1", size: row.old.0, available: row.old.1, age: 100)]
        if let new = row.new {
            sets.append(replicaSet(of: web, image: "shop/web:2", size: new.0, available: new.1, revision: 2))
        }
        let sizes = Self.sizes(DeploymentPlan.next(web, replicaSets: sets, now: noon), before: sets)
        #expect(sizes == ["shop/web:1": row.expected.old, "shop/web:2": row.expected.new])
    }

    @Test func `a status that is older than the size never lets too many pods go`() {
        let web = deployment(image: "shop/web:2", surge: 1, unavailable: 0)
        var old = replicaSet(of: web, image: "shop/web:1", size: 2, age: 100)
        old.value[path: "status", "availableReplicas"] = 3
        let new = replicaSet(of: web, image: "shop/web:2", size: 1, available: 1, revision: 2)
        let sizes = Self.sizes(DeploymentPlan.next(web, replicaSets: [old, new], now: noon), before: [old, new])
        #expect(sizes["shop/web:1"] == 2)
    }

    @Test func `an old template that is wanted again uses its replica set and gets the newest revision`() throws {
        let web = deployment(image: "shop/web:1", surge: 1, unavailable: 0)
        let first = replicaSet(of: web, image: "shop/web:1", size: 0, revision: 1, age: 200)
        let second = replicaSet(of: web, image: "shop/web:2", size: 3, revision: 2, age: 100)
        let actions = DeploymentPlan.next(web, replicaSets: [first, second], now: noon)
        #expect(!actions.contains { if case .create = $0 { true } else { false } })
        let updated = try #require(
            actions.compactMap { if case .update(let set, _) = $0, set.name == first.name { set } else { nil } }.first)
        #expect(updated.annotations["deployment.kubernetes.io/revision"] == "3")
        #expect(updated.annotations["deployment.kubernetes.io/revision-history"] == "1")
        #expect(updated.spec?["replicas"]?.int == 1)
        #expect(actions.contains(.annotate(revision: 3)))
    }

    @Test func `Recreate ends all old pods, waits for the last of them, then makes the new ones`() {
        var web = deployment(image: "shop/web:2")
        web.value[path: "spec", "strategy"] = ["type": "Recreate"]
        var old = replicaSet(of: web, image: "shop/web:1", size: 3, age: 100)
        let pods = [pod("web-a", owner: old)]
        let first = DeploymentPlan.next(web, replicaSets: [old], pods: pods, now: noon)
        #expect(Self.sizes(first, before: [old]) == ["shop/web:1": 0])
        old.value[path: "spec", "replicas"] = 0
        old.value["status"] = ["replicas": 0]
        let second = DeploymentPlan.next(web, replicaSets: [old], pods: pods, now: noon)
        #expect(Self.sizes(second, before: [old]) == ["shop/web:1": 0])
        let third = DeploymentPlan.next(web, replicaSets: [old], pods: [], now: noon)
        #expect(Self.sizes(third, before: [old]) == ["shop/web:1": 0, "shop/web:2": 3])
    }

    @Test func `a paused deployment rolls nothing out but follows its size`() {
        var web = deployment(replicas: 5, image: "shop/web:2")
        web.value[path: "spec", "paused"] = true
        let old = replicaSet(of: web, image: "shop/web:1", size: 3, desired: 3, age: 100)
        let actions = DeploymentPlan.next(web, replicaSets: [old], now: noon)
        #expect(Self.sizes(actions) == ["shop/web:1": 5])
        #expect(Self.progressing(actions) == "DeploymentPaused")
    }

    @Test func `a change of size in the middle of a rollout is shared out`() {
        let web = deployment(replicas: 15, image: "shop/web:2", surge: 3, unavailable: 2)
        let old = replicaSet(of: web, image: "shop/web:1", size: 8, desired: 10, age: 100)
        let new = replicaSet(of: web, image: "shop/web:2", size: 5, available: 0, revision: 2, desired: 10)
        let sizes = Self.sizes(DeploymentPlan.next(web, replicaSets: [old, new], now: noon), before: [old, new])
        #expect(sizes == ["shop/web:1": 11, "shop/web:2": 7])
    }

    @Test func `scaling to nothing and back uses the newest replica set`() {
        var web = deployment(replicas: 0, image: "shop/web:1")
        let set = replicaSet(of: web, image: "shop/web:1", size: 3, desired: 3)
        #expect(Self.sizes(DeploymentPlan.next(web, replicaSets: [set], now: noon)) == ["shop/web:1": 0])
        web = deployment(replicas: 2, image: "shop/web:1")
        let empty = replicaSet(of: web, image: "shop/web:1", size: 0, desired: 0)
        #expect(Self.sizes(DeploymentPlan.next(web, replicaSets: [empty], now: noon)) == ["shop/web:1": 2])
    }

    @Test func `a finished rollout says so, and is quiet afterwards`() throws {
        var web = deployment(generation: 4)
        let set = replicaSet(of: web, image: "shop/web:1", size: 3)
        web.value[path: "metadata", "annotations"] = ["deployment.kubernetes.io/revision": "1"]
        let status = try #require(Self.status(DeploymentPlan.next(web, replicaSets: [set], now: noon)))
        #expect(status["observedGeneration"]?.int == 4)
        #expect(status["updatedReplicas"]?.int == 3)
        #expect(status["availableReplicas"]?.int == 3)
        #expect(Conditions(status).isTrue("Available"))
        #expect(Conditions(status)["Progressing"]?["reason"]?.string == "NewReplicaSetAvailable")
        web.value["status"] = status
        #expect(DeploymentPlan.next(web, replicaSets: [set], now: noon + .seconds(5)).isEmpty)
    }

    @Test func `a rollout that stands still fails at its deadline, and progress puts the deadline off`() {
        var web = deployment(image: "shop/web:2", surge: 1, unavailable: 0)
        let old = replicaSet(of: web, image: "shop/web:1", size: 3, age: 100)
        let new = replicaSet(of: web, image: "shop/web:2", size: 1, available: 0, revision: 2)
        web.value["status"] = Self.status(DeploymentPlan.next(web, replicaSets: [old, new], now: noon))
        let later = DeploymentPlan.next(web, replicaSets: [old, new], now: noon + .seconds(599))
        #expect(later.contains(.wake(after: .seconds(1))))
        let failed = DeploymentPlan.next(web, replicaSets: [old, new], now: noon + .seconds(600))
        #expect(Self.progressing(failed) == "ProgressDeadlineExceeded")
        web.value["status"] = Self.status(failed)
        let ready = replicaSet(of: web, image: "shop/web:2", size: 1, available: 1, revision: 2)
        let moved = DeploymentPlan.next(web, replicaSets: [old, ready], now: noon + .seconds(700))
        #expect(Self.progressing(moved) == "ReplicaSetUpdated")
    }

    @Test func `only as many old revisions stay as the limit says`() {
        var web = deployment(image: "shop/web:9")
        web.value[path: "spec", "revisionHistoryLimit"] = 2
        let current = replicaSet(of: web, image: "shop/web:9", size: 3, revision: 9)
        let past = (1...5).map { replicaSet(of: web, image: "shop/web:\($0)", size: 0, revision: $0, age: 100 - $0) }
        let removed = DeploymentPlan.next(web, replicaSets: past + [current], now: noon).compactMap { action in
            if case .remove(let set) = action { set.annotations["deployment.kubernetes.io/revision"] } else { nil }
        }
        #expect(removed.sorted() == ["1", "2", "3"])
    }

    @Test func `a pod that cannot be made is the deployment's failure too`() throws {
        let web = deployment()
        var set = replicaSet(of: web, image: "shop/web:1", size: 3, available: 0)
        set.value[path: "status", "conditions"] = [
            ["type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "no quota"]
        ]
        let status = try #require(Self.status(DeploymentPlan.next(web, replicaSets: [set], now: noon)))
        #expect(Conditions(status)["ReplicaFailure"]?["message"]?.string == "no quota")
        #expect(Conditions(status).isTrue("Available") == false)
    }

    /// Runs plan after plan against made-up replica sets whose pods become available one a step, and watches the limits.
    @Test(arguments: [(1, 0), (0, 1), (3, 2), (10, 0), (0, 10)], [1, 3, 10])
    func `every rollout ends and stays within its limits`(limits: (Int, Int), replicas: Int) {
        var web = deployment(
            replicas: replicas, image: "shop/web:2", surge: .int(limits.0), unavailable: .int(limits.1))
        var sets = [replicaSet(of: web, image: "shop/web:1", size: replicas, age: 100)]
        for step in 0..<200 {
            let actions = DeploymentPlan.next(web, replicaSets: sets, now: noon + .seconds(step))
            for action in actions {
                switch action {
                case .create(var set):
                    set.value[path: "metadata", "uid"] = "uid-new"
                    set.value["status"] = ["replicas": 0]
                    sets.append(set)
                case .update(let set, _): sets = sets.map { $0.name == set.name ? set : $0 }
                case .writeStatus(let status): web.value["status"] = status
                default: continue
                }
            }
            let size = sets.reduce(0) { $0 + (ReplicaSetView(manifest: $1).replicas) }
            let available = sets.reduce(0) { $0 + (ReplicaSetView(manifest: $1).available) }
            #expect(size <= replicas + max(limits.0, limits == (0, 0) ? 1 : limits.0))
            #expect(available >= replicas - limits.1)
            for index in sets.indices {
                let view = ReplicaSetView(manifest: sets[index])
                let now = min(view.replicas, view.available + 1)
                sets[index].value["status"] = [
                    "replicas": .int(view.replicas), "readyReplicas": .int(now), "availableReplicas": .int(now),
                ]
            }
        }
        #expect(Conditions(web.status)["Progressing"]?["reason"]?.string == "NewReplicaSetAvailable")
        #expect(sets.last.map { ReplicaSetView(manifest: $0).replicas } == replicas)
    }
}
