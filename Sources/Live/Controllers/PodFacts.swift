import Document
import Manifest
import System

/// What controllers read of a pod.
extension Manifest {
    var podPhase: String { status?["phase"]?.string ?? "Pending" }

    /// Neither ended nor on its way out.
    var isActivePod: Bool { !isBeingDeleted && podPhase != "Succeeded" && podPhase != "Failed" }

    var isReadyPod: Bool { Conditions(status).isTrue("Ready") }

    /// When the pod became ready; nil while it is not.
    var readySince: Timestamp? {
        guard let ready = Conditions(status)["Ready"], ready["status"]?.string == "True" else { return nil }
        return ready["lastTransitionTime"]?.string.flatMap(Timestamp.init)
    }

    /// Whether the pod has been ready for so long that it counts as available.
    func isAvailablePod(minReadySeconds: Int, now: Timestamp) -> Bool {
        guard isReadyPod else { return false }
        guard minReadySeconds > 0 else { return true }
        return readySince.map { $0 + .seconds(minReadySeconds) <= now } ?? false
    }

    /// Restarts of all its containers together.
    var podRestarts: Int {
        let statuses =
            (status?["initContainerStatuses"]?.items ?? []) + (status?["containerStatuses"]?.items ?? [])
        return statuses.reduce(0) { $0 + ($1["restartCount"]?.int ?? 0) }
    }
}

/// The pod that a template makes (`v1.PodTemplateSpec`).
enum PodTemplate {
    /// - Parameter name: whole; the random part included.
    static func pod(from template: Value?, name: String, owner: Manifest, extraLabels: [String: String] = [:])
        -> Manifest
    {
        var pod = Manifest(apiVersion: "v1", kind: "Pod", name: name, namespace: owner.namespace)
        let labels = (template?[path: "metadata", "labels"]?.dictionary ?? [:]).merging(extraLabels) { $1 }
        if !labels.isEmpty { pod.value[path: "metadata", "labels"] = .strings(labels) }
        let annotations = template?[path: "metadata", "annotations"]?.dictionary ?? [:]
        if !annotations.isEmpty { pod.value[path: "metadata", "annotations"] = .strings(annotations) }
        if let finalizers = template?[path: "metadata", "finalizers"] {
            pod.value[path: "metadata", "finalizers"] = finalizers
        }
        pod.value[path: "metadata", "ownerReferences"] = [OwnerReference(to: owner).value]
        pod.value["spec"] = template?["spec"] ?? .mapping(Mapping())
        return pod
    }
}
