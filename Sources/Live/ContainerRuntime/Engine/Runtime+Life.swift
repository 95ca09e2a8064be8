import CLinux
import Glibc
import Synchronization
import System

extension Runtime {
    /// Finds the containers that earlier services started, and ends what is left half-made. Exits that happened
    /// meanwhile are told to everyone who listens.
    package func recover() async throws {
        try await blocking { runtime in
            // Compiled now, so that the first container does not wait for it.
            _ = try runtime.filters.program(
                for: .runtimeDefault, capabilities: ProcessSpec.defaultCapabilities)
            for id in try Files.names(in: runtime.folder.containers) { try runtime.recover(id) }
            for id in try Files.names(in: runtime.folder.sandboxes)
            where !Files.exists("\(runtime.folder.sandbox(id))/ready") {
                try runtime.removeSandboxNow(id)
            }
        }
    }

    private func recover(_ id: String) throws {
        let place = folder.container(id)
        let isKnown = containers.withLock { $0[id] != nil }
        if isKnown { return }
        guard let text = try? Files.text(place.record), let record = ContainerRecord(text), record.id == id else {
            return try Files.removeTree(place.path)
        }
        guard let started = place.started() else {
            // Its shim is on the way to start it, for a service that is gone: nobody waits for it.
            return try endUnstarted(record, place)
        }
        let state = ContainerState(
            id: id, sandbox: record.sandbox, labels: record.labels, pid: started.pid, startedAt: started.at,
            exit: nil)
        containers.withLock { $0[id] = Entry(phase: .running, state: state, record: record) }
        watch(id)
    }

    private func endUnstarted(_ record: ContainerRecord, _ place: ContainerFolder) throws {
        for _ in 0..<1000 where place.hasShim() {
            if place.started() != nil { return try recover(record.id) }
            usleep(5000)
        }
        try discard(record, place)
    }

    /// Has the poller tell when the container's shim is gone, which is when the container has ended.
    func watch(_ id: String) {
        let place = folder.container(id)
        // The pid is the shim's as long as the lock is held; looked at after the descriptor was opened.
        guard let shim = place.started()?.shim, let process = try? ProcessDescriptor(pid: shim), place.hasShim() else {
            return shimEnded(id)
        }
        let held = HeldProcess(process)
        do {
            _ = try poller.once(held.raw, .reading) { [weak self] in
                held.reap()
                self?.shimEnded(id)
            }
        } catch {
            log.error("cannot watch a container", ["container": id, "reason": "\(error)"])
        }
    }

    private func shimEnded(_ id: String) {
        Task { [weak self] in
            // Owned by nobody: it does one thing on a worker thread and ends.
            try? await self?.blocking { $0.conclude(id) }
        }
    }

    /// Records how a container ended whose shim is gone.
    private func conclude(_ id: String) {
        let place = folder.container(id)
        guard let entry = containers.withLock({ $0[id] }), entry.phase == .running else { return }
        var exit = place.exit()
        if exit == nil {
            // The shim was killed: the kernel killed the first process with it; what may be left is killed here.
            log.error("the shim was lost; its container is ended", ["container": id])
            _ = try? entry.record.cgroup.killAll()
            // Where this service is the first process of its machine, it inherited the container's.
            var status: Int32 = 0
            waitpid(entry.state.pid, &status, WNOHANG)
            let lost = ContainerState.Exit(
                code: 137, signal: SIGKILL, wasOutOfMemory: false, finishedAt: clock.now())
            try? place.writeExit(lost)
            exit = lost
        }
        let ended = containers.withLock { all -> ContainerState? in
            guard all[id]?.phase == .running else { return nil }
            all[id]?.phase = .ended
            all[id]?.state.exit = exit
            return all[id]?.state
        }
        if let ended { broadcast.tell(ended) }
    }

    package func kill(_ id: String, signal: Int32, all: Bool) async throws {
        let entry = try running(id)
        let place = folder.container(id)
        try await blocking { _ in
            // Killing the first process ends the process namespace, and with it every process, forking or not.
            if all && signal != SIGKILL { return try entry.record.cgroup.signalAll(signal) }
            do {
                try ShimControl.signal(signal, at: place)
            } catch {
                guard all else { throw Self.fault(error) }
                try entry.record.cgroup.killAll()
            }
        }
    }

    package func remove(_ id: String) async throws {
        let record = try beginRemoval(id)
        do {
            try await blocking { try $0.discard(record, $0.folder.container(id)) }
            containers.withLock { $0[id] = nil }
            broadcast.forget(id)
        } catch {
            containers.withLock { $0[id]?.phase = .ended }
            throw Self.fault(error)
        }
    }

    private func beginRemoval(_ id: String) throws(ContainerError) -> ContainerRecord {
        let entry = containers.withLock { all -> Entry? in
            guard let entry = all[id] else { return nil }
            if entry.phase == .ended { all[id]?.phase = .removing }
            return entry
        }
        guard let entry else { throw ContainerError(.notFound, "there is no container \(id)") }
        guard entry.phase == .ended else {
            throw ContainerError(.notRunning, "container \(id) has not ended, or is being removed")
        }
        return entry.record
    }

    /// Ends and removes everything under the run folder: containers, sandboxes, mounts, cgroups.
    package func removeAll() async throws {
        try await recover()
        try await blocking { $0.cgroup.liftProcessorLimits() }
        for id in containers.withLock({ Array($0.keys) }) {
            if (try? running(id)) != nil { try? await kill(id, signal: SIGKILL, all: true) }
        }
        let limit = clock.now() + .seconds(10)
        while containers.withLock({ $0.values.contains { $0.phase == .running || $0.phase == .starting } }) {
            if clock.now() > limit { break }
            try await clock.sleep(.milliseconds(2))
        }
        for state in try await list() where state.exit != nil { try? await remove(state.id) }
        for sandbox in try await sandboxes() { try await removeSandbox(sandbox.id) }
        try await blocking { runtime in
            try runtime.cgroup.killAll()
            try runtime.removeCgroup(runtime.cgroup)
            for place in try Mounts.beneath(runtime.folder.path) { try Mounts.detach(place) }
            try Files.removeTree(runtime.folder.containers)
            try Files.removeTree(runtime.folder.sandboxes)
            try Files.removeTree(runtime.folder.mountPoint)
            try Files.removeTree("\(runtime.folder.state)/writable")
        }
    }
}

/// A process descriptor kept by the handler that waits for its end.
private final class HeldProcess: Sendable {
    private let process: ProcessDescriptor

    init(_ process: consuming ProcessDescriptor) {
        self.process = process
    }

    var raw: Int32 { process.raw }

    func reap() { process.reap() }
}
