import Document
import Manifest
import System

/// A Job's fields as its controller reads them, with Kubernetes' defaults.
struct JobView {
    let manifest: Manifest

    private var spec: Value? { manifest.spec }
    var parallelism: Int { max(0, spec?["parallelism"]?.int ?? 1) }
    /// nil for a job whose pods share a queue of work: one success ends it.
    var completions: Int? { spec?["completions"]?.int ?? (spec?["parallelism"] == nil ? 1 : nil) }
    var backoffLimit: Int { spec?["backoffLimit"]?.int ?? 6 }
    var activeDeadline: Duration? { spec?["activeDeadlineSeconds"]?.int.map { .seconds($0) } }
    var timeToLive: Duration? { spec?["ttlSecondsAfterFinished"]?.int.map { .seconds($0) } }
    var isSuspended: Bool { spec?["suspend"]?.bool ?? false }
    var isIndexed: Bool { spec?["completionMode"]?.string == "Indexed" }
    var template: Value { spec?["template"] ?? .mapping(Mapping()) }
    var restartsInPlace: Bool { template[path: "spec", "restartPolicy"]?.string == "OnFailure" }
    var failureRules: [Value] { spec?[path: "podFailurePolicy", "rules"]?.items ?? [] }

    var startTime: Timestamp? { manifest.status?["startTime"]?.string.flatMap(Timestamp.init) }
    var conditions: Conditions { Conditions(manifest.status) }

    /// When the job ended; nil while it has not.
    var finishedAt: Timestamp? {
        let ends = ["Complete", "Failed"].compactMap { conditions[$0] }.first { $0["status"]?.string == "True" }
        return ends?["lastTransitionTime"]?.string.flatMap(Timestamp.init)
    }

    /// The labels that Kubernetes gives a job's pods.
    var podLabels: [String: String] {
        [
            "batch.kubernetes.io/controller-uid": manifest.uid, "controller-uid": manifest.uid,
            "batch.kubernetes.io/job-name": manifest.name, "job-name": manifest.name,
        ]
    }

    static let indexAnnotation = "batch.kubernetes.io/job-completion-index"

    /// A pod of the job.
    ///
    /// - Parameter index: of an indexed job.
    func pod(named name: String, index: Int?) -> Manifest {
        var pod = PodTemplate.pod(from: template, name: name, owner: manifest, extraLabels: podLabels)
        guard let index else { return pod }
        pod.value[path: "metadata", "annotations", Self.indexAnnotation] = .string("\(index)")
        pod.value[path: "metadata", "labels", Self.indexAnnotation] = .string("\(index)")
        if pod.spec?["hostname"] == nil { pod.value[path: "spec", "hostname"] = .string("\(manifest.name)-\(index)") }
        for field in ["initContainers", "containers"] {
            guard let containers = pod.spec?[field]?.items else { continue }
            pod.value[path: "spec", field] = .sequence(
                containers.map { container in
                    var container = container
                    let variable: Value = ["name": "JOB_COMPLETION_INDEX", "value": .string("\(index)")]
                    container["env"] = .sequence((container["env"]?.items ?? []) + [variable])
                    return container
                })
        }
        return pod
    }
}

extension Manifest {
    /// The index of a pod of an indexed job.
    var completionIndex: Int? { annotations[JobView.indexAnnotation].flatMap { Int($0) } }

    /// When the last of a pod's containers ended.
    var podFinishedAt: Timestamp? {
        let endings = (status?["containerStatuses"]?.items ?? []).compactMap {
            $0[path: "state", "terminated", "finishedAt"]?.string.flatMap(Timestamp.init)
        }
        return endings.max()
    }
}
