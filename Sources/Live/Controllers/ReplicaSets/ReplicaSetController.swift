import Cluster
import Document
import Manifest
import Synchronization
import System

/// Keeps as many pods of a ReplicaSet as it asks for.
struct ReplicaSetController: PodController {
    static let name = "replicaset-controller"
    let context: ControllerContext
    let queue: WorkQueue<ObjectKey>
    let events: EventRecorder
    let replicaSets: ObjectCache
    let pods: ObjectCache
    let expectations = Expectations()
    private let failures = Failures()

    init(_ context: ControllerContext, replicaSets: ObjectCache, pods: ObjectCache) {
        self.context = context
        queue = WorkQueue(clock: context.clock)
        events = context.events(Self.name)
        self.replicaSets = replicaSets
        self.pods = pods
    }

    func observe() {
        replicaSets.observe { change in
            queue.add(change.key)
            if change.new == nil, let old = change.old {
                expectations.forget(owner: old.uid)
                failures[old.uid] = nil
            }
        }
        pods.observe { change in
            expectations.observe((change.old, change.new))
            for pod in [change.old, change.new].compactMap(\.self) {
                guard let owner = pod.controller, owner.kind == "ReplicaSet" else { continue }
                queue.add(ObjectKey(group: "apps", kind: "ReplicaSet", namespace: pod.namespace, name: owner.name))
            }
            if let pod = change.new, pod.controller == nil, pod.isActivePod { addAdopters(of: pod) }
        }
    }

    private func addAdopters(of pod: Manifest) {
        for set in replicaSets.objects(in: pod.namespace) where set.podSelector.matches(pod.labels) {
            queue.add(set.key)
        }
    }

    func reconcile(_ key: ObjectKey) async throws -> Duration? {
        guard let replicaSet = replicaSets[key] else { return nil }
        let pending = expectations.pending(owner: replicaSet.uid, now: now)
        var candidates = pods.owned(by: replicaSet.uid)
        let orphans = pods.objects(in: replicaSet.namespace, matching: replicaSet.podSelector)
        candidates += orphans.filter { $0.controller == nil }
        let failure = failures[replicaSet.uid]
        let actions = ReplicaSetPlan.next(
            replicaSet, pods: candidates, pending: pending.beside(candidates), failure: failure, now: now)
        return try await carryOut(actions, for: replicaSet, failure: failure)
    }

    private func carryOut(
        _ actions: [ReplicaSetPlan.Action], for replicaSet: Manifest, failure: String?
    ) async throws -> Duration? {
        var wait: Duration?
        var isSizing = false
        var victims: [Manifest] = []
        var trouble: (any Error)?
        for action in actions {
            switch action {
            case .create(let count):
                isSizing = true
                do { try await create(count, for: replicaSet) } catch { trouble = error }
            case .delete(let pod):
                isSizing = true
                victims.append(pod)
            case .adopt(let pod): try await adopt(pod, by: replicaSet)
            case .release(let pod): try await release(pod, from: replicaSet)
            case .writeStatus(let status):
                if !victims.isEmpty { try await delete(victims, of: replicaSet) }
                victims = []
                // After new or fewer pods, the watch brings this pass again at once: one write, not two.
                if !isSizing || failure != nil || trouble != nil { try await write(status, to: replicaSet) }
            case .wake(let after): wait = after
            }
        }
        if !victims.isEmpty { try await delete(victims, of: replicaSet) }
        if let trouble { throw trouble }
        return wait
    }

    private func write(_ status: Value, to replicaSet: Manifest) async throws {
        var live = replicaSet
        live.value["status"] = status
        _ = try await cluster.update(live, statusOptions)
    }

    /// Makes pods, one first, then twice as many at a time: what cannot be made fails once and not a hundred times.
    private func create(_ count: Int, for replicaSet: Manifest) async throws {
        var left = count
        var batch = 1
        while left > 0 {
            let size = min(batch, left)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<size { group.addTask { try await createOne(for: replicaSet) } }
                try await group.waitForAll()
            }
            left -= size
            batch = min(batch * 2, 16)
        }
        failures[replicaSet.uid] = nil
    }

    private func createOne(for replicaSet: Manifest) async throws {
        let name = RandomSuffix.name(replicaSet.name, RandomSuffix.make(context.random()))
        do {
            try await create(
                PodTemplate.pod(from: replicaSet.spec?["template"], name: name, owner: replicaSet), for: replicaSet)
        } catch {
            if saysWhy(error) { failures[replicaSet.uid] = "\(error)" }
            throw error
        }
    }

    private func delete(_ victims: [Manifest], of replicaSet: Manifest) async throws {
        for pod in victims { try await delete(pod, of: replicaSet) }
    }

    private func adopt(_ pod: Manifest, by replicaSet: Manifest) async throws {
        let live = try await cluster.get(replicaSet.key)
        guard live.uid == replicaSet.uid, !live.isBeingDeleted else {
            throw ClusterError(.conflict, "\(replicaSet.key) is being deleted", object: replicaSet.key)
        }
        var adopted = pod
        let owners = pod.value[path: "metadata", "ownerReferences"]?.items ?? []
        adopted.value[path: "metadata", "ownerReferences"] = .sequence(owners + [OwnerReference(to: replicaSet).value])
        _ = try await cluster.update(adopted, options)
    }

    private func release(_ pod: Manifest, from replicaSet: Manifest) async throws {
        var released = pod
        let owners = pod.value[path: "metadata", "ownerReferences"]?.items ?? []
        let others = owners.filter { $0["uid"]?.string != replicaSet.uid }
        released.value[path: "metadata", "ownerReferences"] = others.isEmpty ? nil : .sequence(others)
        _ = try await cluster.update(released, options)
    }
}

/// Why the pods of an owner could not be made, by the owner's uid.
final class Failures: Sendable {
    private let messages = Mutex<[String: String]>([:])

    subscript(uid: String) -> String? {
        get { messages.withLock { $0[uid] } }
        set { messages.withLock { $0[uid] = newValue } }
    }
}
