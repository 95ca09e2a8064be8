import ContainerRuntime
import Foundation
import System
import TestSupport
import Testing

@Suite struct ContainerLifeTests {
    @Test func `runs a program and keeps its output in CRI form`() async throws {
        try await withRuntime { fixture in
            let exit = try await fixture.end(of: fixture.spec("one", ["/bin/busybox", "echo", "hello"]))
            #expect(exit.code == 0 && exit.signal == nil && !exit.wasOutOfMemory)
            let line = try String(contentsOfFile: fixture.logPath("one"), encoding: .utf8)
            #expect(line.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F hello\n/) != nil)
        }
    }

    @Test(arguments: [("exit 0", Int32(0)), ("exit 7", 7), ("exit 255", 255), ("kill -9 $$; exit 3", 3), ("false", 1)])
    func `tells the exit code`(line: String, code: Int32) async throws {
        try await withRuntime { fixture in
            let exit = try await fixture.end(of: fixture.shell(line))
            #expect(exit.code == code)
        }
    }

    @Test func `tells output and errors apart`() async throws {
        try await withRuntime { fixture in
            try await fixture.end(of: fixture.shell("echo out; echo err >&2; printf rest"))
            #expect(try fixture.output() == "out\nrest")
            #expect(try fixture.output("one", "stderr") == "err\n")
        }
    }

    @Test func `lists a container while it runs, when it has ended, and no more once removed`() async throws {
        try await withRuntime { fixture in
            let started = try await fixture.runtime.start(
                fixture.shell("exec sleep 100") { $0.labels = ["pod": "a=b\n%", "x": ""] })
            #expect(started.pid > 1)
            #expect(try await fixture.runtime.list() == [started])
            #expect(try await fixture.runtime.state("one")?.labels == ["pod": "a=b\n%", "x": ""])
            await #expect(throws: ContainerError.self) { try await fixture.runtime.remove("one") }
            try await fixture.runtime.kill("one", signal: SIGKILL, all: false)
            #expect(try await fixture.exit(of: "one") == (try await fixture.runtime.state("one"))?.exit)
            try await fixture.runtime.remove("one")
            #expect(try await fixture.runtime.list() == [])
            #expect(try Files.names(in: fixture.run + "/containers") == [])
        }
    }

    @Test func `tells each stream each exit once`() async throws {
        try await withRuntime { fixture in
            let early = fixture.runtime.exits()
            try await fixture.end(of: fixture.shell("exit 1", id: "a"))
            let late = fixture.runtime.exits()
            try await fixture.end(of: fixture.shell("exit 2", id: "b"))
            for stream in [early, late] {
                var seen: [String] = []
                for await state in stream {
                    seen.append(state.id)
                    if seen.count == 2 { break }
                }
                #expect(seen == ["a", "b"])
            }
        }
    }

    @Test func `refuses a second container of the same name`() async throws {
        try await withRuntime { fixture in
            _ = try await fixture.runtime.start(fixture.shell("exec sleep 100"))
            await #expect(throws: ContainerError(.specification, "there is a container one already")) {
                _ = try await fixture.runtime.start(fixture.shell("true"))
            }
            #expect(try await fixture.runtime.list().count == 1)
        }
    }

    @Test func `sends signals to the first process`() async throws {
        try await withRuntime { fixture in
            _ = try await fixture.runtime.start(
                fixture.shell("trap 'echo got; exit 5' TERM; echo ready; while :; do sleep 0.01; done"))
            while try fixture.output() != "ready\n" { try await Task.sleep(for: .milliseconds(5)) }
            try await fixture.runtime.kill("one", signal: SIGTERM, all: false)
            #expect(try await fixture.exit(of: "one").code == 5)
            #expect(try fixture.output() == "ready\ngot\n")
        }
    }

    @Test func `kills one that ignores signals, with all that it started`() async throws {
        try await withRuntime { fixture in
            let line =
                "trap '' TERM INT HUP; for i in 1 2 3; do (trap '' TERM; sleep 100) & done; echo ready; wait; sleep 100"
            _ = try await fixture.runtime.start(fixture.shell(line))
            while try fixture.output() != "ready\n" { try await Task.sleep(for: .milliseconds(5)) }
            try await fixture.runtime.kill("one", signal: SIGTERM, all: true)
            #expect(try await fixture.runtime.state("one")?.exit == nil)
            try await fixture.runtime.kill("one", signal: SIGKILL, all: true)
            let exit = try await fixture.exit(of: "one")
            #expect(exit.code == 137 && exit.signal == SIGKILL)
        }
    }

    @Test func `signals and exec of what is not there or has ended say so`() async throws {
        try await withRuntime { fixture in
            let missing = ContainerError(.notFound, "there is no container none")
            await #expect(throws: missing) { try await fixture.runtime.kill("none", signal: SIGTERM, all: false) }
            await #expect(throws: missing) { try await fixture.runtime.remove("none") }
            try await fixture.end(of: fixture.shell("true"))
            await #expect(throws: ContainerError(.notRunning, "container one is not running")) {
                try await fixture.runtime.kill("one", signal: SIGKILL, all: true)
            }
            await #expect(throws: ContainerError(.notRunning, "container one is not running")) {
                _ = try await fixture.runtime.exec("one", ExecSpec(process: ProcessSpec(arguments: ["true"])))
            }
            #expect(try await fixture.runtime.state("none") == nil)
        }
    }

    @Test func `starts and removes many at once`() async throws {
        try await withRuntime { fixture in
            let codes = try await withThrowingTaskGroup(of: Int32.self) { group in
                for number in 0..<20 {
                    group.addTask { try await fixture.end(of: fixture.shell("exit \(number)", id: "c\(number)")).code }
                }
                return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
            }
            #expect(codes == Set(0..<20))
            for number in 0..<20 { try await fixture.runtime.remove("c\(number)") }
            #expect(try await fixture.runtime.list() == [])
        }
    }
}

@Suite struct RefusedContainerTests {
    @Test(arguments: [
        (["/bin/nothing"], ContainerError.Code.program, "execute /bin/nothing: No such file or directory"),
        (["nothing"], .program, "execute nothing: No such file or directory"),
        (["/etc/passwd"], .program, "execute /etc/passwd: Permission denied"),
        ([], .program, "no program is given: neither the container nor its image names one"),
    ])
    func `names the program that cannot be executed`(
        arguments: [String], code: ContainerError.Code, message: String
    ) async throws {
        try await withRuntime { fixture async throws in
            await #expect(throws: ContainerError(code, message)) {
                _ = try await fixture.runtime.start(fixture.spec("one", arguments))
            }
            #expect(try await fixture.runtime.list() == [])
            #expect(try Files.names(in: fixture.run + "/containers") == [])
        }
    }

    @Test(arguments: ["../up", "", ".", "a/b", "a b", String(repeating: "x", count: 200)])
    func `refuses an id that is no file name`(id: String) async throws {
        try await withRuntime { fixture async throws in
            await #expect(throws: ContainerError.self) {
                _ = try await fixture.runtime.start(fixture.spec(id, ["true"]))
            }
            await #expect(throws: ContainerError.self) {
                _ = try await fixture.runtime.createSandbox(SandboxSpec(id: id, hostname: "x"))
            }
        }
    }

    @Test func `says which wish cannot be met, and leaves nothing`() async throws {
        try await withRuntime { fixture async throws in
            let wishes: [(String, (inout ContainerSpec) -> Void)] = [
                (
                    "user nobody-knows: the image's /etc/passwd",
                    { $0.process.user = .named("nobody-knows", additional: []) }
                ),
                (
                    "mount /not/there on /data: No such file",
                    { $0.mounts = [.init(.bind("/not/there", create: false), at: "/data")] }
                ),
                ("there is no capability CAP_FLY", { $0.process.capabilities = ["CAP_FLY"] }),
                (
                    "nothing may be mounted over parts of /proc",
                    { $0.mounts = [.init(.memory(size: nil, mode: 0o755), at: "/proc/sys")] }
                ),
                (
                    "the place must be an absolute path",
                    { $0.mounts = [.init(.memory(size: nil, mode: 0o755), at: "/")] }
                ),
                ("there is no sandbox other", { $0.sandbox = "other" }),
                ("has no layers", { $0.root.lowerFolders = [] }),
                ("/missing-layer is not there", { $0.root.lowerFolders = ["/missing-layer"] }),
                ("not an absolute path", { $0.process.workingFolder = "relative" }),
                ("holds a NUL", { $0.process.arguments = ["/bin/echo", "a\0b"] }),
            ]
            for (message, change) in wishes {
                let fault = await #expect(throws: ContainerError.self) {
                    _ = try await fixture.runtime.start(fixture.spec("one", ["/bin/true"], change: change))
                }
                #expect(fault?.message.contains(message) == true, "\(fault?.message ?? "") lacks \(message)")
            }
            #expect(try Files.names(in: fixture.run + "/containers") == [])
        }
    }
}
