import Glibc
import System

/// The machine's device files, which a privileged container gets.
enum MachineDevices {
    private static let skipped: Set<String> = ["pts", "shm", "mqueue", "fd", "console", "ptmx", "hugepages"]

    /// Character and block devices in /dev and its folders, three deep.
    static func list() -> [DeviceNode] {
        devices(in: "/dev", depth: 0)
    }

    private static func devices(in folder: String, depth: Int) -> [DeviceNode] {
        guard depth < 3, let names = try? Files.names(in: folder) else { return [] }
        return names.filter { !skipped.contains($0) }.flatMap { name -> [DeviceNode] in
            let path = "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { return [] }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: return devices(in: path, depth: depth + 1)
            case S_IFCHR, S_IFBLK:
                let device = UInt64(status.st_rdev)
                let major = UInt32(device >> 8 & 0xfff) | UInt32(device >> 32 & ~0xfff)
                let minor = UInt32(device & 0xff) | UInt32(device >> 12 & 0xffff_ff00)
                return [DeviceNode(path: path, mode: status.st_mode, major: major, minor: minor)]
            default: return []
            }
        }
    }
}
