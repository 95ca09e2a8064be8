import Document
import Manifest
import System

/// A Deployment's fields as its controller reads them, with Kubernetes' defaults.
struct DeploymentView {
    let manifest: Manifest

    var name: String { manifest.name }
    var replicas: Int { manifest.spec?["replicas"]?.int ?? 1 }
    var isPaused: Bool { manifest.spec?["paused"]?.bool ?? false }
    var minReadySeconds: Int { manifest.spec?["minReadySeconds"]?.int ?? 0 }
    var revisionHistoryLimit: Int { manifest.spec?["revisionHistoryLimit"]?.int ?? 10 }
    var template: Value { manifest.spec?["template"] ?? .mapping(Mapping()) }
    var collisions: Int { manifest.status?["collisionCount"]?.int ?? 0 }
    var revision: Int { manifest.annotations[Annotation.revision].flatMap { Int($0) } ?? 0 }
    var isRecreate: Bool { manifest.spec?[path: "strategy", "type"]?.string == "Recreate" }

    /// nil when the deployment waits for ever (`2147483647`, as Kubernetes has it).
    var progressDeadline: Duration? {
        let seconds = manifest.spec?["progressDeadlineSeconds"]?.int ?? 600
        return seconds >= Int(Int32.max) ? nil : .seconds(seconds)
    }

    private var surgeAndUnavailable: (surge: Int, unavailable: Int) {
        let rolling = manifest.spec?[path: "strategy", "rollingUpdate"]
        let counts = (
            amount(rolling?["maxSurge"], roundingUp: true), amount(rolling?["maxUnavailable"], roundingUp: false)
        )
        // Both zero would never move: Kubernetes lets one pod be away then.
        return counts == (0, 0) ? (0, 1) : counts
    }

    /// The pods that a number or a share of `replicas` is; a quarter when nothing is written.
    private func amount(_ value: Value?, roundingUp: Bool) -> Int {
        max(0, (IntOrString(value) ?? .string("25%")).amount(of: replicas, roundingUp: roundingUp) ?? 0)
    }

    /// Pods over `replicas` that a rolling update may have.
    var maxSurge: Int { isRecreate ? 0 : surgeAndUnavailable.surge }

    /// Pods under `replicas` that a rolling update may lack.
    var maxUnavailable: Int {
        guard !isRecreate, replicas > 0 else { return 0 }
        return min(surgeAndUnavailable.unavailable, replicas)
    }

    /// The annotations that Kubernetes' clients read (`kubectl rollout history`).
    enum Annotation {
        static let revision = "deployment.kubernetes.io/revision"
        static let revisionHistory = "deployment.kubernetes.io/revision-history"
        static let desired = "deployment.kubernetes.io/desired-replicas"
        static let maximum = "deployment.kubernetes.io/max-replicas"
        static let hash = "pod-template-hash"

        /// Not copied from a deployment to its replica sets.
        static let own: Set<String> = [
            "kubectl.kubernetes.io/last-applied-configuration", revision, revisionHistory, desired, maximum,
            "deprecated.deployment.rollback.to",
        ]
    }
}

/// A ReplicaSet's fields as the deployment's controller reads and sets them.
struct ReplicaSetView {
    var manifest: Manifest

    var name: String { manifest.name }

    var replicas: Int {
        get { manifest.spec?["replicas"]?.int ?? 1 }
        set { manifest.value[path: "spec", "replicas"] = .int(newValue) }
    }

    var actual: Int { manifest.status?["replicas"]?.int ?? 0 }
    var ready: Int { manifest.status?["readyReplicas"]?.int ?? 0 }
    /// Never more than are asked for: a status may be older than the spec.
    var available: Int { min(manifest.status?["availableReplicas"]?.int ?? 0, replicas) }
    var revision: Int { annotation(DeploymentView.Annotation.revision) ?? 0 }
    var isObserved: Bool { (manifest.status?["observedGeneration"]?.int ?? 0) >= manifest.generation }

    func annotation(_ name: String) -> Int? {
        manifest.annotations[name].flatMap { Int($0) }
    }

    mutating func annotate(_ name: String, _ text: String) {
        manifest.value[path: "metadata", "annotations", name] = .string(text)
    }

    /// Whether its pods are those that `template` makes.
    func matches(_ template: Value) -> Bool {
        var own = manifest.spec?["template"] ?? .mapping(Mapping())
        own[path: "metadata", "labels", DeploymentView.Annotation.hash] = nil
        var wanted = template
        wanted[path: "metadata", "labels", DeploymentView.Annotation.hash] = nil
        return Self.withoutEmptyMetadata(own) == Self.withoutEmptyMetadata(wanted)
    }

    private static func withoutEmptyMetadata(_ template: Value) -> Value {
        var template = template
        template[path: "metadata", "creationTimestamp"] = nil
        if template[path: "metadata", "labels"]?.fields?.isEmpty == true { template[path: "metadata", "labels"] = nil }
        if template["metadata"]?.fields?.isEmpty == true { template["metadata"] = nil }
        return template
    }
}
