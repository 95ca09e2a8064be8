import Cluster
import ContainerRuntime
import Document
import Images
import Manifest
import System

/// Getting a container from its image to its first readiness.
extension PodWorker {
    // MARK: Images

    func pull(_ name: String) async {
        guard let container = pod.container(name) else { return }
        let event = field(name)
        let started = now
        do {
            let credentials = try await PullCredentials.read(pod, services)
            let image = try await services.images.image(
                container.image, policy: container.pullPolicy, credentials: credentials)
            facts[name].image = .ready(image)
            facts[name].imageBackoff.reset()
            let time = (now - started).wholeMilliseconds
            services.events.record(
                .normal, on: pod.manifest, field: event, reason: "Pulled",
                "Container image \"\(container.image)\" is ready on the machine (\(time) ms)")
        } catch is CancellationError {
            facts[name].image = .unknown
        } catch {
            pullFailed(name, container.image, error)
        }
        evaluate()
    }

    private func pullFailed(_ name: String, _ image: String, _ error: any Error) {
        let failure = ImageFailure(error, image: image)
        let wait = failure.isPermanent ? nil : facts[name].imageBackoff.fail()
        facts[name].image = .failed(
            reason: failure.reason, message: failure.message, retryAt: wait.map { now + $0 })
        services.events.record(
            .warning, on: pod.manifest, field: field(name), reason: "Failed",
            "Failed to pull image \"\(image)\": \(failure.message)")
        if let wait, facts[name].imageBackoff.failures > 1 {
            services.events.record(
                .normal, on: pod.manifest, field: field(name), reason: "BackOff",
                "Back-off \(wait.components.seconds)s pulling image \"\(image)\"")
        }
    }

    /// How Kubernetes names a container in events.
    func field(_ name: String) -> String {
        let isInit = pod.initContainers.contains { $0.name == name }
        return "spec.\(isInit ? "initContainers" : "containers"){\(name)}"
    }

    // MARK: Start

    func start(_ name: String, attempt: Int) async {
        guard let container = pod.container(name), let image = facts[name].readyImage else { return }
        let before = facts[name]
        do {
            let spec = try await self.spec(container, attempt: attempt, image: image)
            if attempt > 0 { services.log.debug("\(pod.label): starting \(name) again", ["attempt": "\(attempt)"]) }
            let state = try await startOrFind(spec)
            started(container, attempt: attempt, image: image, state: state, process: spec.process)
        } catch is CancellationError {
            return
        } catch let error as ContainerError where error.code == .program {
            couldNotRun(name, attempt: attempt, error)
        } catch {
            notStarted(name, error)
        }
        await removePrevious(before, of: name)
        evaluate()
    }

    /// Starts a container, or finds it running: the service may have ended between its start and its note of it.
    private func startOrFind(_ spec: ContainerSpec) async throws -> ContainerState {
        if let state = try await services.engine.state(spec.id) { return state }
        return try await services.engine.start(spec)
    }

    private func spec(
        _ container: ContainerDefinition, attempt: Int, image: ReadyImage
    ) async throws -> ContainerSpec {
        let environment = try await self.environment(of: container)
        let log = services.folders.log(of: pod, container: container.name, attempt: attempt)
        try await services.volumes.makeLogFolder(log)
        let ending = services.folders.terminationLog(of: pod, container: container.name, attempt: attempt)
        try await services.volumes.makeTerminationLog(ending)
        let mounts = try await MountPlan(pod: pod, container: container, attempt: attempt, folders: services.folders)
            .mounts(
                places: services.volumes.places(of: pod, claims: try await boundClaims()), environment: environment,
                keeper: services.volumes, terminationLog: ending)
        return try ContainerSpecBuilder(
            pod: pod, container: container, attempt: attempt, image: image, environment: environment, mounts: mounts,
            logPath: log, memoryCapacity: services.machine.memory
        ).build()
    }

    private func environment(of container: ContainerDefinition) async throws -> [String] {
        let needs = EnvironmentBuilder.needs(container)
        let builder = EnvironmentBuilder(
            pod: pod, container: container, fields: fields,
            configMaps: try await services.objects("ConfigMap", needs.configMaps, in: pod.namespace),
            secrets: try await services.objects("Secret", needs.secrets, in: pod.namespace),
            services: services.services(pod.namespace))
        do {
            return try builder.build()
        } catch {
            throw NodeError(reason: "CreateContainerConfigError", error.message)
        }
    }

    private func started(
        _ container: ContainerDefinition, attempt: Int, image: ReadyImage, state: ContainerState,
        process: ProcessSpec
    ) {
        let name = container.name
        noteAttempt(name, attempt)
        facts[name].phase = .running
        facts[name].id = state.id
        facts[name].startedAt = state.startedAt
        facts[name].fingerprint = container.fingerprint
        facts[name].imageDigest = image.digest
        facts[name].stopSignal = ContainerLabels(pod, container, attempt, image).stopSignal
        facts[name].passedStartup = container.startupProbe == nil
        facts[name].passedReadiness = container.readinessProbe == nil
        facts[name].trouble = nil
        facts[name].troubleBackoff.reset()
        processes[name] = process
        services.events.record(
            .normal, on: pod.manifest, field: field(name), reason: "Started", "Started container \(name)")
        if let exit = earlyExits.removeValue(forKey: state.id) ?? (state.exit == nil ? nil : state) {
            run { await self.containerEnded(exit) }
        } else if let handler = container.postStart {
            facts[name].isPostStartRunning = true
            run { await self.runPostStart(handler, name, id: state.id) }
        } else {
            startProbes(container)
        }
    }

    /// Moves what was the present attempt into the past.
    private func noteAttempt(_ name: String, _ attempt: Int) {
        if let ending = lastEnding[name] {
            facts[name].last = ending
            facts[name].restarts.restarted(after: ending.finishedAt, now: now)
            lastEnding[name] = nil
        }
        facts[name].attempt = attempt
        facts[name].hasStartedOnce = true
        facts[name].kill = nil
        facts[name].isPostStartRunning = false
        if pod.container(name)?.pullPolicy == .always { facts[name].image = .unknown }
    }

    /// The program could not be executed: for Kubernetes a container that ran and ended with 128.
    private func couldNotRun(_ name: String, attempt: Int, _ error: ContainerError) {
        noteAttempt(name, attempt)
        let id = ContainerSpecBuilder.id(pod: pod.uid, container: name, attempt: attempt)
        facts[name].id = id
        let ending = Ending(
            id: id, code: 128, signal: nil, reason: "StartError", message: error.message, startedAt: now,
            finishedAt: now)
        facts[name].phase = .ended(ending)
        lastEnding[name] = ending
        services.events.record(
            .warning, on: pod.manifest, field: field(name), reason: "Failed", "Error: \(error.message)")
    }

    private func notStarted(_ name: String, _ error: any Error) {
        let reason = (error as? NodeError)?.reason ?? "RunContainerError"
        let wait = facts[name].troubleBackoff.fail()
        facts[name].trouble = .init(reason: reason, message: "\(error)", retryAt: now + wait)
        facts[name].phase = lastEnding[name].map { .ended($0) } ?? .none
        services.events.record(
            .warning, on: pod.manifest, field: field(name), reason: "Failed", "Error: \(error)")
    }

    /// The container of the attempt before is only kept until there is a next one.
    private func removePrevious(_ before: ContainerFacts, of name: String) async {
        guard !before.id.isEmpty, before.id != facts[name].id else { return }
        do {
            try await remove(before.id)
            try await services.volumes.removeLogs(
                of: services.folders.logs(of: pod), container: name, olderThan: facts[name].attempt - 1)
        } catch {
            services.log.warning("\(pod.label): cannot remove container \(before.id): \(error)")
        }
    }

    private func runPostStart(_ handler: Handler, _ name: String, id: String) async {
        guard let target = await target(name) else { return }
        let answer = await services.handlers.run(handler, on: target, timeout: .seconds(max(pod.gracePeriod, 30) * 4))
        guard facts[name].id == id, facts[name].isRunning else { return }
        facts[name].isPostStartRunning = false
        if answer.succeeded {
            if let container = pod.container(name) { startProbes(container) }
        } else {
            services.events.record(
                .warning, on: pod.manifest, field: field(name), reason: "FailedPostStartHook",
                "PostStartHook failed: \(answer.message)")
            begin(.init(reason: "FailedPostStartHook", message: "FailedPostStartHook"), of: name)
        }
        evaluate()
    }

    /// How a running container is asked and acted on; nil when it does not run.
    func target(_ name: String) async -> HandlerRunner.Target? {
        guard facts[name].isRunning else { return nil }
        let (id, address) = (facts[name].id, podAddress)
        let process = (try? await process(of: name)) ?? ProcessSpec(arguments: [])
        return HandlerRunner.Target(id: id, address: address, process: process)
    }

    /// The program of a container, from which those that are executed in it take user, variables and folder.
    func process(of name: String) async throws -> ProcessSpec {
        if let known = processes[name] { return known }
        guard let container = pod.container(name) else {
            throw NodeError(reason: "NotFound", "container \(name) is not one of pod \(pod.name)")
        }
        // Found running after a restart of the service: its image is there, and says the rest.
        let image = try await services.images.image(container.image, policy: .never, credentials: [])
        let environment = try await environment(of: container)
        let process = try ContainerSpecBuilder(
            pod: pod, container: container, attempt: facts[name].attempt, image: image, environment: environment,
            mounts: [], logPath: "", memoryCapacity: services.machine.memory
        ).build().process
        processes[name] = process
        return process
    }
}
