package import Cluster
import Document
import Health
import Manifest
package import Plan
package import System

/// Carries a plan out: checks all of it, runs the hooks that go before, applies wave by wave, each once the one before is
/// well, prunes, and runs the hooks that come after.
///
/// Whether the last wave becomes well is not waited for: the application's health says so from then on, and a drift that
/// happens meanwhile is mended at once.
///
/// Nothing of a sync is remembered beyond its report: whatever stops it, the next plan starts from what is there.
package struct Syncer: Sendable {
    /// The field manager that Belay applies as.
    package static let fieldManager = "belay"

    private let cluster: any Cluster
    private let health: any HealthSource
    private let clock: WallClock
    private let budget: DeleteBudget
    private let recorder: (any HookRecorder)?

    /// - Parameter recorder: told of hooks; nil keeps nothing of them.
    package init(
        cluster: any Cluster, health: any HealthSource, clock: WallClock, budget: DeleteBudget = DeleteBudget(),
        recorder: (any HookRecorder)? = nil
    ) {
        self.cluster = cluster
        self.health = health
        self.clock = clock
        self.budget = budget
        self.recorder = recorder
    }

    /// Carries `plan` out. Cancelling the task ends it after the write at hand: the report says superseded.
    package func run(_ plan: Plan, _ options: SyncOptions) async -> SyncReport {
        var changes = plan.changes
        if !options.prune { changes.removeAll { $0.action == .delete } }
        if !options.allowsManyDeletions, options.prune, let objection = budget.objection(to: plan) {
            return SyncReport(.refused, problems: [Self.overBudget(plan, objection)])
        }
        let refusals = await dryRun(changes) + dryRun(plan.hooks)
        guard refusals.isEmpty else { return SyncReport(.refused, problems: refusals) }
        var report = SyncReport(.succeeded)
        let runner = HookRunner(
            cluster: cluster, health: health, clock: clock, recorder: recorder,
            rendering: plan.hookRecord?.digest ?? plan.hash, timeout: options.timeout)
        let hooks = Dictionary(grouping: plan.hooks, by: \.phase)
        await run(hooks[.preSync], runner, &report)
        await applyWaves(changes, hooks[.sync] ?? [], runner, options, &report)
        if report.result == .succeeded, let deletions = Self.deletions(in: changes) {
            await delete(deletions, &report)
        }
        await runAfter(hooks[.postSync] ?? [], plan, runner, options, &report)
        if report.result == .failed { await runFailed(hooks[.syncFail], runner, &report) }
        return report
    }

    // MARK: Hooks

    private func run(_ hooks: [HookRun]?, _ runner: HookRunner, _ report: inout SyncReport) async {
        guard let hooks, report.result == .succeeded else { return }
        do throws(HookRunner.Stop) {
            try await runner.run(hooks, &report)
        } catch {
            switch error {
            case .cancelled: report.result = .superseded
            case .failed(let problem):
                report.result = .failed
                report.problems.append(problem)
            }
        }
    }

    /// Helm's hooks run as soon as all is written, for what was written may wait for them; the others once all is well.
    private func runAfter(
        _ hooks: [HookRun], _ plan: Plan, _ runner: HookRunner, _ options: SyncOptions, _ report: inout SyncReport
    ) async {
        await run(hooks.filter { !$0.hook.waitsForHealth }, runner, &report)
        let waiting = hooks.filter(\.hook.waitsForHealth)
        guard report.result == .succeeded, waiting.contains(where: { !$0.isDone }) else {
            return await run(waiting, runner, &report)
        }
        await waitUntilWell(plan.unchanged + plan.changes.compactMap { $0.desired?.key }, options, &report)
        await run(waiting, runner, &report)
    }

    /// What is to run when a sync failed; it leaves the sync failed.
    private func runFailed(_ hooks: [HookRun]?, _ runner: HookRunner, _ report: inout SyncReport) async {
        guard let hooks else { return }
        do throws(HookRunner.Stop) {
            try await runner.run(hooks, &report)
        } catch {
            if case .failed(let problem) = error { report.problems.append(problem) }
        }
    }

    /// Applies wave by wave, each once the one before is well; hooks of the same weight run at the end of a wave.
    private func applyWaves(
        _ changes: [Change], _ hooks: [HookRun], _ runner: HookRunner, _ options: SyncOptions,
        _ report: inout SyncReport
    ) async {
        guard report.result == .succeeded else { return }
        let waves = Self.waves(of: changes)
        let numbers = Set(waves.compactMap(\.first?.wave) + hooks.map(\.hook.weight)).sorted()
        for number in numbers {
            let wave = waves.first { $0.first?.wave == number } ?? []
            await apply(wave, &report)
            await run(hooks.filter { $0.hook.weight == number }, runner, &report)
            if report.result == .succeeded, number != numbers.last {
                await waitUntilWell(wave.map(\.key), options, &report)
            }
            guard report.result == .succeeded else { return }
        }
    }

    private static func overBudget(_ plan: Plan, _ objection: String) -> Problem {
        Problem(
            "the sync of \(plan.application) in \(plan.environment) stopped before it began: \(objection)",
            hint: "if that is meant, run: belay sync \(plan.environment) --app \(plan.application) --allow-deletions")
    }

    /// What is applied, by rising wave.
    static func waves(of changes: [Change]) -> [[Change]] {
        let applied = changes.filter { $0.action != .delete }
        let numbers = Set(applied.map(\.wave)).sorted()
        return numbers.map { number in applied.filter { $0.wave == number }.sorted(by: ApplyOrder.precedes) }
    }

    /// What is pruned, those first that stand on others; nil when nothing is.
    static func deletions(in changes: [Change]) -> [Change]? {
        let deleted = changes.filter { $0.action == .delete }.sorted(by: ApplyOrder.precedes)
        return deleted.isEmpty ? nil : deleted.reversed()
    }

    /// Asks the cluster what it would say to hooks that are not there yet; what is there may be deleted first.
    private func dryRun(_ hooks: [HookRun]) async -> [Problem] {
        var problems: [Problem] = []
        for run in hooks where !run.isDone {
            guard (try? await cluster.get(run.key)) == nil else { continue }
            do {
                _ = try await cluster.apply(
                    run.manifest, WriteOptions(fieldManager: Self.fieldManager, force: true, dryRun: true))
            } catch {
                problems.append(Problem("\(run.key): the hook was refused: \(error)", at: run.manifest.value.origin))
            }
        }
        return problems
    }

    /// Asks the cluster for every write what it would say, so that a plan is refused before its first write.
    private func dryRun(_ changes: [Change]) async -> [Problem] {
        var problems: [Problem] = []
        for change in changes where change.action == .create || change.action == .update {
            guard let desired = change.desired else { continue }
            do {
                _ = try await cluster.apply(
                    desired, WriteOptions(fieldManager: Self.fieldManager, force: true, dryRun: true))
            } catch {
                problems.append(Self.problem(change, error))
            }
        }
        return problems
    }

    private func apply(_ wave: [Change], _ report: inout SyncReport) async {
        for change in wave {
            if Task.isCancelled { return report.result = .superseded }
            do {
                try await write(change)
                report.applied.append(change.key)
            } catch {
                report.result = Task.isCancelled ? .superseded : .failed
                report.problems.append(Self.problem(change, error))
                return
            }
        }
    }

    private func write(_ change: Change) async throws {
        guard let desired = change.desired else { return }
        if change.action == .recreate, let live = change.live {
            try await cluster.delete(change.key, DeleteOptions(propagation: .foreground, uid: live.uid))
            try await waitUntilGone(change.key, uid: live.uid)
        }
        if change.action == .update, let live = change.live, let taken = Adoption.taken(live, by: Self.fieldManager) {
            _ = try await cluster.update(taken, WriteOptions(fieldManager: Self.fieldManager))
        }
        _ = try await cluster.apply(desired, WriteOptions(fieldManager: Self.fieldManager, force: true))
    }

    private func waitUntilGone(_ key: ObjectKey, uid: String) async throws {
        let changes = await health.changes()
        var iterator = changes.makeAsyncIterator()
        while true {
            do {
                guard try await cluster.get(key).uid == uid else { return }
            } catch let error as ClusterError where error.reason == .notFound {
                return
            }
            guard await iterator.next() != nil else { throw CancellationError() }
        }
    }

    private func delete(_ changes: [Change], _ report: inout SyncReport) async {
        for change in changes {
            if Task.isCancelled { return report.result = .superseded }
            do {
                try await cluster.delete(change.key, DeleteOptions(uid: change.live?.uid))
                report.deleted.append(change.key)
            } catch let error as ClusterError where error.reason == .notFound {
                report.deleted.append(change.key)
            } catch {
                report.result = .failed
                report.problems.append(Self.problem(change, error))
            }
        }
    }

    // MARK: Health

    private func waitUntilWell(_ keys: [ObjectKey], _ options: SyncOptions, _ report: inout SyncReport) async {
        guard !keys.isEmpty else { return }
        let outcome = await race(keys, options.timeout)
        switch outcome {
        case .well: break
        case .cancelled: report.result = .superseded
        case .unwell(let key, let health, let isLate):
            report.result = .failed
            let late = isLate ? " within \(options.timeout.components.seconds) s" : ""
            report.problems.append(Problem("\(key) did not become healthy\(late): \(health.message)"))
        }
    }

    private enum Wait: Sendable {
        case well
        case cancelled
        case unwell(ObjectKey, Health, isLate: Bool)
    }

    /// Waits for health, at most `timeout`.
    private func race(_ keys: [ObjectKey], _ timeout: Duration) async -> Wait {
        await withTaskGroup(of: Wait?.self) { group in
            group.addTask { await untilWell(keys) }
            group.addTask {
                try? await clock.sleep(timeout)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if Task.isCancelled { return .cancelled }
            if let first { return first }
            guard let (key, health) = await worst(of: keys) else { return .well }
            return health.state == .healthy ? .well : .unwell(key, health, isLate: true)
        }
    }

    /// How long an object may be degraded before the sync gives up on it: a program that crashes until its database
    /// answers is not a failure yet.
    private static let patience = Duration.seconds(30)

    private func untilWell(_ keys: [ObjectKey]) async -> Wait {
        var degradedSince: Timestamp?
        for await _ in await SyncClock(health: health, clock: clock).changesAndTicks() {
            guard !Task.isCancelled else { break }
            guard let (key, health) = await worst(of: keys) else { continue }
            if health.state <= .suspended { return .well }
            if health.state == .degraded {
                let since = degradedSince ?? clock.now()
                degradedSince = since
                if clock.now() - since >= Self.patience { return .unwell(key, health, isLate: false) }
            } else {
                degradedSince = nil
            }
        }
        return .cancelled
    }

    /// The object that is worst; nil while the cluster cannot say.
    private func worst(of keys: [ObjectKey]) async -> (ObjectKey, Health)? {
        guard let all = try? await health.health(of: keys) else { return nil }
        return all.max { $0.value.state < $1.value.state }.map { ($0.key, $0.value) }
    }

    private static func problem(_ change: Change, _ error: any Error) -> Problem {
        let origin = change.desired?.value.origin ?? .none
        return Problem("\(change.key): \(change.action.rawValue) was refused: \(error)", at: origin)
    }
}
