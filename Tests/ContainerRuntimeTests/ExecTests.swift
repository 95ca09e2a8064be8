import ContainerRuntime
import Foundation
import System
import TestSupport
import Testing

@Suite struct ExecTests {
    /// What an executed program wrote, and its code.
    private func collect(_ exec: any RunningExec) async throws -> (out: String, err: String, code: Int32) {
        var (out, err, code) = ([UInt8](), [UInt8](), Int32(-1))
        for try await event in exec.output {
            switch event {
            case .stdout(let bytes): out += bytes
            case .stderr(let bytes): err += bytes
            case .exit(let exit): code = exit
            }
        }
        return (String(decoding: out, as: UTF8.self), String(decoding: err, as: UTF8.self), code)
    }

    private func exec(
        _ line: String, _ fixture: RuntimeFixture, stdin: Bool = false, change: (inout ProcessSpec) -> Void = { _ in }
    ) async throws -> any RunningExec {
        var process = ProcessSpec(arguments: ["/bin/sh", "-c", line], environment: ["PATH=/bin"])
        change(&process)
        return try await fixture.runtime.exec("one", ExecSpec(process: process, stdin: stdin))
    }

    private func withContainer(_ body: (RuntimeFixture) async throws -> Void) async throws {
        try await withRuntime { fixture in
            _ = try await fixture.runtime.start(fixture.shell("echo here > /tmp/file; exec sleep 100"))
            try await body(fixture)
        }
    }

    @Test func `runs in the container, with its restrictions`() async throws {
        try await withContainer { fixture in
            let line = """
                until [ -e /tmp/file ]; do sleep 0.01; done; cat /tmp/file; hostname
                grep -E '^(CapEff|NoNewPrivs|Seccomp:)' /proc/self/status | tr -d '\\t'; cat /proc/1/cmdline | tr '\\0' ' '
                touch /proc/sys/x || echo no >&2; exit 4
                """
            let result = try await collect(try await exec(line, fixture))
            #expect(result.code == 4)
            #expect(
                result.out
                    == "here\none\nCapEff:00000000a80425fb\nNoNewPrivs:1\nSeccomp:2\nsleep 100 ")
            #expect(result.err.hasSuffix("no\n"))
        }
    }

    @Test func `is in the container's cgroup and namespaces`() async throws {
        try await withContainer { fixture in
            let line =
                "cat /proc/self/cgroup | grep -v ':/$' | wc -l; for n in pid mnt uts ipc net cgroup; do readlink /proc/self/ns/$n; readlink /proc/1/ns/$n; done"
            let result = try await collect(try await exec(line, fixture))
            let lines = result.out.split(separator: "\n")
            try #require(lines.count == 13)
            for index in stride(from: 1, to: 13, by: 2) { #expect(lines[index] == lines[index + 1]) }
        }
    }

    @Test func `one megabyte goes through and comes back`() async throws {
        try await withContainer { fixture in
            let exec = try await exec("exec cat", fixture, stdin: true)
            let bytes = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
            async let writing: Void = {
                try await exec.write(bytes)
                try await exec.closeInput()
            }()
            var back: [UInt8] = []
            var code: Int32?
            for try await event in exec.output {
                if case .stdout(let piece) = event { back += piece }
                if case .exit(let exit) = event { code = exit }
            }
            try await writing
            #expect(back == bytes && code == 0)
        }
    }

    @Test func `a closed input is the program's end of file, and its output still comes`() async throws {
        try await withContainer { fixture in
            let exec = try await exec("cat; echo after", fixture, stdin: true)
            try await exec.write(Array("before\n".utf8))
            try await exec.closeInput()
            #expect(try await collect(exec).out == "before\nafter\n")
            await #expect(throws: ContainerError.self) { try await exec.write([1]) }
        }
    }

    @Test func `without input the program reads end of file`() async throws {
        try await withContainer { fixture in
            let result = try await collect(try await exec("cat; echo $?", fixture))
            #expect(result.out == "0\n" && result.code == 0)
        }
    }

    @Test func `whoever writes faster than is read waits, on both sides`() async throws {
        try await withContainer { fixture in
            let slow = try await exec("echo $$; exec sleep 100", fixture, stdin: true)
            let writing = Task { try await slow.write([UInt8](repeating: 0, count: 1 << 20)) }
            try await Task.sleep(for: .milliseconds(50))
            writing.cancel()
            await #expect(throws: CancellationError.self) { try await writing.value }
            await slow.kill()
            #expect(try await collect(slow).code == 137)
            // Nobody reads this one: the pipe fills, and `yes` stands still.
            let flood = try await exec("yes", fixture)
            try await Task.sleep(for: .milliseconds(50))
            await flood.kill()
            var size = 0
            for try await event in flood.output { if case .stdout(let bytes) = event { size += bytes.count } }
            #expect(size <= 256 << 10)
        }
    }

    @Test func `a terminal echoes, has a size and tells of a new one`() async throws {
        try await withContainer { fixture in
            let exec = try await exec("stty size; read line; echo got $line; read line; stty size", fixture) {
                $0.terminal = true
            }
            try await exec.write(Array("typed\n".utf8))
            var text = ""
            for try await event in exec.output {
                guard case .stdout(let bytes) = event else { continue }
                text += String(decoding: bytes, as: UTF8.self)
                if text.contains("got typed"), !text.contains("50 132") {
                    try await exec.resize(columns: 132, rows: 50)
                    try await exec.write([10])
                }
            }
            #expect(text.contains("24 80\r\n") && text.contains("got typed\r\n") && text.contains("50 132\r\n"))
        }
    }

    @Test(arguments: [
        (["/bin/none"], "execute /bin/none: No such file or directory"),
        (["none"], "execute none: No such file or directory"),
    ])
    func `names what cannot be executed`(arguments: [String], message: String) async throws {
        try await withContainer { fixture in
            await #expect(throws: ContainerError(.program, message)) {
                _ = try await fixture.runtime.exec("one", ExecSpec(process: ProcessSpec(arguments: arguments)))
            }
            await #expect(throws: ContainerError.self) {
                _ = try await exec("true", fixture) { $0.user = .named("nobody-knows", additional: []) }
            }
        }
    }

    @Test func `ends when nobody holds it, and with its container`() async throws {
        try await withContainer { fixture in
            do { _ = try await exec("exec sleep 77", fixture) }
            let left = try await exec("sleep 0.2; cat /proc/[0-9]*/cmdline | tr '\\0' ' '", fixture)
            let text = try await collect(left).out
            #expect(text.contains("sleep 100") && !text.contains("sleep 77"), "\(text)")
            let other = try await exec("exec sleep 100", fixture)
            try await fixture.runtime.kill("one", signal: SIGKILL, all: true)
            #expect(try await collect(other).code == 137)
        }
    }

    @Test func `many at once keep apart`() async throws {
        try await withContainer { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<30 {
                    group.addTask {
                        let result = try await collect(try await exec("echo \(number); exit \(number)", fixture))
                        #expect(result.out == "\(number)\n" && result.code == Int32(number))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `output that another process holds open is not waited for`() async throws {
        try await withContainer { fixture in
            let result = try await collect(try await exec("sleep 50 & echo done", fixture))
            #expect(result.out == "done\n" && result.code == 0)
        }
    }
}
