import Document
import Manifest
import System

/// What a replica set's controller does next, from what is there (k8s.io/kubernetes/pkg/controller/replicaset).
struct ReplicaSetPlan {
    /// One thing to do.
    enum Action: Equatable {
        /// So many new pods.
        case create(Int)
        case delete(Manifest)
        /// A pod that the selector finds and nobody controls becomes the replica set's.
        case adopt(Manifest)
        /// A pod whose labels left the selector stops being the replica set's.
        case release(Manifest)
        case writeStatus(Value)
        /// Another look is due: a pod will have been ready for long enough then.
        case wake(after: Duration)
    }

    /// What was asked for and has not shown up among the pods yet.
    struct Pending: Equatable {
        var creations = 0
        /// Uids of pods that were deleted.
        var deletions: Set<String> = []
    }

    /// Most pods made or deleted in one pass, so that one replica set does not hold up the others.
    private static let burst = 500

    private let replicaSet: Manifest
    private let pods: [Manifest]
    private let pending: Pending
    private let failure: String?
    private let now: Timestamp
    private var actions: [Action] = []

    /// - Parameters:
    ///   - pods: those of its namespace that its selector finds or that it controls.
    ///   - failure: why pods could not be made last time.
    /// - Returns: the actions that bring the replica set nearer to what it asks for.
    static func next(
        _ replicaSet: Manifest, pods: [Manifest], pending: Pending = Pending(), failure: String? = nil, now: Timestamp
    ) -> [Action] {
        var plan = ReplicaSetPlan(
            replicaSet: replicaSet, pods: pods, pending: pending, failure: failure, now: now)
        plan.run()
        return plan.actions
    }

    private init(
        replicaSet: Manifest, pods: [Manifest], pending: Pending, failure: String?, now: Timestamp
    ) {
        self.replicaSet = replicaSet
        self.pods = pods
        self.pending = pending
        self.failure = failure
        self.now = now
    }

    private var replicas: Int { replicaSet.spec?["replicas"]?.int ?? 1 }
    private var minReadySeconds: Int { replicaSet.spec?["minReadySeconds"]?.int ?? 0 }

    private mutating func run() {
        let own = claim()
        let active = own.filter { $0.isActivePod && !pending.deletions.contains($0.uid) }
        if !replicaSet.isBeingDeleted { size(active) }
        writeStatus(own.filter(\.isActivePod))
        if let wait = timeToAvailability(active) { actions.append(.wake(after: wait)) }
    }

    /// The pods that are the replica set's, after adopting and releasing.
    private mutating func claim() -> [Manifest] {
        let selector = replicaSet.podSelector
        return pods.filter { pod in
            let isSelected = selector.matches(pod.labels)
            if pod.isControlled(by: replicaSet) {
                if isSelected || replicaSet.isBeingDeleted { return true }
                if pod.isActivePod { actions.append(.release(pod)) }
                return false
            }
            guard pod.controller == nil, isSelected, pod.isActivePod, !replicaSet.isBeingDeleted else { return false }
            actions.append(.adopt(pod))
            return true
        }
    }

    private mutating func size(_ active: [Manifest]) {
        let surplus = active.count + pending.creations - replicas
        if surplus < 0 {
            actions.append(.create(min(-surplus, Self.burst)))
        } else if surplus > 0, !active.isEmpty {
            let victims = active.sorted { PodRank($0) < PodRank($1) }.prefix(min(surplus, Self.burst))
            actions += victims.map { .delete($0) }
        }
    }

    private mutating func writeStatus(_ pods: [Manifest]) {
        let templateLabels = LabelSelector(
            labels: replicaSet.spec?[path: "template", "metadata", "labels"]?.dictionary ?? [:])
        let numbers = [
            ("fullyLabeledReplicas", pods.count { templateLabels.matches($0.labels) }),
            ("readyReplicas", pods.count(where: \.isReadyPod)),
            ("availableReplicas", pods.count { $0.isAvailablePod(minReadySeconds: minReadySeconds, now: now) }),
        ]
        var status: Value = ["replicas": .int(pods.count)]
        for (name, number) in numbers where number > 0 { status[name] = .int(number) }
        status["observedGeneration"] = .int(replicaSet.generation)
        var conditions = Conditions(replicaSet.status)
        if let failure {
            conditions.set("ReplicaFailure", "True", reason: "FailedCreate", message: failure, now: now)
        } else {
            conditions.remove("ReplicaFailure")
        }
        if !conditions.items.isEmpty { status["conditions"] = conditions.value }
        if status != replicaSet.status ?? .mapping(Mapping()) { actions.append(.writeStatus(status)) }
    }

    private func timeToAvailability(_ pods: [Manifest]) -> Duration? {
        guard minReadySeconds > 0 else { return nil }
        let waits = pods.compactMap(\.readySince).map { $0 + .seconds(minReadySeconds) - now }
        return waits.filter { $0 > .zero }.min()
    }
}

/// Which pod goes first when there are too many: the one that is missed least (`ActivePodsWithRanks`).
struct PodRank: Comparable {
    private let isAssigned: Int
    private let phase: Int
    private let isReady: Int
    private let cost: Int
    /// Ready for longer is kept.
    private let readySince: Int64
    /// Restarted more often goes first.
    private let restarts: Int
    /// Older is kept.
    private let createdAt: Int64
    private let name: String

    init(_ pod: Manifest) {
        isAssigned = (pod.spec?["nodeName"]?.string ?? "").isEmpty ? 0 : 1
        phase = ["Pending": 0, "Unknown": 1, "Running": 2][pod.podPhase] ?? 1
        isReady = pod.isReadyPod ? 1 : 0
        cost = pod.annotations["controller.kubernetes.io/pod-deletion-cost"].flatMap { Int($0) } ?? 0
        readySince = -(pod.readySince?.nanoseconds ?? 0)
        restarts = -pod.podRestarts
        createdAt = -(pod.createdAt?.nanoseconds ?? 0)
        name = pod.name
    }

    static func < (left: PodRank, right: PodRank) -> Bool {
        let first = (left.isAssigned, left.phase, left.isReady, left.cost)
        let second = (right.isAssigned, right.phase, right.isReady, right.cost)
        if first != second { return first < second }
        return (left.readySince, left.restarts, left.createdAt, left.name)
            < (right.readySince, right.restarts, right.createdAt, right.name)
    }
}
