import Cluster
import Document
import Manifest
import System

/// Binds PersistentVolumeClaims to folders on the machine's disk, which the node makes when a pod first uses them.
struct ClaimController: Controller {
    static let name = "claim-controller"
    let context: ControllerContext
    let queue: WorkQueue<ObjectKey>
    let events: EventRecorder
    let claims: ObjectCache

    init(_ context: ControllerContext, claims: ObjectCache) {
        self.context = context
        queue = WorkQueue(clock: context.clock)
        events = context.events(Self.name)
        self.claims = claims
    }

    func observe() {
        claims.observe { queue.add($0.key) }
    }

    func reconcile(_ key: ObjectKey) async throws -> Duration? {
        guard let claim = claims[key], !claim.isBeingDeleted else { return nil }
        var live = claim
        if (claim.spec?["volumeName"]?.string ?? "").isEmpty {
            live.value[path: "spec", "volumeName"] = .string("pvc-\(claim.uid)")
            live = try await cluster.update(live, options)
        }
        guard let status = Self.status(of: claim) else { return nil }
        live.value["status"] = status
        _ = try await cluster.update(live, statusOptions)
        events.record(
            .normal, on: claim, reason: "ProvisioningSucceeded", "Bound to a folder on this machine's disk")
        return nil
    }

    /// The status of a claim that is bound; nil when it has it.
    static func status(of claim: Manifest) -> Value? {
        guard claim.status?["phase"]?.string != "Bound" else { return nil }
        var status: Value = ["phase": "Bound"]
        if let modes = claim.spec?["accessModes"] { status["accessModes"] = modes }
        // A folder has no size of its own: what was asked for is what is told.
        if let storage = claim.spec?[path: "resources", "requests", "storage"] {
            status["capacity"] = ["storage": storage]
        }
        return status
    }
}
