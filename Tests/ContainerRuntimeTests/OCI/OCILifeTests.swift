import Document
import Glibc
import System
import TestSupport
import Testing

@testable import ContainerRuntime

/// Containers from create to delete, as engines drive them.
@Suite struct OCILifeTests {
    @Test func `create waits for start, and every command knows the state`() throws {
        let fixture = try OCIFixture()
        try fixture.write("echo begun; sleep 100")
        #expect(fixture.create() == (0, ""))
        #expect(fixture.status == "created")
        #expect(!Files.exists("\(fixture.out)/text"))
        let again = fixture.create()
        #expect(again.code == 1 && again.message.contains("already exists"))
        #expect(fixture.command("delete", fixture.id).code == 1)
        #expect(fixture.command("start", fixture.id) == (0, ""))
        #expect(fixture.status == "running")
        #expect(fixture.command("start", fixture.id).message.contains("cannot start a container that is running"))
        #expect(fixture.command("delete", fixture.id).message.contains("not stopped: running"))
        #expect(fixture.command("kill", fixture.id, "SIGKILL").code == 0)
        #expect(fixture.wait(for: fixture.pid) == 137)
        #expect(fixture.status == "stopped")
        #expect(fixture.command("kill", fixture.id, "KILL").message.contains("not running"))
        #expect(fixture.command("delete", fixture.id) == (0, ""))
        #expect(fixture.status == "none")
        #expect(!Files.exists("\(fixture.root)/\(fixture.id)"))
    }

    @Test(arguments: [0, 3, 255]) func `the program's exit code is its own`(_ code: Int) throws {
        let fixture = try OCIFixture()
        #expect(try fixture.run("exit \(code)").code == Int32(code))
    }

    @Test func `nothing of a container is left when it is deleted`() throws {
        let fixture = try OCIFixture()
        _ = try fixture.run("true")
        let hierarchies = try CgroupHierarchies.current()
        let cgroup = OCICgroup(path: "", id: fixture.id, hierarchies: hierarchies)
        #expect(!cgroup.cgroup.exists)
        #expect(try Mounts.beneath(fixture.bundle).isEmpty)
    }

    @Test func `a program that is not there fails create, and leaves nothing`() throws {
        let fixture = try OCIFixture()
        try fixture.write("") { $0[path: "process", "args"] = ["nowhere"] }
        let created = fixture.create()
        #expect(created.code == 1)
        #expect(created.message.contains("executable file not found in $PATH"))
        #expect(fixture.status == "none")
        #expect(!Files.exists("\(fixture.root)/\(fixture.id)"))
    }

    @Test func `a container without a program ends when it is started, and says why`() throws {
        let fixture = try OCIFixture()
        try fixture.write("") { $0["process"] = nil }
        #expect(fixture.create() == (0, ""))
        let pid = fixture.pid
        #expect(fixture.command("start", fixture.id).message.contains("process: is missing"))
        #expect(fixture.wait(for: pid) == 137)
        #expect(fixture.status == "stopped")
    }

    @Test func `a created container ends by a signal`() throws {
        let fixture = try OCIFixture()
        try fixture.write("true")
        #expect(fixture.create().code == 0)
        let pid = fixture.pid
        #expect(fixture.command("kill", fixture.id, "TERM").code == 0)
        _ = fixture.wait(for: pid)
        #expect(fixture.status == "stopped")
    }

    @Test func `hooks run in their order, each where it belongs`() throws {
        let fixture = try OCIFixture()
        let trace = "\(fixture.out)/trace"
        let hook = { (name: String) -> Value in
            let line = "cat >/dev/null; echo \(name) $(readlink /proc/self/ns/mnt) >>\(trace)"
            return [["path": "/bin/sh", "args": ["sh", "-c", .string(line)]]]
        }
        let inside: Value = [["path": "/bin/sh", "args": ["sh", "-c", "echo startContainer inside >>/out/trace"]]]
        _ = try fixture.run("echo program >>/out/trace") { config in
            config["hooks"] = [
                "prestart": hook("prestart"), "createRuntime": hook("createRuntime"),
                "createContainer": hook("createContainer"), "startContainer": inside,
                "poststart": hook("poststart"), "poststop": hook("poststop"),
            ]
        }
        let lines = try Files.text(trace).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let names = lines.map { $0[0] }
        #expect(Array(names.prefix(4)) == ["prestart", "createRuntime", "createContainer", "startContainer"])
        #expect(Set(names.dropFirst(4)) == ["program", "poststart", "poststop"] && names.last == "poststop")
        #expect(lines[0][1] == lines[1][1])
        #expect(lines[0][1] != lines[2][1])
    }

    @Test func `a hook that fails ends the container that was to be`() throws {
        let fixture = try OCIFixture()
        try fixture.write("true") { $0["hooks"] = ["createRuntime": [["path": "/bin/false"]]] }
        let created = fixture.create()
        #expect(created.code == 1 && created.message.contains("hooks.createRuntime[0]"))
        #expect(fixture.status == "none")
    }

    @Test func `a hook that takes too long is killed`() throws {
        let fixture = try OCIFixture()
        try fixture.write("true") {
            $0["hooks"] = [
                "createContainer": [["path": "/bin/sleep", "args": ["sleep", "100"], "timeout": 1]]
            ]
        }
        let created = fixture.create()
        #expect(created.code == 1 && created.message.contains("hooks.createContainer[0]"))
    }

    @Test func `a paused container goes on where it was`() throws {
        let fixture = try OCIFixture()
        try fixture.write("sleep 100")
        #expect(fixture.create().code == 0)
        #expect(fixture.command("start", fixture.id).code == 0)
        #expect(fixture.command("pause", fixture.id) == (0, ""))
        #expect(fixture.status == "paused")
        #expect(fixture.command("pause", fixture.id).code == 1)
        #expect(fixture.command("exec", fixture.id, "true").code == 255)
        #expect(fixture.command("resume", fixture.id) == (0, ""))
        #expect(fixture.status == "running")
        #expect(fixture.command("pause", fixture.id).code == 0)
        #expect(fixture.command("kill", fixture.id, "KILL").code == 0)
        #expect(fixture.wait(for: fixture.pid) == 137)
    }

    @Test func `limits change while it runs`() throws {
        guard try machineLimits("pids") else { return }
        let fixture = try OCIFixture()
        try fixture.write("sleep 100") { $0[path: "linux", "resources", "pids"] = ["limit": 50] }
        #expect(fixture.create().code == 0)
        let cgroup = try OCIStore(root: fixture.root).peek(fixture.id).state.cgroup.cgroup
        let folder = try #require(cgroup.legacy["pids"] ?? cgroup.unified)
        #expect(try Files.text("\(folder)/pids.max") == "50\n")
        #expect(fixture.command("update", "--pids-limit", "70", fixture.id) == (0, ""))
        #expect(try Files.text("\(folder)/pids.max") == "70\n")
    }

    @Test func `a detached program runs in the container, with its restrictions`() throws {
        let fixture = try OCIFixture()
        try fixture.write("sleep 100")
        #expect(fixture.create().code == 0)
        #expect(fixture.command("start", fixture.id).code == 0)
        let pidFile = "\(fixture.folder.path)/pid"
        let line = "hostname >/out/exec; grep -E 'CapEff|NoNewPrivs' /proc/self/status >>/out/exec; exit 9"
        let result = fixture.command(
            "exec", "--detach", "--pid-file", pidFile, "--env", "A=b", fixture.id, "/bin/sh", "-c", line)
        #expect(result == (0, ""))
        let pid = try #require(Int32(try Files.text(pidFile)))
        #expect(fixture.wait(for: pid) == 9)
        let text = try Files.text("\(fixture.out)/exec")
        #expect(text == "belay\nCapEff:\t0000000020000420\nNoNewPrivs:\t1\n")
    }

    @Test func `an exec that cannot be says so with 255`() throws {
        let fixture = try OCIFixture()
        try fixture.write("sleep 100")
        #expect(fixture.create().code == 0)
        #expect(fixture.command("start", fixture.id).code == 0)
        #expect(fixture.command("exec", "--detach", fixture.id, "nowhere").code == 255)
        // Numbers that do not fit are nobody (CVE-2026-30892).
        for user in ["4294967296", "-1", "0x0", "1000:4294967295", "root", ""] {
            #expect(fixture.command("exec", "--detach", "--user", user, fixture.id, "true").code == 255, "\(user)")
        }
    }

    @Test func `a user namespace has its own root`() throws {
        let fixture = try OCIFixture()
        // Its root makes the places of mounts, so the root file system is its own.
        chown(fixture.rootfs, 100_000, 100_000)
        let result = try fixture.run("cat /proc/self/uid_map; id -u; touch /out/mine") { config in
            config[path: "linux", "namespaces"] = .sequence(
                ["pid", "network", "ipc", "uts", "mount", "cgroup", "user"].map { ["type": .string($0)] })
            for name in ["uidMappings", "gidMappings"] {
                config[path: "linux", name] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
            }
        }
        #expect(result.code == 0)
        #expect(result.output.split(whereSeparator: \.isWhitespace) == ["0", "100000", "65536", "0"])
        var status = stat()
        #expect(lstat("\(fixture.out)/mine", &status) == 0 && status.st_uid == 100_000)
    }

    @Test func `an id-mapped mount shows the machine's files as the container's`() throws {
        let fixture = try OCIFixture()
        chown(fixture.out, 1000, 1000)
        let result = try fixture.run("ls -nd /out") { config in
            let mapping: Value = [["containerID": 1000, "hostID": 0, "size": 1]]
            config["mounts"] = .sequence(
                (config["mounts"]?.items ?? []).map { mount in
                    guard mount["destination"]?.string == "/out" else { return mount }
                    var mount = mount
                    mount["uidMappings"] = mapping
                    mount["gidMappings"] = mapping
                    return mount
                })
        }
        #expect(result.output.split(separator: " ")[2...3] == ["0", "0"])
    }

    @Test func `a time namespace has its own clocks`() throws {
        let fixture = try OCIFixture()
        let result = try fixture.run("cat /proc/uptime") { config in
            let kinds = (config[path: "linux", "namespaces"]?.items ?? []) + [["type": "time"]]
            config[path: "linux", "namespaces"] = .sequence(kinds)
            config[path: "linux", "timeOffsets"] = ["boottime": ["secs": 500_000_000]]
        }
        #expect((Double(result.output.prefix { $0 != " " }) ?? 0) > 500_000_000)
    }

    @Test func `a filter of the config holds the program`() throws {
        let fixture = try OCIFixture()
        for forbids in [true, false] {
            let result = try fixture.run("mkdir /tmp/x") { config in
                config[path: "root", "readonly"] = false
                config[path: "process", "noNewPrivileges"] = .bool(forbids)
                config[path: "linux", "seccomp"] = [
                    "defaultAction": "SCMP_ACT_ALLOW",
                    "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28]],
                ]
            }
            #expect(result.code == 1 && result.output.contains("No space left"), "\(result.output)")
        }
    }

    @Test func `what a limit asks beyond this process's own is clamped`() throws {
        let fixture = try OCIFixture()
        let result = try fixture.run("ulimit -n; umask") { config in
            config[path: "process", "rlimits"] = [
                ["type": "RLIMIT_NOFILE", "soft": 1_000_000_000, "hard": 1_000_000_000]
            ]
            config[path: "process", "user", "umask"] = 0o77
        }
        #expect(result.code == 0)
        #expect(result.output.split(separator: "\n").last == "0077")
    }

    @Test func `ids that are no folder's name are refused`() throws {
        let fixture = try OCIFixture()
        for id in ["", "..", "a/b", ".hidden", "ü", String(repeating: "x", count: 300)] {
            #expect(fixture.command("create", "--bundle", fixture.bundle, id).code == 1, "\(id)")
        }
    }

    @Test func `the words that are not understood are told`() throws {
        let fixture = try OCIFixture()
        for words in [
            ["start"], ["state", "a", "b"], ["create", "--nonsense", "x"], ["fly"], ["kill", "x", "NOSIG"],
        ] {
            #expect(OCIRuntime.main(["--root", fixture.root, "--log", "/dev/null"] + words) == 1, "\(words)")
        }
    }
}
