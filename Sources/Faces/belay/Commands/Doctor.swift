import Document
import Glibc
import System

extension Verbs {
    static let doctorCommand = Command(
        name: "doctor", summary: "Say what this machine lacks, and how to get it",
        options: [DataOutput.option],
        run: { invocation in
            let checks = Doctor(paths: Paths(invocation)).checks
            let value = Value.sequence(
                checks.map { check in
                    [
                        "check": .string(check.name), "state": .string(check.state.rawValue),
                        "message": .string(check.message),
                    ]
                })
            try DataOutput.print(value, invocation) { checks.map(line).joined() }
            return checks.contains { $0.state == .missing } ? 1 : 0
        })

    private static func line(_ check: Doctor.Check) -> String {
        let mark =
            switch check.state {
            case .fine: Terminal.current.paint("ok     ", .green)
            case .limited: Terminal.current.paint("limited", .yellow)
            case .missing: Terminal.current.paint("missing", .red)
            }
        return "\(mark)  \(check.name): \(check.message)\n"
    }
}

/// Looks at the machine for what running containers needs; changes nothing.
struct Doctor {
    /// How a check came out.
    enum State: String { case fine, limited, missing }

    struct Check {
        var name: String
        var state: State
        var message: String
    }

    let paths: Paths

    var checks: [Check] {
        [user, kernel, overlay, namespaces, cgroups, seccomp, packetFilter, rlimits, space, git]
    }

    private var user: Check {
        geteuid() == 0
            ? Check(name: "user", state: .fine, message: "root")
            : Check(name: "user", state: .missing, message: "containers need root; run belay with sudo")
    }

    private var kernel: Check {
        var name = utsname()
        uname(&name)
        let release = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        let isRecent = numbers.count == 2 && (numbers[0], numbers[1]) >= (5, 12)
        return Check(
            name: "kernel", state: isRecent ? .fine : .missing,
            message: isRecent
                ? release : "\(release) is older than 5.12, which first has the mount calls that Belay uses")
    }

    private var overlay: Check {
        let known = (try? Files.text("/proc/filesystems"))?.split(separator: "\n").contains {
            $0.hasSuffix("\toverlay")
        }
        return known == true
            ? Check(name: "overlayfs", state: .fine, message: "there")
            : Check(name: "overlayfs", state: .missing, message: "images are mounted with it; try: modprobe overlay")
    }

    private var namespaces: Check {
        let missing = ["cgroup", "ipc", "mnt", "net", "pid", "uts"].filter { !Files.exists("/proc/self/ns/\($0)") }
        return missing.isEmpty
            ? Check(name: "namespaces", state: .fine, message: "cgroup, ipc, mnt, net, pid, uts")
            : Check(
                name: "namespaces", state: .missing,
                message: "the kernel was built without: \(missing.joined(separator: ", "))")
    }

    private var cgroups: Check {
        let isUnified = Files.exists("/sys/fs/cgroup/cgroup.controllers")
        let wanted = ["cpu", "memory", "pids"]
        let there: [String]
        if isUnified {
            let text = (try? Files.text("/sys/fs/cgroup/cgroup.controllers")) ?? ""
            there = text.split { $0 == " " || $0 == "\n" }.map(String.init)
        } else {
            let mounts = (try? Files.text("/proc/self/mounts")) ?? ""
            let lines = mounts.split(separator: "\n").map { $0.split(separator: " ") }.filter {
                $0.count > 3 && $0[2] == "cgroup"
            }
            there = lines.flatMap { $0[3].split(separator: ",").map(String.init) }
        }
        let missing = wanted.filter { !there.contains($0) }
        let version = isUnified ? "v2" : "v1"
        return missing.isEmpty
            ? Check(name: "cgroups", state: .fine, message: "\(version) with \(wanted.joined(separator: ", "))")
            : Check(
                name: "cgroups", state: .limited,
                message: "\(version) without \(missing.joined(separator: ", ")): limits of these are not held")
    }

    private var seccomp: Check {
        Files.exists("/proc/sys/kernel/seccomp/actions_avail")
            ? Check(name: "seccomp", state: .fine, message: "filters")
            : Check(name: "seccomp", state: .missing, message: "the kernel was built without CONFIG_SECCOMP_FILTER")
    }

    private var packetFilter: Check {
        let socket = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), 12)  // NETLINK_NETFILTER
        defer { if socket >= 0 { close(socket) } }
        return socket >= 0
            ? Check(name: "nftables", state: .fine, message: "there")
            : Check(name: "nftables", state: .missing, message: "services need it; try: modprobe nf_tables")
    }

    private var rlimits: Check {
        let status = (try? Files.text("/proc/self/status")) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let mask = line.flatMap { UInt64($0.split(separator: "\t").last ?? "", radix: 16) } ?? 0
        return mask >> 24 & 1 == 1  // CAP_SYS_RESOURCE
            ? Check(name: "resource limits", state: .fine, message: "may be raised")
            : Check(
                name: "resource limits", state: .limited,
                message: "without CAP_SYS_RESOURCE they cannot be raised: containers get this process's own")
    }

    private var space: Check {
        var folder = paths.state
        while !Files.exists(folder), let slash = folder.lastIndex(of: "/"), slash != folder.startIndex {
            folder = String(folder[..<slash])
        }
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else {
            return Check(name: "disk", state: .limited, message: "cannot look at \(folder)")
        }
        let free = (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20
        return Check(
            name: "disk", state: free < 2048 ? .limited : .fine,
            message: "\(free) MiB free for \(paths.state)" + (free < 2048 ? ": images may not fit" : ""))
    }

    private var git: Check {
        let folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":")
        return folders.contains { access("\($0)/git", X_OK) == 0 }
            ? Check(name: "git", state: .fine, message: "there, for you; Belay reads repositories by itself")
            : Check(name: "git", state: .limited, message: "not found: Belay does without, you may want it")
    }
}
