import ContainerRuntime
import Foundation
import System
import TestSupport
import Testing

@Suite struct SandboxTests {
    @Test func `containers of one sandbox share network, host name, queues and memory, not processes`() async throws {
        try await withRuntime { fixture in
            let sandbox = try await fixture.runtime.createSandbox(SandboxSpec(id: "pod", hostname: "web-0"))
            #expect(sandbox.networkNamespace == fixture.run + "/sandboxes/pod/net")
            let line =
                "for n in net ipc uts pid mnt; do readlink /proc/self/ns/$n; done; hostname; ls /dev/shm; ip link | grep -c LOOPBACK,UP; touch /dev/shm/"
            try await fixture.end(of: fixture.shell(line + "a", id: "a", sandbox: "pod"))
            try await fixture.end(of: fixture.shell(line + "b", id: "b", sandbox: "pod"))
            let first = try fixture.output("a").split(separator: "\n")
            let second = try fixture.output("b").split(separator: "\n")
            try #require(first.count == 7 && second.count == 8)
            #expect(first[..<3] == second[..<3])
            for index in 0..<5 {
                let name = ["net", "ipc", "uts", "pid", "mnt"][index]
                #expect(
                    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(name)") != first[index])
            }
            #expect(first[5] == "web-0" && second[5] == "web-0")
            #expect(second[6] == "a" && second[7] == "1" && first[6] == "1")
            for id in ["a", "b"] { try await fixture.runtime.remove(id) }
        }
    }

    @Test func `made twice it is the same, removed twice it is gone`() async throws {
        try await withRuntime { fixture in
            let spec = SandboxSpec(id: "pod", hostname: "h", resources: ResourceLimits(memoryLimit: 64 << 20, pids: 50))
            let first = try await fixture.runtime.createSandbox(spec)
            let inode =
                try FileManager.default.attributesOfItem(atPath: try #require(first.networkNamespace))[
                    .systemFileNumber] as? Int
            #expect(try await fixture.runtime.createSandbox(spec) == first)
            #expect(try await fixture.runtime.sandboxes() == [first])
            let again =
                try FileManager.default.attributesOfItem(atPath: try #require(first.networkNamespace))[
                    .systemFileNumber] as? Int
            #expect(inode == again)
            try await fixture.runtime.removeSandbox("pod")
            try await fixture.runtime.removeSandbox("pod")
            #expect(try await fixture.runtime.sandboxes() == [])
            #expect(!Files.exists(fixture.run + "/sandboxes/pod"))
        }
    }

    @Test func `uses the machine's network when asked to`() async throws {
        try await withRuntime { fixture in
            let sandbox = try await fixture.runtime.createSandbox(
                SandboxSpec(id: "pod", hostname: "h", hostNetwork: true))
            #expect(sandbox.networkNamespace == nil)
            try await fixture.end(of: fixture.shell("readlink /proc/self/ns/net", sandbox: "pod"))
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
            #expect(try fixture.output() == own + "\n")
        }
    }

    @Test func `sets sysctls of its own namespaces and refuses the machine's`() async throws {
        try await withRuntime { fixture in
            let spec = SandboxSpec(
                id: "pod", hostname: "h",
                sysctls: ["net.ipv4.ip_unprivileged_port_start": "0", "kernel.shmmni": "1024"])
            _ = try await fixture.runtime.createSandbox(spec)
            try await fixture.end(
                of: fixture.shell(
                    "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shmmni", sandbox: "pod"))
            #expect(try fixture.output() == "0\n1024\n")
            for name in ["kernel.panic", "vm.swappiness", "net.../../kernel/panic", "fs.file-max"] {
                await #expect(throws: ContainerError.self) {
                    _ = try await fixture.runtime.createSandbox(
                        SandboxSpec(id: "x", hostname: "h", sysctls: [name: "1"]))
                }
            }
            #expect(try await fixture.runtime.sandboxes().map(\.id) == ["pod"])
        }
    }

    @Test func `removal ends the containers in it`() async throws {
        try await withRuntime { fixture in
            _ = try await fixture.runtime.createSandbox(SandboxSpec(id: "pod", hostname: "h"))
            _ = try await fixture.runtime.start(fixture.shell("exec sleep 100", sandbox: "pod"))
            try await fixture.runtime.removeSandbox("pod")
            #expect(try await fixture.exit(of: "one").code == 137)
        }
    }

    @Test func `limits hold for the pod and for each container`() async throws {
        guard try machineLimits("memory") else { return }
        try await withRuntime { fixture in
            _ = try await fixture.runtime.createSandbox(
                SandboxSpec(id: "pod", hostname: "h", resources: ResourceLimits(memoryLimit: 48 << 20)))
            let line =
                "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.shares /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/pids/pids.max; cat /proc/self/oom_score_adj"
            try await fixture.end(
                of: fixture.shell(line, sandbox: "pod") {
                    $0.resources = ResourceLimits(
                        cpuRequest: 250, cpuLimit: 500, memoryLimit: 32 << 20, pids: 20, oomScoreAdjustment: 500)
                })
            guard Files.exists("/sys/fs/cgroup/memory") else {
                let line = "cat /sys/fs/cgroup/memory.max"
                try await fixture.end(of: fixture.shell(line, id: "v2") { $0.resources.memoryLimit = 32 << 20 })
                #expect(try fixture.output("v2") == "\(32 << 20)\n")
                return
            }
            #expect(try fixture.output() == "\(32 << 20)\n256\n50000\n20\n500\n")
            let hungry = try await fixture.end(
                of: fixture.shell("exec dd if=/dev/zero of=/dev/null bs=200M count=1", id: "two", sandbox: "pod"))
            #expect(hungry.code == 137)
        }
    }

    @Test func `a score that cannot be lowered is told, not fatal`() async throws {
        try await withRuntime { fixture in
            let exit = try await fixture.end(
                of: fixture.shell("cat /proc/self/oom_score_adj") { $0.resources.oomScoreAdjustment = -999 })
            #expect(exit.code == 0)
            let score = try fixture.output()
            #expect(score == "-999\n" || fixture.notesText.contains("oom_score_adj cannot be lowered here"))
        }
    }
}
