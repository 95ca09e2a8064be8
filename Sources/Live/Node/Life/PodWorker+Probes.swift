import Cluster
import Document
import Manifest
import System

/// Asking running containers whether they have started, live and are ready.
extension PodWorker {
    /// Begins the probes of a container: the startup probe first where there is one, then the others.
    func startProbes(_ container: ContainerDefinition) {
        stopProbes(container.name)
        if container.startupProbe != nil, !facts[container.name].passedStartup {
            begin(.startup, container)
        } else {
            facts[container.name].passedStartup = true
            begin(.liveness, container)
            begin(.readiness, container)
        }
    }

    func stopProbes(_ name: String) {
        for task in probes.removeValue(forKey: name)?.values.map(\.self) ?? [] { task.cancel() }
    }

    private func begin(_ kind: ProbeState.Kind, _ container: ContainerDefinition) {
        let definition =
            switch kind {
            case .startup: container.startupProbe
            case .liveness: container.livenessProbe
            case .readiness: container.readinessProbe
            }
        let name = container.name
        guard let definition, let startedAt = facts[name].startedAt else { return }
        let known: ProbeState.Verdict? = kind == .readiness && facts[name].passedReadiness ? .succeeded : nil
        let state = ProbeState(kind, definition, startedAt: startedAt, verdict: known)
        let id = facts[name].id
        probes[name, default: [:]][kind] = run { await self.ask(state, name, id: id) }
    }

    /// Asks until the container is another one or the task is cancelled.
    private func ask(_ initial: ProbeState, _ name: String, id: String) async {
        var state = initial
        let clock = services.clock
        guard (try? await clock.sleep(state.firstDelay(now: now))) != nil else { return }
        while !Task.isCancelled, facts[name].id == id, facts[name].isRunning {
            guard let target = await target(name) else { return }
            let answer = await services.handlers.run(
                state.definition.handler, on: target, timeout: .seconds(state.definition.timeout))
            guard !Task.isCancelled, facts[name].id == id, facts[name].isRunning else { return }
            note(answer, &state, name)
            guard (try? await clock.sleep(state.nextDelay(now: now))) != nil else { return }
        }
    }

    private func note(_ answer: HandlerRunner.Answer, _ state: inout ProbeState, _ name: String) {
        let count = state.counted
        let verdict = state.take(succeeded: answer.succeeded, now: now)
        if !answer.succeeded, state.counted != count {
            services.events.record(
                .warning, on: pod.manifest, field: field(name), reason: "Unhealthy",
                "\(state.kind.rawValue) probe failed: \(answer.message)")
        }
        guard let verdict else { return }
        switch (state.kind, verdict) {
        case (.readiness, _):
            facts[name].passedReadiness = verdict == .succeeded
            evaluate()
        case (.startup, .succeeded):
            facts[name].passedStartup = true
            if let container = pod.container(name) { startProbes(container) }
            evaluate()
        case (.liveness, .succeeded): return
        case (.startup, .failed), (.liveness, .failed): restart(name, after: state)
        }
    }

    private func restart(_ name: String, after state: ProbeState) {
        guard facts[name].kill == nil else { return }
        let message = "Container \(name) failed \(state.kind.rawValue.lowercased()) probe, will be restarted"
        begin(.init(reason: "Unhealthy", message: message, grace: state.definition.gracePeriod), of: name)
    }
}
