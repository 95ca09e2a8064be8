import Crypto
package import Document
package import FileTree
package import Helm
import Kustomize
import Manifest
import Scrub
import Synchronization

/// Renders applications, and remembers each one's last rendering by what it read.
///
/// Pure but for that memory: the same tree, project and key give the same bytes. Calls block on the tree, so they are
/// made on threads that may wait; several may run at once.
package final class Renderer: Sendable {
    private let rootKey: [UInt8]
    private let since: Int
    private let zoneFile: TemplateEvaluator.ZoneFile?
    private let charts: any ChartStore
    private let decryption: DecryptionKeys
    private let sealed = DecryptedTree.KnownFiles()
    private let live: @Sendable (Environment) -> (any LiveObjects)?
    private let remembered = Mutex<[String: Memory]>([:])
    private let files = ParsedFiles()
    private let templates = ParsedTemplates()
    /// Keys that charts made, and those that took the place of production's.
    private let keys = MadeKeys()
    /// What production renderings keep secret, by their names.
    private let secrets = Mutex<[String: [KnownSecrets]]>([:])
    private let serial = Atomic<Int>(0)
    /// Files that may have changed for a rendering to be made of the one before.
    private static let changeLimit = 64

    /// A rendering with what it depends on beside its read set.
    private struct Memory: Sendable {
        var inputs: Inputs
        var rendering: Rendering
        var checked: CheckedObjects
        /// Where there is one to what changes in a few files.
        var trail: Trail?
        /// What the cluster answered, by digests.
        var answers: [LiveQuestion: Digest]
        /// What the tree was that it was last seen unchanged in.
        var version: ContentID?
        /// What a folder's id says of what was read.
        var seal: ReadSet.Seal?
        /// Which rendering it is; another one has another number.
        var serial: Int
        /// The fingerprints that the leak gate has let it through with; nil where there is no gate.
        var gate: Digest?
        /// Codes of production's values that were replaced because their fingerprints were known.
        var recognised: Set<[UInt8]> = []
    }

    /// What one production rendering keeps secret under a policy.
    private struct KnownSecrets: Sendable {
        var serial: Int
        var policy: ScrubPolicy
        var fingerprints: Fingerprints
    }

    /// What is known of production when a scrubbed environment is rendered.
    struct Production: Sendable {
        /// The files that any production rendering of the project reads.
        var files: Set<SourceFile> = []
        var fingerprints = Fingerprints(key: [])
        /// Of the fingerprints.
        var digest: Digest?
    }

    private struct Inputs: Equatable, Sendable {
        var path: TreePath
        var chart: ChartSettings?
        var environmentCharts: EnvironmentCharts
        var pins: [ChartPin]
        var namespace: String?
        var dataClass: Environment.DataClass
        var policy: ScrubPolicy
        var rotation: Int
        /// Whose private keys are at hand.
        var recipients: [AgeRecipient]
        /// The files among those read that production reads too.
        var shared: Set<SourceFile>
    }

    /// - Parameters:
    ///   - rootKey: the secret that placeholders in scrubbed environments are derived from; another key gives other
    ///     placeholders.
    ///   - since: when that key was first used, in seconds since 1970: what `now` gives in charts.
    ///   - zoneFile: where charts find time zones.
    ///   - charts: those that were fetched.
    ///   - keys: private keys that open what is encrypted with SOPS.
    ///   - live: what is on an environment's cluster, for projects that let charts look it up; where there is none to
    ///     be asked, nothing is live for them, as with `helm template`.
    package init(
        rootKey: [UInt8], since: Int = 0, zoneFile: TemplateEvaluator.ZoneFile? = nil,
        charts: any ChartStore = NoCharts(), keys: DecryptionKeys = .none,
        live: @escaping @Sendable (Environment) -> (any LiveObjects)? = { _ in nil }
    ) {
        self.rootKey = rootKey
        self.since = since
        self.zoneFile = zoneFile
        self.charts = charts
        decryption = keys
        self.live = live
    }

    /// Renders one application of a project, from memory when the tree shows all that it read unchanged.
    ///
    /// - Throws: `Problem` with its place in the tree. Nothing is rendered in part.
    package func render(
        _ source: ApplicationSource, in environment: Environment, of project: Project, from tree: any FileTree
    ) throws(Problem) -> Rendering {
        let production = try production(for: environment, of: project, in: tree)
        return try render(source, in: environment, of: project, from: tree, production)
    }

    /// Renders every application of an environment, in order of their names.
    package func renderAll(
        _ environment: Environment, of project: Project, from tree: any FileTree
    ) throws(Problem) -> [Rendering] {
        let production = try production(for: environment, of: project, in: tree)
        var renderings: [Rendering] = []
        for source in try project.applications(of: environment, in: tree) {
            renderings.append(try render(source, in: environment, of: project, from: tree, production))
        }
        return renderings
    }

    /// Forgets what was rendered of a project, as when it is no longer served.
    package func forget(_ project: String) {
        remembered.withLock { memory in memory = memory.filter { !$0.key.hasPrefix("\(project)/") } }
    }

    /// What production reads and keeps secret, for a scrubbed environment; nothing for one of production's own.
    private func production(
        for environment: Environment, of project: Project, in tree: any FileTree
    ) throws(Problem) -> Production {
        var known = Production()
        guard environment.dataClass == .scrubbed else { return known }
        let key = try key { try Scrubber.fingerprintKey(from: rootKey, project: project.name) }
        known.fingerprints = Fingerprints(key: key)
        let policy = project.scrubPolicy.restricted(to: environment.name)
        for other in project.environments where other.dataClass == .production {
            for source in try project.applications(of: other, in: tree) {
                do {
                    let rendering = try render(source, in: other, of: project, from: tree, Production())
                    known.files.formUnion(rendering.readSet.files.map(tree.sourceFile))
                    known.fingerprints.formUnion(try secrets(of: rendering, project, policy, key))
                } catch {
                    var problem = error
                    problem.hint +=
                        (problem.hint.isEmpty ? "" : "; ")
                        + "until \(other.name)/\(source.name) renders, what production keeps secret is unknown, and no scrubbed environment is rendered"
                    throw problem
                }
            }
        }
        known.digest = known.fingerprints.digest
        return known
    }

    /// The fingerprints of what a production rendering keeps secret, from memory where it is the same rendering.
    private func secrets(
        of rendering: Rendering, _ project: Project, _ policy: ScrubPolicy, _ key: [UInt8]
    ) throws(Problem) -> Fingerprints {
        let application = "\(rendering.environment)/\(rendering.application)"
        let name = "\(project.name)/\(application)"
        let serial = remembered.withLock { $0[name]?.serial }
        let known = secrets.withLock { $0[name] ?? [] }
        if let found = known.first(where: { $0.serial == serial && $0.policy == policy }) { return found.fingerprints }
        let decrypted = rendering.decrypted
        let collector = ProductionSecrets(
            of: application, policy: policy, key: key, taint: Taint(decrypted: decrypted) { _ in true })
        for manifest in rendering.manifests { try collector.add(manifest) }
        let fingerprints = collector.fingerprints
        guard let serial else { return fingerprints }
        secrets.withLock { secrets in
            // Environments may have policies of their own; renderings that are no longer there leave.
            secrets[name, default: []].removeAll { $0.serial != serial }
            secrets[name, default: []].append(
                KnownSecrets(serial: serial, policy: policy, fingerprints: fingerprints))
        }
        return fingerprints
    }

    private func render(
        _ source: ApplicationSource, in environment: Environment, of project: Project, from tree: any FileTree,
        _ production: Production
    ) throws(Problem) -> Rendering {
        let name = "\(project.name)/\(environment.name)/\(source.name)"
        let identities = try decryption.identities(for: environment)
        func inputs(_ readSet: ReadSet) -> Inputs {
            Inputs(
                path: source.path, chart: source.chart, environmentCharts: environment.charts,
                pins: source.chart == nil ? project.charts : [],
                namespace: environment.namespace,
                dataClass: environment.dataClass,
                policy: environment.dataClass == .production
                    ? .standard : project.scrubPolicy.restricted(to: environment.name),
                rotation: environment.charts.rotation,
                recipients: identities.map(\.recipient),
                shared: production.files.isEmpty
                    ? [] : production.files.intersection(readSet.files.map(tree.sourceFile)))
        }
        let reading = tree.reading(remembersIDs: true)
        var memory = remembered.withLock { $0[name] }
        let answers = self.answers(for: source, in: environment, of: project)
        if let old = memory, old.inputs == inputs(old.rendering.readSet), answers?.agree(with: old.answers) != false,
            try isStillSafe(old, production, name)
        {
            do {
                if let version = tree.version, version == old.version { return old.rendering }
                let isSealed = try old.seal?.isUnchanged(in: reading) == true
                let most = old.trail == nil ? 0 : Self.changeLimit
                let changed = isSealed ? [] : try old.rendering.readSet.changedFiles(in: reading, most: most)
                if changed?.isEmpty == true {
                    var seen = old
                    seen.version = tree.version
                    seen.gate = production.digest
                    if !isSealed { seen.seal = old.rendering.readSet.seal(source.path, in: reading) }
                    remembered.withLock { if $0[name]?.serial == old.serial { $0[name] = seen } }
                    return old.rendering
                }
                if let changed, let new = follow(old, changed, from: tree, reading, identities, check(environment)) {
                    remembered.withLock { $0[name] = new }
                    return new.rendering
                }
            } catch {
                throw error.problem(at: source.origin)
            }
        } else {
            memory = nil
        }
        let recording = RecordingTree(reading)
        let opening = DecryptedTree(recording, with: identities, known: sealed)
        let made = try opening.explaining { () throws(Problem) in
            try renderAnew(
                source, in: environment, of: project, from: opening, production, answers: answers,
                known: memory?.checked)
        }
        var rendering = made.rendering
        rendering.readSet = recording.readSet
        rendering.decrypted = opening.origins
        if environment.dataClass == .scrubbed { try checkForLeaks(rendering, production) }
        var new = Memory(
            inputs: inputs(rendering.readSet), rendering: rendering, checked: made.checked,
            trail: rendering.decrypted.isEmpty ? made.trail : nil, answers: answers?.digests ?? [:],
            version: tree.version, serial: nextSerial())
        new.seal = rendering.readSet.seal(source.path, in: reading)
        new.gate = production.digest
        new.recognised = made.recognised
        remembered.withLock { $0[name] = new }
        return rendering
    }

    private func nextSerial() -> Int { serial.add(1, ordering: .relaxed).newValue }

    /// What becomes of a rendering by a few files that hold something else; nil where all of it must be rendered again, be
    /// it to say what is wrong.
    private func follow(
        _ old: Memory, _ changed: [TreePath], from tree: any FileTree, _ reading: any FileTree,
        _ identities: [AgeIdentity], _ check: ManifestCheck
    ) -> Memory? {
        guard var trail = old.trail else { return nil }
        let recording = RecordingTree(reading)
        let opening = DecryptedTree(recording, with: identities, known: sealed)
        guard let made = trail.follow(changed, in: opening, memory: files), opening.origins.isEmpty,
            !opening.holdsCiphertext, let known = try? check.manifests(made, among: old.checked)
        else { return nil }
        var new = old
        new.trail = trail
        new.checked = known
        new.rendering = Rendering(
            application: old.rendering.application, environment: old.rendering.environment, path: old.rendering.path,
            checked: known, readSet: old.rendering.readSet)
        new.rendering.readSet.merge(recording.readSet)
        new.rendering.questions = old.rendering.questions
        new.version = tree.version
        new.serial = nextSerial()
        new.seal = old.seal?.renewed(in: reading, showing: new.rendering.readSet)
        return new
    }

    /// Whether what was rendered before may stay though production's secrets have changed: no new one is in it, and none
    /// that is gone made it what it is.
    private func isStillSafe(_ old: Memory, _ production: Production, _ name: String) throws(Problem) -> Bool {
        guard old.gate != production.digest else { return true }
        guard old.recognised.isSubset(of: production.fingerprints.codes),
            try leaks(in: old.rendering, production).isEmpty
        else { return false }
        remembered.withLock { $0[name]?.gate = production.digest }
        return true
    }

    private func checkForLeaks(_ rendering: Rendering, _ production: Production) throws(Problem) {
        let leaks = try leaks(in: rendering, production)
        if let problem = LeakGate.problem(leaks, in: "\(rendering.environment)/\(rendering.application)") {
            throw problem
        }
    }

    private func leaks(in rendering: Rendering, _ production: Production) throws(Problem) -> [LeakGate.Leak] {
        var gate = LeakGate(production.fingerprints)
        var leaks: [LeakGate.Leak] = []
        for manifest in rendering.manifests { leaks += try gate.leaks(in: manifest) }
        return leaks
    }

    /// What a rendering yields, with what is remembered of it.
    private struct Made {
        var rendering: Rendering
        var checked: CheckedObjects
        var trail: Trail?
        var recognised: Set<[UInt8]> = []
    }

    private func renderAnew(
        _ source: ApplicationSource, in environment: Environment, of project: Project, from tree: DecryptedTree,
        _ production: Production, answers: LiveAnswers?, known: CheckedObjects?
    ) throws(Problem) -> Made {
        var scrubber: Scrubber?
        if environment.dataClass == .scrubbed {
            let files = production.files
            scrubber = Scrubber(
                policy: project.scrubPolicy.restricted(to: environment.name),
                key: try key(of: environment, in: project, rotation: environment.charts.rotation),
                namespace: environment.namespace, production: production.fingerprints,
                taint: Taint { files.contains($0) }, keys: keys)
        }
        let leavesCiphertext = decryption.leavesCiphertext
        func finish(_ object: inout Value) throws(Problem) {
            if !leavesCiphertext { try tree.check(object) }
            try scrubber?.scrub(&object)
        }
        var release = HelmRender.Settings(
            release: source.name, namespace: environment.namespace ?? "default",
            capabilities: try Capabilities(
                kubeVersion: environment.charts.kubeVersion?.string, extra: environment.charts.apiVersions,
                at: environment.charts.kubeVersion?.origin ?? environment.origin),
            key: HMAC.sha256(Array("charts".utf8), key: try key(of: environment, in: project)), includesCRDs: true,
            now: since)
        release.rotation = environment.charts.rotation
        release.zoneFile = zoneFile
        release.lookup = answers?.lookup
        release.templates = templates
        release.keys = keys
        let objects: [Value]
        var trail: Trail?
        if try ChartApplication.renders(source, in: tree) {
            let chart = ChartApplication(
                source: source, tree: tree, charts: charts, shared: environment.charts)
            var made = try chart.objects(release)
            for index in made.indices { try finish(&made[index]) }
            objects = made
        } else {
            (objects, trail) = try LooseRendering.trace(
                source.path, in: tree, for: source.origin, release: release,
                pinned: PinnedCharts(project.charts, in: charts), memory: files,
                changing: scrubber == nil ? nil : finish)
            // What is only looked at stays what it was in memory.
            if scrubber == nil, !leavesCiphertext { for object in objects { try tree.check(object) } }
        }
        let checked = try check(environment).manifests(objects, known: known)
        var rendering = Rendering(
            application: source.name, environment: environment.name, path: source.path, checked: checked,
            readSet: ReadSet(), scrubbed: scrubber?.report ?? ScrubReport())
        rendering.questions = Set((answers?.digests ?? [:]).keys)
        return Made(
            rendering: rendering, checked: checked, trail: trail, recognised: scrubber?.recognised ?? [])
    }

    private func check(_ environment: Environment) -> ManifestCheck {
        ManifestCheck(
            namespace: environment.namespace.map { Value(.scalar(Scalar($0)), origin: environment.namespaceOrigin) })
    }

    /// Who answers an application's charts; nil where the project lets them ask nothing.
    private func answers(
        for source: ApplicationSource, in environment: Environment, of project: Project
    ) -> LiveAnswers? {
        guard source.chart?.looksUp ?? environment.charts.looksUp, let objects = live(environment) else { return nil }
        return LiveAnswers(objects, LiveQuestion.Reach(of: environment, in: project))
    }

    private func key(
        of environment: Environment, in project: Project, rotation: Int = 0
    ) throws(Problem) -> [UInt8] {
        try key {
            try Scrubber.key(
                from: rootKey, project: project.name, environment: environment.name, rotation: rotation)
        }
    }

    private func key(_ derive: () throws -> [UInt8]) throws(Problem) -> [UInt8] {
        do {
            return try derive()
        } catch {
            throw Problem("no key for scrubbing could be derived: \(error)")
        }
    }
}
