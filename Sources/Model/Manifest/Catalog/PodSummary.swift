import Document

/// A pod in two words: its state and its restarts, as `kubectl get pods` derives them.
package enum PodSummary {
    /// `Running`, `Completed`, `CrashLoopBackOff`, `Init:1/2`, `Terminating`, ….
    package static func status(_ pod: Manifest) -> String {
        let status = pod.status
        var reason = status?["reason"]?.string ?? status?["phase"]?.string ?? "Unknown"
        if let initial = initializing(pod) {
            reason = initial
        } else {
            var isRunning = false
            for container in (status?["containerStatuses"]?.items ?? []).reversed() {
                if let word = word(for: container["state"]) {
                    reason = word
                } else if container["ready"]?.bool == true, container["state"]?["running"] != nil {
                    isRunning = true
                }
            }
            if reason == "Completed", isRunning { reason = Catalog.condition(pod, "Ready") ? "Running" : "NotReady" }
        }
        guard pod.deletionTimestamp != nil else { return reason }
        return status?["reason"]?.string == "NodeLost" ? "Unknown" : "Terminating"
    }

    /// Restarts of all containers together.
    package static func restarts(_ pod: Manifest) -> Int {
        let statuses = pod.status?["containerStatuses"]?.items ?? []
        return statuses.reduce(0) { $0 + ($1["restartCount"]?.int ?? 0) }
    }

    /// Why a container waits or how it ended; nil while it runs.
    private static func word(for state: Value?) -> String? {
        if let reason = state?["waiting"]?["reason"]?.string, !reason.isEmpty { return reason }
        guard let terminated = state?["terminated"] else { return nil }
        if let reason = terminated["reason"]?.string, !reason.isEmpty { return reason }
        if let signal = terminated["signal"]?.int, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated["exitCode"]?.int ?? 0)"
    }

    /// The first init container that has not done its work; nil when all have.
    private static func initializing(_ pod: Manifest) -> String? {
        let containers = pod.spec?["initContainers"]?.items ?? []
        for (index, container) in (pod.status?["initContainerStatuses"]?.items ?? []).enumerated() {
            if container["state"]?["terminated"]?["exitCode"]?.int == 0 { continue }
            let isSidecar = containers.first { $0["name"] == container["name"] }?["restartPolicy"]?.string == "Always"
            if isSidecar, container["started"]?.bool == true { continue }
            guard let word = word(for: container["state"]), word != "PodInitializing" else {
                return "Init:\(index)/\(containers.count)"
            }
            return "Init:\(word)"
        }
        return nil
    }
}
