import Cluster
import ContainerRuntime
import Document
import Manifest
import System

/// One pod's life: asks `PodPlan` what is next, carries it out, notes what came of it, and asks again.
///
/// Whatever takes time runs in a task of the worker's own, beside the others: a slow pull holds up no probe and no
/// deletion. Cancelling the worker leaves the containers as they are.
actor PodWorker {
    let services: PodServices
    var pod: PodSpec
    var facts: PodFacts
    /// Told once the pod's object and all that it had are gone.
    private let whenGone: @Sendable () -> Void

    // What is under way. Each task is cancelled by `stop`.
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var lastTask = 0
    private var wake: (at: Timestamp, task: Task<Void, Never>)?
    private(set) var isStopped = false

    // Status reports.
    var isReporting = false
    var isReportDue = false

    // Containers.
    var probes: [String: [ProbeState.Kind: Task<Void, Never>]] = [:]
    var kills: [String: Task<Void, Never>] = [:]
    /// Exits that were told before the start was.
    var earlyExits: [String: ContainerState] = [:]
    /// How the attempt before the present one ended, until it is started.
    var lastEnding: [String: Ending] = [:]
    /// Programs of running containers, for probes and for what people execute.
    var processes: [String: ProcessSpec] = [:]
    /// The objects that the pod's volumes were made from.
    var isRenewing = false
    var isRenewalDue = false
    var sandboxFailures = FailureBackoff(first: .milliseconds(200), longest: .seconds(30))
    var volumeFailures = FailureBackoff(first: .milliseconds(200), longest: .seconds(30))
    var deletionFailures = FailureBackoff(first: .milliseconds(100), longest: .seconds(10))

    init(
        _ pod: PodSpec, _ facts: PodFacts, services: PodServices, whenGone: @escaping @Sendable () -> Void
    ) {
        self.pod = pod
        self.facts = facts
        self.services = services
        self.whenGone = whenGone
    }

    var now: Timestamp { services.now }

    /// Begins; containers that were found running are probed again.
    func start() {
        for container in pod.allContainers where facts[container.name].isRunning { startProbes(container) }
        evaluate()
    }

    /// Takes a newer version of the pod.
    func update(_ manifest: Manifest) {
        guard manifest.uid == pod.uid, Self.isNewer(manifest, than: pod.manifest) else { return }
        let new = PodSpec(manifest)
        for container in new.allContainers where pod.container(container.name)?.image != container.image {
            facts[container.name].image = .unknown
        }
        pod = new
        evaluate()
    }

    /// The pod's object is gone though nobody here removed it: its containers go at once.
    func objectIsGone() {
        guard pod.deletion.map({ $0.grace > 0 }) ?? true else { return evaluate() }
        var manifest = pod.manifest
        manifest.value[path: "metadata", "deletionTimestamp"] = .string(now.description)
        manifest.value[path: "metadata", "deletionGracePeriodSeconds"] = 0
        pod = PodSpec(manifest)
        evaluate()
    }

    /// Versions are numbers in the embedded cluster; elsewhere every other version counts as newer.
    private static func isNewer(_ new: Manifest, than old: Manifest) -> Bool {
        guard let new = UInt64(new.resourceVersion), let old = UInt64(old.resourceVersion) else {
            return new.resourceVersion != old.resourceVersion
        }
        return new > old
    }

    /// Ends the worker and not the pod.
    func stop() {
        isStopped = true
        wake?.task.cancel()
        for task in tasks.values { task.cancel() }
        for task in probes.values.flatMap(\.values) { task.cancel() }
        tasks = [:]
        probes = [:]
    }

    /// Asks what is next and does it, until there is nothing to do but wait.
    func evaluate() {
        guard !isStopped else { return }
        var plan = PodPlan(pod, facts, now: now)
        var rounds = 0
        // A step that is over at once may make the next one due.
        while plan.actions.contains(where: \.isImmediate), rounds < 4 {
            for action in plan.actions { perform(action) }
            plan = PodPlan(pod, facts, now: now)
            rounds += 1
        }
        for action in plan.actions { perform(action) }
        report()
        setWake(plan.wakeAt)
    }

    private func perform(_ action: PodPlan.Action) {
        switch action {
        case .makeSandbox:
            facts.sandbox = .making
            run { await self.makeSandbox() }
        case .makeVolumes:
            facts.volumes = .making
            run { await self.makeVolumes() }
        case .pull(let name):
            facts[name].image = .pulling
            run { await self.pull(name) }
        case .start(let name, let attempt):
            if let ending = facts[name].ending {
                lastEnding[name] = ending
                facts[name].last = ending
            }
            facts[name].phase = .starting
            run { await self.start(name, attempt: attempt) }
        case .kill(let name, let kill): begin(kill, of: name)
        case .judge(let verdict): judge(verdict)
        case .noteInitialized: facts.wasInitialized = true
        case .removeSandbox(let keepingFolders):
            facts.sandbox = .removing
            run { await self.removeSandbox(keepingFolders: keepingFolders) }
        case .deleteObject:
            facts.sandbox = .removing
            run { await self.deleteObject() }
        }
    }

    private func judge(_ verdict: PodFacts.Verdict) {
        facts.verdict = verdict
        services.events.record(.warning, on: pod.manifest, reason: verdict.reason, verdict.message)
    }

    /// Runs something in a task that belongs to this worker.
    @discardableResult
    func run(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        lastTask += 1
        let id = lastTask
        let task = Task {
            await body()
            self.forget(id)
        }
        tasks[id] = task
        return task
    }

    private func forget(_ id: Int) {
        tasks[id] = nil
    }

    private func setWake(_ time: Timestamp?) {
        guard let time else {
            wake?.task.cancel()
            wake = nil
            return
        }
        if wake?.at == time { return }
        wake?.task.cancel()
        let clock = services.clock
        // Owned by the worker: cancelled by the next wake and by `stop`.
        let task = Task {
            guard (try? await clock.sleep(max(.zero, time - clock.now()))) != nil else { return }
            self.woken()
        }
        wake = (time, task)
    }

    private func woken() {
        wake = nil
        evaluate()
    }

    /// The pod and all that it had are gone.
    func finish() {
        stop()
        whenGone()
    }
}

extension PodPlan.Action {
    /// Whether it is over as soon as it is asked for.
    fileprivate var isImmediate: Bool {
        switch self {
        case .judge, .noteInitialized: true
        default: false
        }
    }
}
