import Document
import FileTree
import Glibc
import Helm
import Kustomize
import Manifest
import Render
import Sources
import System

extension Verbs {
    static let renderCommand = Command(
        name: "render", summary: "Render manifests, without a service",
        discussion: """
            PATH is a project (with --env), a kustomization, a Helm chart (a folder or its .tgz), or a folder of manifests. An environment whose data class
            is scrubbed is rendered through the project's policy, under a key made for this machine.
            """,
        arguments: [
            Argument(name: "PATH", help: "a folder"),
            Argument(name: "CHART", help: "a chart, where the word before it is the release's name", isOptional: true),
        ],
        options: [
            Option("env", value: "NAME", "render this environment of the project at PATH"),
            Option("app", value: "NAME", "only this application of the environment"),
            Option("output", short: "o", value: "FORMAT", "yaml or json (default: yaml)"),
            Option("reorder", value: "ORDER", "legacy or none: kustomize's order of objects (default: legacy)"),
            Option(
                "load-restrictor", value: "RULE", "LoadRestrictionsRootOnly or LoadRestrictionsNone, as kustomize's"),
            Option("enable-helm", "taken for kustomize's sake: charts of kustomizations are always inflated"),
            Option("origins", "write beside each field the file, line and column that set it, and what that replaced"),
            AgeKeys.option,
            Option("key-file", value: "FILE", "the key that placeholders are derived from (default: one of zeros)"),
        ] + ChartText.options + HelmFlags.template,
        run: { try await Rendering(invocation: try named($0)).run() })

    /// `belay render NAME CHART` is `belay render CHART --release NAME`, as `helm template` has it.
    static func named(_ invocation: Invocation) throws -> Invocation {
        guard let name = invocation.argument(0), let chart = invocation.argument(1) else { return invocation }
        guard !invocation.has("release"), !invocation.has("name-template") else {
            throw UsageError("the release's name is given twice", command: ["render"])
        }
        var named = invocation
        named.arguments = [chart]
        named.options["release"] = [name]
        return named
    }

    /// One run of `belay render`.
    private struct Rendering {
        let invocation: Invocation

        func run() async throws -> Int32 {
            let format = try invocation.choice("output", of: ["yaml", "json"])
            if invocation.value("output-dir") != nil {
                for path in try await ChartText(invocation: invocation).write() {
                    try Terminal.current.line("wrote \(path)")
                }
                return 0
            }
            if format == "yaml", !invocation.has("origins"),
                let text = try await ChartText(invocation: invocation).text()
            {
                try Terminal.current.out(text)
                return 0
            }
            let values = try await manifests()
            let text =
                if format == "json", invocation.has("origins") {
                    OriginList(objects: values).text
                } else if format == "json" {
                    JSON.text(["apiVersion": "v1", "kind": "List", "items": .sequence(values)], .indented) + "\n"
                } else if invocation.has("origins") {
                    values.map { OriginText(value: $0).text }.joined(separator: "---\n")
                } else {
                    String(decoding: LooseRendering.text(of: values), as: UTF8.self)
                }
            try Terminal.current.out(text)
            Allocator.keep(values)
            return 0
        }

        /// Renders on a thread of its own: files are read while it works.
        private func manifests() async throws -> [Value] {
            let invocation = invocation
            return try await onThread(named: "belay-render") {
                let path = invocation.argument(0) ?? "."
                return try invocation.value("env").map { try environment($0, at: path) } ?? folder(path)
            }
        }

        private func environment(_ name: String, at path: String) throws -> [Value] {
            let files = try DirectoryTree(path, displayedAs: path == "." ? nil : path)
            let project = try Project.read(from: files)
            let tree = try PinnedBases.fetched(files, project.remotes, in: Paths(invocation).pinned)
            let environment = try project.environment(name)
            let charts = ChartCache(folder: Paths(invocation).charts)
            let renderer = Renderer(
                rootKey: try key(), since: try ChartSeed(invocation: invocation).now(), zoneFile: ZoneFiles.read,
                charts: charts, keys: .all(try AgeKeys(invocation).identities()))
            guard let wanted = invocation.value("app") else {
                return try renderer.renderAll(environment, of: project, from: tree).flatMap(\.manifests).map(\.value)
            }
            let sources = try project.applications(of: environment, in: tree)
            guard let source = sources.first(where: { $0.name == wanted }) else {
                throw Problem(
                    "environment \(name) has no application \(wanted)", at: environment.origin,
                    hint: "it has: \(sources.map(\.name).joined(separator: ", "))")
            }
            return try renderer.render(source, in: environment, of: project, from: tree).manifests.map(\.value)
        }

        /// A folder by itself. Its tree begins where overlays may reach: at the repository that holds it.
        private func folder(_ path: String) throws -> [Value] {
            if let objects = try ChartText(invocation: invocation).archivedObjects(path) { return objects }
            let (root, inside) = try RepositoryRoot.find(above: path)
            let files = try DirectoryTree(root, displayedAs: root == "/" ? "/" : nil)
            if inside == .root, try files.kind(of: .root.appending(Project.fileName)) == .file {
                let names = try Project.read(from: files).environments.map(\.name).joined(separator: ", ")
                throw UsageError(
                    "\(path) is a project: say which environment with --env (\(names))", command: ["render"])
            }
            let base = try PinnedBases.fetched(files, Project.remotes(in: files), in: Paths(invocation).pinned)
            let tree = try AgeKeys(invocation).decrypted(base)
            return try tree.explaining {
                let chart = ChartText(invocation: invocation)
                let charts = PinnedCharts(
                    Project.charts(in: files), in: ChartCache(folder: Paths(invocation).charts))
                let objects =
                    try chart.objects(inside, in: tree)
                    ?? LooseRendering.objects(
                        of: inside, in: tree, options: try options(), release: try chart.settings(), pinned: charts)
                try AgeKeys.check(objects, of: tree)
                return objects
            }
        }

        private func options() throws -> Kustomize.Options {
            let order = try invocation.value("reorder").map { _ in
                try invocation.choice("reorder", of: ["legacy", "none"])
            }
            let rule = try invocation.choice(
                "load-restrictor", of: ["LoadRestrictionsRootOnly", "LoadRestrictionsNone"])
            return Kustomize.Options(
                order: order.flatMap(Kustomize.Options.Order.init), readsAnyFile: rule == "LoadRestrictionsNone")
        }

        private func key() throws -> [UInt8] {
            guard let file = invocation.value("key-file") ?? invocation.value("seed-key") else {
                return [UInt8](repeating: 0, count: 32)
            }
            return try Files.read(file, limit: 4096)
        }
    }
}

/// Where the tree of a folder begins: the nearest folder above that holds `.git` or `belay.yaml`, else the machine's root.
enum RepositoryRoot {
    static func find(above path: String) throws -> (root: String, inside: TreePath) {
        guard let resolved = realpath(path, nil) else { throw SystemError(errno, call: "open", subject: path) }
        defer { free(resolved) }
        let folder = String(cString: resolved)
        var root = folder
        while root != "/" {
            if Files.exists("\(root)/.git") || Files.exists("\(root)/\(Project.fileName)") {
                let inside = String(folder.dropFirst(root.count).drop { $0 == "/" })
                if let path = TreePath(inside) { return (root, path) }
            }
            root = root.lastIndex(of: "/").map { $0 == root.startIndex ? "/" : String(root[..<$0]) } ?? "/"
        }
        // Outside a repository an overlay may still stand beside its base: nothing bounds it but the machine.
        guard let path = TreePath(String(folder.dropFirst())) else { return (folder, .root) }
        return ("/", path)
    }
}

/// Runs blocking work on a thread of its own.
func onThread<Result: Sendable>(
    named name: String, _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        startThread(named: name) { continuation.resume(with: Swift.Result(catching: body)) }
    }
}
