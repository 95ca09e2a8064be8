import Cluster
import Document
import Manifest
import System

/// Keeps the Endpoints and EndpointSlices of Services as the pods behind them come, become ready and go.
struct EndpointsController: Controller {
    static let name = "endpoint-controller"
    /// As Kubernetes' own controller calls itself, by which clients know slices that no user made.
    static let sliceManager = "endpointslice-controller.k8s.io"
    let context: ControllerContext
    let queue: WorkQueue<ObjectKey>
    let events: EventRecorder
    let services: ObjectCache
    let pods: ObjectCache
    let endpoints: ObjectCache
    let slices: ObjectCache

    init(
        _ context: ControllerContext, services: ObjectCache, pods: ObjectCache, endpoints: ObjectCache,
        slices: ObjectCache
    ) {
        self.context = context
        queue = WorkQueue(clock: context.clock)
        events = context.events(Self.name)
        self.services = services
        self.pods = pods
        self.endpoints = endpoints
        self.slices = slices
    }

    func observe() {
        services.observe { queue.add($0.key) }
        pods.observe { change in
            guard Backing(change.old) != Backing(change.new) else { return }
            let labels = [change.old, change.new].compactMap(\.?.labels)
            for service in services.objects(in: change.key.namespace) where EndpointsPlan.applies(to: service) {
                let selector = LabelSelector(labels: service.spec?["selector"]?.dictionary ?? [:])
                if labels.contains(where: selector.matches) { queue.add(service.key) }
            }
        }
        endpoints.observe { change in
            // Edited or deleted by hand: it comes back.
            queue.add(ObjectKey(kind: "Service", namespace: change.key.namespace, name: change.key.name))
        }
        slices.observe { change in
            guard let name = (change.new ?? change.old)?.labels["kubernetes.io/service-name"] else { return }
            queue.add(ObjectKey(kind: "Service", namespace: change.key.namespace, name: name))
        }
    }

    /// What of a pod its services' endpoints depend on.
    private struct Backing: Equatable {
        var labels: [String: String]
        var address: String?
        var isReady: Bool
        var isBeingDeleted: Bool
        var phase: String
        var uid: String

        init?(_ pod: Manifest?) {
            guard let pod else { return nil }
            labels = pod.labels
            address = pod.status?["podIP"]?.string
            isReady = pod.isReadyPod
            isBeingDeleted = pod.isBeingDeleted
            phase = pod.podPhase
            uid = pod.uid
        }
    }

    func reconcile(_ key: ObjectKey) async throws -> Duration? {
        guard let service = services[key] else { return nil }
        let own = slices.owned(by: service.uid).filter { $0.labels["kubernetes.io/service-name"] == service.name }
        guard EndpointsPlan.applies(to: service) else {
            for slice in own { try await remove(slice) }
            return nil
        }
        let plan = EndpointsPlan(service, pods: pods.objects(in: service.namespace))
        // Slices first: the node's rules follow them.
        let wanted = plan.slices
        for slice in wanted { try await write(slice, in: slices, fields: ["endpoints", "ports"]) }
        let names = Set(wanted.map(\.name))
        for slice in own where !names.contains(slice.name) { try await remove(slice) }
        try await write(plan.endpoints, in: endpoints, fields: ["subsets"])
        return nil
    }

    /// Makes an object what it should be, if it is not.
    private func write(_ wanted: Manifest, in cache: ObjectCache, fields: [String]) async throws {
        guard var live = cache[wanted.key] else {
            do {
                _ = try await cluster.create(wanted, options)
            } catch let error as ClusterError where error.reason == .alreadyExists {
                throw ClusterError(.conflict, "\(wanted.key) was just made", object: wanted.key)
            }
            return
        }
        let before = live
        for field in fields { live.value[field] = wanted.value[field] }
        let labels = live.labels.merging(wanted.labels) { $1 }
        live.value[path: "metadata", "labels"] = .strings(labels)
        if !live.isControlledBySameOwner(as: wanted) {
            live.value[path: "metadata", "ownerReferences"] = wanted.value[path: "metadata", "ownerReferences"]
        }
        if Self.withoutEmpty(live, fields) == Self.withoutEmpty(before, fields) { return }
        _ = try await cluster.update(live, options)
    }

    /// An empty list and none are the same to the API.
    private static func withoutEmpty(_ object: Manifest, _ fields: [String]) -> Manifest {
        var object = object
        for field in fields where object.value[field]?.items?.isEmpty == true { object.value[field] = nil }
        return object
    }

    private func remove(_ slice: Manifest) async throws {
        do {
            try await cluster.delete(slice.key, DeleteOptions(uid: slice.uid))
        } catch let error as ClusterError where error.reason == .notFound {
            return
        }
    }
}

extension Manifest {
    fileprivate func isControlledBySameOwner(as other: Manifest) -> Bool {
        controller?.uid == other.controller?.uid
    }
}
