import ContainerRuntime
import Foundation
import System
import TestSupport
import Testing

/// What a container costs, as far as that can be told on a busy machine. The figures are printed on request
/// (`BELAY_FIGURES=1`).
@Suite(.serialized) struct CostTests {
    private func show(_ text: String) {
        if ProcessInfo.processInfo.environment["BELAY_FIGURES"] != nil { print(text) }
    }

    @Test func `starts, programs, ends and removals follow one another without a wait`() async throws {
        // Time is measured in Benchmarks/, where nothing else is at work; here it hardly moves.
        try await withRuntime(clock: .neverWaking(after: .milliseconds(10))) { fixture in
            for number in 0..<10 {
                let sandbox = SandboxSpec(id: "pod\(number)", hostname: "web")
                _ = try await fixture.runtime.createSandbox(sandbox)
                let spec = fixture.spec("c\(number)", ["/bin/sleep", "100"], sandbox: sandbox.id) {
                    $0.resources = ResourceLimits(cpuRequest: 100, cpuLimit: 1000, memoryLimit: 64 << 20, pids: 100)
                }
                _ = try await fixture.runtime.start(spec)
                let program = ExecSpec(process: ProcessSpec(arguments: ["/bin/true"]))
                let exec = try await fixture.runtime.exec(spec.id, program)
                for try await event in exec.output { #expect(event == .exit(0)) }
                try await fixture.runtime.kill(spec.id, signal: SIGKILL, all: true)
                #expect(try await fixture.exit(of: spec.id).code == 137)
                try await fixture.runtime.remove(spec.id)
                try await fixture.runtime.removeSandbox(sandbox.id)
            }
        }
    }

    @Test func `twenty shims take less than 200 kB each`() async throws {
        try await withRuntime { fixture in
            var shims: [Int32] = []
            for number in 0..<20 {
                _ = try await fixture.runtime.start(fixture.shell("echo up; exec sleep 100", id: "c\(number)"))
                let state = try Files.text("\(fixture.run)/containers/c\(number)/state")
                shims.append(try #require(Int32(state.prefix { $0 != " " })))
            }
            var (shares, dirty) = (0, 0)
            for shim in shims {
                for line in try Files.text("/proc/\(shim)/smaps_rollup").split(separator: "\n") {
                    let words = line.split(whereSeparator: \.isWhitespace)
                    if words.first == "Pss:" { shares += Int(words[1]) ?? 0 }
                    if words.first == "Private_Dirty:" { dirty += Int(words[1]) ?? 0 }
                }
            }
            show("shim: \(shares / 20) kB PSS, \(dirty / 20) kB private dirty")
            #expect(shares / 20 <= 200)
        }
    }
}
