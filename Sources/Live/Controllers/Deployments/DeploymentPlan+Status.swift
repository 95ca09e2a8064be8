import Document
import Manifest
import System

/// The status that `kubectl rollout status` and health checks read.
extension DeploymentPlan {
    /// The numbers of a status.
    struct Counts: Equatable {
        var replicas = 0
        var updated = 0
        var ready = 0
        var available = 0
    }

    var newStatusCounts: Counts {
        Counts(
            replicas: all.reduce(0) { $0 + $1.actual }, updated: current?.actual ?? 0,
            ready: all.reduce(0) { $0 + $1.ready }, available: all.reduce(0) { $0 + $1.available })
    }

    private var oldStatusCounts: Counts {
        let status = deployment.manifest.status
        return Counts(
            replicas: status?["replicas"]?.int ?? 0, updated: status?["updatedReplicas"]?.int ?? 0,
            ready: status?["readyReplicas"]?.int ?? 0, available: status?["availableReplicas"]?.int ?? 0)
    }

    /// Whether every wanted pod is of the present template and available, and no other is left.
    func isComplete(_ counts: Counts) -> Bool {
        counts.updated == deployment.replicas && counts.replicas == deployment.replicas
            && counts.available == deployment.replicas && current?.replicas == deployment.replicas
            && !old.contains { $0.replicas > 0 }
    }

    /// Adds the status to write, if it is another than the present one, and when to look again at the deadline.
    mutating func writeStatus() {
        let counts = newStatusCounts
        var conditions = Conditions(deployment.manifest.status)
        setAvailable(&conditions, counts)
        setProgressing(&conditions, counts)
        setReplicaFailure(&conditions)
        let status = value(counts, conditions)
        if status != deployment.manifest.status ?? .mapping(Mapping()) { actions.append(.writeStatus(status)) }
        if let wait = timeToDeadline(conditions, counts) { actions.append(.wake(after: wait)) }
    }

    private func value(_ counts: Counts, _ conditions: Conditions) -> Value {
        var status: Value = ["observedGeneration": .int(deployment.manifest.generation)]
        let total = all.reduce(0) { $0 + $1.replicas }
        let numbers = [
            ("replicas", counts.replicas), ("updatedReplicas", counts.updated), ("readyReplicas", counts.ready),
            ("availableReplicas", counts.available), ("unavailableReplicas", max(0, total - counts.available)),
            ("collisionCount", deployment.collisions),
        ]
        for (name, number) in numbers where number != 0 { status[name] = .int(number) }
        status["conditions"] = conditions.value
        return status
    }

    private func setAvailable(_ conditions: inout Conditions, _ counts: Counts) {
        let isAvailable = counts.available >= deployment.replicas - deployment.maxUnavailable
        conditions.set(
            "Available", isAvailable ? "True" : "False",
            reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
            message: "Deployment \(isAvailable ? "has" : "does not have") minimum availability.", now: now,
            updateTime: "lastUpdateTime")
    }

    private func setProgressing(_ conditions: inout Conditions, _ counts: Counts) {
        guard deployment.progressDeadline != nil else { return conditions.remove("Progressing") }
        let reason = conditions["Progressing"]?["reason"]?.string
        if deployment.isPaused {
            progressing(&conditions, "Unknown", "DeploymentPaused", "Deployment is paused")
        } else if reason == "DeploymentPaused" {
            progressing(&conditions, "Unknown", "DeploymentResumed", "Deployment is resumed")
        } else if isComplete(counts) {
            progressing(&conditions, "True", "NewReplicaSetAvailable", "\(subject) has successfully progressed.")
        } else if let progress {
            progressing(&conditions, "True", progress.reason, progress.message)
        } else if reason == "NewReplicaSetAvailable", counts.replicas == counts.updated {
            // A rollout that is over stays over when one of its pods is replaced.
            return
        } else if hasProgressed(counts) || reason == nil {
            refresh(&conditions)
        } else if isTimedOut(conditions) {
            progressing(
                &conditions, "False", "ProgressDeadlineExceeded", "\(subject) has timed out progressing.")
        }
    }

    private var subject: String {
        current.map { "ReplicaSet \"\($0.name)\"" } ?? "Deployment \"\(deployment.name)\""
    }

    private func progressing(_ conditions: inout Conditions, _ status: String, _ reason: String, _ message: String) {
        conditions.set(
            "Progressing", status, reason: reason, message: message, now: now, updateTime: "lastUpdateTime")
    }

    /// Notes progress, and the time of it even where the words stay the same: the deadline counts from there.
    private func refresh(_ conditions: inout Conditions) {
        let since = conditions["Progressing"].flatMap { old in
            old["status"]?.string == "True" ? old["lastTransitionTime"] : nil
        }
        conditions.remove("Progressing")
        progressing(&conditions, "True", "ReplicaSetUpdated", "\(subject) is progressing.")
        if let since, let index = conditions.items.firstIndex(where: { $0["type"]?.string == "Progressing" }) {
            conditions.items[index]["lastTransitionTime"] = since
        }
    }

    private func hasProgressed(_ counts: Counts) -> Bool {
        let before = oldStatusCounts
        let waiting = counts.replicas - counts.updated
        return counts.updated > before.updated || waiting < before.replicas - before.updated
            || counts.ready > before.ready || counts.available > before.available
    }

    private func isTimedOut(_ conditions: Conditions) -> Bool {
        guard let condition = conditions["Progressing"], condition["status"]?.string != "False",
            condition["reason"]?.string != "NewReplicaSetAvailable"
        else { return false }
        guard let deadline = deployment.progressDeadline, let since = lastUpdate(condition) else { return false }
        return since + deadline <= now
    }

    private func timeToDeadline(_ conditions: Conditions, _ counts: Counts) -> Duration? {
        guard let deadline = deployment.progressDeadline, !deployment.isPaused, !isComplete(counts),
            let condition = conditions["Progressing"], condition["status"]?.string == "True",
            condition["reason"]?.string != "NewReplicaSetAvailable", let since = lastUpdate(condition)
        else { return nil }
        return max(.zero, since + deadline - now)
    }

    private func lastUpdate(_ condition: Value) -> Timestamp? {
        condition["lastUpdateTime"]?.string.flatMap(Timestamp.init)
    }

    /// A replica set that cannot make its pods is the deployment's trouble too.
    private func setReplicaFailure(_ conditions: inout Conditions) {
        let failures = ([current].compactMap(\.self) + old).compactMap {
            Conditions($0.manifest.status)["ReplicaFailure"]
        }
        guard let failure = failures.first(where: { $0["status"]?.string == "True" }) else {
            return conditions.remove("ReplicaFailure")
        }
        conditions.set(
            "ReplicaFailure", "True", reason: failure["reason"]?.string ?? "FailedCreate",
            message: failure["message"]?.string ?? "", now: now, updateTime: "lastUpdateTime")
    }
}
