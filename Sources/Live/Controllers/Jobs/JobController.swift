import Cluster
import Document
import Manifest
import System

/// Runs the pods of Jobs until enough of them have succeeded.
struct JobController: PodController {
    static let name = "job-controller"
    let context: ControllerContext
    let queue: WorkQueue<ObjectKey>
    let events: EventRecorder
    let jobs: ObjectCache
    let pods: ObjectCache
    let expectations = Expectations()

    init(_ context: ControllerContext, jobs: ObjectCache, pods: ObjectCache) {
        self.context = context
        queue = WorkQueue(clock: context.clock)
        events = context.events(Self.name)
        self.jobs = jobs
        self.pods = pods
    }

    func observe() {
        jobs.observe { change in
            queue.add(change.key)
            if change.new == nil, let old = change.old { expectations.forget(owner: old.uid) }
        }
        pods.observe { change in
            expectations.observe((change.old, change.new))
            guard let pod = change.new ?? change.old, let owner = pod.controller, owner.kind == "Job" else { return }
            queue.add(ObjectKey(group: "batch", kind: "Job", namespace: pod.namespace, name: owner.name))
        }
    }

    func reconcile(_ key: ObjectKey) async throws -> Duration? {
        guard let job = jobs[key] else { return nil }
        let pending = expectations.pending(owner: job.uid, now: now)
        let own = pods.owned(by: job.uid)
        let actions = JobPlan.next(job, pods: own, pending: pending.beside(own), now: now)
        var wait: Duration?
        for action in actions {
            switch action {
            case .create(let indexes):
                for index in indexes { try await create(index, for: job) }
            case .delete(let pod): try await delete(pod, of: job)
            case .writeStatus(let status):
                var live = job
                live.value["status"] = status
                _ = try await cluster.update(live, statusOptions)
                tell(status, of: job)
            case .removeJob:
                try await cluster.delete(job.key, DeleteOptions(propagation: .foreground, uid: job.uid))
            case .wake(let after): wait = min(wait ?? after, after)
            }
        }
        return wait
    }

    private func create(_ index: Int?, for job: Manifest) async throws {
        let base = index.map { "\(job.name)-\($0)" } ?? job.name
        let name = RandomSuffix.name(base, RandomSuffix.make(context.random()))
        try await create(JobView(manifest: job).pod(named: name, index: index), for: job)
    }

    private func tell(_ status: Value, of job: Manifest) {
        let (old, new) = (Conditions(job.status), Conditions(status))
        if new.isTrue("Complete"), !old.isTrue("Complete") {
            events.record(.normal, on: job, reason: "Completed", "Job completed")
        } else if new.isTrue("Failed"), !old.isTrue("Failed"), let failed = new["Failed"] {
            events.record(
                .warning, on: job, reason: failed["reason"]?.string ?? "Failed", failed["message"]?.string ?? "")
        }
    }
}
