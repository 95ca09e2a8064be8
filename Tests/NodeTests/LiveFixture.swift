import Cluster
import ClusterTestSupport
import ContainerRuntime
import Controllers
import Document
import Glibc
import Images
import LocalCluster
import Manifest
import Network
import System
import TestSupport

@testable import Node

/// The embedded cluster, controllers, node, network and runtime, all real, on a pretended host of its own; only images
/// are made up: every one is a folder with busybox.
final class LiveFixture: Sendable {
    let folder: TemporaryFolder
    private let host: NetworkNamespace
    let images: BusyboxImages
    /// One for all starts: what it keeps on disk is proved elsewhere.
    private let cluster: LocalCluster

    init() throws {
        folder = try TemporaryFolder()
        host = try NetworkNamespace.create(at: "\(folder.path)/host")
        images = BusyboxImages(layer: "\(folder.path)/layer")
        try images.make()
        cluster = try LocalCluster(
            .init(path: "\(folder.path)/cluster.db"),
            registry: KindRegistry(Catalog.builtIn.all, applyDefaults: { Defaults.apply(to: &$0) }))
    }

    /// What one start of the service has.
    struct Service: Sendable {
        let cluster: LocalCluster
        let runtime: Runtime
        let network: NodeNetwork
        let node: Node
        let task: Task<Void, Never>

        /// Ends the service as a kill would, as far as one process can.
        func stop() async {
            task.cancel()
            await task.value
            await network.stop()
        }
    }

    /// - Parameters:
    ///   - victim: an object that is gone from the cluster before the rest starts.
    ///   - clock: by which controllers, node and runtime wait.
    func start(deletingFirst victim: ObjectKey? = nil, clock: WallClock = .system) async throws -> Service {
        let log = Log("live", least: .warning)
        try await cluster.ensureNamespace("shop")
        if let victim { try await cluster.delete(victim, DeleteOptions(gracePeriodSeconds: 0)) }
        let runtime = try Runtime(runFolder: "\(folder.path)/run", clock: clock, log: log)
        try await runtime.recover()
        var config = NodeNetworkConfig(
            stateFolder: "\(folder.path)/network", runFolder: "\(folder.path)/network-run")
        config.host = host
        config.log = Log("network", least: .error)
        let network = NodeNetwork(config)
        try await network.start()
        let node = try Node(
            cluster: cluster, engine: runtime, images: images, network: network,
            folders: NodeFolders(state: "\(folder.path)/state", run: "\(folder.path)/run-node"), name: "here",
            clock: clock, log: log)
        let manager = ControllerManager(cluster: cluster, clock: clock, log: log)
        let task = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await node.run() }
                group.addTask { await manager.run() }
            }
        }
        return Service(cluster: cluster, runtime: runtime, network: network, node: node, task: task)
    }

    /// Removes all that the services made.
    func remove(_ service: Service) async throws {
        service.task.cancel()
        await service.task.value
        try await service.node.removeAll()
        try await service.runtime.removeAll()
        try await service.network.removeAll()
        try host.remove()
    }

    /// Runs `body` with a service, and removes all it made however the test ends.
    static func run(
        clock: WallClock = .system, _ body: (LiveFixture, inout Service) async throws -> Void
    ) async throws {
        let fixture = try LiveFixture()
        var service = try await fixture.start(clock: clock)
        do {
            try await body(fixture, &service)
        } catch {
            try? await fixture.remove(service)
            throw error
        }
        try await fixture.remove(service)
    }
}

extension LiveFixture.Service {
    func pods() async -> [Manifest] {
        let list = try? await cluster.list(ObjectQuery(kind: "Pod", namespace: "shop"))
        return (list?.items ?? []).sorted { $0.name < $1.name }
    }

    func readyPods() async -> [Manifest] {
        await pods().filter { PodConditions($0.status).isTrue("Ready") && $0.deletionTimestamp == nil }
    }

    /// Applies an object as a person would.
    @discardableResult
    func apply(_ object: Manifest) async throws -> Manifest {
        try await cluster.apply(object, WriteOptions(fieldManager: "test", force: true))
    }

    /// What a program writes that is executed in a pod's container.
    func output(of command: [String], in pod: String) async throws -> String {
        let session = try await node.exec(ExecRequest(namespace: "shop", pod: pod, command: command))
        var text: [UInt8] = []
        for try await part in session.output {
            switch part {
            case .stdout(let bytes), .stderr(let bytes): text += bytes
            case .exit: continue
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// One image for every reference.
final class BusyboxImages: ImageProvider {
    private let layer: String

    init(layer: String) {
        self.layer = layer
    }

    private static let commands = [
        "sh", "cat", "sleep", "true", "false", "ls", "test", "touch", "id", "env", "wget", "httpd", "nc", "hostname",
        "rm", "readlink", "stat", "mkdir", "trap", "kill", "head", "nslookup", "mount", "grep",
    ]

    func make() throws {
        let path = layer
        for name in ["bin", "etc", "proc", "dev", "sys", "tmp"] { try Files.makeFolders("\(path)/\(name)") }
        try Files.replace("\(path)/bin/busybox", with: try Files.read("/bin/busybox"), mode: 0o755)
        for name in Self.commands { _ = symlink("busybox", "\(path)/bin/\(name)") }
        try Files.replace("\(path)/etc/passwd", with: "root:x:0:0:root:/:/bin/sh\n".utf8)
    }

    func image(
        _ reference: String, policy: PullPolicy, credentials: [RegistryCredential]
    ) async throws -> ReadyImage {
        ReadyImage(
            digest: "sha256:\(reference)", reference: reference,
            config: ImageConfig(environment: ["PATH=/bin"]), lowerFolders: [layer])
    }

}
