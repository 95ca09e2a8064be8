import CLinux
import Glibc
import System

/// The containers beneath `--root`: one folder each, locked while a command changes it.
struct OCIStore {
    let root: String

    /// A container's folder, locked until this is let go.
    struct Entry: ~Copyable {
        let id: String
        let folder: String
        private let lock: FileHandleLock

        fileprivate init(id: String, folder: String, lock: consuming FileHandleLock) {
            self.id = id
            self.folder = folder
            self.lock = lock
        }

        var stateFile: String { "\(folder)/state.json" }
        var configFile: String { "\(folder)/config.json" }
        var startSocket: String { "\(folder)/start" }

        func state() throws -> OCIState { try OCIState(try Files.read(stateFile, limit: 8 << 20)) }

        func write(_ state: OCIState) throws { try ContainerFolder.write(stateFile, state.text) }

        func config() throws -> OCIConfig { try OCIConfig(try Files.read(configFile, limit: OCIConfig.maximumLength)) }

        /// What is known and what the kernel says.
        func status(of state: OCIState) -> OCIStatus {
            guard state.pid > 0 else { return .creating }
            guard let process = ProcessStatus(pid: state.pid), process.began == state.began, !process.isEnded else {
                return .stopped
            }
            if Files.exists(startSocket) { return .created }
            return state.cgroup.isPaused ? .paused : .running
        }
    }

    struct FileHandleLock: ~Copyable {
        let descriptor: OwnedDescriptor
    }

    /// - Throws: `ContainerError` when an id cannot be a folder's name.
    static func check(_ id: String) throws(ContainerError) {
        let plain = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "_+-.".utf8.contains(byte)
            }
        }
        guard plain, (1...255).contains(id.utf8.count), id != ".", id != "..", !id.hasPrefix(".") else {
            throw ContainerError(
                .specification, "invalid container id \"\(id.prefix(80))\": it takes letters, digits, _, +, - and .")
        }
    }

    /// Makes a container's folder and takes it.
    func make(_ id: String) throws -> Entry {
        try Self.check(id)
        try Files.makeFolders(root, mode: 0o711)
        let folder = "\(root)/\(id)"
        if mkdir(folder, 0o711) == -1 {
            if errno == EEXIST { throw ContainerError(.specification, "container with given ID already exists: \(id)") }
            throw SystemError(errno, call: "mkdir", subject: folder)
        }
        return Entry(id: id, folder: folder, lock: try lock(folder))
    }

    /// Takes a container that is there, waiting for commands that have it.
    ///
    /// - Throws: `ContainerError` with `notFound`.
    func take(_ id: String) throws -> Entry {
        try Self.check(id)
        let folder = "\(root)/\(id)"
        for _ in 0..<100 {
            guard Files.isFolder(folder) else { break }
            let lock = try lock(folder)
            // It may have been deleted while this waited, and even made anew.
            var ours = stat()
            var named = stat()
            guard fstat(lock.descriptor.raw, &ours) == 0, stat(folder, &named) == 0, ours.st_ino == named.st_ino else {
                continue
            }
            guard Files.exists("\(folder)/state.json") else { break }
            return Entry(id: id, folder: folder, lock: lock)
        }
        throw ContainerError(.notFound, "container does not exist: \(id)")
    }

    private func lock(_ folder: String) throws -> FileHandleLock {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let descriptor = OwnedDescriptor(owning: try checked("open", on: folder) { open(folder, flags) })
        try checked("flock", on: folder) { flock(descriptor.raw, LOCK_EX) }
        return FileHandleLock(descriptor: descriptor)
    }

    /// The state of a container without waiting for whoever changes it: the file is replaced whole.
    func peek(_ id: String) throws -> (state: OCIState, status: OCIStatus) {
        try Self.check(id)
        let folder = "\(root)/\(id)"
        guard let bytes = try? Files.read("\(folder)/state.json", limit: 8 << 20) else {
            throw ContainerError(.notFound, "container does not exist: \(id)")
        }
        let state = try OCIState(bytes)
        guard state.pid > 0 else { return (state, .creating) }
        guard let process = ProcessStatus(pid: state.pid), process.began == state.began, !process.isEnded else {
            return (state, .stopped)
        }
        if Files.exists("\(folder)/start") { return (state, .created) }
        return (state, state.cgroup.isPaused ? .paused : .running)
    }

    func ids() -> [String] {
        ((try? Files.names(in: root)) ?? []).filter { Files.exists("\(root)/\($0)/state.json") }.sorted()
    }
}

/// The conditions that the runtime-spec knows, and `paused`.
enum OCIStatus: String, Sendable {
    case creating, created, running, paused, stopped
}
