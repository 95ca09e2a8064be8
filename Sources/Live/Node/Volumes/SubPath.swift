import CLinux
import Glibc
import System

/// One file or folder inside a volume, opened so that no link leads out of it (openat2(2), `RESOLVE_BENEATH`).
enum SubPath {
    /// Opens `path` beneath a volume's folder; a folder that is not there is made.
    ///
    /// - Throws: `NodeError` when it would leave the volume.
    static func open(_ path: String, in volume: String) throws -> OwnedDescriptor {
        guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
            throw NodeError(
                reason: "CreateContainerConfigError", "subPath \"\(path)\" must be relative and without '..'")
        }
        let root = OwnedDescriptor(
            owning: try checked("open", on: volume) { Glibc.open(volume, linux_O_PATH | O_CLOEXEC) })
        let code = resolve(path, in: root.raw)
        if code >= 0 { return OwnedDescriptor(owning: code) }
        guard errno == ENOENT else { throw failure(path, errno) }
        try makeFolders(path, in: root.raw)
        let again = resolve(path, in: root.raw)
        guard again >= 0 else { throw failure(path, errno) }
        return OwnedDescriptor(owning: again)
    }

    private static func resolve(_ path: String, in root: Int32) -> Int32 {
        var how = open_how()
        how.flags = UInt64(linux_O_PATH | O_CLOEXEC)
        how.resolve = UInt64(RESOLVE_BENEATH) | UInt64(RESOLVE_NO_MAGICLINKS)
        return openat2(root, path.isEmpty ? "." : path, &how)
    }

    /// Makes the missing folders one by one, each opened from the one above.
    private static func makeFolders(_ path: String, in root: Int32) throws {
        var done = ""
        for part in path.split(separator: "/") where part != "." {
            let parent = OwnedDescriptor(owning: resolve(done, in: root))
            guard parent.raw >= 0 else { throw failure(path, errno) }
            if mkdirat(parent.raw, String(part), 0o750) == -1, errno != EEXIST { throw failure(path, errno) }
            done += done.isEmpty ? String(part) : "/\(part)"
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> NodeError {
        let why = code == EXDEV ? "it leads out of the volume" : String(cString: strerror(code))
        return NodeError(reason: "CreateContainerConfigError", "cannot use subPath \"\(path)\": \(why)")
    }
}
