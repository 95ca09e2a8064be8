import Cluster
import Crypto
import Document
import Git
import Health
import Manifest
import Plan
import Render
import Scrub
import Sync
import System

/// One application, once round: render, plan, decide, sync, record.
extension Reconciler {
    func reconcile(_ id: ApplicationID) async -> WorkOutcome {
        let asked = requests.removeValue(forKey: id) ?? []
        do {
            let (plan, digest) = try await plan(id)
            let outcome = try await carryOut(plan, digest, asked)
            recordedFailures[id] = nil
            return outcome
        } catch {
            for request in asked { request.answer.resume(throwing: error) }
            await fail(id, error)
            return .failed(error)
        }
    }

    /// The application's plan, with the digest of the rendering that it is for.
    func plan(_ id: ApplicationID) async throws -> (plan: Plan, digest: String) {
        try await fetchCharts(of: id)
        guard let head else { throw headProblem ?? Problem("nothing has been read from git yet") }
        guard let target = target(of: id) else {
            let name = head.applications[id]?.environment.cluster ?? ""
            throw Problem(
                "environment \(id.environment) is on cluster \(name), which the server's config does not name",
                at: head.applications[id]?.environment.origin ?? .none)
        }
        try await target.view.ready()
        let kinds = try await target.cluster.kinds()
        var desired: [Manifest] = []
        var digest = ""
        if let member = head.applications[id] {
            let rendering = try await rendering(member, of: head)
            await refreshClaims(id, rendering, of: head)
            // Once more, for what changed between the answer and its being followed.
            if target.view.follow(rendering.questions, for: id.label), !rendering.questions.isEmpty { queue.add(id) }
            desired = rendering.manifests
            digest = rendering.digest.hex
            guard !desired.isEmpty else { throw emptyRendering(id, member) }
            for manifest in desired { try claims.check(place(of: manifest.key, id), for: id) }
            try await ensureNamespace(member.environment.namespace, target)
        } else {
            target.view.follow([], for: id.label)
        }
        let schemas = Dictionary(
            kinds.compactMap { kind in kind.schema.map { (kind.groupVersionKind, $0) } }, uniquingKeysWith: { $1 })
        let planner = Planner(
            fieldManager: Syncer.fieldManager, key: parts.rootKey, schemas: schemas,
            mask: SecretMask(head.project.scrubPolicy))
        let plan = try planner.plan(
            Planner.Target(
                project: id.project, environment: id.environment, application: id.application,
                revision: head.commit.id.description, label: id.label),
            desired: desired, live: { target.view.object($0) }, members: target.view.members(of: id.label),
            hooks: HookFacts(
                digest: digest, record: parts.applied.hooks(id), applied: parts.applied[id]?.digest),
            isKept: { claims.keeps(place(of: $0, id), from: id) })
        note(id, plan, desired.count)
        return (plan, digest)
    }

    private func place(of key: ObjectKey, _ id: ApplicationID) -> Claims.Place {
        let environment = head?.project.environments.first { $0.name == id.environment }
        return Claims.Place(cluster: environment?.cluster ?? Environment.localCluster, key: key)
    }

    private func emptyRendering(_ id: ApplicationID, _ member: Head.Member) -> Problem {
        Problem(
            "\(id) renders to nothing, which would delete all that it has", at: member.source.origin,
            hint: "to remove the application, remove its folder")
    }

    private func note(_ id: ApplicationID, _ plan: Plan, _ count: Int) {
        var state = states[id] ?? ApplicationStatus(id: id)
        state.revision = plan.revision
        state.planHash = plan.hash
        state.objects = count
        state.syncedAt = parts.applied[id]?.startedAt
        states[id] = state
    }

    /// An environment's namespace is there before what is in it.
    private func ensureNamespace(_ name: String?, _ target: Target) async throws {
        guard let name, target.view.object(ObjectKey(kind: "Namespace", name: name)) == nil else { return }
        do {
            _ = try await target.cluster.create(
                Manifest(apiVersion: "v1", kind: "Namespace", name: name),
                WriteOptions(fieldManager: Syncer.fieldManager))
        } catch let error as ClusterError where error.reason == .alreadyExists {
            return
        }
    }

    // MARK: Deciding

    private func carryOut(_ plan: Plan, _ digest: String, _ asked: [Request]) async throws -> WorkOutcome {
        let id = ApplicationID(project: plan.project, environment: plan.environment, application: plan.application)
        let decision = Decision.of(facts(id, plan, digest, isRequested: !asked.isEmpty))
        switch decision {
        case .nothing:
            for request in asked { request.answer.resume(returning: (plan, SyncReport(.succeeded))) }
            return try await settle(id, plan, digest)
        case .hold(let reason):
            set(id, .outOfSync, [Problem(reason, hint: "see: belay diff \(id.environment) --app \(id.application)")])
            return .done
        case .backOff:
            let reason =
                isFeedback(id, plan, digest)
                ? "what its charts look up changes with each sync, and their rendering with it"
                : "the same drift keeps coming back: somebody else writes these fields too"
            set(id, .outOfSync, [Problem(reason)])
            heals[id] = []
            return .again(after: .seconds(30))
        case .sync:
            return try await sync(id, plan, digest, asked)
        }
    }

    private func facts(_ id: ApplicationID, _ plan: Plan, _ digest: String, isRequested: Bool) -> Decision.Facts {
        let rules = head?.applications[id]?.environment.sync ?? environmentRules(id)
        let now = parts.clock.now()
        let recent = heals[id, default: []].filter { now - $0 < .seconds(60) }
        heals[id] = recent.isEmpty ? nil : recent
        var facts = Decision.Facts(
            isEmpty: plan.isEmpty, isDrift: isDrift(id, plan, digest), automatic: rules.automatic,
            selfHeal: rules.selfHeal, isRequested: isRequested, recentHeals: recent.count)
        facts.isFeedback = isFeedback(id, plan, digest)
        return facts
    }

    /// Whether the same commit was applied as another rendering, because of what its charts look up.
    private func isFeedback(_ id: ApplicationID, _ plan: Plan, _ digest: String) -> Bool {
        guard let applied = parts.applied[id] else { return false }
        return applied.commit == plan.revision && applied.digest != digest
    }

    /// Whether live moved away from what was applied, and not git; what a killed sync left undone is no drift.
    private func isDrift(_ id: ApplicationID, _ plan: Plan, _ digest: String) -> Bool {
        parts.applied[id]?.digest == digest && plan.hooks.isEmpty
    }

    /// The rules for an application that has left git are its environment's, as long as that is there.
    private func environmentRules(_ id: ApplicationID) -> SyncPolicy {
        head?.project.environments.first { $0.name == id.environment }?.sync ?? SyncPolicy()
    }

    func set(_ id: ApplicationID, _ phase: ApplicationStatus.Phase, _ problems: [Problem] = []) {
        states[id, default: ApplicationStatus(id: id)].phase = phase
        states[id]?.problems = problems
    }

    /// Live is as git says. If a sync made it so and the journal still waits for how that ended, see whether it is well.
    private func settle(_ id: ApplicationID, _ plan: Plan, _ digest: String) async throws -> WorkOutcome {
        set(id, .synced)
        guard let head else { return .done }
        if head.applications[id] == nil {
            states[id] = nil
            try parts.applied.set(id, nil)
            try parts.applied.setHooks(id, nil)
            return .done
        }
        try finishHooks(plan, id)
        guard var entry = parts.applied[id] else {
            // Found as git says, as after the state folder was lost: from now on a difference is drift.
            let found = AppliedStore.Entry(
                digest: digest, commit: plan.revision, planHash: plan.hash, startedAt: parts.clock.now(),
                isOpen: false)
            try parts.applied.set(id, found)
            return .done
        }
        guard entry.isOpen else { return .done }
        let health = health(of: id)
        let age = parts.clock.now() - entry.startedAt
        let isLate = age > (health.state == .degraded ? .seconds(30) : .seconds(600))
        guard health.state <= .suspended || isLate else { return .again(after: .seconds(1)) }
        let entries = JournalEntries(id: id, commit: head.commit, key: parts.rootKey)
        let took =
            age < .seconds(1)
            ? "\(age.wholeMilliseconds) ms" : "\(age.wholeMilliseconds / 1000).\(age.wholeMilliseconds % 1000 / 100) s"
        var ended = entries.record(
            .syncFinished, at: parts.clock.now(), plan: plan, actor: "belay",
            result: health.state <= .suspended ? .succeeded : .failed,
            message: health.state <= .suspended ? "healthy after \(took)" : health.description)
        ended.planHash = entry.planHash
        ended.commit = entry.commit
        try await parts.journal.append(ended)
        entry.isOpen = false
        try parts.applied.set(id, entry)
        return .done
    }

    // MARK: Syncing

    private func sync(
        _ id: ApplicationID, _ plan: Plan, _ digest: String, _ asked: [Request]
    ) async throws -> WorkOutcome {
        guard let head, let target = target(of: id) else { return .done }
        let entries = JournalEntries(id: id, commit: head.commit, key: parts.rootKey)
        let isDrift = isDrift(id, plan, digest)
        if isDrift || isFeedback(id, plan, digest) { heals[id, default: []].append(parts.clock.now()) }
        let actor = asked.first?.actor ?? "belay"
        set(id, .syncing)
        let options = asked.first?.options ?? SyncOptions(prune: environmentRules(id).prune)
        try await parts.journal.append(
            entries.record(
                isDrift ? .plan : .syncStarted, at: parts.clock.now(), plan: plan, actor: actor, result: nil,
                message: isDrift ? drift(plan) : PlanText(plan).summary))
        // Before what says that this rendering is being applied: hooks that are due are never forgotten.
        if let record = plan.hookRecord { try parts.applied.setHooks(id, record) }
        if !isDrift {
            try parts.applied.set(
                id,
                AppliedStore.Entry(
                    digest: digest, commit: plan.revision, planHash: plan.hash, startedAt: parts.clock.now(),
                    isOpen: true))
        }
        let report = await run(id, plan, digest, options, target)
        for request in asked { request.answer.resume(returning: (plan, report)) }
        return try await record(id, plan, report, entries, isDrift: isDrift, actor: actor)
    }

    private func run(
        _ id: ApplicationID, _ plan: Plan, _ digest: String, _ options: SyncOptions, _ target: Target
    ) async -> SyncReport {
        let recorder = HookLedger(id: id, plan: plan, parts: parts, commit: head?.commit)
        let syncer = Syncer(cluster: target.cluster, health: target.view, clock: parts.clock, recorder: recorder)
        // Owned by `running`, which a newer commit cancels it through.
        let task = Task { await syncer.run(plan, options) }
        running[id] = Running(digest: digest, task: task)
        defer { running[id] = nil }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func record(
        _ id: ApplicationID, _ plan: Plan, _ report: SyncReport, _ entries: JournalEntries, isDrift: Bool, actor: String
    ) async throws -> WorkOutcome {
        switch report.result {
        case .succeeded:
            set(id, .synced)
            try finishHooks(plan, id)
            if isDrift {
                try await parts.journal.append(
                    entries.record(
                        .driftHealed, at: parts.clock.now(), plan: plan, actor: actor, result: .succeeded,
                        message: drift(plan)))
                driftEvents[clusterName(of: id)]?.record(plan)
            }
            // Looked at once more: the writes come back through the watch, and then it is settled.
            return .again(after: .milliseconds(20))
        case .superseded:
            try await close(id, entries, plan, actor, .superseded, "a newer commit took its place")
            return .again(after: .zero)
        case .refused, .failed:
            set(id, report.result == .refused ? .outOfSync : .failed, report.problems)
            let message = report.problems.map(\.message).joined(separator: "; ")
            if recordedFailures[id] != message {
                try await close(id, entries, plan, actor, .failed, message)
                recordedFailures[id] = message
                parts.log.warning("\(id): \(message)")
            }
            return .failed(Problems(report.problems))
        }
    }

    /// All that the rendering asked of its hooks was done.
    private func finishHooks(_ plan: Plan, _ id: ApplicationID) throws {
        guard var record = parts.applied.hooks(id) ?? plan.hookRecord, let due = plan.hookRecord else { return }
        if record.digest != due.digest { record = due }
        record.isFinished = true
        try parts.applied.setHooks(id, record)
    }

    private func close(
        _ id: ApplicationID, _ entries: JournalEntries, _ plan: Plan, _ actor: String, _ result: JournalRecord.Result,
        _ message: String
    ) async throws {
        try await parts.journal.append(
            entries.record(
                .syncFinished, at: parts.clock.now(), plan: plan, actor: actor, result: result, message: message))
        // What was not applied is not what runs: the next round is no drift.
        try parts.applied.set(id, nil)
    }

    /// Who moved what away from git, by the managers that own the fields now.
    private func drift(_ plan: Plan) -> String {
        let parts = plan.changes.map { change -> String in
            guard change.live != nil else { return "\(change.key.short) was deleted" }
            let fields = change.fields.prefix(3).map(\.path).joined(separator: ", ")
            return "\(change.key.short): \(fields)\(DriftEvents.writers(change))"
        }
        return "taken back to git: " + parts.joined(separator: "; ")
    }

    private func fail(_ id: ApplicationID, _ error: any Error) async {
        let problem = error as? Problem ?? Problem("\(id): \(error)")
        set(id, .failed, (error as? Problems)?.all ?? [problem])
        guard let head, recordedFailures[id] != problem.description, !(error is Problems) else { return }
        recordedFailures[id] = problem.description
        parts.log.warning("\(id): \(problem)")
        let entries = JournalEntries(id: id, commit: head.commit, key: parts.rootKey)
        do {
            try await parts.journal.append(entries.failure(at: parts.clock.now(), problem.description))
        } catch {
            parts.log.error("the journal cannot be written: \(error)")
        }
    }
}
