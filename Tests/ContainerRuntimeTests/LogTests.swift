import ContainerRuntime
import Foundation
import System
import TestSupport
import Testing

@Suite struct LogTests {
    @Test func `a line longer than 16 KiB comes in parts`() async throws {
        try await withRuntime { fixture in
            try await fixture.end(of: fixture.shell("head -c 40000 /dev/zero | tr '\\0' a; echo; echo next"))
            let text = try String(contentsOfFile: fixture.logPath("one"), encoding: .utf8)
            let tags = text.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 3)[2] }
            #expect(tags == ["P", "P", "F", "F"])
            #expect(try fixture.output() == String(repeating: "a", count: 40000) + "\nnext\n")
        }
    }

    @Test func `output without a last newline is a part, empty lines are lines`() async throws {
        try await withRuntime { fixture in
            try await fixture.end(of: fixture.shell("echo; echo; printf end"))
            let text = try String(contentsOfFile: fixture.logPath("one"), encoding: .utf8)
            let tags = text.split(separator: "\n").map {
                $0.split(separator: " ", omittingEmptySubsequences: false).dropFirst(2).joined(separator: " ")
            }
            #expect(tags == ["F ", "F ", "P end"])
        }
    }

    @Test func `a flood is rotated, kept within its bounds and loses no line at the end`() async throws {
        try await withRuntime { fixture in
            let limit = 100_000
            try await fixture.end(
                of: fixture.shell("yes 'line of the flood' | head -n 100000; echo last") {
                    $0.log = LogSpec(path: fixture.logPath("one"), maximumSize: limit, maximumFiles: 3)
                })
            let folder = fixture.folder.path + "/logs"
            let names = try Files.names(in: folder)
            #expect(names == ["one.log", "one.log.1", "one.log.2"])
            for name in names {
                let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? Int ?? .max
                #expect(size <= limit && size > 0)
            }
            #expect(try fixture.output().hasSuffix("line of the flood\nlast\n"))
        }
    }

    @Test func `a full disk holds nobody up, and is told of`() async throws {
        try await withRuntime { fixture in
            let disk = fixture.folder.path + "/logs"
            try Files.makeFolders(disk)
            try Mounts.memory(at: disk, options: "size=64k,mode=755")
            defer { try? Mounts.detach(disk) }
            let exit = try await fixture.end(
                of: fixture.shell(
                    "yes 'fills the disk' | head -n 50000; echo end > /tmp/end; while ! [ -e /tmp/go ]; do sleep 0.01; done; echo after"
                ) {
                    $0.mounts = [MountSpec(.bind(fixture.folder.path + "/shared", create: true), at: "/tmp")]
                }, whenFull: fixture)
            #expect(exit.code == 0)
            let text = try fixture.output("one", "stderr")
            #expect(
                text.contains("bytes of the log are lost: errno 28 (no space left on device)"), "\(text.suffix(300))")
            #expect(try fixture.output().hasSuffix("after\n"))
            // What is there are whole lines.
            #expect(try fixture.output().split(separator: "\n").allSatisfy { $0 == "fills the disk" || $0 == "after" })
        }
    }

    @Test func `without a log output goes nowhere`() async throws {
        try await withRuntime { fixture in
            let exit = try await fixture.end(of: fixture.shell("yes | head -n 100000") { $0.log = nil })
            #expect(exit.code == 0)
        }
    }
}

extension RuntimeFixture {
    /// Lets a container that filled its log's disk go on once there is room again.
    fileprivate func end(of spec: ContainerSpec, whenFull fixture: RuntimeFixture) async throws -> ContainerState.Exit {
        _ = try await runtime.start(spec)
        while !Files.exists(folder.path + "/shared/end") { try await Task.sleep(for: .milliseconds(10)) }
        try await Task.sleep(for: .milliseconds(50))
        // Room again, as when an operator deletes something: the mount grows.
        try runProgram(["mount", "-o", "remount,size=1m", folder.path + "/logs"])
        try Data().write(to: URL(fileURLWithPath: folder.path + "/shared/go"))
        return try await exit(of: spec.id)
    }
}
