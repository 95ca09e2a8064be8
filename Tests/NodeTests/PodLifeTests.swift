import Cluster
import ClusterTestSupport
import ContainerRuntime
import Document
import Manifest
import Synchronization
import System
import TestSupport
import Testing

@testable import Node

/// Pods' lives on a node of pretended parts.
@Suite struct PodLifeTests {
    @Test func `a pod is bound, runs, is ready and has an address`() async throws {
        let fixture = try NodeFixture()
        try await fixture.running { _ in
            try await fixture.create(samplePod())
            #expect(await eventually { fixture.isReady() })
            let status = fixture.pod()?.status
            #expect(fixture.pod()?.spec?["nodeName"]?.string == "here")
            #expect(status?["phase"]?.string == "Running")
            #expect(status?["podIP"]?.string == "10.88.0.2")
            #expect(status?["qosClass"]?.string == "BestEffort")
            #expect(fixture.status()?["ready"]?.bool == true)
            #expect(fixture.status()?["restartCount"]?.int == 0)
            #expect(fixture.status()?[path: "state", "running", "startedAt"] != nil)
            #expect(await eventually { fixture.events("Started").count == 1 })
        }
    }

    @Test func `a container that ends starts again at once, then waits longer each time`() async throws {
        let time = TestClock()
        let fixture = try NodeFixture(clock: time.clock)
        try await fixture.running { _ in
            try await fixture.create(samplePod())
            #expect(await eventually { fixture.isReady() })
            fixture.engine.end(container: "web", code: 1)
            #expect(await eventually { fixture.engine.started.count == 2 })
            #expect(await eventually { fixture.status()?["restartCount"]?.int == 1 })
            fixture.engine.end(container: "web", code: 1)
            #expect(await eventually { fixture.waitingReason() == "CrashLoopBackOff" })
            #expect(fixture.status()?[path: "lastState", "terminated", "exitCode"]?.int == 1)
            time.advance(by: .seconds(9))
            try await Task.sleep(for: .milliseconds(30))
            #expect(fixture.engine.started.count == 2)
            time.advance(by: .seconds(1))
            #expect(await eventually { fixture.engine.started.count == 3 })
            fixture.engine.end(container: "web", code: 1)
            #expect(await eventually { fixture.waitingReason() == "CrashLoopBackOff" })
            time.advance(by: .seconds(19))
            try await Task.sleep(for: .milliseconds(30))
            #expect(fixture.engine.started.count == 3)
            time.advance(by: .seconds(1))
            #expect(await eventually { fixture.engine.started.count == 4 })
            #expect(await eventually { fixture.isReady() })
        }
    }

    @Test func `deletion asks the program to end, then removes all and the object`() async throws {
        let fixture = try NodeFixture()
        try await fixture.running { _ in
            let pod = try await fixture.create(samplePod())
            #expect(await eventually { fixture.isReady() })
            try await fixture.cluster.delete(pod.key, DeleteOptions())
            #expect(await eventually { fixture.pod() == nil })
            #expect(fixture.engine.signals == ["web 15"])
            #expect(try await fixture.engine.list().isEmpty)
            #expect(try await fixture.engine.sandboxes().isEmpty)
            #expect(fixture.network.state.withLock { $0.addresses.isEmpty })
            #expect(try Files.names(in: fixture.folders.pods).isEmpty)
            #expect(try Files.names(in: fixture.folders.logs).isEmpty)
        }
    }

    @Test func `a program that ignores the request is killed when its grace is over`() async throws {
        let time = TestClock()
        let fixture = try NodeFixture(clock: time.clock)
        fixture.engine.state.withLock { $0.ignoresTermination = true }
        try await fixture.running { _ in
            let pod = try await fixture.create(samplePod { $0["terminationGracePeriodSeconds"] = 5 })
            #expect(await eventually { fixture.isReady() })
            try await fixture.cluster.delete(pod.key, DeleteOptions())
            #expect(await eventually { fixture.engine.signals == ["web 15"] })
            #expect(await eventually { !fixture.isReady() })
            time.advance(by: .seconds(4))
            try await Task.sleep(for: .milliseconds(30))
            #expect(fixture.engine.signals == ["web 15"])
            time.advance(by: .seconds(2))
            #expect(await eventually { fixture.pod() == nil })
            #expect(fixture.engine.signals == ["web 15", "web 9"])
        }
    }

    @Test func `a forced deletion kills at once, also in the middle of a gentle one`() async throws {
        let time = TestClock()
        let fixture = try NodeFixture(clock: time.clock)
        fixture.engine.state.withLock { $0.ignoresTermination = true }
        try await fixture.running { _ in
            let pod = try await fixture.create(samplePod())
            #expect(await eventually { fixture.isReady() })
            try await fixture.cluster.delete(pod.key, DeleteOptions())
            #expect(await eventually { fixture.engine.signals == ["web 15"] })
            try await fixture.cluster.delete(pod.key, DeleteOptions(gracePeriodSeconds: 0))
            #expect(await eventually { fixture.engine.running.isEmpty })
            #expect(await eventually { (try? Files.names(in: fixture.folders.pods)) == [] })
        }
    }

    @Test func `init containers run one after the other before the rest`() async throws {
        let fixture = try NodeFixture()
        try await fixture.running { _ in
            try await fixture.create(
                samplePod {
                    $0["initContainers"] = [
                        ["name": "one", "image": "shop/init:1"], ["name": "two", "image": "shop/init:1"],
                    ]
                })
            #expect(await eventually { fixture.engine.started == ["one"] })
            #expect(await eventually { fixture.waitingReason() == "PodInitializing" })
            fixture.engine.end(container: "one", code: 0)
            #expect(await eventually { fixture.engine.started == ["one", "two"] })
            fixture.engine.end(container: "two", code: 7)
            #expect(await eventually { fixture.engine.started == ["one", "two", "two"] })
            fixture.engine.end(container: "two", code: 0)
            #expect(await eventually { fixture.isReady() })
            #expect(fixture.engine.started == ["one", "two", "two", "web"])
        }
    }

    @Test func `a sidecar runs before and beside the others, and ends after them`() async throws {
        let fixture = try NodeFixture()
        try await fixture.running { _ in
            let pod = try await fixture.create(
                samplePod {
                    $0["initContainers"] = [["name": "proxy", "image": "p:1", "restartPolicy": "Always"]]
                })
            #expect(await eventually { fixture.isReady() })
            #expect(fixture.engine.started == ["proxy", "web"])
            try await fixture.cluster.delete(pod.key, DeleteOptions())
            #expect(await eventually { fixture.pod() == nil })
            #expect(fixture.engine.signals == ["web 15", "proxy 15"])
        }
    }

    @Test(arguments: [("Never", Int32(0), "Succeeded"), ("Never", 3, "Failed"), ("OnFailure", 0, "Succeeded")])
    func `a pod that is done ends in a phase and is not started again`(
        policy: String, code: Int32, phase: String
    ) async throws {
        let fixture = try NodeFixture()
        try await fixture.running { _ in
            try await fixture.create(samplePod { $0["restartPolicy"] = .string(policy) })
            #expect(await eventually { fixture.isReady() })
            fixture.engine.end(container: "web", code: code)
            #expect(await eventually { fixture.phase() == phase })
            #expect(fixture.status()?[path: "state", "terminated", "exitCode"]?.int == Int(code))
            #expect(await eventually { (try? await fixture.engine.sandboxes().isEmpty) == true })
        }
        // Nor by the next service.
        try await fixture.running { _ in
            try await Task.sleep(for: .milliseconds(50))
            #expect(fixture.engine.started == ["web"])
            #expect(fixture.phase() == phase)
        }
    }

    @Test func `a container that used too much memory says so`() async throws {
        let fixture = try NodeFixture()
        try await fixture.running { _ in
            try await fixture.create(samplePod { $0["restartPolicy"] = "Never" })
            #expect(await eventually { fixture.isReady() })
            fixture.engine.end(container: "web", code: 137, signal: 9, outOfMemory: true)
            #expect(await eventually { fixture.phase() == "Failed" })
            #expect(fixture.status()?[path: "state", "terminated", "reason"]?.string == "OOMKilled")
        }
    }

    @Test func `a program that is not there is told as a start error`() async throws {
        let fixture = try NodeFixture()
        fixture.engine.state.withLock { $0.failures["web"] = ContainerError(.program, "exec /app: no such file") }
        try await fixture.running { _ in
            try await fixture.create(samplePod())
            #expect(await eventually { fixture.waitingReason() == "CrashLoopBackOff" })
            let last = fixture.status()?[path: "lastState", "terminated"]
            #expect(last?["reason"]?.string == "StartError")
            #expect(last?["exitCode"]?.int == 128)
            #expect(last?["message"]?.string == "exec /app: no such file")
        }
    }

    @Test func `a changed image replaces the container in place`() async throws {
        let fixture = try NodeFixture()
        try await fixture.running { _ in
            let pod = try await fixture.create(samplePod())
            #expect(await eventually { fixture.isReady() })
            var next = try await fixture.cluster.get(pod.key)
            next.value[path: "spec", "containers"] = [["name": "web", "image": "shop/web:22"]]
            next.value[path: "metadata", "resourceVersion"] = nil
            _ = try await fixture.cluster.update(next, WriteOptions(fieldManager: "test"))
            #expect(await eventually { fixture.status()?["imageID"]?.string?.hasSuffix("sha256:11") == true })
            #expect(fixture.status()?["restartCount"]?.int == 1)
        }
    }

    @Test func `a pod past its deadline fails`() async throws {
        let time = TestClock()
        let fixture = try NodeFixture(clock: time.clock)
        try await fixture.running { _ in
            try await fixture.create(samplePod { $0["activeDeadlineSeconds"] = 60 })
            #expect(await eventually { fixture.isReady() })
            time.advance(by: .seconds(60))
            #expect(await eventually { fixture.phase() == "Failed" })
            #expect(fixture.pod()?.status?["reason"]?.string == "DeadlineExceeded")
            #expect(await eventually { fixture.engine.running.isEmpty })
        }
    }

    @Test func `a node selector that this machine does not meet leaves the pod pending, and says why`() async throws {
        let fixture = try NodeFixture()
        try await fixture.running { _ in
            try await fixture.create(samplePod { $0["nodeSelector"] = ["disk": "ssd"] })
            #expect(await eventually { fixture.phase() == "Pending" })
            #expect(fixture.engine.started.isEmpty)
            #expect(await eventually { !fixture.events("FailedScheduling").isEmpty })
        }
    }
}
