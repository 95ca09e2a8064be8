package import Cluster
import Manifest
package import System

/// All controllers of the embedded cluster: they turn Deployments into ReplicaSets, those into Pods, Services into
/// Endpoints, as Kubernetes' controller manager does.
///
/// Each is driven by watches, one queue of keys a controller; what it does is computed by a pure function from what is
/// there, so that it may stop at any instruction and go on from the facts.
package struct ControllerManager: Sendable {
    private let context: ControllerContext

    /// - Parameter random: for the names of pods; tests hand in their own.
    package init(
        cluster: any Cluster, clock: WallClock = .system, log: Log = Log("controllers"),
        random: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) }
    ) {
        context = ControllerContext(cluster: cluster, clock: clock, log: log, random: random)
    }

    /// Runs the controllers until the task is cancelled.
    package func run() async {
        let deployments = context.cache("Deployment", group: "apps")
        let replicaSets = context.cache("ReplicaSet", group: "apps")
        let pods = context.cache("Pod")
        let services = context.cache("Service")
        let endpoints = context.cache("Endpoints")
        let slices = context.cache("EndpointSlice", group: "discovery.k8s.io")
        let claims = context.cache("PersistentVolumeClaim")
        let jobs = context.cache("Job", group: "batch")
        let caches = [deployments, replicaSets, pods, services, endpoints, slices, claims, jobs]
        let controllers: [any Controller] = [
            DeploymentController(context, deployments: deployments, replicaSets: replicaSets, pods: pods),
            ReplicaSetController(context, replicaSets: replicaSets, pods: pods),
            JobController(context, jobs: jobs, pods: pods),
            EndpointsController(context, services: services, pods: pods, endpoints: endpoints, slices: slices),
            ClaimController(context, claims: claims),
        ]
        for controller in controllers { controller.observe() }
        await withTaskGroup(of: Void.self) { group in
            for cache in caches { group.addTask { await cache.run() } }
            group.addTask {
                // Nothing is decided before everything is known: a missing pod may only be one not listed yet.
                for cache in caches {
                    guard (try? await cache.synced()) != nil else { return }
                }
                await withTaskGroup(of: Void.self) { group in
                    for controller in controllers { group.addTask { await controller.run() } }
                }
            }
        }
    }
}
