import Document
import Manifest
import System
import Testing

@testable import Controllers

@Suite struct JobPlanTests {
    private static func job(_ change: (inout Value) -> Void = { _ in }) -> Manifest {
        var job = Manifest(apiVersion: "batch/v1", kind: "Job", name: "migrate", namespace: "shop")
        job.value[path: "metadata", "uid"] = "uid-migrate"
        var spec: Value = [
            "completions": 1, "parallelism": 1, "backoffLimit": 2,
            "template": [
                "spec": ["restartPolicy": "Never", "containers": [["name": "web", "image": "shop/migrate:1"]]]
            ],
        ]
        change(&spec)
        job.value["spec"] = spec
        return job
    }

    private static func pod(
        _ name: String, _ phase: String, finished: Int = 0, code: Int = 1, index: Int? = nil, restarts: Int = 0
    ) -> Manifest {
        var pod = plainPod(name, phase: phase, restarts: restarts)
        pod.value[path: "metadata", "ownerReferences"] = [OwnerReference(to: job()).value]
        if let index { pod.value[path: "metadata", "annotations", JobView.indexAnnotation] = .string("\(index)") }
        if phase != "Running" {
            let time = (noon + .seconds(-finished)).description
            pod.value[path: "status", "containerStatuses"] = [
                [
                    "name": "web", "restartCount": .int(restarts),
                    "state": ["terminated": ["exitCode": .int(code), "finishedAt": .string(time)]],
                ]
            ]
        }
        return pod
    }

    private static func created(_ actions: [JobPlan.Action]) -> [Int?]? {
        actions.compactMap { if case .create(let indexes) = $0 { indexes } else { nil } }.first
    }

    private static func status(_ actions: [JobPlan.Action]) -> Value? {
        actions.compactMap { if case .writeStatus(let status) = $0 { status } else { nil } }.first
    }

    private static func condition(_ type: String, _ actions: [JobPlan.Action]) -> String? {
        let condition = Conditions(status(actions))[type]
        return condition?["status"]?.string == "True" ? condition?["reason"]?.string : nil
    }

    @Test func `a new job makes one pod and notes when it began`() {
        let actions = JobPlan.next(Self.job(), pods: [], now: noon)
        #expect(Self.created(actions) == [nil])
        #expect(Self.status(actions)?["startTime"]?.string == noon.description)
    }

    @Test func `a pod that is on its way is not made twice`() {
        let actions = JobPlan.next(Self.job(), pods: [], pending: .init(creations: 1), now: noon)
        #expect(Self.created(actions) == nil)
    }

    @Test func `as many pods run at once as the job allows, and no more than are still needed`() {
        let job = Self.job {
            $0["completions"] = 5
            $0["parallelism"] = 3
        }
        #expect(Self.created(JobPlan.next(job, pods: [], now: noon))?.count == 3)
        let pods = ["a", "b", "c", "d"].map { Self.pod($0, "Succeeded") }
        #expect(Self.created(JobPlan.next(job, pods: pods, now: noon))?.count == 1)
    }

    @Test func `a job whose pods have succeeded is complete`() {
        let actions = JobPlan.next(Self.job(), pods: [Self.pod("a", "Succeeded")], now: noon)
        #expect(Self.condition("Complete", actions) == "CompletionsReached")
        #expect(Self.status(actions)?["completionTime"]?.string == noon.description)
        #expect(Self.status(actions)?["succeeded"]?.int == 1)
        #expect(Self.created(actions) == nil)
    }

    @Test func `a job without a number of completions ends with its first success, once all pods have`() {
        let job = Self.job {
            $0["completions"] = nil
            $0["parallelism"] = 2
        }
        let half = [Self.pod("a", "Succeeded"), Self.pod("b", "Running")]
        #expect(Self.condition("Complete", JobPlan.next(job, pods: half, now: noon)) == nil)
        #expect(Self.created(JobPlan.next(job, pods: half, now: noon)) == nil)
        let all = [Self.pod("a", "Succeeded"), Self.pod("b", "Succeeded")]
        #expect(Self.condition("Complete", JobPlan.next(job, pods: all, now: noon)) == "CompletionsReached")
    }

    @Test(arguments: [(1, 3, 7), (2, 3, 17)])
    func `a failed pod is replaced after a growing wait`(failures: Int, secondsAgo: Int, left: Int) {
        let pods = (0..<failures).map { Self.pod("p\($0)", "Failed", finished: secondsAgo) }
        let actions = JobPlan.next(Self.job(), pods: pods, now: noon)
        #expect(Self.created(actions) == nil)
        #expect(actions.contains(.wake(after: .seconds(left))))
        let later = JobPlan.next(Self.job(), pods: pods, now: noon + .seconds(left))
        #expect(Self.created(later) == [nil])
    }

    @Test func `too many failures end the job, and what still runs with it`() {
        let pods = ["a", "b", "c"].map { Self.pod($0, "Failed", finished: 60) } + [Self.pod("d", "Running")]
        let actions = JobPlan.next(Self.job(), pods: pods, now: noon)
        #expect(Self.condition("Failed", actions) == "BackoffLimitExceeded")
        #expect(actions.contains(.delete(pods[3])))
        #expect(Self.created(actions) == nil)
    }

    @Test func `restarts in place count against the limit too`() {
        let job = Self.job { $0[path: "template", "spec", "restartPolicy"] = "OnFailure" }
        let actions = JobPlan.next(job, pods: [Self.pod("a", "Running", restarts: 2)], now: noon)
        #expect(Self.condition("Failed", actions) == "BackoffLimitExceeded")
    }

    @Test func `failed pods that were removed still count`() {
        var job = Self.job()
        job.value["status"] = ["failed": 3]
        #expect(Self.condition("Failed", JobPlan.next(job, pods: [], now: noon)) == "BackoffLimitExceeded")
    }

    @Test func `a job past its deadline fails, and before it says when to look`() {
        var job = Self.job { $0["activeDeadlineSeconds"] = 60 }
        job.value["status"] = ["startTime": .string((noon + .seconds(-50)).description)]
        let pods = [Self.pod("a", "Running")]
        #expect(JobPlan.next(job, pods: pods, now: noon).contains(.wake(after: .seconds(10))))
        let late = JobPlan.next(job, pods: pods, now: noon + .seconds(10))
        #expect(Self.condition("Failed", late) == "DeadlineExceeded")
    }

    @Test func `a finished job goes when its time to live is over`() {
        var job = Self.job { $0["ttlSecondsAfterFinished"] = 30 }
        job.value["status"] = Self.status(JobPlan.next(job, pods: [Self.pod("a", "Succeeded")], now: noon))
        #expect(JobPlan.next(job, pods: [], now: noon + .seconds(10)) == [.wake(after: .seconds(20))])
        #expect(JobPlan.next(job, pods: [], now: noon + .seconds(30)) == [.removeJob])
    }

    @Test func `a suspended job ends its pods and starts none`() {
        let job = Self.job { $0["suspend"] = true }
        let actions = JobPlan.next(job, pods: [Self.pod("a", "Running")], now: noon)
        #expect(actions.contains { if case .delete = $0 { true } else { false } })
        #expect(Self.condition("Suspended", actions) == "JobSuspended")
        #expect(Self.status(actions)?["startTime"] == nil)
    }

    @Test func `an indexed job runs each index until it has succeeded`() {
        let job = Self.job {
            $0["completionMode"] = "Indexed"
            $0["completions"] = 4
            $0["parallelism"] = 3
        }
        let pods = [Self.pod("a", "Succeeded", index: 0), Self.pod("b", "Running", index: 2)]
        let actions = JobPlan.next(job, pods: pods, now: noon)
        #expect(Self.created(actions) == [1, 3])
        #expect(Self.status(actions)?["completedIndexes"]?.string == "0")
        let pod = JobView(manifest: job).pod(named: "x", index: 3)
        #expect(pod.spec?["hostname"]?.string == "migrate-3")
        #expect(pod.spec?["containers"]?.items?.first?["env"]?.items?.last?["value"]?.string == "3")
    }

    @Test(arguments: [("FailJob", "PodFailurePolicy"), ("Ignore", nil)])
    func `a pod failure policy decides by exit code`(action: String, reason: String?) {
        let job = Self.job {
            $0["backoffLimit"] = 0
            $0["podFailurePolicy"] = [
                "rules": [["action": .string(action), "onExitCodes": ["operator": "In", "values": [42]]]]
            ]
        }
        let actions = JobPlan.next(job, pods: [Self.pod("a", "Failed", finished: 60, code: 42)], now: noon)
        #expect(Self.condition("Failed", actions) == reason)
    }

    @Test(arguments: [([Int](), ""), ([1], "1"), ([0, 1, 2, 5, 7, 8], "0-2,5,7-8")])
    func `sets of indexes are written as ranges and read back`(indexes: [Int], text: String) {
        #expect(IndexRanges.format(Set(indexes)) == text)
        #expect(IndexRanges.parse(text) == Set(indexes))
    }
}

private func plainPod(_ name: String, phase: String, restarts: Int) -> Manifest {
    pod(name, phase: phase, restarts: restarts)
}
