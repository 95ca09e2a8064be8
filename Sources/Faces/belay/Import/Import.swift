import Crypto
import Document
import FileTree
import Helm
import Manifest
import Plan
import Render
import Sources
import System

extension Verbs {
    static let importCommand = Command(
        name: "import", summary: "Take over what other tools deployed",
        commands: [
            Command(
                name: "helm", summary: "Write a release of Helm into the repository, and show what would still differ",
                discussion: """
                    Reads the release from the cluster that the service runs, or with --from from a file that
                    `kubectl get secret -l owner=helm -o yaml` wrote, and writes its chart, its values and an entry of belay.yaml. Nothing in
                    the cluster changes: once that is committed and pushed, Belay takes the objects over as they are. Never
                    uninstall the release then; to let Helm forget it, delete its Secrets (owner=helm,name=RELEASE).
                    """,
                arguments: [
                    Argument(name: "RELEASE", help: "the release's name"),
                    Argument(name: "PATH", help: "the repository (default: this folder)", isOptional: true),
                ],
                options: [
                    Option("env", value: "NAME", "the environment that it becomes an application of"),
                    Option(
                        "namespace", short: "n", value: "NAME", "where it is (default: the environment's namespace)"),
                    Option("chart", value: "PATH", "a chart of the repository, in place of the one that Helm kept"),
                    Option("from", value: "FILE", "the release's Secrets in a file; - is standard input"),
                    Option("dry-run", "write nothing"),
                ],
                run: { try await ImportHelm(invocation: $0).run() })
        ])
}

/// One run of `belay import helm`.
private struct ImportHelm {
    let invocation: Invocation

    private var root: String { invocation.argument(1) ?? "." }

    func run() async throws -> Int32 {
        guard let wanted = invocation.value("env") else {
            throw UsageError(
                "--env is missing: the environment that the release becomes part of", command: ["import", "helm"])
        }
        let tree = try DirectoryTree(root, displayedAs: root == "." ? nil : root)
        let environment = try Project.read(from: tree).environment(wanted)
        // A release in a file needs no service.
        let client = invocation.value("from") == nil ? try ServiceClient(invocation) : nil
        let namespace = invocation.value("namespace") ?? environment.namespace ?? "default"
        let release =
            if let client { try await self.release(client, in: namespace) } else { try fileRelease() }
        if let namespace = environment.namespace, namespace != release.namespace {
            throw Problem(
                "the release is in the namespace \(release.namespace), and \(wanted) deploys to \(namespace)",
                at: environment.origin, hint: "import it into an environment with that namespace")
        }
        let chart = try invocation.value("chart").map { try TreePath.root.referred(by: $0, at: .none) }
        let application = ImportedApplication(release: release, environment: wanted, chart: chart)
        var files = try application.files(in: tree)
        let projectPath = TreePath.root.appending(Project.fileName)
        files.append((projectPath, try application.project(try tree.read(projectPath).bytes)))
        let isDry = invocation.has("dry-run")
        for file in files {
            if !isDry { try write(file.path, file.bytes) }
            try Terminal.current.line("\(isDry ? "would write" : "wrote") \(file.path)")
        }
        let after = OverlaidTree(tree, adding: Dictionary(uniqueKeysWithValues: files))
        guard let client else { return try await compare(release, wanted, after) }
        return try await showDifferences(release, wanted, after, client)
    }

    private func fileRelease() throws -> HelmRelease {
        let path = invocation.value("from") ?? "-"
        let bytes =
            path == "-"
            ? try Files.read(from: 0, named: "standard input", limit: 256 << 20)
            : try Files.read(path, limit: 256 << 20)
        let file = SourceFile(path == "-" ? "standard input" : path)
        var objects = try HelmRelease.objects(in: bytes, file: file)
        if let namespace = invocation.value("namespace") {
            objects.removeAll { $0[path: "metadata", "namespace"]?.string != namespace }
        }
        return try HelmRelease.deployed(
            invocation.argument(0) ?? "", among: objects, in: file.path, hint: "name the release as helm list does")
    }

    private func write(_ path: TreePath, _ bytes: [UInt8]) throws {
        if let parent = path.parent, parent != .root { try Files.makeFolders("\(root)/\(parent)") }
        try Files.replace("\(root)/\(path)", with: bytes, mode: 0o644)
    }

    /// The newest version of the release that was deployed.
    private func release(_ client: ServiceClient, in namespace: String) async throws -> HelmRelease {
        let name = invocation.argument(0) ?? ""
        let answer = try await client.get(
            "/api/v1/namespaces/\(ServiceClient.escaped(namespace))/secrets",
            ["labelSelector": "owner=helm,name=\(name)"])
        let versions = (answer["items"]?.items ?? []).map { item -> Value in
            // Items of a list leave out what the list says of all.
            var item = item
            if item["type"] == nil { item["type"] = "helm.sh/release.v1" }
            return item
        }
        return try HelmRelease.deployed(
            name, among: versions, in: "the namespace \(namespace)", hint: "name its namespace with --namespace")
    }

    // MARK: What would differ

    /// Compares what git has now with what lives.
    ///
    /// - Returns: 0 when taking over would change nothing, else 1.
    private func showDifferences(
        _ release: HelmRelease, _ environment: String, _ tree: any FileTree, _ client: ServiceClient
    ) async throws -> Int32 {
        let manifests = try await manifests(of: release, environment, tree)
        var live: [ObjectKey: Manifest] = [:]
        for manifest in manifests { live[manifest.key] = try await self.live(manifest, client) }
        let schemas = Dictionary(
            manifests.compactMap { manifest in
                Catalog.builtIn.description(of: manifest.groupVersionKind)?.schema.map {
                    (manifest.groupVersionKind, $0)
                }
            }, uniquingKeysWith: { $1 })
        var plan = try Planner(fieldManager: "belay", key: [], schemas: schemas).plan(
            Planner.Target(
                project: "", environment: environment, application: release.name, revision: "", label: release.name),
            desired: manifests, live: { live[$0] }, members: [])
        plan.changes = plan.changes.compactMap(Self.withoutOwnLabel)
        try Terminal.current.out(PlanView.text(ImportView.value(plan)))
        if plan.changes.isEmpty { try Terminal.current.line("Taking it over changes nothing. Commit, and push.") }
        return plan.changes.isEmpty ? 0 : 1
    }

    /// What the application renders to.
    private func manifests(
        of release: HelmRelease, _ environment: String, _ tree: any FileTree
    ) async throws -> [Manifest] {
        let cache = ChartCache(folder: Paths(invocation).charts)
        return try await onThread(named: "belay-render") {
            let project = try Project.read(from: tree)
            let target = try project.environment(environment)
            let source = try project.applications(of: target, in: tree).first { $0.name == release.name }
            guard let source else { throw Problem("belay.yaml has no application \(release.name)") }
            let renderer = Renderer(
                rootKey: [UInt8](repeating: 0, count: 32), charts: cache,
                keys: .all(try AgeKeys(invocation).identities()))
            return try renderer.render(source, in: target, of: project, from: tree).manifests
        }
    }

    /// Compares what git has now with what Helm deployed.
    ///
    /// - Returns: 0 when it is the same, else 1.
    private func compare(_ release: HelmRelease, _ environment: String, _ tree: any FileTree) async throws -> Int32 {
        let manifests = try await manifests(of: release, environment, tree)
        let lines = try ReleaseComparison(release: release, rendered: manifests).lines()
        for line in lines { try Terminal.current.line(line) }
        if lines.isEmpty {
            try Terminal.current.line("It renders what Helm deployed. Commit, and push; belay diff shows what lives.")
        }
        return lines.isEmpty ? 0 : 1
    }

    private func live(_ manifest: Manifest, _ client: ServiceClient) async throws -> Manifest? {
        guard let kind = Catalog.builtIn.description(of: manifest.groupVersionKind) else { return nil }
        var name = try ObjectName([kind.plural], command: "import")
        name.kind = kind
        name.name = manifest.name
        do {
            return Manifest(try await client.get(name.path(namespace: manifest.namespace)))
        } catch let error as ServiceClient.Failure where error.description.contains("not found") {
            return nil
        }
    }

    /// A change without the label that taking over adds; nil when nothing else is left.
    private static func withoutOwnLabel(_ change: Change) -> Change? {
        guard change.action == .update else { return change }
        var change = change
        change.fields.removeAll { $0.path.contains(Planner.applicationLabel) }
        return change.fields.isEmpty ? nil : change
    }
}

/// A plan as the service would write it.
private enum ImportView {
    static func value(_ plan: Plan) -> Value {
        let text = PlanText(plan)
        return [
            "environment": .string(plan.environment), "application": .string(plan.application),
            "summary": .string(text.summary), "hash": .string(plan.hash),
            "text": .sequence(text.lines.map { ["part": .string($0.part.rawValue), "text": .string($0.text)] }),
        ]
    }
}
