import CLinux
import Cluster
import Document
import Glibc
import System

/// A file on the volume of a claim, reached so that no link that a pod has put there leads elsewhere.
struct VolumeFile: Sendable {
    /// The volume's folder on this machine.
    let folder: String
    /// From there.
    let path: String
    /// Where the dataset names it.
    let origin: Origin

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The folder that the file is in, to be used by `…at` calls.
    func parent() throws -> OwnedDescriptor {
        let parts = path.split(separator: "/").dropLast()
        return try open(parts.isEmpty ? "." : parts.joined(separator: "/"), linux_O_PATH | O_DIRECTORY)
    }

    /// Opens a path beneath the volume's folder (openat2(2), `RESOLVE_BENEATH`); links are not followed.
    func open(_ path: String, _ flags: Int32) throws -> OwnedDescriptor {
        let root = OwnedDescriptor(
            owning: try checked("open", on: folder) { Glibc.open(folder, linux_O_PATH | O_DIRECTORY | O_CLOEXEC) })
        var how = open_how()
        how.flags = UInt64(flags | O_CLOEXEC)
        how.resolve = UInt64(RESOLVE_BENEATH) | UInt64(RESOLVE_NO_SYMLINKS) | UInt64(RESOLVE_NO_MAGICLINKS)
        let descriptor = openat2(root.raw, path, &how)
        guard descriptor >= 0 else {
            let reason = errno == ELOOP ? "it is a link" : String(cString: strerror(errno))
            throw Problem("\(path) on the volume cannot be opened: \(reason)", at: origin)
        }
        return OwnedDescriptor(owning: descriptor)
    }
}
