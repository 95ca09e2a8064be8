import System

/// What the node does next for a pod, from what is asked for and what is there: a pure function, called again whenever a
/// fact changes. Order and waiting are kubelet's (`computePodActions`).
struct PodPlan {
    /// One thing to do. Whoever carries it out notes that it is under way before asking again.
    enum Action: Sendable, Equatable {
        case makeSandbox
        case makeVolumes
        case pull(container: String)
        /// Starts a container; for a restart, the attempt is a new one.
        case start(container: String, attempt: Int)
        case kill(container: String, Kill)
        case judge(PodFacts.Verdict)
        case noteInitialized
        /// Ends the sandbox, the network and the volumes; with `keepingFolders`, what people may still want to read stays.
        case removeSandbox(keepingFolders: Bool)
        /// The pod's last word: its object goes.
        case deleteObject
    }

    /// How a container is to be ended.
    struct Kill: Sendable, Equatable {
        var reason: String
        var message: String
        /// Seconds; nil for what the pod says.
        var grace: Int?
    }

    let pod: PodSpec
    let facts: PodFacts
    let now: Timestamp
    private(set) var actions: [Action] = []
    /// When to ask again though nothing has happened.
    private(set) var wakeAt: Timestamp?

    init(_ pod: PodSpec, _ facts: PodFacts, now: Timestamp) {
        self.pod = pod
        self.facts = facts
        self.now = now
        if pod.deletion != nil {
            end(deleting: true)
        } else if facts.isFinished {
            return
        } else if facts.verdict != nil || isOver {
            end(deleting: false)
        } else {
            live()
        }
    }

    private mutating func wake(at time: Timestamp) {
        wakeAt = wakeAt.map { min($0, time) } ?? time
    }

    // MARK: Living

    private mutating func live() {
        watchDeadline()
        makeReady()
        pullImages()
        guard facts.sandbox.isReady, facts.volumes.isReady else { return }
        guard runInitContainers() else { return }
        if !facts.wasInitialized { actions.append(.noteInitialized) }
        for container in pod.containers { keep(container) }
    }

    private mutating func watchDeadline() {
        guard let seconds = pod.activeDeadline, let started = facts.startedAt else { return }
        let deadline = started + .seconds(seconds)
        if deadline <= now {
            actions.append(
                .judge(
                    .init(
                        reason: "DeadlineExceeded",
                        message: "Pod was active on the node longer than the specified deadline")))
        } else {
            wake(at: deadline)
        }
    }

    private mutating func makeReady() {
        prepare(facts.sandbox, by: .makeSandbox)
        prepare(facts.volumes, by: .makeVolumes)
    }

    private mutating func prepare(_ stage: PodFacts.Stage, by action: Action) {
        switch stage {
        case .absent, .removed: actions.append(action)
        case .failed(_, let retryAt):
            if retryAt <= now { actions.append(action) } else { wake(at: retryAt) }
        case .making, .ready, .removing: return
        }
    }

    /// Pulls what will be needed, all at once: while one container starts, the next one's image arrives.
    private mutating func pullImages() {
        for container in pod.allContainers where needsImage(container) {
            switch facts[container.name].image {
            case .unknown: actions.append(.pull(container: container.name))
            case .failed(_, _, let retryAt?):
                if retryAt <= now { actions.append(.pull(container: container.name)) } else { wake(at: retryAt) }
            case .failed, .pulling, .ready: continue
            }
        }
    }

    private func needsImage(_ container: ContainerDefinition) -> Bool {
        let state = facts[container.name]
        if container.isInit, !container.isSidecar, facts.wasInitialized { return false }
        switch state.phase {
        case .none: return true
        case .ended(let ending): return restarts(container, after: ending)
        case .starting, .running: return false
        }
    }

    /// Works through the init containers.
    ///
    /// - Returns: whether the others may run.
    private mutating func runInitContainers() -> Bool {
        for container in pod.initContainers {
            let state = facts[container.name]
            if container.isSidecar {
                keep(container)
                if !facts.wasInitialized, !(state.isRunning && state.passedStartup) { return false }
            } else if !facts.wasInitialized {
                if state.ending?.succeeded == true { continue }
                keep(container)
                return false
            }
        }
        return true
    }

    /// Starts a container, starts it again, or ends it when it is no longer what is asked for.
    private mutating func keep(_ container: ContainerDefinition) {
        let state = facts[container.name]
        switch state.phase {
        case .starting: return
        case .running:
            if state.kill == nil, !state.fingerprint.isEmpty, state.fingerprint != container.fingerprint {
                let message = "Container \(container.name) definition changed, will be restarted"
                actions.append(.kill(container: container.name, Kill(reason: "Killing", message: message)))
            }
        case .none:
            start(container, attempt: state.hasStartedOnce ? state.attempt + 1 : state.attempt)
        case .ended(let ending):
            guard restarts(container, after: ending) else { return }
            let due = ending.finishedAt + state.restarts.delay(after: ending.finishedAt)
            if due > now { return wake(at: due) }
            start(container, attempt: state.attempt + 1)
        }
    }

    private mutating func start(_ container: ContainerDefinition, attempt: Int) {
        let state = facts[container.name]
        guard state.readyImage != nil else { return }
        if let trouble = state.trouble, trouble.retryAt > now { return wake(at: trouble.retryAt) }
        actions.append(.start(container: container.name, attempt: attempt))
    }

    /// Whether a container that ended is started again.
    func restarts(_ container: ContainerDefinition, after ending: Ending) -> Bool {
        if container.isSidecar { return true }
        switch pod.restartPolicy {
        case .always: return container.isInit ? !ending.succeeded : true
        case .onFailure: return !ending.succeeded
        case .never: return false
        }
    }

    // MARK: Ending

    /// Whether the pod has come to its end by itself: nothing runs that holds it up, and nothing will be started again.
    private var isOver: Bool {
        if hasFailedInit { return true }
        guard facts.wasInitialized, !pod.containers.isEmpty else { return false }
        return pod.containers.allSatisfy { container in
            guard let ending = facts[container.name].ending else { return false }
            return !restarts(container, after: ending)
        }
    }

    private var hasFailedInit: Bool {
        pod.restartPolicy == .never
            && pod.initContainers.contains { container in
                guard !container.isSidecar, let ending = facts[container.name].ending else { return false }
                return !ending.succeeded
            }
    }

    private mutating func end(deleting: Bool) {
        guard stopContainers() else { return }
        switch facts.sandbox {
        case .making, .removing: return
        case .removed:
            if deleting { actions.append(.deleteObject) }
        case .failed(_, let retryAt) where retryAt > now: wake(at: retryAt)
        case .absent, .ready, .failed:
            guard facts.volumes != .making, deleting || facts.isEndReported else { return }
            actions.append(.removeSandbox(keepingFolders: !deleting))
        }
    }

    /// Ends what runs: the containers together, then the sidecars from the last to the first.
    ///
    /// - Returns: whether nothing runs any more.
    private mutating func stopContainers() -> Bool {
        let main = pod.allContainers.filter { !$0.isSidecar }
        let running = main.filter { facts[$0.name].isAlive }
        for container in running { stop(container) }
        if !running.isEmpty { return false }
        guard let sidecar = pod.initContainers.last(where: { $0.isSidecar && facts[$0.name].isAlive }) else {
            return true
        }
        stop(sidecar)
        return false
    }

    private mutating func stop(_ container: ContainerDefinition) {
        let state = facts[container.name]
        guard state.phase == .running else { return }
        // A kill under way is hurried on when less time is left than it was given.
        if let kill = state.kill, grace.map({ now + .seconds($0 + 1) >= kill.deadline }) ?? true { return }
        let kill = Kill(reason: "Killing", message: "Stopping container \(container.name)", grace: grace)
        actions.append(.kill(container: container.name, kill))
    }

    /// Seconds that are left of the pod's grace.
    private var grace: Int? {
        guard let deletion = pod.deletion else { return nil }
        let left = (deletion.deadline - now).components.seconds
        return Int(max(0, min(Int64(deletion.grace), left + 1)))
    }
}
