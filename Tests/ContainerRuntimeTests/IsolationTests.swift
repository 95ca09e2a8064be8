import ContainerRuntime
import Foundation
import System
import TestSupport
import Testing

@Suite struct IsolationTests {
    /// What a shell line prints in a container of its own.
    private func output(
        _ line: String, _ fixture: RuntimeFixture, id: String = "one", change: (inout ContainerSpec) -> Void = { _ in }
    ) async throws -> String {
        let exit = try await fixture.end(of: fixture.shell(line, id: id, change: change))
        let text = try fixture.output(id)
        if exit.code != 0 { Issue.record("\(line) ended with \(exit.code): \(try fixture.output(id, "stderr"))") }
        return text
    }

    @Test func `gives every namespace but the user's anew`() async throws {
        try await withRuntime { fixture in
            let text = try await output(
                "for n in pid mnt uts ipc net cgroup; do readlink /proc/self/ns/$n; done; echo $$", fixture)
            let own = try ["pid", "mnt", "uts", "ipc", "net", "cgroup"].map {
                try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\($0)")
            }
            let lines = text.split(separator: "\n").map(String.init)
            #expect(lines.count == 7 && lines.last == "1")
            #expect(Set(lines).isDisjoint(with: own))
        }
    }

    @Test func `mounts the kernel's file systems and devices`() async throws {
        try await withRuntime { fixture in
            let text = try await output("mount; ls /dev; hostname; cat /proc/1/cmdline | tr '\\0' ' '", fixture)
            for mount in [
                "overlay on / ", "proc on /proc ", "devpts on /dev/pts", "mqueue on /dev/mqueue", "sysfs on /sys ",
            ] {
                #expect(text.contains(mount), "\(mount)")
            }
            for name in ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "shm", "stdout", "fd"] {
                #expect(text.split(separator: "\n").contains(Substring(name)), "\(name)")
            }
            #expect(!text.contains("/work/") && !text.contains(fixture.run + "/containers on"))
            #expect(text.contains("\none\n"))
        }
    }

    @Test func `masks and protects what would show or change the machine`() async throws {
        try await withRuntime { fixture in
            let text = try await output(
                """
                wc -c < /proc/timer_list; wc -c < /proc/keys; ls /sys/firmware | wc -l
                echo 1 > /proc/sys/kernel/panic || echo read-only
                touch /sys/x || echo read-only
                touch /sys/fs/cgroup/x || echo read-only
                echo 0 > /dev/null && echo null
                """, fixture)
            #expect(text == "0\n0\n0\nread-only\nread-only\nread-only\nnull\n")
        }
    }

    @Test func `keeps capabilities to the set, filters calls and forbids new privileges`() async throws {
        try await withRuntime { fixture in
            let text = try await output("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status | tr -d '\\t'", fixture)
            {
                $0.process.capabilities = ["CAP_CHOWN", "CAP_NET_BIND_SERVICE"]
            }
            #expect(text.contains("CapInh:0000000000000000\nCapPrm:0000000000000401\nCapEff:0000000000000401\n"))
            #expect(text.contains("CapBnd:0000000000000401\nCapAmb:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n"))
        }
    }

    @Test func `loads the filter with and without new privileges forbidden`() async throws {
        try await withRuntime { fixture in
            for (id, noNew) in [("a", true), ("b", false)] {
                let text = try await output(
                    "unshare -m true 2>&1 || echo refused; mount -t tmpfs x /tmp 2>&1 || echo refused", fixture, id: id
                ) {
                    $0.process.noNewPrivileges = noNew
                }
                #expect(text.contains("Operation not permitted") && text.hasSuffix("refused\n"))
            }
            let open = try await output("mount -t tmpfs x /tmp && grep -c tmpfs /proc/mounts", fixture, id: "c") {
                $0.privileged = true
                $0.process.noNewPrivileges = false
            }
            #expect(!open.isEmpty)
        }
    }

    @Test(arguments: [
        (UserSpec.root, "uid=0(root) gid=0(root) groups=0(root)"),
        (.ids(user: 1000, group: 1000, additional: [44]), "uid=1000(shop) gid=1000(shop) groups=44(video),1000(shop)"),
        (.named("shop", additional: []), "uid=1000(shop) gid=1000(shop) groups=29(audio),1000(shop)"),
        (.named("shop:video", additional: [7]), "uid=1000(shop) gid=44(video) groups=7,44(video)"),
        (.named("1000", additional: []), "uid=1000(shop) gid=1000(shop) groups=29(audio),1000(shop)"),
        (.named("4242", additional: []), "uid=4242 gid=0(root) groups=0(root)"),
        (.named("7:8", additional: []), "uid=7 gid=8 groups=8"),
    ])
    func `runs as the user that is asked for`(user: UserSpec, expected: String) async throws {
        try await withRuntime { fixture in
            let text = try await output("id; echo $HOME; grep CapEff /proc/self/status", fixture) {
                $0.process.user = user
            }
            let lines = text.split(separator: "\n").map(String.init)
            let groups = { (line: String) in Set(line.split(separator: "=").last?.split(separator: ",") ?? []) }
            #expect(lines[0].split(separator: " ").prefix(2) == expected.split(separator: " ").prefix(2)[...])
            #expect(groups(expected).isSubset(of: groups(lines[0])), "\(lines[0])")
            if user != .root { #expect(lines[2].hasSuffix("0000000000000000")) }
        }
    }

    @Test func `lets the user open its own output again by name`() async throws {
        try await withRuntime { fixture in
            let text = try await output("echo again > /dev/stdout; echo error > /dev/stderr", fixture) {
                $0.process.user = .ids(user: 1000, group: 1000, additional: [])
            }
            #expect(text == "again\n")
        }
    }

    @Test func `sets the working folder, the environment and the host name`() async throws {
        try await withRuntime { fixture in
            let text = try await output("pwd; hostname; env | grep -E '^(A|HOME)='", fixture) {
                $0.process.workingFolder = "/made/for/it"
                $0.hostname = "shop-web"
                $0.process.environment = ["A=1", "PATH=/bin", "A=2"]
            }
            #expect(
                text == "/made/for/it\nshop-web\nA=2\nHOME=/root\n"
                    || text == "/made/for/it\nshop-web\nHOME=/root\nA=2\n")
        }
    }

    @Test func `makes the root read-only but not its mounts`() async throws {
        try await withRuntime { fixture in
            let text = try await output(
                "touch /x || echo no; touch /data/x && touch /dev/shm/y && echo yes; ls /data", fixture
            ) {
                $0.root.isReadOnly = true
                $0.mounts = [MountSpec(.memory(size: 1 << 20, mode: 0o1777), at: "/data")]
            }
            #expect(text == "no\nyes\nx\n")
        }
    }

    @Test func `binds files and folders, made where they are missing`() async throws {
        try await withRuntime { fixture in
            let volume = fixture.folder.path + "/volume"
            let file = fixture.folder.path + "/file"
            try Data("content\n".utf8).write(to: URL(fileURLWithPath: file))
            let text = try await output(
                "cat /etc/app/conf; echo 1 > /data/deep/in/it; touch /etc/app/conf || echo no; touch /dev/log && echo dev",
                fixture
            ) {
                $0.mounts = [
                    MountSpec(.bind(file, create: false), at: "/etc/app/conf", isReadOnly: true),
                    MountSpec(.bind(volume, create: true), at: "/data/deep/in"),
                    MountSpec(.bind(file, create: false), at: "/dev/log"),
                ]
            }
            #expect(text == "content\nno\ndev\n")
            #expect(try String(contentsOfFile: volume + "/it", encoding: .utf8) == "1\n")
        }
    }

    @Test func `stacks layers, the uppermost first, and keeps them unchanged`() async throws {
        try await withRuntime { fixture in
            let layers = try (0..<40).map { number in
                let path = fixture.folder.path + "/l\(number)"
                try Files.makeFolders(path)
                try Data("\(number)\n".utf8).write(to: URL(fileURLWithPath: path + "/who"))
                return path
            }
            let text = try await output("cat /who; echo new > /who; cat /who", fixture) {
                $0.root.lowerFolders = layers + $0.root.lowerFolders
            }
            #expect(text == "0\nnew\n")
            #expect(try String(contentsOfFile: layers[0] + "/who", encoding: .utf8) == "0\n")
        }
    }

    @Test func `writes to the upper folder that the caller keeps`() async throws {
        try await withRuntime { fixture in
            let upper = fixture.folder.path + "/upper"
            _ = try await output("echo kept > /made", fixture) { $0.root.upperFolder = upper }
            try await fixture.runtime.remove("one")
            #expect(try String(contentsOfFile: upper + "/made", encoding: .utf8) == "kept\n")
            #expect(!Files.exists(upper + ".work"))
        }
    }

    @Test func `gives a terminal`() async throws {
        try await withRuntime { fixture in
            let text = try await output(
                "tty 2>/dev/null; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo terminal; readlink /proc/self/fd/0", fixture
            ) {
                $0.process.terminal = true
            }
            #expect(text.contains("terminal\r\n") && text.contains("/dev/pts/0"))
        }
    }
}
