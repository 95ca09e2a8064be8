import Document
import Manifest
import Network
import System

/// A pod's `status`, from what is asked for and what is there (kubelet's `generateAPIPodStatus`).
struct PodStatus {
    let pod: PodSpec
    let facts: PodFacts
    let now: Timestamp
    /// The machine's address.
    let hostAddress: String

    /// The status, whose times change only where something else does.
    func value() -> Value {
        let old = pod.manifest.status
        var status: Value = ["phase": .string(phase.rawValue)]
        if let verdict = facts.verdict {
            status["reason"] = .string(verdict.reason)
            status["message"] = .string(verdict.message)
        }
        status["observedGeneration"] = pod.manifest.generation > 0 ? .int(pod.manifest.generation) : nil
        status["conditions"] = conditions(old)
        if !hostAddress.isEmpty {
            status["hostIP"] = .string(hostAddress)
            status["hostIPs"] = [["ip": .string(hostAddress)]]
        }
        if let address = podAddress {
            status["podIP"] = .string(address)
            status["podIPs"] = [["ip": .string(address)]]
        }
        if let started = facts.startedAt { status["startTime"] = .string(started.description) }
        status["qosClass"] = .string(QualityOfService(pod).rawValue)
        if !pod.initContainers.isEmpty {
            status["initContainerStatuses"] = .sequence(pod.initContainers.map(containerStatus))
        }
        status["containerStatuses"] = .sequence(pod.containers.map(containerStatus))
        return status
    }

    /// The pod's own address; the machine's where it uses its network.
    var podAddress: String? {
        if pod.usesHostNetwork { return hostAddress.isEmpty ? nil : hostAddress }
        return facts.address?.address.description
    }

    // MARK: Phase

    enum Phase: String {
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
    }

    var phase: Phase {
        if facts.verdict != nil { return .failed }
        if hasFailedInit { return .failed }
        if !facts.wasInitialized { return .pending }
        var (waiting, running, stopped, succeeded) = (0, 0, 0, 0)
        for container in pod.containers {
            let state = facts[container.name]
            switch state.phase {
            case .running: running += 1
            case .ended(let ending):
                stopped += 1
                if ending.succeeded { succeeded += 1 }
            case .none, .starting:
                if state.last != nil { stopped += 1 } else { waiting += 1 }
            }
        }
        if waiting > 0 { return .pending }
        if running > 0 || pod.restartPolicy == .always { return .running }
        if stopped == succeeded { return .succeeded }
        return pod.restartPolicy == .never ? .failed : .running
    }

    private var hasFailedInit: Bool {
        pod.restartPolicy == .never
            && pod.initContainers.contains { !$0.isSidecar && facts[$0.name].ending?.succeeded == false }
    }

    private var isOver: Bool { phase == .succeeded || phase == .failed }

    // MARK: Conditions

    private func conditions(_ old: Value?) -> Value {
        var conditions = PodConditions(old)
        let unready = pod.containers.filter { !isReady($0) }.map(\.name)
        let readyContainers = unready.isEmpty && facts.wasInitialized
        let gate = pod.readinessGates.first { !conditions.isTrue($0) }
        let reasons = unreadyReasons(unready)
        conditions.set("PodReadyToStartContainers", facts.sandbox.isReady, now: now)
        setInitialized(&conditions)
        conditions.set(
            "ContainersReady", readyContainers, reason: reasons.reason, message: reasons.message, now: now)
        conditions.set(
            "Ready", readyContainers && gate == nil && pod.deletion == nil,
            reason: readyContainers && gate != nil ? "ReadinessGatesNotReady" : reasons.reason,
            message: gate.map { "the status of pod readiness gate \"\($0)\" is not \"True\"" } ?? reasons.message,
            now: now)
        conditions.set("PodScheduled", true, now: now)
        return conditions.value
    }

    private func unreadyReasons(_ unready: [String]) -> (reason: String, message: String) {
        if phase == .succeeded { return ("PodCompleted", "") }
        if phase == .failed { return ("PodFailed", "") }
        return ("ContainersNotReady", "containers with unready status: [\(unready.joined(separator: " "))]")
    }

    private func setInitialized(_ conditions: inout PodConditions) {
        let open = pod.initContainers.filter { container in
            let state = facts[container.name]
            return container.isSidecar ? !state.passedStartup : state.ending?.succeeded != true
        }
        conditions.set(
            "Initialized", facts.wasInitialized || phase == .succeeded || open.isEmpty,
            reason: "ContainersNotInitialized",
            message: "containers with incomplete status: [\(open.map(\.name).joined(separator: " "))]", now: now)
    }

    // MARK: Containers

    private func isReady(_ container: ContainerDefinition) -> Bool {
        let state = facts[container.name]
        if container.isInit, !container.isSidecar { return state.ending?.succeeded ?? false }
        return state.isRunning && !state.isPostStartRunning && state.passedStartup && state.passedReadiness
    }

    private func isStarted(_ container: ContainerDefinition) -> Bool {
        let state = facts[container.name]
        return state.isRunning && !state.isPostStartRunning && state.passedStartup
    }

    private func containerStatus(_ container: ContainerDefinition) -> Value {
        let state = facts[container.name]
        var status: Value = ["name": .string(container.name), "state": self.state(of: container)]
        var last: Value = .mapping(Mapping())
        if let ending = lastEnding(state) { last["terminated"] = Self.terminated(ending) }
        status["lastState"] = last
        status["ready"] = .bool(isReady(container))
        status["restartCount"] = .int(state.attempt)
        status["image"] = .string(container.image)
        status["imageID"] = .string(imageID(container, state))
        if !state.id.isEmpty { status["containerID"] = .string(Self.containerID(state.id)) }
        status["started"] = .bool(isStarted(container))
        return status
    }

    private func imageID(_ container: ContainerDefinition, _ state: ContainerFacts) -> String {
        guard !state.imageDigest.isEmpty else { return "" }
        let name = container.image.split(separator: "@")[0]
        let slash = name.lastIndex(of: "/") ?? name.startIndex
        let untagged = name[slash...].lastIndex(of: ":").map { name[..<$0] } ?? name
        return "\(untagged)@\(state.imageDigest)"
    }

    /// The previous ending: that of the attempt before, or of this one while it waits for its restart.
    private func lastEnding(_ state: ContainerFacts) -> Ending? {
        if let ending = state.ending, isWaitingForRestart(state) { return ending }
        return state.last
    }

    private func isWaitingForRestart(_ state: ContainerFacts) -> Bool {
        guard let ending = state.ending, !isOver, pod.deletion == nil else { return false }
        return state.restarts.delay(after: ending.finishedAt) > .zero || state.trouble != nil
            || failedImage(state) != nil
    }

    private func failedImage(_ state: ContainerFacts) -> (reason: String, message: String)? {
        guard case .failed(let reason, let message, let retryAt) = state.image else { return nil }
        guard let retryAt, retryAt > now, reason == "ErrImagePull", state.imageBackoff.failures > 1 else {
            return (reason, message)
        }
        return ("ImagePullBackOff", "Back-off pulling image: \(message)")
    }

    private func state(of container: ContainerDefinition) -> Value {
        let state = facts[container.name]
        switch state.phase {
        case .running where !state.isPostStartRunning:
            return ["running": ["startedAt": .string(state.startedAt?.description ?? now.description)]]
        case .ended(let ending) where !willRestart(container, ending) || !isWaitingForRestart(state):
            return ["terminated": Self.terminated(ending)]
        default:
            let (reason, message) = waiting(container, state)
            var waiting: Value = ["reason": .string(reason)]
            if !message.isEmpty { waiting["message"] = .string(message) }
            return ["waiting": waiting]
        }
    }

    private func willRestart(_ container: ContainerDefinition, _ ending: Ending) -> Bool {
        PodPlan(pod, facts, now: now).restarts(container, after: ending)
    }

    private func waiting(_ container: ContainerDefinition, _ state: ContainerFacts) -> (String, String) {
        if let trouble = state.trouble { return (trouble.reason, trouble.message) }
        if let failure = failedImage(state) { return failure }
        if let ending = state.ending {
            let delay = state.restarts.delay(after: ending.finishedAt).components.seconds
            return (
                "CrashLoopBackOff",
                "back-off \(delay)s restarting failed container=\(container.name) pod=\(pod.label)"
            )
        }
        let waitsForInit = !container.isInit && !facts.wasInitialized && !pod.initContainers.isEmpty
        if waitsForInit || (container.isInit && facts.sandbox != .ready) { return ("PodInitializing", "") }
        return ("ContainerCreating", stageMessage)
    }

    private var stageMessage: String {
        if case .failed(let message, _) = facts.sandbox { return message }
        if case .failed(let message, _) = facts.volumes { return message }
        return ""
    }

    private static func containerID(_ id: String) -> String { "belay://\(id)" }

    private static func terminated(_ ending: Ending) -> Value {
        var value: Value = ["exitCode": .int(ending.code), "reason": .string(ending.reason)]
        if let signal = ending.signal { value["signal"] = .int(signal) }
        if !ending.message.isEmpty { value["message"] = .string(ending.message) }
        if let started = ending.startedAt { value["startedAt"] = .string(started.description) }
        value["finishedAt"] = .string(ending.finishedAt.description)
        if !ending.id.isEmpty { value["containerID"] = .string(containerID(ending.id)) }
        return value
    }
}
