import ContainerRuntime
import Foundation
import System
import TestSupport
import Testing

/// Any process may be killed at any instruction.
@Suite struct RecoveryTests {
    /// The shim's pid, from the state that it wrote.
    private func shim(_ fixture: RuntimeFixture, _ id: String = "one") throws -> Int32 {
        let state = try String(contentsOfFile: "\(fixture.run)/containers/\(id)/state", encoding: .utf8)
        return try #require(state.split(separator: " ").first.flatMap { Int32($0) })
    }

    private func isAlive(_ pid: Int32) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return !status.contains(") Z ")
    }

    @Test func `a restarted service finds what runs, and goes on with it`() async throws {
        try await withRuntime { fixture in
            _ = try await fixture.runtime.createSandbox(SandboxSpec(id: "pod", hostname: "web"))
            let started = try await fixture.runtime.start(
                fixture.shell(
                    "trap 'exit 9' TERM; echo up; while ! [ -e /tmp/mark ]; do sleep 0.01; done; echo marked; "
                        + "while :; do sleep 0.01; done", sandbox: "pod"
                ) { $0.labels = ["app": "web\n=%25", "empty": ""] })
            let again = try await fixture.restarted()
            #expect(try await again.list() == [started])
            #expect(try await again.sandboxes().map(\.id) == ["pod"])
            let exec = try await again.exec(
                "one", ExecSpec(process: ProcessSpec(arguments: ["/bin/touch", "/tmp/mark"])))
            for try await event in exec.output { #expect(event == .exit(0)) }
            #expect(try await eventually { try fixture.output() == "up\nmarked\n" })
            try await again.kill("one", signal: SIGTERM, all: false)
            #expect(try await fixture.exit(of: "one", in: again).code == 9)
            try await again.remove("one")
            await #expect(throws: ContainerError.self) {
                _ = try await again.start(fixture.shell("true", id: "x", sandbox: "none"))
            }
        }
    }

    @Test func `an exit while no service was there is told once to each that listens`() async throws {
        try await withRuntime { fixture in
            _ = try await fixture.runtime.start(fixture.shell("exit 6"))
            _ = try await fixture.exit(of: "one")
            let again = try await fixture.restarted()
            #expect(try await fixture.exit(of: "one", in: again).code == 6)
            #expect(try await again.state("one")?.exit?.code == 6)
            try await again.remove("one")
            #expect(try await fixture.restarted().list() == [])
        }
    }

    @Test func `a shim that is killed takes its container along, which is told as 137`() async throws {
        try await withRuntime { fixture in
            let started = try await fixture.runtime.start(fixture.shell("trap '' TERM; sleep 100 & sleep 100 & wait"))
            kill(try shim(fixture), SIGKILL)
            let exit = try await fixture.exit(of: "one")
            #expect(exit.code == 137 && exit.signal == SIGKILL)
            #expect(!isAlive(started.pid))
            #expect(fixture.notesText.contains("the shim was lost"))
            try await fixture.runtime.remove("one")
        }
    }

    @Test func `a shim that is killed while no service is there is noticed by the next`() async throws {
        try await withRuntime { fixture in
            let started = try await fixture.runtime.start(fixture.shell("exec sleep 100"))
            kill(try shim(fixture), SIGKILL)
            while isAlive(started.pid) { try await Task.sleep(for: .milliseconds(2)) }
            let again = try await fixture.restarted()
            #expect(try await fixture.exit(of: "one", in: again).code == 137)
        }
    }

    @Test func `an image's program that forgets its parent's death still ends with its shim`() async throws {
        try await withRuntime { fixture in
            // A set-user-ID program clears the death signal at execve.
            chmod(fixture.layer + "/bin/busybox", 0o4755)
            let started = try await fixture.runtime.start(
                fixture.shell("exec sleep 100") {
                    $0.process.user = .ids(user: 1000, group: 1000, additional: [])
                    $0.process.noNewPrivileges = false
                })
            kill(try shim(fixture), SIGKILL)
            #expect(try await fixture.exit(of: "one").code == 137)
            #expect(!isAlive(started.pid))
        }
    }

    @Test func `half-made folders are cleared away`() async throws {
        try await withRuntime { fixture in
            let containers = fixture.run + "/containers"
            try Files.makeFolders(containers + "/empty")
            try Files.makeFolders(containers + "/torn")
            try Data("id=to".utf8).write(to: URL(fileURLWithPath: containers + "/torn/record"))
            try Files.makeFolders(containers + "/unstarted")
            try Data("id=unstarted\nprivileged=false\nseccomp=default\n".utf8).write(
                to: URL(fileURLWithPath: containers + "/unstarted/record"))
            try Files.makeFolders(fixture.run + "/sandboxes/half/shm")
            let again = try await fixture.restarted()
            #expect(try await again.list() == [])
            #expect(try Files.names(in: containers) == [])
            #expect(try Files.names(in: fixture.run + "/sandboxes") == [])
        }
    }

    @Test func `all that was made is removed, running or not`() async throws {
        let fixture = try RuntimeFixture()
        _ = try await fixture.runtime.createSandbox(SandboxSpec(id: "pod", hostname: "web"))
        let started = try await fixture.runtime.start(fixture.shell("trap '' TERM; sleep 100", sandbox: "pod"))
        try await fixture.end(of: fixture.shell("true", id: "ended", sandbox: "pod"))
        let shim = try shim(fixture)
        let again = try await fixture.restarted()
        try await again.removeAll()
        #expect(!isAlive(started.pid) && !isAlive(shim))
        #expect(try Mounts.beneath(fixture.folder.path) == [])
        #expect(try Files.names(in: fixture.run) == [])
        let name = fixture.runtime.cgroupName
        for controller in try Files.names(in: "/sys/fs/cgroup") {
            let found = try? runProgram(["find", "/sys/fs/cgroup/\(controller)", "-maxdepth", "4", "-name", name])
            #expect((found ?? "").isEmpty)
        }
    }

    @Test func `lives with random kills end right, and leave nothing`() async throws {
        try await withRuntime { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<24 {
                    group.addTask {
                        let id = "c\(number)"
                        _ = try await fixture.runtime.start(fixture.shell("sleep 0.0\(number % 10); exit 3", id: id))
                        try await Task.sleep(for: .microseconds(number * 1700 % 40000))
                        if number % 3 == 0 { kill(try shim(fixture, id), SIGKILL) }
                        if number % 3 == 1 { try? await fixture.runtime.kill(id, signal: SIGKILL, all: true) }
                        let code = try await fixture.exit(of: id).code
                        #expect(code == 3 || (code == 137 && number % 3 != 2))
                        try await fixture.runtime.remove(id)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try Files.names(in: fixture.run + "/containers") == [])
        }
    }
}
