import Cluster
import ContainerRuntime
import Document
import Manifest
import Network
import System

/// What a pod needs before its containers and loses after them.
extension PodWorker {
    func makeSandbox() async {
        do {
            let sandbox = try await services.engine.createSandbox(sandboxSpec)
            if !pod.usesHostNetwork, let namespace = sandbox.networkNamespace {
                facts.address = try await services.network.attach(pod: pod.uid, namespace: namespace)
            }
            try await writeNetworkFiles()
            if facts.startedAt == nil { facts.startedAt = now }
            sandboxFailures.reset()
            facts.sandbox = .ready
        } catch {
            let message = "Failed to create pod sandbox: \(error)"
            facts.sandbox = .failed(message: message, retryAt: now + sandboxFailures.fail())
            services.events.record(.warning, on: pod.manifest, reason: "FailedCreatePodSandBox", message)
        }
        evaluate()
    }

    private var sandboxSpec: SandboxSpec {
        SandboxSpec(
            id: pod.uid, hostname: pod.hostname, hostNetwork: pod.usesHostNetwork, resources: podLimits,
            sysctls: pod.security.sysctls)
    }

    /// The pod's limits: the sum of its containers', where each has one.
    private var podLimits: ResourceLimits {
        let running = pod.containers + pod.initContainers.filter(\.isSidecar)
        let sum = { (name: String) -> Int? in
            let limits = running.map { $0.limit(name)?.milliUnits }
            guard !limits.contains(nil) else { return nil }
            let total = limits.compactMap(\.self).reduce(0, +)
            let initial = self.pod.initContainers.filter { !$0.isSidecar }.compactMap { $0.limit(name)?.milliUnits }
            return max(total, initial.max() ?? 0)
        }
        let request = running.compactMap { $0.request("cpu")?.milliUnits }.reduce(0, +)
        return ResourceLimits(
            cpuRequest: request > 0 ? request : nil, cpuLimit: sum("cpu"), memoryLimit: sum("memory").map { $0 / 1000 })
    }

    var podAddress: String {
        PodStatus(pod: pod, facts: facts, now: now, hostAddress: services.machine.address).podAddress ?? ""
    }

    var fields: DownwardFields {
        DownwardFields(
            pod: pod, podAddress: podAddress, hostAddress: services.machine.address,
            capacity: (services.machine.cores * 1000, services.machine.memory))
    }

    private func writeNetworkFiles() async throws {
        let files = NetworkFiles(
            pod: pod, podAddress: podAddress, resolver: await services.network.resolver,
            machineResolver: (try? Files.text("/etc/resolv.conf")) ?? "")
        try await services.volumes.writeFiles(files.all, of: pod.uid)
    }

    // MARK: Volumes

    func makeVolumes() async {
        do {
            try await services.volumes.prepare(pod, payload: try await payload(), claims: try await boundClaims())
            volumeFailures.reset()
            facts.volumes = .ready
        } catch {
            let message = "\(error)"
            facts.volumes = .failed(message: message, retryAt: now + volumeFailures.fail())
            let reason = (error as? NodeError)?.reason ?? "FailedMount"
            services.events.record(
                .warning, on: pod.manifest, reason: reason, "MountVolume.SetUp failed: \(message)")
        }
        evaluate()
    }

    private func payload() async throws -> VolumePayload {
        let needs = VolumePayload.needs(pod.volumes)
        return VolumePayload(
            pod: pod, fields: fields,
            configMaps: try await services.objects("ConfigMap", needs.configMaps, in: pod.namespace),
            secrets: try await services.objects("Secret", needs.secrets, in: pod.namespace))
    }

    private var claimNames: Set<String> {
        Set(pod.volumes.compactMap { if case .claim(let name, _) = $0.source { name } else { nil } })
    }

    func boundClaims() async throws -> [String: Manifest] {
        let claims = try await services.objects("PersistentVolumeClaim", claimNames, in: pod.namespace)
        for claim in claims.values where claim.status?["phase"]?.string != "Bound" {
            throw NodeError(reason: "FailedMount", "persistentvolumeclaim \"\(claim.name)\" is not bound yet")
        }
        return claims
    }

    /// An object that the pod may stand on has changed: its files are renewed, and what waits for it tries again.
    func objectChanged(_ key: ObjectKey) {
        let needs = VolumePayload.needs(pod.volumes)
        let isInVolume =
            switch key.kind {
            case "ConfigMap": needs.configMaps.contains(key.name)
            case "Secret": needs.secrets.contains(key.name)
            default: claimNames.contains(key.name)
            }
        if isInVolume { renewVolumes() }
        var isWaiting = false
        for (name, state) in facts.containers where state.trouble?.reason == "CreateContainerConfigError" {
            facts[name].trouble?.retryAt = now
            isWaiting = true
        }
        if isWaiting { evaluate() }
    }

    private func renewVolumes() {
        switch facts.volumes {
        case .failed(let message, _):
            facts.volumes = .failed(message: message, retryAt: now)
            evaluate()
        case .ready:
            isRenewalDue = true
            guard !isRenewing else { return }
            isRenewing = true
            run { await self.renew() }
        default: return
        }
    }

    private func renew() async {
        defer { isRenewing = false }
        while isRenewalDue, !isStopped {
            isRenewalDue = false
            do {
                try await services.volumes.renew(pod, payload: try await payload())
            } catch {
                services.events.record(
                    .warning, on: pod.manifest, reason: "FailedMount", "cannot renew the files of volumes: \(error)")
            }
        }
    }

    // MARK: The end

    func removeSandbox(keepingFolders: Bool) async {
        do {
            for container in facts.containers.values where !container.id.isEmpty {
                try await remove(container.id)
            }
            if !pod.usesHostNetwork { try await services.network.detach(pod: pod.uid) }
            try await services.engine.removeSandbox(pod.uid)
            try await services.volumes.remove(pod: pod.uid)
            if !keepingFolders { try await services.volumes.removeLogs(services.folders.logs(of: pod)) }
            facts.volumes = .removed
            facts.sandbox = .removed
        } catch {
            let wait = sandboxFailures.fail()
            facts.sandbox = .failed(message: "\(error)", retryAt: now + wait)
            services.events.record(
                .warning, on: pod.manifest, reason: "FailedKillPod", "error killing pod: \(error)")
        }
        evaluate()
    }

    func remove(_ id: String) async throws {
        do {
            try await services.engine.remove(id)
        } catch let error as ContainerError where error.code == .notFound {
            return
        }
    }

    func deleteObject() async {
        do {
            try await services.volumes.removeLogs(services.folders.logs(of: pod))
            try await services.cluster.delete(pod.manifest.key, DeleteOptions(gracePeriodSeconds: 0, uid: pod.uid))
        } catch let error as ClusterError where error.reason == .notFound || error.reason == .conflict {
            // Gone already, or another pod of that name: ours is.
        } catch {
            services.log.warning("cannot delete \(pod.manifest.key): \(error)")
            facts.sandbox = .removed
            let wait = deletionFailures.fail()
            try? await services.clock.sleep(wait)
            evaluate()
            return
        }
        finish()
    }
}
