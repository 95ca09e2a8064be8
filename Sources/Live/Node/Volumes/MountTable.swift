import CLinux
import Glibc
import System

/// Mounts that the node makes on the machine, all of them beneath its run folder.
enum MountTable {
    /// Mounts a file system in memory.
    ///
    /// - Parameter size: bytes; nil for half of the machine's memory.
    static func mountMemory(at path: String, size: Int?, mode: Int) throws {
        if isMountPoint(path) { return }
        try Files.makeFolders(path)
        let options = "mode=0\(String(mode, radix: 8))" + (size.map { ",size=\($0)" } ?? "")
        let flags = UInt(MS_NOSUID) | UInt(MS_NODEV)
        try checked("mount", on: path) { mount("tmpfs", path, "tmpfs", flags, options) }
    }

    /// Mounts an open file or folder at another place, so that nobody can exchange it between its check and its use.
    static func bind(_ descriptor: Int32, at path: String) throws {
        try checked("mount", on: path) {
            mount("/proc/self/fd/\(descriptor)", path, nil, UInt(MS_BIND) | UInt(MS_REC), nil)
        }
    }

    /// Whether a folder is on another file system than the one above it.
    static func isMountPoint(_ path: String) -> Bool {
        var (own, above) = (stat(), stat())
        guard lstat(path, &own) == 0, lstat("\(path)/..", &above) == 0 else { return false }
        return own.st_dev != above.st_dev
    }

    /// The mount points beneath a folder and the folder itself, the innermost first.
    static func points(beneath folder: String) throws -> [String] {
        let text = String(decoding: try Files.read("/proc/self/mountinfo"), as: UTF8.self)
        let prefix = folder + "/"
        let points = text.split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: " ", maxSplits: 5)
            guard fields.count > 4 else { return nil }
            let point = unescaped(fields[4])
            return point == folder || point.hasPrefix(prefix) ? point : nil
        }
        return points.reversed()
    }

    /// Takes away every mount beneath a folder.
    ///
    /// - Throws: when one is left: what is beneath it must not be deleted then.
    static func unmountAll(beneath folder: String) throws {
        guard Files.exists(folder) else { return }
        for point in try points(beneath: folder) {
            let result = umount2(point, Int32(MNT_DETACH))
            if result == -1, errno != EINVAL, errno != ENOENT {
                throw SystemError(errno, call: "umount2", subject: point)
            }
        }
        if let left = try points(beneath: folder).first {
            throw SystemError(EBUSY, call: "umount2", subject: left)
        }
    }

    /// mountinfo writes space, tab, newline and backslash in octal (proc(5)).
    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("\\") else { return String(text) }
        return String(text).replacing("\\040", with: " ").replacing("\\011", with: "\t").replacing("\\012", with: "\n")
            .replacing("\\134", with: "\\")
    }
}
