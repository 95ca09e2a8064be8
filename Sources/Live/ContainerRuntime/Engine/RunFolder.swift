import Glibc
import System

/// The names of what the runtime keeps under its run folder.
struct RunFolder: Sendable {
    /// What a reboot ends.
    let path: String
    /// Where containers write; the run folder itself unless another is given.
    let state: String

    init(path: String, state: String?) throws(SystemError) {
        self.path = path
        self.state = state ?? path
        for folder in [containers, sandboxes, mountPoint] { try Files.makeFolders(folder, mode: 0o700) }
        try Files.makeFolders(self.state, mode: 0o700)
    }

    var containers: String { "\(path)/containers" }
    var sandboxes: String { "\(path)/sandboxes" }
    var mountPoint: String { "\(path)/root" }

    func container(_ id: String) -> ContainerFolder {
        ContainerFolder(path: "\(containers)/\(id)", writable: "\(state)/writable/\(id)")
    }

    func sandbox(_ id: String) -> String { "\(sandboxes)/\(id)" }

    /// A name for this run folder that differs from other services' on this machine (FNV-1a).
    var tag: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "belay-\(String(hash, radix: 16))"
    }

    /// - Throws: `ContainerError` when an id cannot be a file's name.
    static func check(_ id: String, _ what: String) throws(ContainerError) {
        let plain = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard plain, (1...128).contains(id.utf8.count), id.first != "." else {
            throw ContainerError(
                .specification, "the \(what) id \"\(id.prefix(200))\" must be 1 to 128 letters, digits, -, _ or .")
        }
    }
}

/// One container's folder.
struct ContainerFolder: Sendable {
    let path: String
    /// For the overlay's upper and work folders, where the caller gives none.
    let writable: String

    var record: String { "\(path)/record" }
    var lock: String { "\(path)/lock" }
    var stateFile: String { "\(path)/state" }
    var exitFile: String { "\(path)/exit" }
    var control: String { "\(path)/control" }

    /// Writes a small file so that readers see all of it or nothing. Not synced: a reboot ends containers anyway.
    static func write(_ path: String, _ text: String) throws(SystemError) {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        let temporary = "\(path).new"
        let file = OwnedDescriptor(owning: try checked("open", on: temporary) { open(temporary, flags, 0o600) })
        try Files.write(text.utf8, to: file.raw, named: temporary)
        try checked("rename", on: path) { rename(temporary, path) }
    }

    /// What the shim wrote before the program ran: its own pid, the program's, and when.
    func started() -> (shim: Int32, pid: Int32, at: Timestamp)? {
        guard let text = try? Files.text(stateFile) else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let shim = Int32(words[0]), let pid = Int32(words[1]), let time = Int64(words[2]) else {
            return nil
        }
        return (shim, pid, Timestamp(nanoseconds: time))
    }

    /// How the container ended, as the shim wrote it.
    func exit() -> ContainerState.Exit? {
        guard let text = try? Files.text(exitFile) else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 4, let code = Int32(words[0]), let signal = Int32(words[1]), let time = Int64(words[3])
        else { return nil }
        return ContainerState.Exit(
            code: code, signal: signal == 0 ? nil : signal, wasOutOfMemory: words[2] == "1",
            finishedAt: Timestamp(nanoseconds: time))
    }

    /// Writes the exit of a container whose shim is gone, unless there is one.
    func writeExit(_ exit: ContainerState.Exit) throws(SystemError) {
        if Files.exists(exitFile) { return }
        try Self.write(
            exitFile,
            "\(exit.code) \(exit.signal ?? 0) \(exit.wasOutOfMemory ? 1 : 0) \(exit.finishedAt.nanoseconds)\n")
    }

    /// Whether a shim holds this folder's lock: the kernel lets go of it when the shim dies, whatever its pid.
    func hasShim() -> Bool {
        let descriptor = open(lock, O_RDWR | O_CLOEXEC)
        guard descriptor != -1 else { return false }
        let file = OwnedDescriptor(owning: descriptor)
        return flock(file.raw, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK
    }

    /// Makes the lock and takes it, for the shim to inherit.
    func takeLock() throws(SystemError) -> OwnedDescriptor {
        let file = OwnedDescriptor(
            owning: try checked("open", on: lock) { open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) })
        try checked("flock", on: lock) { flock(file.raw, LOCK_EX | LOCK_NB) }
        return file
    }
}
