import Document
import Manifest
import System

/// What a deployment's controller does next, from what is there (k8s.io/kubernetes/pkg/controller/deployment): a pure
/// function, which is called again whenever a fact changes.
struct DeploymentPlan {
    /// One thing to do.
    enum Action: Equatable {
        case create(Manifest)
        /// A replica set with another size or other annotations.
        case update(Manifest, event: ScalingEvent?)
        case remove(Manifest)
        /// The deployment's own annotations.
        case annotate(revision: Int)
        case writeStatus(Value)
        /// Another look is due even if nothing happens.
        case wake(after: Duration)
    }

    /// What the event of a scaling says.
    struct ScalingEvent: Equatable {
        var name: String
        var from: Int
        var to: Int

        var message: String { "Scaled \(to > from ? "up" : "down") replica set \(name) from \(from) to \(to)" }
    }

    let deployment: DeploymentView
    /// Whether pods of older replica sets still run, ending ones included (for Recreate).
    let oldPodsRun: Bool
    let now: Timestamp

    /// Replica sets as they will be once the actions are carried out.
    var current: ReplicaSetView?
    var old: [ReplicaSetView]
    var actions: [Action] = []
    /// Progressing's reason and message of this pass, when the pass itself made the progress.
    var progress: (reason: String, message: String)?

    /// - Parameters:
    ///   - replicaSets: those that the deployment controls.
    ///   - pods: those of the replica sets.
    init(_ deployment: Manifest, replicaSets: [Manifest], pods: [Manifest] = [], now: Timestamp) {
        let view = DeploymentView(manifest: deployment)
        self.deployment = view
        self.now = now
        let all = replicaSets.filter { !$0.isBeingDeleted }.sorted(by: Manifest.isOlder).map(ReplicaSetView.init)
        let current = all.first { $0.matches(view.template) }
        self.current = current
        old = all.filter { $0.name != current?.name }
        let currentUID = current?.manifest.uid
        oldPodsRun = pods.contains { pod in
            pod.podPhase != "Succeeded" && pod.podPhase != "Failed" && pod.controller?.uid != currentUID
        }
    }

    /// The actions that bring the deployment nearer to what it asks for.
    static func next(
        _ deployment: Manifest, replicaSets: [Manifest], pods: [Manifest] = [], now: Timestamp
    ) -> [Action] {
        var plan = DeploymentPlan(deployment, replicaSets: replicaSets, pods: pods, now: now)
        plan.run()
        return plan.actions
    }

    private mutating func run() {
        if deployment.manifest.isBeingDeleted {
            writeStatus()
            return
        }
        if deployment.isPaused || wasScaled {
            annotateCurrent()
            scaleProportionally()
        } else if deployment.isRecreate {
            recreate()
        } else {
            roll()
        }
        if isComplete(newStatusCounts) { removeHistory() }
        writeStatus()
    }

    var all: [ReplicaSetView] { old + (current.map { [$0] } ?? []) }

    /// Whether `replicas` was changed since the replica sets were last sized.
    private var wasScaled: Bool {
        all.contains { set in
            guard set.replicas > 0, let desired = set.annotation(DeploymentView.Annotation.desired) else {
                return false
            }
            return desired != deployment.replicas
        }
    }

    /// Ends all old pods, waits until they are gone, then starts the new ones.
    private mutating func recreate() {
        annotateCurrent()
        for index in old.indices where old[index].replicas > 0 { scaleOld(index, to: 0) }
        guard !oldPodsRun, !old.contains(where: { $0.actual > 0 }) else { return }
        makeCurrent(replicas: deployment.replicas)
        scaleCurrent(to: deployment.replicas)
    }

    /// Replaces pods a few at a time, between `replicas - maxUnavailable` and `replicas + maxSurge`.
    private mutating func roll() {
        annotateCurrent()
        let total = all.reduce(0) { $0 + $1.replicas }
        let room = max(0, deployment.replicas + deployment.maxSurge - total)
        let size = current?.replicas ?? 0
        let wanted = size > deployment.replicas ? deployment.replicas : min(deployment.replicas, size + room)
        if current == nil {
            makeCurrent(replicas: wanted)
        } else {
            scaleCurrent(to: wanted)
        }
        shrinkOld()
    }

    /// Takes pods from the old replica sets: those first that are not available, then as many as the new ones replace.
    private mutating func shrinkOld() {
        guard old.contains(where: { $0.replicas > 0 }) else { return }
        let total = all.reduce(0) { $0 + $1.replicas }
        let least = deployment.replicas - deployment.maxUnavailable
        let pending = current.map { $0.replicas - $0.available } ?? 0
        var room = total - least - pending
        guard room > 0 else { return }
        for index in old.indices where room > 0 {
            let idle = min(room, old[index].replicas - old[index].available)
            guard idle > 0 else { continue }
            scaleOld(index, to: old[index].replicas - idle)
            room -= idle
        }
        var spare = all.reduce(0) { $0 + $1.available } - least
        for index in old.indices where spare > 0 && old[index].replicas > 0 {
            let count = min(old[index].replicas, spare)
            scaleOld(index, to: old[index].replicas - count)
            spare -= count
        }
    }
}
