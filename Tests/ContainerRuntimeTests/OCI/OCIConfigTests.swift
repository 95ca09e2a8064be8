import Document
import System
import Testing

@testable import ContainerRuntime

/// Configs that are refused before anything is made, by the path of the field.
@Suite struct OCIConfigTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// How the message begins.
        var path: String
        var change: @Sendable (inout Value) -> Void

        var testDescription: String { name }

        init(_ name: String, _ path: String, _ change: @escaping @Sendable (inout Value) -> Void) {
            self.name = name
            self.path = path
            self.change = change
        }
    }

    static func mount(_ mount: Value) -> @Sendable (inout Value) -> Void {
        { $0["mounts"] = [mount] }
    }

    static let refused: [Case] = [
        Case("no version", "ociVersion:") { $0["ociVersion"] = nil },
        Case("a version of the future", "ociVersion:") { $0["ociVersion"] = "2.0.0" },
        Case("args that are a string", "process.args:") { $0[path: "process", "args"] = "true" },
        Case("no args", "process.args:") { $0[path: "process", "args"] = [] },
        Case("an argument that is a number", "process.args[1]:") { $0[path: "process", "args"] = ["sleep", 3] },
        Case("a NUL in a text", "process.args[0]:") { $0[path: "process", "args"] = ["a\0b"] },
        Case("a relative cwd", "process.cwd:") { $0[path: "process", "cwd"] = "tmp" },
        Case("no cwd", "process.cwd:") { $0[path: "process", "cwd"] = nil },
        Case("a user below zero", "process.user.uid:") { $0[path: "process", "user", "uid"] = -1 },
        Case("a user of 2^32", "process.user.uid:") { $0[path: "process", "user", "uid"] = 4_294_967_296 },
        Case("the user that is nobody to the kernel", "process.user.gid:") {
            $0[path: "process", "user", "gid"] = 4_294_967_295
        },
        Case("a limit that does not exist", "process.rlimits[0].type:") {
            $0[path: "process", "rlimits"] = [["type": "RLIMIT_LUCK", "soft": 1, "hard": 1]]
        },
        Case("a limit twice", "process.rlimits[1].type:") {
            let limit: Value = ["type": "RLIMIT_CORE", "soft": 1, "hard": 1]
            $0[path: "process", "rlimits"] = [limit, limit]
        },
        Case("soft above hard", "process.rlimits[0]:") {
            $0[path: "process", "rlimits"] = [["type": "RLIMIT_CORE", "soft": 2, "hard": 1]]
        },
        Case("a score out of range", "process.oomScoreAdj:") { $0[path: "process", "oomScoreAdj"] = 1001 },
        Case("no root", "root:") { $0["root"] = nil },
        Case("an unknown namespace", "linux.namespaces[0].type:") {
            $0[path: "linux", "namespaces"] = [["type": "space"]]
        },
        Case("a namespace twice", "linux.namespaces[1].type:") {
            $0[path: "linux", "namespaces"] = [["type": "pid"], ["type": "pid"]]
        },
        Case("a namespace's path that is relative", "linux.namespaces[0].path:") {
            $0[path: "linux", "namespaces"] = [["type": "pid", "path": "proc/1/ns/pid"]]
        },
        Case("a namespace that is not there", "linux.namespaces[0].path:") {
            $0[path: "linux", "namespaces"] = [["type": "pid", "path": "/proc/self/ns/none"]]
        },
        Case("a hostname without its namespace", "hostname:") {
            $0[path: "linux", "namespaces"] = [["type": "mount"], ["type": "pid"]]
        },
        Case("ids without a user namespace", "linux.uidMappings:") {
            $0[path: "linux", "uidMappings"] = [["containerID": 0, "hostID": 1, "size": 1]]
        },
        Case("ids past the last one", "linux.uidMappings[0]:") {
            $0[path: "linux", "uidMappings"] = [["containerID": 0, "hostID": 4_294_967_290, "size": 100]]
        },
        Case("a user namespace without ids", "linux.uidMappings:") {
            $0[path: "linux", "namespaces"] = [["type": "mount"], ["type": "uts"], ["type": "user"]]
        },
        Case("a machine's sysctl", "linux.sysctl.kernel.panic:") {
            $0[path: "linux", "sysctl"] = ["kernel.panic": "1"]
        },
        Case("a mount onto /proc", "mounts[0].destination:", mount(["destination": "/proc", "type": "tmpfs"])),
        Case(
            "a mount in /proc", "mounts[0].destination:",
            mount(["destination": "/proc/../proc/sys", "type": "tmpfs"])),
        Case("a mount over the root", "mounts[0].destination:", mount(["destination": "/", "type": "tmpfs"])),
        Case("a relative destination", "mounts[0].destination:", mount(["destination": "tmp", "type": "tmpfs"])),
        Case("a mount without type", "mounts[0].type:", mount(["destination": "/tmp"])),
        Case("a bind without source", "mounts[0].source:", mount(["destination": "/a", "options": ["bind"]])),
        Case("ten thousand mounts", "mounts:") { config in
            config["mounts"] = .sequence((0..<10_000).map { ["destination": .string("/m\($0)"), "type": "tmpfs"] })
        },
        Case("a device of no type", "linux.devices[0].type:") {
            $0[path: "linux", "devices"] = [["path": "/dev/x", "type": "z", "major": 1, "minor": 1]]
        },
        Case("a device without numbers", "linux.devices[0].major:") {
            $0[path: "linux", "devices"] = [["path": "/dev/x", "type": "c"]]
        },
        Case("a relative device", "linux.devices[0].path:") {
            $0[path: "linux", "devices"] = [["path": "dev/x", "type": "p"]]
        },
        Case("Intel RDT", "linux.intelRdt:") { $0[path: "linux", "intelRdt"] = ["closID": "a"] },
        Case("an unknown action", "linux.seccomp.defaultAction:") {
            $0[path: "linux", "seccomp"] = ["defaultAction": "SCMP_ACT_HOPE"]
        },
        Case("a rule for no call", "linux.seccomp.syscalls[0].names[0]:") {
            $0[path: "linux", "seccomp"] = [
                "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [["names": [""], "action": "SCMP_ACT_ERRNO"]],
            ]
        },
        Case("an errno where none is answered", "linux.seccomp.defaultErrnoRet:") {
            $0[path: "linux", "seccomp"] = ["defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1]
        },
        Case("a hook with a relative path", "hooks.poststop[0].path:") {
            $0["hooks"] = ["poststop": [["path": "bin/true"]]]
        },
        Case("a hook without time", "hooks.prestart[0].timeout:") {
            $0["hooks"] = ["prestart": [["path": "/bin/true", "timeout": 0]]]
        },
        Case("memory and swap less than memory", "linux.resources.memory.swap:") {
            $0[path: "linux", "resources", "memory"] = ["limit": 2000, "swap": 1000]
        },
        Case("an access of other letters", "linux.resources.devices[0].access:") {
            $0[path: "linux", "resources", "devices"] = [["allow": true, "access": "x"]]
        },
    ]

    @Test(arguments: refused) func `a config that cannot be is refused by its field`(_ wrong: Case) {
        var value = OCIFixture.config("true", out: "/tmp")
        wrong.change(&value)
        let error = #expect(throws: ContainerError.self) { _ = try OCIConfig(JSON.emit(value)) }
        #expect(error?.message.hasPrefix(wrong.path) == true, "\(error?.message ?? "")")
    }

    @Test func `a config that is no JSON, or no object, is refused`() {
        for text in ["", "{", "[]", "null", "{\"ociVersion\":\"1.0.2\"", "\u{0}"] {
            #expect(throws: ContainerError.self) { _ = try OCIConfig(Array(text.utf8)) }
        }
    }

    @Test func `what newer specs may add is passed over`() throws {
        var value = OCIFixture.config("true", out: "/tmp")
        value["future"] = ["deep": [1, 2]]
        value[path: "linux", "netDevices"] = ["eth0": [:]]
        _ = try OCIConfig(JSON.emit(value))
    }

    @Test func `numbers as large as the kernel's are read`() throws {
        var value = OCIFixture.config("true", out: "/tmp")
        let most = Value(.scalar(Scalar("18446744073709551615", .int)))
        value[path: "process", "rlimits"] = [["type": "RLIMIT_CORE", "soft": most, "hard": most]]
        let config = try OCIConfig(JSON.emit(value))
        #expect(config.process?.limits == [.init(resource: 4, soft: .max, hard: .max)])
    }

    @Test(arguments: [
        (["ro"], 1, 0), (["ro", "rw"], 0, 1), (["nosuid", "noexec"], 10, 0), (["noatime"], 0x10, 0),
        (["noatime", "relatime"], 0, 0x70), (["strictatime", "nodiratime"], 0xa0, 0), (["atime"], 0, 0x70),
    ]) func `of mount options that meet the last one counts`(_ options: [String], _ set: Int, _ clear: Int) throws {
        let value: Value = [
            "destination": "/x", "type": "tmpfs", "options": .sequence(options.map { .string($0) }),
        ]
        let mount = try OCIMount(ConfigField(value, at: "mounts[0]"))
        #expect(mount.attributes.set == UInt64(set))
        #expect(mount.attributes.clear == UInt64(clear))
    }

    @Test func `a rule for a call that no kernel has is refused by its field`() throws {
        let field = ConfigField(
            ["defaultAction": "SCMP_ACT_ALLOW", "syscalls": [["names": ["conjure"], "action": "SCMP_ACT_ERRNO"]]],
            at: "linux.seccomp")
        let seccomp = try OCISeccomp(field)
        let error = #expect(throws: ContainerError.self) {
            var compiler = try ConfigFilterCompiler(seccomp)
            _ = try compiler.compile(seccomp)
        }
        #expect(error?.message.hasPrefix("linux.seccomp.syscalls[0].names: ") == true)
    }
}
