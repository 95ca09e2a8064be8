import Document
import Foundation
import Glibc
import System
import TestSupport
import Testing

@testable import ContainerRuntime

/// Published ways out of a container, tried through a bundle that somebody else made.
@Suite struct OCIEscapeTests {
    private static func link(_ path: String, to target: String) throws {
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    @Test func `no file of the runtime is to be had inside (CVE-2019-5736)`() throws {
        let fixture = try OCIFixture()
        try fixture.write("sleep 100")
        #expect(fixture.create().code == 0)
        let exe = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(fixture.pid)/exe")
        #expect(exe.hasPrefix("/memfd:belay-shim"))
        // What is in memory cannot be written by anybody.
        #expect(open("/proc/\(fixture.pid)/exe", O_WRONLY) == -1)
    }

    @Test func `no descriptor of the machine leads out (CVE-2024-21626)`() throws {
        let fixture = try OCIFixture()
        let result = try fixture.run("ls /proc/self/fd | wc -l; ls -l /proc/self/fd")
        #expect(result.output.hasPrefix("4\n"), "\(result.output)")
        for descriptor in 3..<12 {
            for folder in ["/proc/self/fd/\(descriptor)", "/proc/thread-self/fd/\(descriptor)/../.."] {
                let failure = #expect(throws: OCIFailure.self) {
                    _ = try fixture.run("pwd") { $0[path: "process", "cwd"] = .string(folder) }
                }
                #expect(failure?.message.isEmpty == false)
            }
        }
    }

    @Test func `a link in place of /dev/null masks nothing else (CVE-2025-31133)`() throws {
        let fixture = try OCIFixture()
        try Self.link("\(fixture.rootfs)/dev/null", to: "/proc/sys/kernel/core_pattern")
        // Over a /dev of its own the link is not seen.
        let result = try fixture.run("cat /proc/keys; ls -l /dev/null")
        #expect(result.output.contains("1,   3"))
        // Where the image's /dev is the container's, the link is found out.
        #expect(throws: OCIFailure.self) {
            _ = try fixture.run("true") { config in
                config["mounts"] = .sequence(
                    (config["mounts"]?.items ?? []).filter { $0["destination"]?.string?.hasPrefix("/dev") != true })
            }
        }
    }

    @Test(arguments: ["/dev", "/proc", "/sys"])
    func `a link in place of the kernel's own folders is refused (CVE-2019-19921, CVE-2026-41579)`(
        _ place: String
    ) throws {
        let fixture = try OCIFixture()
        try FileManager.default.createDirectory(atPath: "\(fixture.rootfs)/evil", withIntermediateDirectories: true)
        try Self.link(fixture.rootfs + place, to: "/evil")
        let failure = #expect(throws: OCIFailure.self) { _ = try fixture.run("true") }
        #expect(failure?.message.contains("symbolic link") == true, "\(failure?.message ?? "")")
    }

    @Test func `a mount goes where its link leads inside (CVE-2021-30465, CVE-2024-45310)`() throws {
        let fixture = try OCIFixture()
        let outside = "\(fixture.folder.path)/outside"
        try Files.makeFolders(outside)
        for (index, target) in [outside, "../../../../..\(outside)", "/proc/self/root\(outside)"].enumerated() {
            try Self.link("\(fixture.rootfs)/trap\(index)", to: target)
        }
        for index in 0..<2 {
            let result = try fixture.run("touch /trap\(index)/made") { config in
                var mounts = config["mounts"]?.items ?? []
                mounts.append(["destination": .string("/trap\(index)/deep"), "type": "tmpfs", "source": "tmpfs"])
                config["mounts"] = .sequence(mounts)
                config[path: "root", "readonly"] = false
            }
            #expect(result.code == 0)
        }
        _ = try? fixture.run("true") { config in
            config["mounts"] = .sequence(
                (config["mounts"]?.items ?? []) + [["destination": "/trap2/deep", "type": "tmpfs", "source": "tmpfs"]])
        }
        #expect(try Files.names(in: outside).isEmpty)
        #expect(try Mounts.beneath(outside).isEmpty)
    }

    @Test func `programs have no inheritable capabilities unless they ask (CVE-2022-29162)`() throws {
        let fixture = try OCIFixture()
        let result = try fixture.run("grep -E 'CapInh|CapAmb' /proc/self/status")
        #expect(result.output == "CapInh:\t0000000000000000\nCapAmb:\t0000000000000000\n")
    }

    @Test func `cgroups are not to be written (CVE-2023-25809)`() throws {
        let fixture = try OCIFixture()
        let result = try fixture.run(
            "find=$(ls -d /sys/fs/cgroup/*/ /sys/fs/cgroup); for d in $find; do mkdir $d/x; done")
        #expect(result.code != 0)
        #expect(!result.output.isEmpty)
    }

    @Test func `the process that waits for start gives nothing away`() throws {
        let fixture = try OCIFixture()
        try fixture.write("sleep 100")
        #expect(fixture.create().code == 0)
        // Not dumpable: its files in /proc are the machine's root's alone, whoever it is to become.
        var status = stat()
        #expect(stat("/proc/\(fixture.pid)/environ", &status) == 0 && status.st_uid == 0)
    }

    @Test func `accounts in the image that are links or enormous stop nobody (CVE-2024-9676)`() throws {
        let fixture = try OCIFixture()
        let passwd = "\(fixture.rootfs)/etc/passwd"
        for make in [
            { mkfifo(passwd, 0o644) == 0 }, { symlink("/dev/zero", passwd) == 0 },
            { open(passwd, O_CREAT | O_WRONLY, 0o644) >= 0 && truncate(passwd, 1 << 40) == 0 },
        ] {
            unlink(passwd)
            #expect(make())
            #expect(try fixture.run("true").code == 0)
        }
    }
}
