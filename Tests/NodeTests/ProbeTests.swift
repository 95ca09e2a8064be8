import Cluster
import ClusterTestSupport
import Document
import Manifest
import Synchronization
import System
import TestSupport
import Testing

@testable import Node

@Suite struct ProbeTests {
    private static let start = Timestamp(seconds: 1_000_000)

    private static func state(_ kind: ProbeState.Kind, _ change: (inout Value) -> Void = { _ in }) throws -> ProbeState
    {
        var value: Value = ["exec": ["command": ["true"]], "periodSeconds": 10]
        change(&value)
        let definition = try #require(
            ProbeDefinition(value, of: ContainerDefinition(["name": "web"], isInit: false)))
        return ProbeState(kind, definition, startedAt: start)
    }

    @Test func `readiness is asked often until it is there, then once a period`() throws {
        var state = try Self.state(.readiness)
        #expect(state.take(succeeded: false, now: Self.start) == nil)
        #expect(state.nextDelay(now: Self.start) == .milliseconds(25))
        #expect(state.nextDelay(now: Self.start + .seconds(5)) == .milliseconds(100))
        #expect(state.take(succeeded: true, now: Self.start + .milliseconds(25)) == .succeeded)
        #expect(state.nextDelay(now: Self.start + .milliseconds(25)) == .seconds(10))
    }

    @Test func `questions that come early count no failure`() throws {
        var state = try Self.state(.startup) { $0["failureThreshold"] = 2 }
        var time = Self.start
        for _ in 0..<100 {
            #expect(state.take(succeeded: false, now: time) == nil)
            time = time + .milliseconds(25)
        }
        #expect(state.take(succeeded: false, now: Self.start + .seconds(10)) == .failed)
    }

    @Test func `a ready container becomes unready only after its threshold, and ready again at once`() throws {
        var state = try Self.state(.readiness)
        #expect(state.take(succeeded: true, now: Self.start) == .succeeded)
        var time = Self.start
        for expected in [nil, nil, ProbeState.Verdict.failed] {
            time = time + .seconds(10)
            #expect(state.take(succeeded: false, now: time) == expected)
        }
        #expect(state.take(succeeded: true, now: time + .milliseconds(25)) == .succeeded)
    }

    @Test func `liveness fails after its threshold, and success in between starts the count anew`() throws {
        var state = try Self.state(.liveness)
        let answers = [false, false, true, false, false, false]
        let verdicts = answers.enumerated().map { index, answer in
            state.take(succeeded: answer, now: Self.start + .seconds(10 * index))
        }
        #expect(verdicts == [nil, nil, .succeeded, nil, nil, .failed])
    }

    @Test func `the first question waits for the initial delay`() throws {
        let state = try Self.state(.liveness) { $0["initialDelaySeconds"] = 7 }
        #expect(state.firstDelay(now: Self.start + .seconds(2)) == .seconds(5))
        #expect(state.firstDelay(now: Self.start + .seconds(9)) == .zero)
    }

    @Test func `named ports of probes are looked up, and handlers that there are not are none`() {
        let container = ContainerDefinition(
            ["name": "web", "ports": [["name": "http", "containerPort": 8080]]], isInit: false)
        let probe = ProbeDefinition(["httpGet": ["port": "http"]], of: container)
        guard case .http(let get)? = probe?.handler else {
            Issue.record("no HTTP probe")
            return
        }
        #expect(get.port == 8080)
        #expect(get.path == "/")
        #expect(ProbeDefinition(["httpGet": ["port": "other"]], of: container) == nil)
        #expect(ProbeDefinition(["grpc": ["port": 1]], of: container) == nil)
    }

    @Test func `an unready container takes its pod out, and is in again when it recovers`() async throws {
        let fixture = try NodeFixture()
        fixture.engine.state.withLock { $0.answers["check"] = 1 }
        try await fixture.running { _ in
            try await fixture.create(
                samplePod {
                    $0["containers"] = [
                        [
                            "name": "web", "image": "shop/web:1",
                            "readinessProbe": [
                                "exec": ["command": ["check"]], "periodSeconds": 1, "failureThreshold": 1,
                            ],
                        ]
                    ]
                })
            #expect(await eventually { fixture.phase() == "Running" })
            #expect(!fixture.isReady())
            fixture.engine.state.withLock { $0.answers["check"] = 0 }
            #expect(await eventually { fixture.isReady() })
            fixture.engine.state.withLock { $0.answers["check"] = 1 }
            #expect(await eventually { !fixture.isReady() })
            #expect(fixture.engine.started == ["web"])
            #expect(await eventually { !fixture.events("Unhealthy").isEmpty })
        }
    }

    @Test func `a container that is not live is ended and started again`() async throws {
        let fixture = try NodeFixture()
        fixture.engine.state.withLock { $0.answers["check"] = 1 }
        try await fixture.running { _ in
            try await fixture.create(
                samplePod {
                    $0["containers"] = [
                        [
                            "name": "web", "image": "shop/web:1",
                            "livenessProbe": [
                                "exec": ["command": ["check"]], "periodSeconds": 1, "failureThreshold": 1,
                            ],
                        ]
                    ]
                })
            #expect(await eventually { fixture.engine.started.count == 2 })
            #expect(fixture.engine.signals.first == "web 15")
            #expect(await eventually { fixture.status()?["restartCount"]?.int ?? 0 >= 1 })
        }
    }

    @Test func `other probes wait until the container has started`() async throws {
        let fixture = try NodeFixture()
        fixture.engine.state.withLock { $0.answers["started"] = 1 }
        try await fixture.running { _ in
            try await fixture.create(
                samplePod {
                    $0["containers"] = [
                        [
                            "name": "web", "image": "shop/web:1",
                            "startupProbe": ["exec": ["command": ["started"]], "failureThreshold": 30],
                            "livenessProbe": ["exec": ["command": ["live"]]],
                        ]
                    ]
                })
            #expect(await eventually { fixture.phase() == "Running" })
            try await Task.sleep(for: .milliseconds(60))
            #expect(!fixture.isReady())
            #expect(fixture.status()?["started"]?.bool == false)
            #expect(!fixture.engine.state.withLock { $0.execs.contains("live") })
            fixture.engine.state.withLock { $0.answers["started"] = 0 }
            #expect(await eventually { fixture.isReady() })
            #expect(await eventually { fixture.engine.state.withLock { $0.execs.contains("live") } })
        }
    }

    @Test func `hooks run after the start and before the end`() async throws {
        let fixture = try NodeFixture()
        try await fixture.running { _ in
            let pod = try await fixture.create(
                samplePod {
                    $0["containers"] = [
                        [
                            "name": "web", "image": "shop/web:1",
                            "lifecycle": [
                                "postStart": ["exec": ["command": ["warm-up"]]],
                                "preStop": ["exec": ["command": ["drain"]]],
                            ],
                        ]
                    ]
                })
            #expect(await eventually { fixture.isReady() })
            #expect(fixture.engine.state.withLock { $0.execs } == ["warm-up"])
            try await fixture.cluster.delete(pod.key, DeleteOptions())
            #expect(await eventually { fixture.pod() == nil })
            #expect(fixture.engine.state.withLock { $0.execs } == ["warm-up", "drain"])
        }
    }
}
