import Document
import Glibc
import System

/// A text that an editor works on, in memory alone, in a folder that only its owner may enter; erased when it is let go.
final class PrivateFile {
    private static let memory = "/dev/shm"
    private let folder: String
    let path: String

    /// - Parameter name: the file's, whose ending tells an editor what it is.
    /// - Throws: `Problem` where no file system is in memory: the text would stay on a disk.
    init(_ bytes: [UInt8], named name: String) throws {
        guard try Self.isInMemory() else {
            throw Problem(
                "\(Self.memory) is not in memory, and plain text is not written to a disk",
                hint: "mount a tmpfs there, or decrypt the file yourself with belay secrets decrypt")
        }
        folder = try Files.makeTemporaryFolder(in: Self.memory)
        path = "\(folder)/\(name)"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        let file = OwnedDescriptor(owning: try checked("open", on: path) { [path] in open(path, flags, 0o600) })
        try Files.write(bytes, to: file.raw, named: path)
    }

    private static func isInMemory() throws -> Bool {
        try Files.text("/proc/self/mounts", limit: 16 << 20).split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.count > 2 && fields[1] == memory && fields[2] == "tmpfs"
        }
    }

    deinit {
        // Editors leave copies beside the file.
        for name in (try? Files.names(in: folder)) ?? [] { Self.erase("\(folder)/\(name)") }
        try? Files.removeTree(folder)
    }

    private static func erase(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return }
        let file = OwnedDescriptor(owning: descriptor)
        try? Files.write([UInt8](repeating: 0, count: Int(status.st_size)), to: file.raw, named: path)
    }
}

/// The editor that a person has chosen.
enum Editor {
    /// Lets it work on a file until it ends.
    ///
    /// - Throws: `Problem` when it cannot be started or says that it failed.
    static func run(on path: String) throws {
        let named = ["SOPS_EDITOR", "EDITOR"].compactMap { (name: String) in getenv(name).map { String(cString: $0) } }
        let chosen = named.first { !$0.allSatisfy(\.isWhitespace) }
        let words = (chosen ?? "vi").split(whereSeparator: \.isWhitespace).map(String.init) + [path]
        // An interrupt is for the editor; ending here would leave the plain text where it is.
        let signals = [SIGINT, SIGQUIT, SIGTERM, SIGHUP]
        let former = signals.map { signal($0, SIG_IGN) }
        defer { for (number, handler) in zip(signals, former) { signal(number, handler) } }
        let pid = try start(words)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { break } }
        guard status == 0 else {
            throw Problem("the editor \(words[0]) failed, and nothing was changed", hint: "set EDITOR to another one")
        }
    }

    private static func start(_ words: [String]) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        let variables = try Files.read("/proc/self/environ", limit: 16 << 20).split(separator: 0)
            .map { String(decoding: $0, as: UTF8.self) }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) }
        arguments.append(nil)
        environment.append(nil)
        defer { for word in arguments + environment { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, words[0], nil, &attributes, &arguments, &environment)
        guard code == 0 else {
            throw Problem(
                "the editor \(words[0]) cannot be started: \(String(cString: strerror(code)))",
                hint: "set EDITOR to one that is installed")
        }
        return pid
    }
}
