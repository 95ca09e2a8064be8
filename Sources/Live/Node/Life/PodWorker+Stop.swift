import Cluster
import ContainerRuntime
import Document
import Glibc
import Manifest
import System

/// Ending containers, and taking note of those that ended.
extension PodWorker {
    /// The least time that a program gets between the request to end and its end, once it was asked (kubelet's
    /// `minimumGracePeriodInSeconds`).
    private static let leastGrace: Duration = .seconds(2)

    /// Begins to end a container.
    func begin(_ kill: PodPlan.Kill, of name: String) {
        guard facts[name].isRunning else { return }
        let grace = max(0, kill.grace ?? pod.gracePeriod)
        let isFirst = facts[name].kill == nil
        facts[name].kill = .init(deadline: now + .seconds(grace))
        if isFirst {
            services.events.record(
                .normal, on: pod.manifest, field: field(name), reason: "Killing", kill.message)
            // What is being ended need not live any more, but whether it is ready still counts.
            for kind in [ProbeState.Kind.liveness, .startup] {
                probes[name]?[kind]?.cancel()
                probes[name]?[kind] = nil
            }
        }
        kills[name]?.cancel()
        let id = facts[name].id
        kills[name] = run { await self.end(name, id: id, grace: grace, runsHook: isFirst) }
    }

    /// Runs the hook, asks the program to end, and kills what is left when the time is over.
    private func end(_ name: String, id: String, grace: Int, runsHook: Bool) async {
        let deadline = now + .seconds(grace)
        if grace > 0 {
            if runsHook, let hook = pod.container(name)?.preStop { await runPreStop(hook, name, within: grace) }
            guard isAlive(name, id), !Task.isCancelled else { return }
            await signal(name, id, stopSignal(of: name), all: false)
            guard (try? await services.clock.sleep(max(Self.leastGrace, deadline - now))) != nil else { return }
        }
        // SIGKILL cannot be ignored, but a process in an uninterruptible wait takes its time.
        while isAlive(name, id), !isStopped {
            await signal(name, id, SIGKILL, all: true)
            guard (try? await services.clock.sleep(.seconds(5))) != nil else { return }
        }
    }

    private func isAlive(_ name: String, _ id: String) -> Bool {
        facts[name].id == id && facts[name].isRunning
    }

    private func runPreStop(_ hook: Handler, _ name: String, within grace: Int) async {
        guard let target = await target(name) else { return }
        let answer = await services.handlers.run(hook, on: target, timeout: .seconds(grace))
        guard !answer.succeeded, !Task.isCancelled else { return }
        services.events.record(
            .warning, on: pod.manifest, field: field(name), reason: "FailedPreStopHook",
            "PreStopHook failed: \(answer.message)")
    }

    private func signal(_ name: String, _ id: String, _ signal: Int32, all: Bool) async {
        do {
            try await services.engine.kill(id, signal: signal, all: all)
        } catch let error as ContainerError where error.code == .notRunning || error.code == .notFound {
            // It may have ended without anybody having heard of it.
            if let state = try? await services.engine.state(id), state.exit != nil { await containerEnded(state) }
        } catch {
            services.log.warning("\(pod.label): cannot signal container \(name): \(error)")
        }
    }

    private func stopSignal(of name: String) -> Int32 {
        SignalNames.number(facts[name].stopSignal) ?? SIGTERM
    }

    // MARK: Ended

    /// Takes note of an exit; one that was told already, or of a container that is no longer the present one, is
    /// nothing new.
    func containerEnded(_ state: ContainerState) async {
        guard let labels = ContainerLabels(state.labels), let exit = state.exit else { return }
        let name = labels.container
        if facts[name].phase == .starting {
            earlyExits[state.id] = state
            return
        }
        guard facts[name].id == state.id, facts[name].isRunning else { return }
        let message = await lastWords(name, attempt: labels.attempt, code: exit.code)
        guard facts[name].id == state.id, facts[name].isRunning else { return }
        let ending = Ending(
            id: state.id, code: exit.code, signal: exit.signal, reason: Self.reason(exit), message: message,
            startedAt: state.startedAt, finishedAt: exit.finishedAt)
        facts[name].phase = .ended(ending)
        facts[name].kill = nil
        facts[name].isPostStartRunning = false
        facts[name].passedReadiness = false
        facts[name].passedStartup = false
        stopProbes(name)
        kills.removeValue(forKey: name)?.cancel()
        processes[name] = nil
        tellBackoff(name, ending)
        evaluate()
    }

    private func tellBackoff(_ name: String, _ ending: Ending) {
        guard let container = pod.container(name), pod.deletion == nil,
            PodPlan(pod, facts, now: now).restarts(container, after: ending),
            facts[name].restarts.delay(after: ending.finishedAt) > .zero
        else { return }
        services.events.record(
            .warning, on: pod.manifest, field: field(name), reason: "BackOff",
            "Back-off restarting failed container \(name) in pod \(pod.label)")
    }

    private static func reason(_ exit: ContainerState.Exit) -> String {
        if exit.wasOutOfMemory { return "OOMKilled" }
        return exit.code == 0 ? "Completed" : "Error"
    }

    /// What the container left to be read: its termination file, or after a failure the end of its log where the pod
    /// asks for it.
    private func lastWords(_ name: String, attempt: Int, code: Int32) async -> String {
        let path = services.folders.terminationLog(of: pod, container: name, attempt: attempt)
        let words = await services.volumes.lastWords(path)
        guard words.isEmpty, code != 0, pod.container(name)?.readsMessageFromLog == true else { return words }
        let log = services.folders.log(of: pod, container: name, attempt: attempt)
        let lines = LogText.lastLines(of: await services.volumes.lastWords(log, limit: 8192), count: 80)
        return String(lines.suffix(2048))
    }
}

/// Signals by name, as images write them (`STOPSIGNAL`): `SIGTERM`, `TERM`, `15`.
enum SignalNames {
    static func number(_ text: String) -> Int32? {
        if let number = Int32(text) { return (1...64).contains(number) ? number : nil }
        let upper = text.uppercased()
        let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        if name.hasPrefix("RTMIN") { return Int32(name.dropFirst(5).drop { $0 == "+" }).map { 34 + $0 } ?? 34 }
        return numbers[name]
    }

    /// signal(7), x86 and ARM.
    private static let numbers: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "BUS": 7, "FPE": 8, "KILL": 9, "USR1": 10,
        "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CONT": 18, "STOP": 19,
        "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27, "WINCH": 28,
        "IO": 29, "PWR": 30, "SYS": 31,
    ]
}
