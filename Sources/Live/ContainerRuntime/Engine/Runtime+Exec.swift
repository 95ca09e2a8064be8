import System

extension Runtime {
    package func exec(_ id: String, _ spec: ExecSpec) async throws -> any RunningExec {
        let entry = try running(id)
        let place = folder.container(id)
        return try await blocking { runtime in
            do {
                let restrictions = LaunchPlan.Restrictions(
                    cgroup: entry.record.cgroup, privileged: entry.record.privileged,
                    devicesAreHeld: entry.record.devicesAreHeld,
                    filter: try runtime.filters.program(
                        for: entry.record.seccomp, capabilities: spec.process.capabilities),
                    outOfMemoryScore: entry.record.outOfMemoryScore, openFiles: runtime.openFiles)
                let plan = try LaunchPlan.execution(spec.process, under: restrictions)
                return try ExecSession.start(spec, plan, at: place, poller: runtime.poller, clock: runtime.clock)
            } catch {
                throw Self.fault(error)
            }
        }
    }
}
