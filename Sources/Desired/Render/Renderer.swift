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
    private let live: @Sendable (Environment) -> (any LiveObjects)?
    private let remembered = Mutex<[String: Memory]>([:])
    private let files = ParsedFiles()

    /// A rendering with what it depends on beside its read set.
    private struct Memory: Sendable {
        var inputs: Inputs
        var rendering: Rendering
        var checked: CheckedObjects
        /// What the cluster answered, by digests.
        var answers: [LiveQuestion: Digest]
        /// What the tree was that it was last seen unchanged in.
        var version: ContentID?
    }

    private struct Inputs: Equatable, Sendable {
        var path: TreePath
        var chart: ChartSettings?
        var environmentCharts: EnvironmentCharts
        var pins: [ChartPin]
        var namespace: String?
        var dataClass: Environment.DataClass
        var policy: ScrubPolicy
        /// The files among those read that production reads too.
        var shared: Set<SourceFile>
    }

    /// - Parameters:
    ///   - rootKey: the secret that placeholders in scrubbed environments are derived from; another key gives other
    ///     placeholders.
    ///   - since: when that key was first used, in seconds since 1970: what `now` gives in charts.
    ///   - zoneFile: where charts find time zones.
    ///   - charts: those that were fetched.
    ///   - live: what is on an environment's cluster, for projects that let charts look it up; where there is none to
    ///     be asked, nothing is live for them, as with `helm template`.
    package init(
        rootKey: [UInt8], since: Int = 0, zoneFile: TemplateEvaluator.ZoneFile? = nil,
        charts: any ChartStore = NoCharts(),
        live: @escaping @Sendable (Environment) -> (any LiveObjects)? = { _ in nil }
    ) {
        self.rootKey = rootKey
        self.since = since
        self.zoneFile = zoneFile
        self.charts = charts
        self.live = live
    }

    /// Renders one application of a project, from memory when the tree shows all that it read unchanged.
    ///
    /// - Throws: `Problem` with its place in the tree. Nothing is rendered in part.
    package func render(
        _ source: ApplicationSource, in environment: Environment, of project: Project, from tree: any FileTree
    ) throws(Problem) -> Rendering {
        let shared =
            environment.dataClass == .production ? [] : try productionFiles(of: project, in: tree)
        return try render(source, in: environment, of: project, from: tree, shared: shared)
    }

    /// Renders every application of an environment, in order of their names.
    package func renderAll(
        _ environment: Environment, of project: Project, from tree: any FileTree
    ) throws(Problem) -> [Rendering] {
        let shared =
            environment.dataClass == .production ? [] : try productionFiles(of: project, in: tree)
        var renderings: [Rendering] = []
        for source in try project.applications(of: environment, in: tree) {
            renderings.append(try render(source, in: environment, of: project, from: tree, shared: shared))
        }
        return renderings
    }

    /// Forgets what was rendered of a project, as when it is no longer served.
    package func forget(_ project: String) {
        remembered.withLock { memory in memory = memory.filter { !$0.key.hasPrefix("\(project)/") } }
    }

    /// The files that any production rendering of the project reads.
    private func productionFiles(of project: Project, in tree: any FileTree) throws(Problem) -> Set<SourceFile> {
        var files: Set<SourceFile> = []
        for environment in project.environments where environment.dataClass == .production {
            for source in try project.applications(of: environment, in: tree) {
                do {
                    let rendering = try render(source, in: environment, of: project, from: tree, shared: [])
                    files.formUnion(rendering.readSet.files.map(tree.sourceFile))
                } catch {
                    var problem = error
                    problem.hint +=
                        (problem.hint.isEmpty ? "" : "; ")
                        + "until \(environment.name)/\(source.name) renders, what production keeps secret is unknown, and no scrubbed environment is rendered"
                    throw problem
                }
            }
        }
        return files
    }

    private func render(
        _ source: ApplicationSource, in environment: Environment, of project: Project, from tree: any FileTree,
        shared: Set<SourceFile>
    ) throws(Problem) -> Rendering {
        let name = "\(project.name)/\(environment.name)/\(source.name)"
        func inputs(_ readSet: ReadSet) -> Inputs {
            Inputs(
                path: source.path, chart: source.chart, environmentCharts: environment.charts,
                pins: source.chart == nil ? project.charts : [],
                namespace: environment.namespace,
                dataClass: environment.dataClass,
                policy: environment.dataClass == .production ? .standard : project.scrubPolicy,
                shared: shared.isEmpty ? [] : shared.intersection(readSet.files.map(tree.sourceFile)))
        }
        let reading = tree.reading(remembersIDs: true)
        var memory = remembered.withLock { $0[name] }
        let answers = self.answers(for: source, in: environment, of: project)
        if let old = memory, old.inputs == inputs(old.rendering.readSet), answers?.agree(with: old.answers) != false {
            do {
                if let version = tree.version, version == old.version { return old.rendering }
                if try old.rendering.readSet.isUnchanged(in: reading) {
                    remembered.withLock { $0[name]?.version = tree.version }
                    return old.rendering
                }
            } catch {
                throw error.problem(at: source.origin)
            }
        } else {
            memory = nil
        }
        let (rendering, checked) = try renderAnew(
            source, in: environment, of: project, from: reading, shared: shared, answers: answers,
            known: memory?.checked)
        let new = Memory(
            inputs: inputs(rendering.readSet), rendering: rendering, checked: checked, answers: answers?.digests ?? [:],
            version: tree.version)
        remembered.withLock { $0[name] = new }
        return rendering
    }

    private func renderAnew(
        _ source: ApplicationSource, in environment: Environment, of project: Project, from tree: any FileTree,
        shared: Set<SourceFile>, answers: LiveAnswers?, known: CheckedObjects?
    ) throws(Problem) -> (Rendering, CheckedObjects) {
        let recording = RecordingTree(tree)
        var scrubber: Scrubber?
        if environment.dataClass == .scrubbed {
            scrubber = Scrubber(
                policy: project.scrubPolicy, key: try key(of: environment, in: project),
                isShared: { shared.contains($0.file) })
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
        let objects: [Value]
        if try ChartApplication.renders(source, in: recording) {
            let chart = ChartApplication(
                source: source, tree: recording, charts: charts, shared: environment.charts)
            var made = try chart.objects(release)
            for index in made.indices { try scrubber?.scrub(&made[index]) }
            objects = made
        } else {
            objects = try LooseRendering.objects(
                of: source.path, in: recording, for: source.origin, release: release,
                pinned: PinnedCharts(project.charts, in: charts), memory: files
            ) {
                (object) throws(Problem) in try scrubber?.scrub(&object)
            }
        }
        let check = ManifestCheck(
            namespace: environment.namespace.map { Value(.scalar(Scalar($0)), origin: environment.namespaceOrigin) })
        let checked = try check.manifests(objects, known: known)
        var rendering = Rendering(
            application: source.name, environment: environment.name, path: source.path, checked: checked,
            readSet: recording.readSet, scrubbed: scrubber?.report ?? ScrubReport())
        rendering.questions = Set((answers?.digests ?? [:]).keys)
        return (rendering, checked)
    }

    /// Who answers an application's charts; nil where the project lets them ask nothing.
    private func answers(
        for source: ApplicationSource, in environment: Environment, of project: Project
    ) -> LiveAnswers? {
        guard source.chart?.looksUp ?? environment.charts.looksUp, let objects = live(environment) else { return nil }
        return LiveAnswers(objects, LiveQuestion.Reach(of: environment, in: project))
    }

    private func key(of environment: Environment, in project: Project) throws(Problem) -> [UInt8] {
        do {
            return try Scrubber.key(from: rootKey, project: project.name, environment: environment.name)
        } catch {
            throw Problem("no key for scrubbing could be derived: \(error)")
        }
    }
}
