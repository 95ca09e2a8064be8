package import Cluster
import Crypto
package import Document
package import FileTree
package import Git
import Health
import Manifest
package import Plan
package import Render
package import Sync
package import System

/// The loop of one project: facts come in (a commit, a live change, a wish), and for each application it touches the
/// reconciler renders, plans and, where the environment's rules say so, syncs.
///
/// It is level-triggered: what is to be done follows from git and live state alone. A fact that arrives while an
/// application is worked on brings it round again; a newer commit takes the place of a sync that is under way; a failure
/// is tried again, ever more slowly, and never kept.
package actor Reconciler {
    /// One cluster and what is known of it.
    package struct Target: Sendable {
        package var cluster: any Cluster
        package var view: ClusterView

        package init(cluster: any Cluster, view: ClusterView) {
            self.cluster = cluster
            self.view = view
        }
    }

    /// What the reconciler stands on.
    package struct Parts: Sendable {
        /// By the names that environments use; `local` is the embedded one.
        package var clusters: [String: Target]
        package var journal: any JournalWriter
        package var applied: AppliedStore
        /// Keys digests of values and derives placeholders.
        package var rootKey: [UInt8]
        /// When that key was first used, in seconds since 1970.
        package var since = 0
        /// Time zones by their names, for charts.
        package var zoneFile: (@Sendable (String) -> [UInt8]?)?
        /// Brings charts from their repositories.
        package var charts: any ChartFetcher
        /// Private keys that open what is encrypted in git.
        package var keys = DecryptionKeys.none
        package var clock: WallClock
        package var log: Log

        package init(
            clusters: [String: Target], journal: any JournalWriter, applied: AppliedStore, rootKey: [UInt8],
            charts: any ChartFetcher = NoCharts(), clock: WallClock, log: Log
        ) {
            self.clusters = clusters
            self.journal = journal
            self.applied = applied
            self.rootKey = rootKey
            self.charts = charts
            self.clock = clock
            self.log = log
        }
    }

    /// A sync that a person asked for.
    struct Request {
        var options: SyncOptions
        var actor: String
        var answer: CheckedContinuation<(Plan, SyncReport), any Error>
    }

    /// A sync under way.
    struct Running {
        var digest: String
        var task: Task<SyncReport, Never>
    }

    let parts: Parts
    let renders: RenderThread
    let queue: WorkQueue<ApplicationID>
    /// By cluster, as `Parts.clusters`.
    let driftEvents: [String: DriftEvents]
    package private(set) var head: Head?
    /// Why the newest commit is not the head: it cannot be read, or its project is broken.
    package private(set) var headProblem: Problem?
    /// What each application of the head has.
    private(set) var claims = Claims()
    var states: [ApplicationID: ApplicationStatus] = [:]
    var requests: [ApplicationID: [Request]] = [:]
    var running: [ApplicationID: Running] = [:]
    var heals: [ApplicationID: [Timestamp]] = [:]
    /// The last failure that the journal holds, so that a failure that stays is written once a commit.
    var recordedFailures: [ApplicationID: String] = [:]

    /// The name in `belay.yaml`, by which the journal knows the project; after a restart, and before a commit could be
    /// read, the one of the last sync; nil when there was none.
    package var projectName: String? { head?.project.name ?? parts.applied.project }

    package init(_ parts: Parts) {
        self.parts = parts
        driftEvents = parts.clusters.mapValues { DriftEvents($0.cluster, clock: parts.clock, log: parts.log) }
        renders = RenderThread(
            rootKey: parts.rootKey, since: parts.since, zoneFile: parts.zoneFile, charts: parts.charts,
            keys: parts.keys, clusters: parts.clusters.mapValues(\.view))
        queue = WorkQueue(clock: parts.clock, backoff: Backoff(first: .milliseconds(200), longest: .seconds(60)))
    }

    /// Works until the task is cancelled.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            for target in parts.clusters.values {
                group.addTask { await self.follow(target.view) }
            }
            for events in driftEvents.values { group.addTask { await events.run() } }
            group.addTask {
                await self.queue.run(workers: 64, onFailure: { _, _, _ in }) { await self.reconcile($0) }
            }
        }
    }

    /// Brings an application round whenever one of its objects changes.
    private func follow(_ view: ClusterView) async {
        for await labels in view.changedApplications() {
            for label in labels {
                guard let id = id(ofLabel: label) else { continue }
                queue.add(id)
            }
        }
    }

    private func id(ofLabel label: String) -> ApplicationID? {
        if let known = states.keys.first(where: { $0.label == label }) { return known }
        let parts = label.split(separator: ".", maxSplits: 2).map(String.init)
        guard parts.count == 3, parts[0] == head?.project.name else { return nil }
        return ApplicationID(project: parts[0], environment: parts[1], application: parts[2])
    }

    // MARK: Commits

    /// Takes a commit as the wish of everybody who merged.
    package func moved(to commit: Commit, tree: any FileTree) async {
        do {
            let next = try await renders.head(commit, tree)
            if let old = head?.project.name, old != next.project.name {
                throw Problem(
                    "the project's name changed from \(old) to \(next.project.name)",
                    at: Origin(SourceFile("belay.yaml")),
                    hint: "change it back: objects, history and keys belong to a project by its name")
            }
            claims = await renders.claims(of: next)
            head = next
            headProblem = nil
            await adopt(next)
        } catch {
            let problem = error as? Problem ?? Problem("commit \(commit.id.short) cannot be read: \(error)")
            headProblem = problem
            parts.log.error("the project at \(commit.id.short) is not taken: \(problem)")
            await journalProjectFailure(commit, problem)
        }
    }

    /// The repository cannot be read at all; what runs keeps running.
    package func failed(_ problem: Problem) {
        if headProblem != problem { parts.log.warning("\(problem)") }
        headProblem = problem
    }

    /// The repository answers again, with nothing new.
    package func recovered() {
        headProblem = nil
    }

    /// Renders an application, and fetches the charts that its kustomizations turn out to need.
    func rendering(_ member: Head.Member, of head: Head) async throws -> Rendering {
        var pins = head.project.charts
        while true {
            do {
                return try await renders.render(member, of: head)
            } catch let problem as Problem {
                // Each pin is fetched once: a rendering that asks for it again fails with its reason.
                guard let index = pins.firstIndex(where: { $0.origin == problem.origin }) else { throw problem }
                guard try await parts.charts.fetch([pins.remove(at: index)]) else { throw problem }
            }
        }
    }

    /// Takes up what an application has now, where what its charts look up made it another than at the commit's arrival.
    func refreshClaims(_ id: ApplicationID, _ rendering: Rendering, of known: Head) async {
        guard claims.renderings[id] != rendering.digest, head?.commit.id == known.commit.id else { return }
        let fresh = await renders.claims(of: known)
        if head?.commit.id == known.commit.id { claims = fresh }
    }

    private func adopt(_ next: Head) async {
        var ids = Set(next.applications.keys).union(states.keys.filter { next.applications[$0] == nil })
        for target in parts.clusters.values {
            for label in target.view.applications(withPrefix: "\(next.project.name).") {
                if let id = id(ofLabel: label) { ids.insert(id) }
            }
        }
        for id in ids {
            if states[id] == nil { states[id] = ApplicationStatus(id: id) }
            queue.add(id)
        }
        await supersede(next)
    }

    /// Brings the charts that an application is made from; what could not be rendered without them is looked at again.
    func fetchCharts(of id: ApplicationID) async throws {
        guard let pins = head?.applications[id]?.source.pins, !pins.isEmpty else { return }
        guard try await parts.charts.fetch(pins), let head else { return }
        claims = await renders.claims(of: head)
        for id in head.applications.keys { queue.add(id) }
    }

    /// Ends syncs of renderings that the new head no longer has.
    private func supersede(_ next: Head) async {
        for (id, sync) in running {
            guard let member = next.applications[id] else {
                sync.task.cancel()
                continue
            }
            let digest = try? await renders.render(member, of: next).digest.hex
            if digest != sync.digest { sync.task.cancel() }
        }
    }

    private func journalProjectFailure(_ commit: Commit, _ problem: Problem) async {
        let record = JournalRecord(
            .error, at: parts.clock.now(), project: projectName ?? "", commit: commit.id.description,
            author: commit.author.description, result: .failed, message: problem.description)
        do {
            try await parts.journal.append(record)
        } catch {
            parts.log.error("the journal cannot be written: \(error)")
        }
    }

    // MARK: Questions

    /// What is known of each application, of one environment or all.
    package func status(of environment: String? = nil) -> [ApplicationStatus] {
        let wanted = states.values.filter { environment == nil || $0.id.environment == environment }
        return wanted.sorted { $0.id < $1.id }.map { status in
            var status = status
            status.health = health(of: status.id)
            return status
        }
    }

    /// The worst of an application's objects.
    func health(of id: ApplicationID) -> Health {
        guard let target = target(of: id) else { return Health(.missing, "its cluster is not known") }
        let members = target.view.members(of: id.label).filter { $0.controller == nil }
        guard !members.isEmpty else { return Health(.missing, "none of its objects is there") }
        return Health.worst(members.map { target.view.health(of: $0.key) })
    }

    func target(of id: ApplicationID) -> Target? {
        parts.clusters[clusterName(of: id)]
    }

    func clusterName(of id: ApplicationID) -> String {
        head?.project.environments.first { $0.name == id.environment }?.cluster ?? Environment.localCluster
    }

    /// The plans that would make live as git has it, for the applications of an environment.
    ///
    /// - Throws: `Problem` for an environment or application that is not there, or that does not render.
    package func plans(of environment: String, application: String? = nil) async throws -> [Plan] {
        var plans: [Plan] = []
        for id in try applications(of: environment, application) { plans.append(try await plan(id).plan) }
        return plans
    }

    /// What git says of each application of an environment, at the commit that is followed now.
    package func renderings(of environment: String) async throws -> (commit: Commit, all: [Rendering]) {
        let ids = try applications(of: environment, nil)
        guard let head else { throw Problem("nothing has been read from git yet") }
        var all: [Rendering] = []
        for member in ids.compactMap({ head.applications[$0] }) {
            all.append(try await renders.render(member, of: head))
        }
        return (head.commit, all)
    }

    /// The applications of an environment, or the one that is named.
    func applications(of environment: String, _ application: String?) throws -> [ApplicationID] {
        guard let head else {
            throw headProblem ?? Problem("nothing has been read from git yet; try again in a moment")
        }
        _ = try head.project.environment(environment)
        let ids = Set(head.applications.keys).union(states.keys).filter { $0.environment == environment }.sorted()
        guard let application else { return ids }
        guard let id = ids.first(where: { $0.application == application }) else {
            let known = ids.map(\.application).joined(separator: ", ")
            throw Problem("environment \(environment) has no application \(application)", hint: "it has: \(known)")
        }
        return [id]
    }

    /// Syncs the applications of an environment at once, whatever its rules, and answers when each sync has ended.
    package func sync(
        _ environment: String, application: String? = nil, options: SyncOptions, actor: String
    ) async throws -> [(plan: Plan, report: SyncReport)] {
        let ids = try applications(of: environment, application)
        return try await withThrowingTaskGroup(of: (plan: Plan, report: SyncReport).self) { group in
            for id in ids { group.addTask { try await self.request(id, options, actor) } }
            var results: [(plan: Plan, report: SyncReport)] = []
            for try await result in group { results.append(result) }
            return results.sorted { $0.plan.application < $1.plan.application }
        }
    }

    private func request(
        _ id: ApplicationID, _ options: SyncOptions, _ actor: String
    ) async throws -> (plan: Plan, report: SyncReport) {
        let (plan, report) = try await withCheckedThrowingContinuation { continuation in
            requests[id, default: []].append(Request(options: options, actor: actor, answer: continuation))
            queue.add(id)
        }
        return (plan, report)
    }
}
