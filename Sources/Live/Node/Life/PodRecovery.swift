import ContainerRuntime
import Document
import Manifest
import System

/// A pod's facts after a restart of the service: from the runtime, which knows what runs, and from the pod's own status,
/// which knows what was before.
enum PodRecovery {
    /// - Parameters:
    ///   - containers: the runtime's, of this pod.
    ///   - hasSandbox: whether its sandbox is there; without one nothing of it runs.
    static func facts(of pod: PodSpec, containers: [ContainerState], hasSandbox: Bool) -> PodFacts {
        var facts = PodFacts()
        let status = pod.manifest.status
        facts.startedAt = time(status?["startTime"])
        let phase = status?["phase"]?.string
        facts.isFinished = phase == "Succeeded" || phase == "Failed"
        if let reason = status?["reason"]?.string, facts.isFinished {
            facts.verdict = .init(reason: reason, message: status?["message"]?.string ?? "")
        }
        for container in pod.allContainers {
            let known = statusOf(container.name, in: status)
            let own = containers.filter { ContainerLabels($0.labels)?.container == container.name }
            facts[container.name] = self.facts(of: container, known, hasSandbox ? own : [])
        }
        // What has run once was initialized, whatever the runtime still has of its init containers.
        let hasRun = pod.containers.contains { facts[$0.name].phase != .none }
        facts.wasInitialized = hasSandbox && hasRun
        return facts
    }

    private static func facts(
        of container: ContainerDefinition, _ known: Value?, _ states: [ContainerState]
    ) -> ContainerFacts {
        var facts = ContainerFacts()
        facts.attempt = known?["restartCount"]?.int ?? 0
        facts.hasStartedOnce = known?["containerID"]?.string?.isEmpty == false
        facts.last = known?[path: "lastState", "terminated"].flatMap(ending)
        let newest = states.max { attempt($0) < attempt($1) }
        guard let state = newest, let labels = ContainerLabels(state.labels) else {
            // Gone with a reboot: what the status last said of it is its past.
            facts.last = known?[path: "state", "terminated"].flatMap(ending) ?? facts.last
            return facts
        }
        facts.id = state.id
        facts.attempt = max(facts.attempt, labels.attempt)
        facts.hasStartedOnce = true
        facts.startedAt = state.startedAt
        facts.fingerprint = labels.fingerprint
        facts.imageDigest = labels.imageDigest
        facts.stopSignal = labels.stopSignal
        guard let exit = state.exit else {
            facts.phase = .running
            let isSame = known?["containerID"]?.string == "belay://\(state.id)"
            facts.passedStartup = container.startupProbe == nil || (isSame && known?["started"]?.bool == true)
            facts.passedReadiness = container.readinessProbe == nil || (isSame && known?["ready"]?.bool == true)
            return facts
        }
        facts.phase = .ended(
            Ending(
                id: state.id, code: exit.code, signal: exit.signal,
                reason: exit.wasOutOfMemory ? "OOMKilled" : exit.code == 0 ? "Completed" : "Error", message: "",
                startedAt: state.startedAt, finishedAt: exit.finishedAt))
        return facts
    }

    private static func attempt(_ state: ContainerState) -> Int {
        ContainerLabels(state.labels)?.attempt ?? -1
    }

    private static func statusOf(_ name: String, in status: Value?) -> Value? {
        let all = (status?["initContainerStatuses"]?.items ?? []) + (status?["containerStatuses"]?.items ?? [])
        return all.first { $0["name"]?.string == name }
    }

    private static func time(_ value: Value?) -> Timestamp? {
        value?.string.flatMap(Timestamp.init)
    }

    private static func ending(_ value: Value) -> Ending? {
        guard let finished = time(value["finishedAt"]) else { return nil }
        let id = value["containerID"]?.string ?? ""
        return Ending(
            id: id.hasPrefix("belay://") ? String(id.dropFirst(8)) : id,
            code: Int32(clamping: value["exitCode"]?.int ?? 0),
            signal: value["signal"]?.int.map { Int32(clamping: $0) },
            reason: value["reason"]?.string ?? "", message: value["message"]?.string ?? "",
            startedAt: time(value["startedAt"]), finishedAt: finished)
    }
}
