import Document
import Glibc
import System

extension OCICommands {
    /// What this runtime can do (runtime-spec, "Features Structure").
    func features() -> Int32 {
        let strings = { (texts: [String]) in Value.sequence(texts.map { .string($0) }) }
        let hooks = [
            "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
        ]
        let linux: Value = [
            "namespaces": strings(OCILinux.Namespace.allCases.map(\.rawValue).sorted()),
            "capabilities": strings(Capabilities.names.sorted()),
            "cgroup": [
                "v1": true, "v2": true, "systemd": false, "systemdUser": false, "rdma": true,
            ],
            "seccomp": [
                "enabled": true, "actions": strings(OCISeccomp.actionList),
                "operators": strings(OCISeccomp.comparisonList), "archs": strings(OCISeccomp.architectureList),
                "knownFlags": strings(OCISeccomp.flagList), "supportedFlags": strings(OCISeccomp.flagList),
            ],
            "apparmor": ["enabled": .bool(SecurityLabels.hasAppArmor)],
            "selinux": ["enabled": .bool(SecurityLabels.hasSELinux)],
            "intelRdt": ["enabled": false],
            "mountExtensions": ["idmap": ["enabled": true]],
        ]
        let value: Value = [
            "ociVersionMin": "1.0.0", "ociVersionMax": .string(OCIRuntime.specVersion), "hooks": strings(hooks),
            "mountOptions": strings(OCIMount.knownOptions), "linux": linux,
            "potentiallyUnsafeConfigAnnotations": strings([]),
        ]
        OCILog.print(JSON.text(value, .indented) + "\n")
        return 0
    }

    func spec(_ words: ArraySlice<String>) throws -> Int32 {
        let grammar = OCIArguments.Grammar(
            values: ["bundle"], switches: ["rootless"], short: ["b": "bundle"], arguments: 0...0)
        let options = try OCIArguments(words, grammar, command: "spec")
        let file = "\(options.value("bundle") ?? ".")/config.json"
        guard !Files.exists(file) else { throw ContainerError(.specification, "\(file) is there already") }
        let value = ConfigTemplate.value(isRootless: options.has("rootless"))
        try ContainerFolder.write(file, JSON.text(value, .indented) + "\n")
        return 0
    }
}

/// A config to begin with: a shell in all namespaces, with few capabilities.
enum ConfigTemplate {
    static func value(isRootless: Bool) -> Value {
        [
            "ociVersion": .string(OCIRuntime.specVersion), "process": process,
            "root": ["path": "rootfs", "readonly": true], "hostname": "belay", "mounts": mounts(isRootless),
            "linux": linux(isRootless),
        ]
    }

    private static var process: Value {
        let capabilities: Value = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
        return [
            "terminal": true, "user": ["uid": 0, "gid": 0], "args": ["sh"],
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"], "cwd": "/",
            "capabilities": ["bounding": capabilities, "effective": capabilities, "permitted": capabilities],
            "rlimits": [["type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024]], "noNewPrivileges": true,
        ]
    }

    private static func mount(_ type: String, _ destination: String, _ options: [String], _ source: String) -> Value {
        [
            "destination": .string(destination), "type": .string(type), "source": .string(source),
            "options": .sequence(options.map { .string($0) }),
        ]
    }

    private static func mounts(_ isRootless: Bool) -> Value {
        let plain = ["nosuid", "noexec", "nodev"]
        let terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
        return .sequence([
            mount("proc", "/proc", [], "proc"),
            mount("tmpfs", "/dev", ["nosuid", "strictatime", "mode=755", "size=65536k"], "tmpfs"),
            mount("devpts", "/dev/pts", terminals + (isRootless ? [] : ["gid=5"]), "devpts"),
            mount("tmpfs", "/dev/shm", plain + ["mode=1777", "size=65536k"], "shm"),
            mount("mqueue", "/dev/mqueue", plain, "mqueue"),
            isRootless
                ? mount("none", "/sys", ["rbind"] + plain + ["ro"], "/sys")
                : mount("sysfs", "/sys", plain + ["ro"], "sysfs"),
            mount("cgroup", "/sys/fs/cgroup", plain + ["relatime", "ro"], "cgroup"),
        ])
    }

    private static func linux(_ isRootless: Bool) -> Value {
        var kinds = ["pid", "network", "ipc", "uts", "mount", "cgroup"]
        if isRootless { kinds = ["pid", "ipc", "uts", "mount", "cgroup", "user"] }
        var linux: Value = [
            "namespaces": .sequence(kinds.map { ["type": .string($0)] }),
            "maskedPaths": .sequence(DefaultMounts.maskedPaths.map { .string($0) }),
            "readonlyPaths": .sequence(DefaultMounts.readOnlyPaths.map { .string($0) }),
        ]
        if isRootless {
            let mapping = { (id: UInt32) -> Value in [["containerID": 0, "hostID": .int(id), "size": 1]] }
            linux["uidMappings"] = mapping(geteuid())
            linux["gidMappings"] = mapping(getegid())
        } else {
            linux["resources"] = ["devices": [["allow": false, "access": "rwm"]]]
        }
        return linux
    }
}
