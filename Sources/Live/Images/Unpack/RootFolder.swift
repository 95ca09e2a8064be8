import CLinux
import Glibc
import System

/// A folder in which paths from outside are resolved: links in it lead within it, as if it were `/` (openat2(2),
/// `RESOLVE_IN_ROOT`).
struct RootFolder: ~Copyable {
    let descriptor: OwnedDescriptor

    init(_ path: String) throws(SystemError) {
        descriptor = OwnedDescriptor(
            owning: try checked("open", on: path) { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) })
    }

    /// Opens what is at a path beneath.
    borrowing func open(_ path: EntryPath, flags: Int32, mode: mode_t = 0) throws(SystemError) -> OwnedDescriptor {
        var how = open_how()
        how.flags = UInt64(UInt32(bitPattern: flags | O_CLOEXEC))
        how.mode = UInt64(mode)
        how.resolve = UInt64(RESOLVE_IN_ROOT) | UInt64(RESOLVE_NO_MAGICLINKS)
        let name = path.bytes
        return OwnedDescriptor(
            owning: try checked("openat2", on: path.text) { openat2(descriptor.raw, name, &how) })
    }

    /// A handle of a folder, and it is made with those above it where it is not there.
    borrowing func folder(_ path: EntryPath) throws(SystemError) -> OwnedDescriptor {
        do { return try open(path, flags: linux_O_PATH | O_DIRECTORY) } catch {
            guard error.code == ENOENT, !path.isRoot else { throw error }
        }
        let parent = try folder(path.parent)
        let name = (path.name + [0]).map { CChar(bitPattern: $0) }
        if mkdirat(parent.raw, name, 0o755) == -1, errno != EEXIST {
            throw SystemError(errno, call: "mkdirat", subject: path.text)
        }
        return try open(path, flags: linux_O_PATH | O_DIRECTORY)
    }
}
