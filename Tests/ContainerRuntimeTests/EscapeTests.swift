import ContainerRuntime
import Foundation
import System
import TestSupport
import Testing

/// What a hostile image, volume or program tries, each named after what was once exploited elsewhere.
@Suite struct EscapeTests {
    private func link(_ fixture: RuntimeFixture, _ path: String, to destination: String) throws {
        let place = fixture.layer + path
        try? FileManager.default.removeItem(atPath: place)
        try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: destination)
    }

    @Test(arguments: ["/proc", "/dev", "/sys"])
    func `an image whose kernel folder is a link does not start (CVE-2019-19921, CVE-2026-41579)`(path: String)
        async throws
    {
        try await withRuntime { fixture in
            try link(fixture, path, to: "/tmp")
            let fault = await #expect(throws: ContainerError.self) {
                _ = try await fixture.runtime.start(fixture.shell("true"))
            }
            #expect(fault?.code == .specification)
            #expect(fault?.message.hasSuffix("a symbolic link is in its place in the image") == true)
        }
    }

    @Test func `a mount's target that is a link stays inside (CVE-2021-30465)`() async throws {
        try await withRuntime { fixture in
            let outside = fixture.folder.path + "/outside"
            let volume = fixture.folder.path + "/volume"
            try Files.makeFolders(outside)
            try Files.makeFolders(volume)
            try link(fixture, "/data", to: "../../../../../..\(outside)")
            let exit = try await fixture.end(
                of: fixture.shell("echo x > /data/in; ls /data") {
                    $0.mounts = [MountSpec(.bind(volume, create: false), at: "/data/sub")]
                })
            #expect(exit.code == 0)
            #expect(try Files.names(in: outside) == [])
            #expect(try fixture.output() == "in\nsub\n")
        }
    }

    @Test func `a link into proc takes no mount`() async throws {
        try await withRuntime { fixture in
            try link(fixture, "/data", to: "/proc/sys")
            let fault = await #expect(throws: ContainerError.self) {
                _ = try await fixture.runtime.start(
                    fixture.shell("true") { $0.mounts = [MountSpec(.memory(size: nil, mode: 0o755), at: "/data")] })
            }
            #expect(fault?.message.contains("nothing may be mounted over parts of /proc") == true)
        }
    }

    @Test(arguments: [
        "/proc/self/fd/3", "/proc/self/fd/5", "/proc/self/fd/7", "/proc/self/fd/9", "/proc/self/cwd", "/proc/1/root",
    ])
    func `a working folder behind a leaked descriptor is refused (CVE-2024-21626)`(path: String) async throws {
        try await withRuntime { fixture in
            let fault = await #expect(throws: ContainerError.self) {
                _ = try await fixture.runtime.start(
                    fixture.shell("pwd; ls ../../..") { $0.process.workingFolder = path })
            }
            #expect(fault?.code == .specification, "\(fault?.message ?? "it started")")
        }
    }

    @Test func `the program gets no descriptor but its streams`() async throws {
        try await withRuntime { fixture in
            try await fixture.end(of: fixture.spec("one", ["/bin/ls", "/proc/self/fd"]))
            // ls itself opens the folder as 3.
            #expect(try fixture.output() == "0\n1\n2\n3\n")
        }
    }

    @Test func `accounts that are a link out, a pipe or enormous do no harm (CVE-2024-9676)`() async throws {
        try await withRuntime { fixture in
            let passwd = fixture.layer + "/etc/passwd"
            try link(fixture, "/etc/passwd", to: "../../../../../../etc/shadow")
            let lookup = fixture.spec("one", ["/bin/true"]) { $0.process.user = .named("shop", additional: []) }
            await #expect(throws: ContainerError.self) { _ = try await fixture.runtime.start(lookup) }
            try FileManager.default.removeItem(atPath: passwd)
            mkfifo(passwd, 0o644)
            await #expect(throws: ContainerError.self) { _ = try await fixture.runtime.start(lookup) }
            try FileManager.default.removeItem(atPath: passwd)
            let long = Data(repeating: 97, count: 30 << 20) + Data("\nshop:x:1:1::/:/bin/sh\n".utf8)
            try long.write(to: URL(fileURLWithPath: passwd))
            await #expect(throws: ContainerError.self) { _ = try await fixture.runtime.start(lookup) }
        }
    }

    @Test(arguments: ["4294967296", "-1", "2147483648:0", "0x0", "99999999999999999999"])
    func `a user number out of range is refused, never wrapped to root (CVE-2024-40635)`(user: String) async throws {
        try await withRuntime { fixture in
            let fault = await #expect(throws: ContainerError.self) {
                _ = try await fixture.runtime.start(
                    fixture.shell("id") { $0.process.user = .named(user, additional: []) })
            }
            #expect(fault?.code == .specification)
        }
    }

    @Test func `the shim is not to be seen, and the first process's file is the program's`() async throws {
        try await withRuntime { fixture in
            try await fixture.end(
                of: fixture.shell(
                    "readlink /proc/1/exe; ls /proc | grep -c '^[0-9]'; cat /proc/1/environ | tr '\\0' '\\n' | grep -c PATH"
                ))
            #expect(try fixture.output().hasPrefix("/bin/busybox\n"))
        }
    }

    @Test func `devices of the machine can be made but not opened`() async throws {
        try await withRuntime { fixture in
            try await fixture.end(
                of: fixture.shell("mknod /tmp/disk b 254 0 && echo made; head -c 1 /tmp/disk 2>&1 || echo refused"))
            #expect(try fixture.output() == "made\nhead: /tmp/disk: Operation not permitted\nrefused\n")
        }
    }

    @Test func `a program that forks without end is held and killed`() async throws {
        guard try machineLimits("pids") else { return }
        try await withRuntime { fixture in
            _ = try await fixture.runtime.start(
                fixture.shell("bomb() { bomb & bomb; }; bomb 2>/dev/null & exec sleep 100") { $0.resources.pids = 60 })
            try await Task.sleep(for: .milliseconds(300))
            try await fixture.runtime.kill("one", signal: SIGKILL, all: true)
            #expect(try await fixture.exit(of: "one").code == 137)
            try await fixture.runtime.remove("one")
        }
    }

    @Test func `a program that takes too much memory is told apart`() async throws {
        guard try machineLimits("memory") else { return }
        try await withRuntime { fixture in
            let exit = try await fixture.end(
                of: fixture.shell("exec dd if=/dev/zero of=/dev/null bs=200M count=1") {
                    $0.resources.memoryLimit = 30 << 20
                })
            #expect(exit.code == 137 && exit.wasOutOfMemory)
        }
    }
}
