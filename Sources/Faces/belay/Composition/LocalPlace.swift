import Cluster
import ContainerRuntime
import Controllers
import Images
import LocalCluster
import Manifest
import Network
import Node
import System
import Transport

/// The embedded cluster put together: store, controllers, and this machine as its only node.
struct LocalPlace: Sendable {
    let cluster: LocalCluster
    let runtime: Runtime
    let network: NodeNetwork
    let images: ImageStore
    let node: Node
    private let controllers: ControllerManager

    /// Opens what is kept, makes the node's network, and finds the containers that a former service left running.
    init(_ paths: Paths, clock: WallClock, log: Log) async throws {
        network = Self.network(paths, log)
        let addresses = try await network.start()
        let services = addresses.services
        cluster = try LocalCluster(
            .init(path: paths.objects, services: ServiceRange(base: services.first.bits, prefix: Int(services.prefix))),
            registry: .builtIn, clock: clock)
        try await cluster.ensureNamespace("default")
        runtime = try Self.runtime(paths, clock, log)
        try await runtime.recover()
        images = try ImageStore(root: paths.images, registry: RegistryClient(http: try HTTPClient()), clock: clock)
        controllers = ControllerManager(cluster: cluster, clock: clock, log: log.part("controllers"))
        node = try Node(
            cluster: cluster, engine: runtime, images: images, network: network,
            folders: NodeFolders(state: paths.state, run: paths.run), clock: clock, log: log.part("node"))
    }

    static func network(_ paths: Paths, _ log: Log) -> NodeNetwork {
        var config = NodeNetworkConfig(stateFolder: paths.network, runFolder: "\(paths.run)/network")
        config.log = log.part("network")
        return NodeNetwork(config)
    }

    static func runtime(_ paths: Paths, _ clock: WallClock, _ log: Log) throws -> Runtime {
        try Runtime(runFolder: paths.containers, clock: clock, log: log.part("runtime"))
    }

    /// Works until the task is cancelled. Containers go on without it.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await cluster.run() }
            group.addTask { await controllers.run() }
            group.addTask { await node.run() }
        }
        await network.stop()
    }
}
