import Cluster
import ClusterTestSupport
import Document
import Manifest
import System
import TestSupport
import Testing

@testable import Controllers

/// The controllers against a cluster in memory, with a pretended node that makes every pod ready.
@Suite struct RolloutTests {
    private static let options = WriteOptions(fieldManager: "test")

    /// Runs the controllers and the pretended node while `body` runs.
    private static func running(
        _ cluster: MemoryCluster, clock: WallClock = .system, _ body: () async throws -> Void
    ) async throws {
        let manager = ControllerManager(
            cluster: cluster, clock: clock, log: Log("test", least: .error, write: { _ in }))
        let service = Task { await manager.run() }
        let node = Task { await pretendNode(cluster) }
        defer {
            service.cancel()
            node.cancel()
        }
        try await body()
    }

    private static func pretendNode(_ cluster: MemoryCluster) async {
        guard let events = try? await cluster.watch(ObjectQuery(kind: "Pod"), since: nil) else { return }
        do {
            for try await event in events {
                switch event {
                case .added(let pod), .modified(let pod):
                    // A pod that changed meanwhile comes again with its next event.
                    try? await live(pod, in: cluster)
                case .deleted, .bookmark: continue
                }
            }
        } catch {
            return
        }
    }

    private static func live(_ pod: Manifest, in cluster: MemoryCluster) async throws {
        if pod.isBeingDeleted {
            try await cluster.delete(pod.key, DeleteOptions(gracePeriodSeconds: 0, uid: pod.uid))
        } else if pod.spec?["nodeName"] == nil {
            var bound = pod
            bound.value[path: "spec", "nodeName"] = "here"
            _ = try await cluster.update(bound, options)
        } else if pod.status == nil {
            var running = pod
            running.value["status"] = ReadyPod.status
            _ = try await cluster.update(running, WriteOptions(fieldManager: "node", subresource: "status"))
        }
    }

    private enum ReadyPod {
        static let status: Value = [
            "phase": "Running",
            "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"]],
        ]
    }

    private static func bare(_ manifest: Manifest) -> Manifest {
        var bare = manifest
        for name in ["uid", "generation", "resourceVersion"] { bare.value[path: "metadata", name] = nil }
        return bare
    }

    private static func isRolledOut(_ cluster: MemoryCluster, replicas: Int, generation: Int) -> Bool {
        guard let web = cluster.all("Deployment").first else { return false }
        return web.status?["observedGeneration"]?.int == generation
            && web.status?["availableReplicas"]?.int == replicas
            && web.status?["updatedReplicas"]?.int == replicas && web.status?["replicas"]?.int == replicas
            && Conditions(web.status)["Progressing"]?["reason"]?.string == "NewReplicaSetAvailable"
    }

    @Test(arguments: [Duration.zero, .milliseconds(30)])
    func `a deployment becomes pods, follows its template, and doubles nothing when watches lag`(
        lag: Duration
    ) async throws {
        let cluster = MemoryCluster(lag: lag)
        try await Self.running(cluster) {
            let web = try await cluster.create(Self.bare(deployment()), Self.options)
            #expect(await eventually { Self.isRolledOut(cluster, replicas: 3, generation: 1) })
            #expect(cluster.writes.count { $0.hasPrefix("create Pod") } == 3)
            #expect(cluster.all("Pod").count == 3)

            var next = try await cluster.get(web.key)
            next.value[path: "spec", "template", "spec", "containers"] = [["name": "web", "image": "shop/web:2"]]
            _ = try await cluster.update(next, Self.options)
            #expect(await eventually { Self.isRolledOut(cluster, replicas: 3, generation: 2) })
            #expect(await eventually { cluster.all("Pod").count == 3 })
            #expect(cluster.all("ReplicaSet").count == 2)
            #expect(cluster.writes.count { $0.hasPrefix("create Pod") } == 6)
            #expect(cluster.writes.count { $0.hasPrefix("create ReplicaSet") } == 2)
            let revision = cluster.all("Deployment").first?.annotations["deployment.kubernetes.io/revision"]
            #expect(revision == "2")
        }
    }

    @Test func `a deleted pod is replaced at once, without waiting for any timer`() async throws {
        let cluster = MemoryCluster()
        // Time stands still.
        try await Self.running(cluster, clock: TestClock().clock) {
            _ = try await cluster.create(Self.bare(deployment(replicas: 1)), Self.options)
            #expect(await eventually { Self.isRolledOut(cluster, replicas: 1, generation: 1) })
            let victim = try #require(cluster.all("Pod").first)
            try await cluster.delete(victim.key, DeleteOptions())
            #expect(await eventually { cluster.all("Pod").contains { $0.name != victim.name && $0.isReadyPod } })
        }
    }

    @Test func `a pod that the cluster refuses is tried again, and the deployment says why`() async throws {
        let cluster = MemoryCluster(refuse: { verb, object in
            if verb == "create", object.kind == "Pod" { throw ClusterError(.forbidden, "no more pods here") }
        })
        try await Self.running(cluster) {
            _ = try await cluster.create(Self.bare(deployment(replicas: 2)), Self.options)
            #expect(
                await eventually {
                    let web = cluster.all("Deployment").first
                    return Conditions(web?.status)["ReplicaFailure"]?["message"]?.string == "no more pods here"
                })
            #expect(await eventually { cluster.all("Event").contains { $0.value["reason"]?.string == "FailedCreate" } })
        }
    }

    @Test func `replica sets that lost their deployment are adopted by the next one`() async throws {
        let cluster = MemoryCluster()
        try await Self.running(cluster) {
            let web = try await cluster.create(Self.bare(deployment(replicas: 2)), Self.options)
            #expect(await eventually { Self.isRolledOut(cluster, replicas: 2, generation: 1) })
            let pods = cluster.all("Pod").map(\.name)
            try await cluster.delete(web.key, DeleteOptions(propagation: .orphan))
            #expect(cluster.all("ReplicaSet").first?.controller == nil)
            let again = try await cluster.create(Self.bare(deployment(replicas: 2)), Self.options)
            #expect(await eventually { cluster.all("ReplicaSet").first?.controller?.uid == again.uid })
            #expect(await eventually { Self.isRolledOut(cluster, replicas: 2, generation: 1) })
            #expect(cluster.all("Pod").map(\.name) == pods)
        }
    }
}
