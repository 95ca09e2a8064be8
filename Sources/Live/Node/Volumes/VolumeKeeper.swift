import Document
import Glibc
import Manifest
import System

/// Makes, renews and removes the volumes of pods, on a thread of its own: mounts and files may block.
actor VolumeKeeper {
    private let executor = ThreadExecutor(name: "volumes")
    private let folders: NodeFolders
    private let random: @Sendable () -> UInt64

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ folders: NodeFolders, random: @escaping @Sendable () -> UInt64) {
        self.folders = folders
        self.random = random
    }

    /// What a volume is on the machine, once it is made.
    struct Place: Sendable, Equatable {
        var path: String
        /// Whether containers may only read it, whatever they ask for.
        var isReadOnly: Bool
    }

    /// Where a pod's volumes are; nothing is made.
    ///
    /// - Parameter claims: the claims that the pod names, by name.
    nonisolated func places(of pod: PodSpec, claims: [String: Manifest]) -> [String: Place] {
        var places: [String: Place] = [:]
        for volume in pod.volumes {
            switch volume.source {
            case .emptyDir(let inMemory, _):
                let path =
                    inMemory
                    ? folders.memory(volume.name, of: pod.uid) : folders.volume(volume.name, of: pod.uid)
                places[volume.name] = Place(path: path, isReadOnly: false)
            case .hostPath(let path, _): places[volume.name] = Place(path: path, isReadOnly: false)
            case .claim(let name, let isReadOnly):
                guard let claim = claims[name] else { continue }
                places[volume.name] = Place(path: folder(of: claim), isReadOnly: isReadOnly)
            case .files(_, _, let isSecret):
                let path =
                    isSecret
                    ? folders.secrets(volume.name, of: pod.uid) : folders.volume(volume.name, of: pod.uid)
                places[volume.name] = Place(path: path, isReadOnly: true)
            case .unknown: continue
            }
        }
        return places
    }

    nonisolated func folder(of claim: Manifest) -> String {
        folders.claim(namespace: claim.namespace ?? "default", name: claim.name, uid: claim.uid)
    }

    /// Makes a pod's volumes; those that are there stay as they are, but files are brought up to date.
    func prepare(_ pod: PodSpec, payload: VolumePayload, claims: [String: Manifest]) throws {
        try Files.makeFolders(folders.pod(pod.uid), mode: 0o750)
        let places = places(of: pod, claims: claims)
        for volume in pod.volumes {
            guard let place = places[volume.name] else { throw Self.missing(volume) }
            switch volume.source {
            case .emptyDir(let inMemory, let size):
                if inMemory { try MountTable.mountMemory(at: place.path, size: size, mode: 0o777) }
                try share(place.path, group: pod.security.fileGroup, mode: 0o777)
            case .hostPath(let path, let type): try HostPath.prepare(path, type: type)
            case .claim: try share(place.path, group: pod.security.fileGroup, mode: 0o777)
            case .files(let sources, let mode, let isSecret):
                if isSecret { try keepSecretsInMemory() }
                try write(payload.files(sources, mode: mode), to: place.path, pod)
            case .unknown: continue
            }
        }
    }

    /// Brings the files of a pod's volumes up to date with the objects that they come from.
    func renew(_ pod: PodSpec, payload: VolumePayload) throws {
        let places = places(of: pod, claims: [:])
        for volume in pod.volumes {
            guard case .files(let sources, let mode, _) = volume.source, let place = places[volume.name] else {
                continue
            }
            try write(payload.files(sources, mode: mode), to: place.path, pod)
        }
    }

    private func write(_ files: [String: ProjectedFile], to folder: String, _ pod: PodSpec) throws {
        let stamp = "\(Timestamp.now.nano.replacing(":", with: "_")).\(random() & 0xffff_ffff)"
        try AtomicWriter(folder: folder, group: pod.security.fileGroup).write(files, stamp: stamp)
    }

    private static func missing(_ volume: VolumeDefinition) -> NodeError {
        if case .claim(let name, _) = volume.source {
            return NodeError(reason: "FailedMount", "persistentvolumeclaim \"\(name)\" not found")
        }
        if case .unknown(let kind) = volume.source {
            return NodeError(reason: "FailedMount", "volume \(volume.name): \(kind) volumes are not supported")
        }
        return NodeError(reason: "FailedMount", "volume \(volume.name) has no place")
    }

    private func keepSecretsInMemory() throws {
        try MountTable.mountMemory(at: "\(folders.memory)/secrets", size: nil, mode: 0o755)
    }

    /// Makes a folder that the containers of a pod may write to.
    private func share(_ path: String, group: UInt32?, mode: Int) throws {
        let isNew = !Files.exists(path) || group != nil
        try Files.makeFolders(path)
        guard isNew || MountTable.isMountPoint(path) else { return }
        if let group {
            try checked("chown", on: path) { chown(path, uid_t.max, group) }
        }
        try checked("chmod", on: path) { chmod(path, mode_t(group == nil ? mode : mode | 0o2000)) }
    }

    /// Binds a part of a volume to a place of its own.
    ///
    /// - Returns: the path to mount into the container.
    func bind(subPath: String, of place: Place, pod uid: String, name: String) throws -> String {
        let target = "\(folders.subPaths(of: uid))/\(name)"
        let part = try SubPath.open(subPath, in: place.path)
        var status = stat()
        try checked("fstat", on: subPath) { fstat(part.raw, &status) }
        try Files.makeFolders(folders.subPaths(of: uid))
        if Files.exists(target) {
            try MountTable.unmountAll(beneath: target)
        } else if status.st_mode & S_IFMT == S_IFDIR {
            try Files.makeFolders(target)
        } else {
            try Files.replace(target, with: [])
        }
        try MountTable.bind(part.raw, at: target)
        return target
    }

    /// Writes the files that are mounted over the image's: hosts, hostname, resolv.conf.
    func writeFiles(_ files: [String: String], of uid: String) throws {
        try Files.makeFolders("\(folders.pod(uid))/etc")
        for (name, text) in files {
            let path = "\(folders.pod(uid))/etc/\(name)"
            let bytes = Array(text.utf8)
            // In place, not by rename: the file itself is what is mounted.
            if (try? Files.read(path)) == bytes { continue }
            let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
            let file = OwnedDescriptor(owning: try checked("open", on: path) { open(path, flags, 0o644) })
            try Files.write(bytes, to: file.raw, named: path)
        }
    }

    /// Makes an empty file for a container's last words, which the container may write whoever it runs as.
    func makeTerminationLog(_ path: String) throws {
        if let slash = path.lastIndex(of: "/") { try Files.makeFolders(String(path[..<slash])) }
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        let file = OwnedDescriptor(owning: try checked("open", on: path) { open(path, flags, 0o666) })
        try checked("fchmod", on: path) { fchmod(file.raw, 0o666) }
    }

    /// Makes the folder of a container's logs.
    func makeLogFolder(_ path: String) throws {
        if let slash = path.lastIndex(of: "/") { try Files.makeFolders(String(path[..<slash]), mode: 0o755) }
    }

    /// A container's last words, 4 KiB at most; the file is the container's to write, so nothing in it is trusted.
    func lastWords(_ path: String, limit: Int = 4096) -> String {
        let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        let raw = open(path, flags)
        guard raw >= 0 else { return "" }
        let file = OwnedDescriptor(owning: raw)
        var status = stat()
        guard fstat(file.raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return "" }
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = pread(file.raw, &bytes, limit, max(0, status.st_size - off_t(limit)))
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
    }

    /// Removes all that a pod had, its claims and its logs excepted.
    func remove(pod uid: String) throws {
        for folder in [folders.subPaths(of: uid), "\(folders.memory)/pods/\(uid)", folders.pod(uid)] {
            try MountTable.unmountAll(beneath: folder)
        }
        for folder in [
            folders.subPaths(of: uid), "\(folders.memory)/pods/\(uid)", "\(folders.memory)/secrets/\(uid)",
            folders.pod(uid),
        ] where Files.exists(folder) {
            try Files.removeTree(folder)
        }
    }

    /// Removes a pod's logs.
    func removeLogs(_ folder: String) throws {
        if Files.exists(folder) { try Files.removeTree(folder) }
    }

    /// Removes the logs of a container's attempts before `attempt`, rotated ones included.
    func removeLogs(of folder: String, container: String, olderThan attempt: Int) throws {
        for name in (try? Files.names(in: "\(folder)/\(container)")) ?? [] {
            guard let number = name.split(separator: ".").first.flatMap({ Int($0) }), number < attempt else { continue }
            try Files.remove("\(folder)/\(container)/\(name)")
        }
    }

    /// Removes the data of a claim.
    func removeClaim(_ claim: Manifest) throws {
        let path = folder(of: claim)
        if Files.exists(path) { try Files.removeTree(path) }
    }

    /// The uids of pods that have something here.
    func podsWithFolders() -> Set<String> {
        let folders = [self.folders.pods, self.folders.subPaths, "\(folders.memory)/pods", "\(folders.memory)/secrets"]
        return Set(folders.flatMap { (try? Files.names(in: $0)) ?? [] })
    }

    /// The folders of pods' logs, by uid.
    func logFolders() -> [String: String] {
        var result: [String: String] = [:]
        for name in (try? Files.names(in: folders.logs)) ?? [] {
            if let uid = name.split(separator: "_").last { result[String(uid)] = "\(folders.logs)/\(name)" }
        }
        return result
    }

    /// Removes everything, data of claims included.
    func removeAll() throws {
        for folder in [folders.subPaths, folders.memory, folders.pods] { try MountTable.unmountAll(beneath: folder) }
        for folder in [folders.subPaths, folders.memory, folders.pods, folders.logs, folders.claims]
        where Files.exists(folder) {
            try Files.removeTree(folder)
        }
    }
}
