import ContainerRuntime
import System

/// Which of the machine's folders and files a container sees, and where.
struct MountPlan {
    let pod: PodSpec
    let container: ContainerDefinition
    let attempt: Int
    let folders: NodeFolders

    /// The mounts of a container: its volumes, and the files that Belay keeps for it.
    func mounts(
        places: [String: VolumeKeeper.Place], environment: [String], keeper: VolumeKeeper, terminationLog: String
    ) async throws -> [MountSpec] {
        var mounts: [MountSpec] = []
        for (index, mount) in container.mounts.enumerated() {
            guard let place = places[mount.volume] else {
                throw NodeError(
                    reason: "CreateContainerConfigError",
                    "volume \(mount.volume) of container \(container.name) is not there")
            }
            guard mount.path.hasPrefix("/"), !mount.path.contains(":") else {
                throw NodeError(reason: "CreateContainerConfigError", "mountPath \"\(mount.path)\" must be absolute")
            }
            let part = subPath(mount, environment)
            let source =
                part.isEmpty
                ? place.path
                : try await keeper.bind(
                    subPath: part, of: place, pod: pod.uid, name: "\(container.name)-\(attempt)-\(index)")
            mounts.append(
                MountSpec(
                    .bind(source, create: false), at: mount.path, isReadOnly: mount.isReadOnly || place.isReadOnly))
        }
        return mounts + own(terminationLog, besides: Set(container.mounts.map(\.path)))
    }

    private func subPath(_ mount: VolumeMount, _ environment: [String]) -> String {
        guard !mount.subPathExpression.isEmpty else { return mount.subPath }
        return Expansion.expand(mount.subPathExpression) { name in
            environment.last { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
        }
    }

    /// What Belay keeps for the container, except where the pod mounts something of its own.
    private func own(_ terminationLog: String, besides taken: Set<String>) -> [MountSpec] {
        var files = [("/etc/resolv.conf", "\(folders.pod(pod.uid))/etc/resolv.conf")]
        files.append(("/etc/hostname", "\(folders.pod(pod.uid))/etc/hostname"))
        if !pod.usesHostNetwork { files.append(("/etc/hosts", "\(folders.pod(pod.uid))/etc/hosts")) }
        files.append((container.terminationMessagePath, terminationLog))
        return files.filter { !taken.contains($0.0) }.map { MountSpec(.bind($0.1, create: false), at: $0.0) }
    }
}
