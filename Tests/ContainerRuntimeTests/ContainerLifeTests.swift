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
}
