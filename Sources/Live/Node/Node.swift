package import Cluster
package import ContainerRuntime
import Document
package import Images
import Manifest
package import Network
package import System
import Transport

/// This machine as a node of the embedded cluster: runs its pods, tells what became of them, makes its services
/// reachable.
///
/// Level-triggered throughout: a worker a pod compares what is asked for with what runs. The node holds no state of its
/// own; after a restart the runtime's containers and the cluster's pods are all it needs, and no container is touched
/// that is still wanted.
package actor Node {
    let services: PodServices
    let pods: ObjectCache
    let serviceCache: ObjectCache
    private let sliceCache: ObjectCache
    private let configMaps: ObjectCache
    private let secrets: ObjectCache
    private let claims: ObjectCache
    private let bindings: WorkQueue<ObjectKey>
    private var workers: [String: PodWorker] = [:]
    /// The uids of pods by their keys, so that an object's disappearance finds its worker.
    private var uids: [ObjectKey: String] = [:]

    /// - Parameters:
    ///   - folders: where the node keeps what it makes.
    ///   - name: the node's name; the machine's host name when nil.
    /// - Throws: `HTTPError` when the probes' client cannot be made.
    package init(
        cluster: any Cluster, engine: any ContainerEngine, images: any ImageProvider, network: any PodNetwork,
        folders: NodeFolders, name: String? = nil, clock: WallClock = .system, log: Log = Log("node"),
        random: @escaping @Sendable () -> UInt64 = { .random(in: .min ... .max) }
    ) throws {
        let cache = { (kind: String, group: String) in
            ObjectCache(cluster, ObjectQuery(group: group, kind: kind), clock: clock, log: log)
        }
        let services = cache("Service", "")
        pods = cache("Pod", "")
        serviceCache = services
        sliceCache = cache("EndpointSlice", "discovery.k8s.io")
        configMaps = cache("ConfigMap", "")
        secrets = cache("Secret", "")
        claims = cache("PersistentVolumeClaim", "")
        bindings = WorkQueue(clock: clock)
        let machine = Machine.current(name: name)
        let client = try HTTPClient(
            proxies: .none, tls: TLSSettings(verifies: false), retries: .never, userAgent: "kube-probe/1.36")
        self.services = PodServices(
            cluster: cluster, engine: engine, images: images, network: network,
            volumes: VolumeKeeper(folders, random: random),
            handlers: HandlerRunner(engine: engine, client: client, clock: clock),
            events: EventRecorder(cluster, component: "node", host: machine.name, clock: clock, log: log),
            folders: folders, machine: machine, clock: clock, log: log,
            services: { services.objects(in: $0) })
    }

    /// Runs the node until the task is cancelled; the containers go on running then.
    package func run() async {
        let changes = observe()
        let exits = services.engine.exits()
        let caches = [pods, serviceCache, sliceCache, configMaps, secrets, claims]
        let rules = NetworkRules(
            network: services.network, services: serviceCache, slices: sliceCache, clock: services.clock,
            log: services.log)
        rules.observe()
        await withTaskGroup(of: Void.self) { group in
            for cache in caches { group.addTask { await cache.run() } }
            group.addTask { await self.services.events.run() }
            group.addTask { await self.work(changes: changes, exits: exits, caches: caches, rules: rules) }
        }
        for worker in workers.values { await worker.stop() }
    }

    private func work(
        changes: AsyncStream<ObjectChange>, exits: AsyncStream<ContainerState>, caches: [ObjectCache],
        rules: NetworkRules
    ) async {
        for cache in caches {
            guard (try? await cache.synced()) != nil else { return }
        }
        await recover()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow(changes) }
            group.addTask { for await exit in exits { await self.containerEnded(exit) } }
            group.addTask { await self.bindPods() }
            group.addTask { await rules.run() }
            group.addTask { await NodeRegistration(self.services).run() }
        }
    }

    // MARK: What happens

    /// All changes in one stream, in their order.
    private nonisolated func observe() -> AsyncStream<ObjectChange> {
        let (stream, input) = AsyncStream<ObjectChange>.makeStream()
        for cache in [pods, configMaps, secrets, claims] { cache.observe { input.yield($0) } }
        return stream
    }

    private func follow(_ changes: AsyncStream<ObjectChange>) async {
        for await change in changes {
            if change.key.kind == "Pod" {
                await podChanged(change)
            } else {
                await objectChanged(change)
            }
        }
    }

    private func podChanged(_ change: ObjectChange) async {
        guard let pod = change.new else {
            if let uid = uids.removeValue(forKey: change.key) { await workers[uid]?.objectIsGone() }
            return
        }
        if let known = uids[change.key], known != pod.uid { await workers[known]?.objectIsGone() }
        let nodeName = pod.spec?["nodeName"]?.string ?? ""
        if nodeName.isEmpty {
            if pod.deletionTimestamp == nil { bindings.add(change.key) }
        } else if nodeName == services.machine.name {
            uids[change.key] = pod.uid
            await care(for: pod)
        }
    }

    /// Gives a pod its worker, or the worker its pod's newer version.
    private func care(for pod: Manifest) async {
        if let worker = workers[pod.uid] { return await worker.update(pod) }
        // An old event of a pod that is gone must not bring it back.
        guard pods[pod.key]?.uid == pod.uid || pods[pod.key] == nil else { return }
        let spec = PodSpec(pod)
        await begin(spec, PodRecovery.facts(of: spec, containers: [], hasSandbox: false))
    }

    private func begin(_ spec: PodSpec, _ facts: PodFacts) async {
        let uid = spec.uid
        let worker = PodWorker(spec, facts, services: services) { [weak self] in
            // Ends by itself at once.
            Task { await self?.forget(uid) }
        }
        workers[uid] = worker
        uids[spec.manifest.key] = uid
        await worker.start()
    }

    private func forget(_ uid: String) {
        workers[uid] = nil
        for (key, known) in uids where known == uid { uids[key] = nil }
    }

    private func objectChanged(_ change: ObjectChange) async {
        if change.key.kind == "PersistentVolumeClaim", change.new == nil, let claim = change.old {
            await removeClaim(claim)
        }
        for worker in workers.values where await worker.pod.namespace == change.key.namespace {
            await worker.objectChanged(change.key)
        }
    }

    private func removeClaim(_ claim: Manifest) async {
        do {
            try await services.volumes.removeClaim(claim)
        } catch {
            services.log.warning("cannot remove the data of \(claim.key): \(error)")
        }
    }

    private func containerEnded(_ state: ContainerState) async {
        guard let labels = ContainerLabels(state.labels) else { return }
        await workers[labels.podUID]?.containerEnded(state)
    }

    // MARK: Binding

    /// Gives each pod that has no node this one.
    private func bindPods() async {
        let log = services.log
        await bindings.run(
            workers: 4, onFailure: { key, error, _ in log.debug("cannot bind \(key): \(error)") },
            { key in
                do {
                    try await self.bind(key)
                    return .done
                } catch {
                    return .failed(error)
                }
            })
    }

    private func bind(_ key: ObjectKey) async throws {
        guard var pod = pods[key], (pod.spec?["nodeName"]?.string ?? "").isEmpty else { return }
        if let refusal = Scheduling.refusal(of: pod, on: services.machine) {
            services.events.record(.warning, on: pod, reason: "FailedScheduling", refusal)
            return try await report(refusal, of: pod)
        }
        pod.value[path: "spec", "nodeName"] = .string(services.machine.name)
        do {
            let bound = try await services.cluster.update(pod, WriteOptions(fieldManager: "scheduler"))
            services.events.record(
                .normal, on: pod, reason: "Scheduled",
                "Successfully assigned \(key.namespace ?? "")/\(key.name) to \(services.machine.name)")
            uids[key] = bound.uid
            await care(for: bound)
        } catch let error as ClusterError where error.reason == .notFound {
            return
        }
    }

    private func report(_ refusal: String, of pod: Manifest) async throws {
        var pod = pod
        var conditions = PodConditions(pod.status)
        conditions.set(
            "PodScheduled", false, reason: "Unschedulable", message: refusal, now: services.now)
        guard conditions.value != pod.status?["conditions"] else { return }
        pod.value[path: "status", "phase"] = "Pending"
        pod.value[path: "status", "conditions"] = conditions.value
        _ = try await services.cluster.update(
            pod, WriteOptions(fieldManager: "scheduler", subresource: "status"))
    }

    // MARK: After a restart

    /// Finds what an earlier service left running, gives it back to its pods, and ends what no pod wants.
    private func recover() async {
        do {
            let containers = try await services.engine.list()
            let sandboxes = Set(try await services.engine.sandboxes().map(\.id))
            let byPod = Dictionary(grouping: containers) { ContainerLabels($0.labels)?.podUID ?? "" }
            let own = pods.objects().filter { $0.spec?["nodeName"]?.string == services.machine.name }
            for pod in own {
                let spec = PodSpec(pod)
                let isThere = sandboxes.contains(pod.uid)
                let facts = PodRecovery.facts(of: spec, containers: byPod[pod.uid] ?? [], hasSandbox: isThere)
                if !isThere { await sweep(pod.uid, byPod[pod.uid] ?? [], keepingFolders: true) }
                await begin(spec, facts)
            }
            let wanted = Set(own.map(\.uid))
            let folders = await services.volumes.podsWithFolders()
            let found = sandboxes.union(byPod.keys.filter { !$0.isEmpty }).union(folders)
            for uid in found.subtracting(wanted) {
                await sweep(uid, byPod[uid] ?? [], keepingFolders: false)
            }
            await sweepLogs(wanted)
        } catch {
            services.log.error("cannot find what ran before: \(error)")
        }
    }

    /// Ends and removes what is left of a pod that is no more.
    private func sweep(_ uid: String, _ containers: [ContainerState], keepingFolders: Bool) async {
        do {
            for container in containers { try await services.discard(container) }
            try await services.network.detach(pod: uid)
            try await services.engine.removeSandbox(uid)
            if !keepingFolders { try await services.volumes.remove(pod: uid) }
        } catch {
            services.log.warning("cannot remove what is left of pod \(uid): \(error)")
        }
    }

    private func sweepLogs(_ wanted: Set<String>) async {
        for (uid, folder) in await services.volumes.logFolders() where !wanted.contains(uid) {
            try? await services.volumes.removeLogs(folder)
        }
    }

    /// Ends every pod of this machine and removes all that the node ever made, data of claims included.
    ///
    /// - Throws: what could not be removed; calling it again goes on from there.
    package func removeAll() async throws {
        for worker in workers.values { await worker.stop() }
        workers = [:]
        for container in try await services.engine.list() where ContainerLabels(container.labels) != nil {
            try await services.discard(container)
        }
        for sandbox in try await services.engine.sandboxes() {
            // The network may be down already, and goes as a whole in any case.
            try? await services.network.detach(pod: sandbox.id)
            try await services.engine.removeSandbox(sandbox.id)
        }
        try await services.volumes.removeAll()
    }

    // MARK: For exec and logs

    func worker(namespace: String, pod name: String) -> PodWorker? {
        uids[ObjectKey(kind: "Pod", namespace: namespace, name: name)].flatMap { workers[$0] }
    }
}
