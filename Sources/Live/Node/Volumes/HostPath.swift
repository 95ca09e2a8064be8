import Glibc
import System

/// A path of the machine as a volume (`v1.HostPathType`).
enum HostPath {
    /// Makes what its type says may be made, and checks what is there.
    static func prepare(_ path: String, type: String) throws {
        guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
            throw NodeError(reason: "FailedMount", "hostPath \"\(path)\" must be absolute and without '..'")
        }
        switch type {
        case "":
            // Kubernetes' runtimes make a folder where there is nothing.
            if kind(of: path) == nil { try Files.makeFolders(path) }
        case "DirectoryOrCreate":
            if kind(of: path) == nil { try Files.makeFolders(path) }
            try expect(path, S_IFDIR, "a directory")
        case "FileOrCreate":
            if kind(of: path) == nil { try makeFile(path) }
            try expect(path, S_IFREG, "a file")
        case "Directory": try expect(path, S_IFDIR, "a directory")
        case "File": try expect(path, S_IFREG, "a file")
        case "Socket": try expect(path, S_IFSOCK, "a socket")
        case "CharDevice": try expect(path, S_IFCHR, "a character device")
        case "BlockDevice": try expect(path, S_IFBLK, "a block device")
        default: throw NodeError(reason: "FailedMount", "hostPath type \"\(type)\" is not one that there is")
        }
    }

    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    private static func expect(_ path: String, _ wanted: mode_t, _ words: String) throws {
        guard kind(of: path) == wanted else {
            throw NodeError(reason: "FailedMount", "hostPath type check failed: \(path) is not \(words)")
        }
    }

    private static func makeFile(_ path: String) throws {
        let file = OwnedDescriptor(
            owning: try checked("open", on: path) { open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644) })
        _ = file.raw
    }
}
