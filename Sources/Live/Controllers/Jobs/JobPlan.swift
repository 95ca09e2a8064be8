import Document
import Manifest
import System

/// What a job's controller does next, from what is there (k8s.io/kubernetes/pkg/controller/job): a pure function.
struct JobPlan {
    /// One thing to do.
    enum Action: Equatable {
        /// A pod for each; the indexes of an indexed job, nil otherwise.
        case create([Int?])
        case delete(Manifest)
        case writeStatus(Value)
        /// The job has been over for as long as it was to be kept.
        case removeJob
        case wake(after: Duration)
    }

    /// Why a job ended without its completions.
    private struct Failure {
        var reason: String
        var message: String
    }

    private static let firstDelay: Duration = .seconds(10)
    private static let longestDelay: Duration = .seconds(600)

    private let job: JobView
    private let pods: [Manifest]
    private let pending: ReplicaSetPlan.Pending
    private let now: Timestamp
    private var actions: [Action] = []

    /// - Parameter pods: those that the job controls.
    static func next(
        _ job: Manifest, pods: [Manifest], pending: ReplicaSetPlan.Pending = .init(), now: Timestamp
    ) -> [Action] {
        var plan = JobPlan(job: JobView(manifest: job), pods: pods, pending: pending, now: now)
        plan.run()
        return plan.actions
    }

    private init(job: JobView, pods: [Manifest], pending: ReplicaSetPlan.Pending, now: Timestamp) {
        self.job = job
        self.pods = pods.sorted(by: Manifest.isOlder)
        self.pending = pending
        self.now = now
    }

    private mutating func run() {
        guard !job.manifest.isBeingDeleted else { return }
        if let finishedAt = job.finishedAt {
            for pod in active where job.conditions.isTrue("Failed") { actions.append(.delete(pod)) }
            return expire(finishedAt)
        }
        if job.isSuspended {
            for pod in active { actions.append(.delete(pod)) }
            return writeStatus(conditions: suspendedConditions)
        }
        if let failure {
            for pod in active { actions.append(.delete(pod)) }
            return writeStatus(conditions: ended("Failed", target: "FailureTarget", failure))
        }
        if isComplete {
            let reached = Failure(
                reason: "CompletionsReached", message: "Reached expected number of succeeded pods")
            return writeStatus(conditions: ended("Complete", target: "SuccessCriteriaMet", reached))
        }
        adjust()
        writeStatus(conditions: resumedConditions)
        watchDeadline()
    }

    // MARK: Counting

    private var active: [Manifest] {
        pods.filter { $0.isActivePod && !pending.deletions.contains($0.uid) }
    }

    private var succeededIndexes: Set<Int> {
        let done = Set(pods.filter { $0.podPhase == "Succeeded" }.compactMap(\.completionIndex))
        return done.union(IndexRanges.parse(job.manifest.status?["completedIndexes"]?.string ?? ""))
    }

    /// Pods may be removed after they ended: what was counted once stays counted.
    private var succeeded: Int {
        if job.isIndexed { return succeededIndexes.filter { $0 < job.completions ?? 0 }.count }
        return max(pods.count { $0.podPhase == "Succeeded" }, job.manifest.status?["succeeded"]?.int ?? 0)
    }

    private var failedPods: [Manifest] { pods.filter { $0.podPhase == "Failed" && rule(for: $0) != "Ignore" } }
    private var failed: Int { max(failedPods.count, job.manifest.status?["failed"]?.int ?? 0) }

    private var isComplete: Bool {
        if let completions = job.completions { return succeeded >= completions }
        return succeeded > 0 && active.isEmpty && pending.creations == 0
    }

    // MARK: Failure

    private var failure: Failure? {
        if pods.contains(where: { $0.podPhase == "Failed" && rule(for: $0) == "FailJob" }) {
            return Failure(reason: "PodFailurePolicy", message: "A container failed as the pod failure policy names it")
        }
        if let deadline = job.activeDeadline, let start = job.startTime, start + deadline <= now {
            return Failure(
                reason: "DeadlineExceeded", message: "Job was active longer than specified deadline")
        }
        let restarts = active.reduce(0) { $0 + $1.podRestarts }
        let isPastRestarts = job.restartsInPlace && restarts > 0 && restarts >= job.backoffLimit
        guard failed > job.backoffLimit || isPastRestarts else { return nil }
        return Failure(
            reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit")
    }

    /// What the pod failure policy says of a failed pod: `FailJob`, `Ignore`, `Count`; nil where no rule meets it.
    private func rule(for pod: Manifest) -> String? {
        for rule in job.failureRules {
            if let exits = rule["onExitCodes"], Self.meets(pod, exits) { return rule["action"]?.string }
            let patterns = rule["onPodConditions"]?.items ?? []
            if patterns.contains(where: { Self.has(pod, condition: $0) }) { return rule["action"]?.string }
        }
        return nil
    }

    private static func meets(_ pod: Manifest, _ exits: Value) -> Bool {
        let wanted = Set((exits["values"]?.items ?? []).compactMap(\.int))
        return (pod.status?["containerStatuses"]?.items ?? []).contains { status in
            if let name = exits["containerName"]?.string, name != status["name"]?.string { return false }
            guard let code = status[path: "state", "terminated", "exitCode"]?.int, code != 0 else { return false }
            return exits["operator"]?.string == "NotIn" ? !wanted.contains(code) : wanted.contains(code)
        }
    }

    private static func has(_ pod: Manifest, condition: Value) -> Bool {
        guard let type = condition["type"]?.string, let found = Conditions(pod.status)[type] else { return false }
        return found["status"]?.string == condition["status"]?.string ?? "True"
    }

    private mutating func watchDeadline() {
        guard let deadline = job.activeDeadline, let start = job.startTime else { return }
        actions.append(.wake(after: max(.zero, start + deadline - now)))
    }

    private mutating func expire(_ finishedAt: Timestamp) {
        guard let timeToLive = job.timeToLive else { return }
        let left = finishedAt + timeToLive - now
        actions.append(left <= .zero ? .removeJob : .wake(after: left))
    }

    // MARK: Pods

    private mutating func adjust() {
        let running = active.count + pending.creations
        var wanted = job.parallelism
        if let completions = job.completions {
            wanted = min(wanted, completions - succeeded)
        } else if succeeded > 0 {
            wanted = min(wanted, running)
        }
        if running > wanted {
            let victims = active.sorted { PodRank($0) < PodRank($1) }.prefix(running - wanted)
            actions += victims.map { .delete($0) }
        } else if running < wanted {
            if let wait = backoff, wait > .zero { return actions.append(.wake(after: wait)) }
            if job.isIndexed, pending.creations > 0 { return }
            actions.append(.create(nextIndexes(wanted - running)))
        }
    }

    private func nextIndexes(_ count: Int) -> [Int?] {
        guard job.isIndexed else { return Array(repeating: nil, count: count) }
        let taken = succeededIndexes.union(active.compactMap(\.completionIndex))
        return Array((0..<(job.completions ?? 0)).filter { !taken.contains($0) }.prefix(count))
    }

    /// How long the next pod waits after failures in a row.
    private var backoff: Duration? {
        let lastSuccess = pods.filter { $0.podPhase == "Succeeded" }.compactMap(\.podFinishedAt).max()
        let since = failedPods.compactMap(\.podFinishedAt).filter { finished in
            lastSuccess.map { finished > $0 } ?? true
        }
        guard let last = since.max() else { return nil }
        var delay = Self.firstDelay
        for _ in 1..<max(1, since.count) where delay < Self.longestDelay { delay *= 2 }
        return last + min(delay, Self.longestDelay) - now
    }

    // MARK: Status

    private var suspendedConditions: Conditions {
        var conditions = job.conditions
        conditions.set("Suspended", "True", reason: "JobSuspended", message: "Job suspended", now: now)
        return conditions
    }

    private var resumedConditions: Conditions {
        var conditions = job.conditions
        if conditions.isTrue("Suspended") {
            conditions.set("Suspended", "False", reason: "JobResumed", message: "Job resumed", now: now)
        }
        return conditions
    }

    private func ended(_ type: String, target: String, _ why: Failure) -> Conditions {
        var conditions = job.conditions
        conditions.set(target, "True", reason: why.reason, message: why.message, now: now)
        conditions.set(type, "True", reason: why.reason, message: why.message, now: now)
        return conditions
    }

    private mutating func writeStatus(conditions: Conditions) {
        var status: Value = [:]
        if !conditions.items.isEmpty { status["conditions"] = conditions.value }
        if !job.isSuspended { status["startTime"] = .string((job.startTime ?? now).description) }
        let isOver = conditions.isTrue("Complete") || conditions.isTrue("Failed")
        if conditions.isTrue("Complete") { status["completionTime"] = .string(now.description) }
        let running = isOver || job.isSuspended ? [] : active
        let numbers = [
            ("active", running.count), ("ready", running.count(where: \.isReadyPod)), ("succeeded", succeeded),
            ("failed", failed),
        ]
        for (name, number) in numbers where number > 0 { status[name] = .int(number) }
        if job.isIndexed, !succeededIndexes.isEmpty {
            status["completedIndexes"] = .string(IndexRanges.format(succeededIndexes))
        }
        if status != job.manifest.status ?? .mapping(Mapping()) { actions.append(.writeStatus(status)) }
    }
}

/// Sets of indexes as Kubernetes writes them: `1,3-5,7`.
enum IndexRanges {
    static func parse(_ text: String) -> Set<Int> {
        var result: Set<Int> = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last, last - first < 100_000 else { continue }
            result.formUnion(first...last)
        }
        return result
    }

    static func format(_ indexes: Set<Int>) -> String {
        var parts: [String] = []
        var run: (first: Int, last: Int)?
        let close = { (run: (first: Int, last: Int)?) -> [String] in
            guard let run else { return [] }
            return [run.first == run.last ? "\(run.first)" : "\(run.first)-\(run.last)"]
        }
        for index in indexes.sorted() {
            if let known = run, known.last + 1 == index {
                run = (known.first, index)
            } else {
                parts += close(run)
                run = (index, index)
            }
        }
        return (parts + close(run)).joined(separator: ",")
    }
}
