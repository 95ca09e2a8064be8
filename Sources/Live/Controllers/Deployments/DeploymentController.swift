import Cluster
import Document
import Manifest
import System

/// Keeps the replica sets of Deployments as their templates, sizes and strategies ask for.
struct DeploymentController: Controller {
    static let name = "deployment-controller"
    let context: ControllerContext
    let queue: WorkQueue<ObjectKey>
    let events: EventRecorder
    let deployments: ObjectCache
    let replicaSets: ObjectCache
    let pods: ObjectCache

    init(_ context: ControllerContext, deployments: ObjectCache, replicaSets: ObjectCache, pods: ObjectCache) {
        self.context = context
        queue = WorkQueue(clock: context.clock)
        events = context.events(Self.name)
        self.deployments = deployments
        self.replicaSets = replicaSets
        self.pods = pods
    }

    func observe() {
        deployments.observe { queue.add($0.key) }
        replicaSets.observe { change in
            for object in [change.old, change.new].compactMap(\.self) { addOwner(of: object) }
            if let new = change.new, new.controller == nil { addAdopters(of: new) }
        }
        pods.observe { change in
            // Recreate waits until old pods are gone; all else shows in a replica set's status.
            guard change.new == nil, let pod = change.old, let owner = pod.controller, owner.kind == "ReplicaSet",
                let set = replicaSets[pod.namespace, owner.name]
            else { return }
            addOwner(of: set)
        }
    }

    private func addOwner(of replicaSet: Manifest) {
        guard let owner = replicaSet.controller, owner.kind == "Deployment" else { return }
        queue.add(ObjectKey(group: "apps", kind: "Deployment", namespace: replicaSet.namespace, name: owner.name))
    }

    private func addAdopters(of replicaSet: Manifest) {
        for deployment in deployments.objects(in: replicaSet.namespace)
        where deployment.podSelector.matches(replicaSet.labels) {
            queue.add(deployment.key)
        }
    }

    func reconcile(_ key: ObjectKey) async throws -> Duration? {
        guard let deployment = deployments[key] else { return nil }
        let owned = try await claim(for: deployment)
        let uids = Set(owned.map(\.uid))
        let isRecreate = DeploymentView(manifest: deployment).isRecreate
        let ownPods = isRecreate ? uids.flatMap { pods.owned(by: $0) } : []
        let actions = DeploymentPlan.next(deployment, replicaSets: owned, pods: ownPods, now: now)
        return try await carryOut(actions, for: deployment)
    }

    /// The replica sets that the deployment controls, those included that nobody did and its selector finds.
    private func claim(for deployment: Manifest) async throws -> [Manifest] {
        var owned: [Manifest] = []
        let selector = deployment.podSelector
        for replicaSet in replicaSets.objects(in: deployment.namespace) {
            if replicaSet.isControlled(by: deployment) {
                owned.append(replicaSet)
            } else if replicaSet.controller == nil, !replicaSet.isBeingDeleted, !deployment.isBeingDeleted,
                selector.matches(replicaSet.labels)
            {
                owned.append(try await adopt(replicaSet, by: deployment))
            }
        }
        return owned
    }

    private func adopt(_ replicaSet: Manifest, by deployment: Manifest) async throws -> Manifest {
        let live = try await cluster.get(deployment.key)
        guard live.uid == deployment.uid, !live.isBeingDeleted else {
            throw ClusterError(.conflict, "\(deployment.key) is being deleted", object: deployment.key)
        }
        var adopted = replicaSet
        let owners = replicaSet.value[path: "metadata", "ownerReferences"]?.items ?? []
        adopted.value[path: "metadata", "ownerReferences"] = .sequence(owners + [OwnerReference(to: deployment).value])
        return try await cluster.update(adopted, options)
    }

    private func carryOut(_ actions: [DeploymentPlan.Action], for deployment: Manifest) async throws -> Duration? {
        var live = deployment
        var wait: Duration?
        for action in actions {
            switch action {
            case .create(let replicaSet):
                guard try await create(replicaSet, for: live) else { return nil }
            case .update(let replicaSet, let event):
                _ = try await cluster.update(replicaSet, options)
                if let event {
                    events.record(.normal, on: deployment, reason: "ScalingReplicaSet", event.message)
                }
            case .remove(let replicaSet):
                try await cluster.delete(
                    replicaSet.key,
                    DeleteOptions(uid: replicaSet.uid, resourceVersion: replicaSet.resourceVersion))
            case .annotate(let revision):
                live.value[path: "metadata", "annotations", DeploymentView.Annotation.revision] =
                    .string(String(revision))
                live = try await cluster.update(live, options)
            case .writeStatus(let status):
                live.value["status"] = status
                live = try await cluster.update(live, statusOptions)
            case .wake(let after):
                wait = after
            }
        }
        return wait
    }

    /// Creates a replica set; false when the rest of the pass has to wait for what the cluster says.
    private func create(_ replicaSet: Manifest, for deployment: Manifest) async throws -> Bool {
        do {
            _ = try await cluster.create(replicaSet, options)
        } catch let error as ClusterError where error.reason == .alreadyExists {
            return try await resolveCollision(replicaSet, for: deployment)
        }
        if let size = replicaSet.spec?["replicas"]?.int, size > 0 {
            let event = DeploymentPlan.ScalingEvent(name: replicaSet.name, from: 0, to: size)
            events.record(.normal, on: deployment, reason: "ScalingReplicaSet", event.message)
        }
        return true
    }

    /// A replica set of that name is there: ours, and the cache is late, or another one's, and the name must change.
    private func resolveCollision(_ replicaSet: Manifest, for deployment: Manifest) async throws -> Bool {
        let found = try await cluster.get(replicaSet.key)
        let isOurs =
            found.isControlled(by: deployment)
            && ReplicaSetView(manifest: found).matches(DeploymentView(manifest: deployment).template)
        if isOurs { throw ClusterError(.conflict, "\(replicaSet.key) was just made", object: replicaSet.key) }
        var live = deployment
        let collisions = DeploymentView(manifest: deployment).collisions
        live.value[path: "status", "collisionCount"] = .int(collisions + 1)
        _ = try await cluster.update(live, statusOptions)
        return false
    }
}
