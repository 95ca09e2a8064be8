import ContainerRuntime
import Foundation
import System
import TestSupport
import Testing

/// What a container costs. The bounds are those that are promised; the figures themselves are printed on request
/// (`BELAY_FIGURES=1`).
@Suite(.serialized) struct CostTests {
    private func show(_ text: String) {
        if ProcessInfo.processInfo.environment["BELAY_FIGURES"] != nil { print(text) }
    }

    private func median(_ times: [Duration]) -> Duration { times.sorted()[times.count / 2] }

    /// What is held to the bounds: the median is the other tests' load, and theirs is no fault of the runtime.
    private func least(_ times: [Duration]) -> Duration { times.min() ?? .zero }

    @Test func `start, exec, kill and removal stay within bounds, on a busy machine too`() async throws {
        try await withRuntime { fixture in
            var (starts, execs, ends, removals): ([Duration], [Duration], [Duration], [Duration]) = ([], [], [], [])
            let clock = ContinuousClock()
            for number in 0..<50 {
                let spec = fixture.spec("c\(number)", ["/bin/sleep", "100"]) {
                    $0.resources = ResourceLimits(cpuRequest: 100, cpuLimit: 1000, memoryLimit: 64 << 20, pids: 100)
                }
                try await Task.sleep(for: .milliseconds(100))
                starts.append(try await clock.measure { _ = try await fixture.runtime.start(spec) })
                try await Task.sleep(for: .milliseconds(30))
                let program = ExecSpec(process: ProcessSpec(arguments: ["/bin/true"]))
                execs.append(
                    try await clock.measure {
                        let exec = try await fixture.runtime.exec(spec.id, program)
                        for try await _ in exec.output {}
                    })
                ends.append(
                    try await clock.measure {
                        try await fixture.runtime.kill(spec.id, signal: SIGKILL, all: true)
                        _ = try await fixture.exit(of: spec.id)
                    })
                removals.append(try await clock.measure { try await fixture.runtime.remove(spec.id) })
            }
            for (name, times) in [("start", starts), ("exec", execs), ("kill", ends), ("removal", removals)] {
                show("\(name): median \(median(times)), least \(least(times))")
            }
            #expect(least(starts) < .milliseconds(60) && least(execs) < .milliseconds(60))
        }
    }

    @Test func `a pod's namespaces are made within their bound, on a busy machine too`() async throws {
        try await withRuntime { fixture in
            var (made, removed): ([Duration], [Duration]) = ([], [])
            let clock = ContinuousClock()
            for number in 0..<30 {
                let spec = SandboxSpec(id: "pod\(number)", hostname: "web")
                made.append(try await clock.measure { _ = try await fixture.runtime.createSandbox(spec) })
                removed.append(try await clock.measure { try await fixture.runtime.removeSandbox(spec.id) })
            }
            show("sandbox \(median(made)) (least \(least(made))), removal \(median(removed))")
            #expect(least(made) < .milliseconds(100))
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
