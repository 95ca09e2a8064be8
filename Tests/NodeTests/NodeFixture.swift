import Cluster
import ClusterTestSupport
import ContainerRuntime
import Document
import Glibc
import Images
import Manifest
import Network
import System
import TestSupport
import Testing

@testable import Node

/// A node of pretended parts, in a temporary folder that goes with it.
final class NodeFixture: Sendable {
    private let temporary: TemporaryFolder
    var folder: String { temporary.path }
    let cluster: MemoryCluster
    let engine: FakeEngine
    let images = FakeImages()
    let network = FakeNetwork()
    let clock: WallClock

    init(clock: WallClock = .system) throws {
        temporary = try TemporaryFolder()
        self.clock = clock
        cluster = MemoryCluster(clock: clock)
        engine = FakeEngine(clock: clock)
    }

    deinit {
        try? MountTable.unmountAll(beneath: folder)
    }

    var folders: NodeFolders { NodeFolders(state: "\(folder)/state", run: "\(folder)/run") }

    func node() throws -> Node {
        try Node(
            cluster: cluster, engine: engine, images: images, network: network, folders: folders, name: "here",
            clock: clock, log: Log("node", least: .error))
    }

    /// Runs a node while `body` runs, then stops it as a service that ends would.
    func running(_ body: (Node) async throws -> Void) async throws {
        let node = try node()
        let service = Task { await node.run() }
        do {
            try await body(node)
        } catch {
            service.cancel()
            await service.value
            throw error
        }
        service.cancel()
        await service.value
    }

    /// Creates a pod as a controller would.
    @discardableResult
    func create(_ pod: Manifest) async throws -> Manifest {
        try await cluster.create(pod, WriteOptions(fieldManager: "test"))
    }

    func pod(_ name: String = "web") -> Manifest? {
        cluster[ObjectKey(kind: "Pod", namespace: "shop", name: name)]
    }

    func phase(_ name: String = "web") -> String? { pod(name)?.status?["phase"]?.string }

    func isReady(_ name: String = "web") -> Bool { PodConditions(pod(name)?.status).isTrue("Ready") }

    /// A container's status.
    func status(_ container: String = "web", of pod: String = "web") -> Value? {
        let status = self.pod(pod)?.status
        let all = (status?["initContainerStatuses"]?.items ?? []) + (status?["containerStatuses"]?.items ?? [])
        return all.first { $0["name"]?.string == container }
    }

    func waitingReason(_ container: String = "web") -> String? {
        status(container)?[path: "state", "waiting", "reason"]?.string
    }

    func events(_ reason: String) -> [Manifest] {
        cluster.all("Event").filter { $0.value["reason"]?.string == reason }
    }
}

/// A pod of one container.
func samplePod(_ name: String = "web", _ change: (inout Value) -> Void = { _ in }) -> Manifest {
    var pod = Manifest(apiVersion: "v1", kind: "Pod", name: name, namespace: "shop")
    pod.value[path: "metadata", "labels"] = ["app": .string(name)]
    var spec: Value = [
        "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
        "containers": [["name": "web", "image": "shop/web:1"]],
    ]
    change(&spec)
    pod.value["spec"] = spec
    return pod
}
