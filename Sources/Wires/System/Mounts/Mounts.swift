import CLinux
import Glibc

/// Mounts of this process's mount namespace.
package enum Mounts {
    /// Mounts memory on a folder.
    ///
    /// - Parameter options: as in tmpfs(5): `size=64m,mode=1777`.
    package static func memory(at path: String, options: String) throws(SystemError) {
        let flags = UInt(MS_NOSUID | MS_NODEV | MS_NOEXEC)
        try checked("mount", on: path) { mount("tmpfs", path, "tmpfs", flags, options) }
    }

    /// Lets go of what is mounted on a path, in use or not; nothing there is fine.
    package static func detach(_ path: String) throws(SystemError) {
        while true {
            if umount2(path, Int32(MNT_DETACH | UMOUNT_NOFOLLOW)) == 0 { continue }
            if errno == EINVAL || errno == ENOENT { return }
            throw SystemError(errno, call: "umount", subject: path)
        }
    }

    /// The places beneath a folder where something is mounted, the innermost first, from `/proc/self/mountinfo`.
    package static func beneath(_ folder: String) throws(SystemError) -> [String] {
        let text = String(decoding: try Files.read("/proc/self/mountinfo"), as: UTF8.self)
        return text.split(separator: "\n").compactMap { MountLine($0)?.place }
            .filter { $0 == folder || $0.hasPrefix("\(folder)/") }
            .sorted { $0.utf8.count > $1.utf8.count }
    }
}

/// One line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
package struct MountLine: Sendable, Hashable {
    /// The part of the file system that is mounted.
    package var root: String
    package var place: String
    package var type: String
    /// The file system's own options, controllers of a cgroup hierarchy among them.
    package var options: [String]

    /// nil when the line is not of that form.
    package init?(_ line: Substring) {
        let fields = line.split(separator: " ")
        guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
        root = Self.unescaped(fields[3])
        place = Self.unescaped(fields[4])
        type = String(fields[dash + 1])
        options = fields[dash + 3].split(separator: ",").map(String.init)
    }

    /// Space, tab, newline and backslash are written as octal.
    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("\\") else { return String(text) }
        let bytes = Array(text.utf8)
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let digits = bytes.dropFirst(index + 1).prefix(3)
            if bytes[index] == 92, digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                plain.append(code)
                index += 4
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
