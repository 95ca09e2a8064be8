import ContainerRuntime
import Document
import Images
import Manifest
import System
import Testing

@testable import Node

@Suite struct PodPlanTests {
    private static let now = Timestamp(seconds: 1_000_000)
    private static let image = ReadyImage(digest: "sha256:1", reference: "x", config: ImageConfig(), lowerFolders: [])

    private static func pod(_ change: (inout Value) -> Void = { _ in }) -> PodSpec {
        var manifest = samplePod("web", change)
        manifest.value[path: "metadata", "uid"] = "uid-1"
        return PodSpec(manifest)
    }

    private static func readyFacts(_ change: (inout PodFacts) -> Void = { _ in }) -> PodFacts {
        var facts = PodFacts()
        facts.sandbox = .ready
        facts.volumes = .ready
        facts.wasInitialized = true
        facts["web"].image = .ready(image)
        change(&facts)
        return facts
    }

    private static func ended(_ code: Int32, ago: Int = 0) -> ContainerFacts.Phase {
        .ended(
            Ending(
                id: "c", code: code, signal: nil, reason: "Error", message: "", startedAt: nil,
                finishedAt: now + .seconds(-ago)))
    }

    @Test func `a new pod gets its sandbox, volumes and images at once, and no container before`() {
        #expect(
            PodPlan(Self.pod(), PodFacts(), now: Self.now).actions == [
                .makeSandbox, .makeVolumes, .pull(container: "web"),
            ])
        var facts = Self.readyFacts()
        facts.volumes = .making
        #expect(PodPlan(Self.pod(), facts, now: Self.now).actions.isEmpty)
        #expect(
            PodPlan(Self.pod(), Self.readyFacts(), now: Self.now).actions == [.start(container: "web", attempt: 0)])
    }

    @Test func `what failed waits for its time`() {
        var facts = Self.readyFacts()
        facts.sandbox = .failed(message: "x", retryAt: Self.now + .seconds(5))
        let plan = PodPlan(Self.pod(), facts, now: Self.now)
        #expect(plan.actions.isEmpty)
        #expect(plan.wakeAt == Self.now + .seconds(5))
        #expect(PodPlan(Self.pod(), facts, now: Self.now + .seconds(5)).actions == [.makeSandbox])
    }

    @Test func `a restart waits for its back-off, and a kept pull for its own`() {
        var facts = Self.readyFacts()
        facts["web"].phase = Self.ended(1)
        facts["web"].restarts.restarted(after: Self.now + .seconds(-30), now: Self.now + .seconds(-30))
        let plan = PodPlan(Self.pod(), facts, now: Self.now)
        #expect(plan.actions.isEmpty)
        #expect(plan.wakeAt == Self.now + .seconds(10))
        facts["web"].image = .failed(reason: "ErrImagePull", message: "", retryAt: Self.now + .seconds(3))
        #expect(PodPlan(Self.pod(), facts, now: Self.now).wakeAt == Self.now + .seconds(3))
        facts["web"].image = .failed(reason: "InvalidImageName", message: "", retryAt: nil)
        #expect(PodPlan(Self.pod(), facts, now: Self.now + .seconds(60)).actions.isEmpty)
    }

    @Test func `the back-off doubles to five minutes and is forgotten after ten`() {
        var backoff = RestartBackoff()
        var time = Self.now
        var delays: [Int64] = []
        for _ in 0..<8 {
            let delay = backoff.delay(after: time)
            delays.append(delay.components.seconds)
            time = time + delay
            backoff.restarted(after: time, now: time)
        }
        #expect(delays == [0, 10, 20, 40, 80, 160, 300, 300])
        #expect(backoff.delay(after: time + .seconds(601)) == .zero)
    }

    @Test func `nothing that proves a pod's end is removed before the cluster knows it`() {
        let pod = Self.pod { $0["restartPolicy"] = "Never" }
        var facts = Self.readyFacts { $0["web"].phase = Self.ended(0) }
        #expect(PodPlan(pod, facts, now: Self.now).actions.isEmpty)
        facts.isEndReported = true
        #expect(PodPlan(pod, facts, now: Self.now).actions == [.removeSandbox(keepingFolders: true)])
        facts.isFinished = true
        facts.sandbox = .absent
        #expect(PodPlan(pod, facts, now: Self.now).actions.isEmpty)
    }

    @Test func `a deleted pod ends its containers, then its sandbox, then its object`() {
        var manifest = Self.pod().manifest
        manifest.value[path: "metadata", "deletionTimestamp"] = .string((Self.now + .seconds(30)).description)
        manifest.value[path: "metadata", "deletionGracePeriodSeconds"] = 30
        let pod = PodSpec(manifest)
        var facts = Self.readyFacts { $0["web"].phase = .running }
        guard case .kill("web", let kill)? = PodPlan(pod, facts, now: Self.now).actions.first else {
            Issue.record("no kill")
            return
        }
        #expect(kill.grace == 30)
        facts["web"].kill = .init(deadline: Self.now + .seconds(30))
        #expect(PodPlan(pod, facts, now: Self.now + .seconds(10)).actions.isEmpty)
        facts["web"].phase = Self.ended(0)
        #expect(PodPlan(pod, facts, now: Self.now).actions == [.removeSandbox(keepingFolders: false)])
        facts.sandbox = .removed
        #expect(PodPlan(pod, facts, now: Self.now).actions == [.deleteObject])
        #expect(PodPlan(pod, PodFacts(), now: Self.now).actions == [.removeSandbox(keepingFolders: false)])
    }

    @Test func `facts are found again from the runtime and the pod's own status`() {
        var manifest = Self.pod { spec in
            spec["containers"] = [
                [
                    "name": "web", "image": "shop/web:1", "readinessProbe": ["exec": ["command": ["x"]]],
                    "imagePullPolicy": "IfNotPresent",
                ]
            ]
        }.manifest
        let pod = PodSpec(manifest)
        let labels = ContainerLabels(pod, pod.containers[0], 3, Self.image).values
        let state = ContainerState(
            id: "web-3-x", sandbox: "uid-1", labels: labels, pid: 7, startedAt: Self.now, exit: nil)
        manifest.value["status"] = [
            "phase": "Running", "startTime": .string(Self.now.description),
            "containerStatuses": [
                [
                    "name": "web", "restartCount": 3, "ready": true, "started": true,
                    "containerID": "belay://web-3-x",
                    "lastState": ["terminated": ["exitCode": 2, "finishedAt": .string(Self.now.description)]],
                ]
            ],
        ]
        let facts = PodRecovery.facts(of: PodSpec(manifest), containers: [state], hasSandbox: true)
        #expect(facts["web"].isRunning)
        #expect(facts["web"].attempt == 3)
        #expect(facts["web"].passedReadiness)
        #expect(facts["web"].last?.code == 2)
        #expect(facts.wasInitialized)
        let rebooted = PodRecovery.facts(of: PodSpec(manifest), containers: [], hasSandbox: false)
        #expect(rebooted["web"].phase == .none)
        #expect(!rebooted.wasInitialized)
        // The next start is the next attempt: no container ever takes another's name.
        var ready = rebooted
        ready.sandbox = .ready
        ready.volumes = .ready
        ready["web"].image = .ready(Self.image)
        ready.wasInitialized = true
        #expect(PodPlan(PodSpec(manifest), ready, now: Self.now).actions == [.start(container: "web", attempt: 4)])
    }
}
