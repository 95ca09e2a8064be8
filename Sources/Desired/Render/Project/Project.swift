package import Document
package import FileTree
package import Scrub

/// What `belay.yaml` at a repository's root says.
package struct Project: Sendable {
    package static let fileName = "belay.yaml"

    package var name: String
    /// In the order of the file.
    package var environments: [Environment]
    /// What is sensitive and what becomes of it; the defaults when the project names no policy file.
    package var scrubPolicy: ScrubPolicy
    /// What overlays may use of other repositories.
    package var remotes: [RemotePin] = []
    /// The charts of other places that kustomizations may inflate.
    package var charts: [ChartPin] = []
    /// Live data that scrubbed environments get copies of.
    package var datasets: [Dataset] = []

    package init(name: String, environments: [Environment], scrubPolicy: ScrubPolicy = .standard) {
        self.name = name
        self.environments = environments
        self.scrubPolicy = scrubPolicy
    }

    /// Reads the project of a tree.
    ///
    /// - Throws: `Problem` with file, line and column: no `belay.yaml`, no YAML, an unknown field, a name used twice.
    package static func read(from tree: any FileTree) throws(Problem) -> Project {
        guard let path = TreePath(fileName) else { throw Problem("\(fileName) is no path") }
        guard try tree.kind(of: path, for: .none) == .file else {
            throw Problem(
                "there is no \(fileName) at the repository's root", at: Origin(tree.sourceFile(path)),
                hint: "write one with apiVersion belay/v1, kind Project, metadata.name and spec.environments")
        }
        let documents = try tree.documents(path, for: .none)
        guard let document = documents.first, documents.count == 1 else {
            throw Problem("\(fileName) must hold one document", at: Origin(tree.sourceFile(path), line: 1, column: 1))
        }
        return try ProjectReader(tree: tree).project(document)
    }

    /// An environment by its name.
    ///
    /// - Throws: `Problem` that names those there are.
    package func environment(_ name: String) throws(Problem) -> Environment {
        if let found = environments.first(where: { $0.name == name }) { return found }
        throw Problem(
            "the project \(self.name) has no environment \"\(name)\"",
            hint: "it has: \(environments.map(\.name).joined(separator: ", "))")
    }

    /// The applications of an environment, in order of their names.
    ///
    /// - Throws: `Problem` at the pattern that matches nothing, or that gives a name which another has.
    package func applications(of environment: Environment, in tree: any FileTree) throws(Problem) -> [ApplicationSource]
    {
        var found: [String: ApplicationSource] = [:]
        for pattern in environment.applications {
            for source in try sources(of: pattern, in: environment, tree) {
                let name = source.name
                if let problem = NameRule.label.problem(name, of: "application", at: pattern.origin) { throw problem }
                if let other = found[name], other.path != source.path || source.chart?.remote != nil {
                    throw Problem(
                        "\(other.place) and \(source.place) are both named \(name) in environment \(environment.name)",
                        at: pattern.origin, hint: "give one of them a name: {path: \(source.path), name: …}")
                }
                found[name] = source
            }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// The applications that one entry makes.
    private func sources(
        of pattern: ApplicationPattern, in environment: Environment, _ tree: any FileTree
    ) throws(Problem) -> [ApplicationSource] {
        guard let path = pattern.path else {
            return [
                ApplicationSource(
                    name: pattern.name ?? "", environment: environment.name, path: .root, chart: pattern.chart,
                    origin: pattern.origin)
            ]
        }
        var matches = try path.folders(in: tree, for: pattern.origin)
        if matches.isEmpty, path.isPlain, let archive = TreePath(path.text), ChartArchives.isArchive(archive),
            try tree.kind(of: archive, for: pattern.origin) == .file
        {
            matches = [PathPattern.Match(path: archive, name: nil)]
        }
        if matches.isEmpty {
            throw Problem(
                "no folder matches \(path) of environment \(environment.name)", at: pattern.origin,
                hint:
                    "an environment whose applications are all gone would be pruned empty; remove the pattern to mean that"
            )
        }
        var sources: [ApplicationSource] = []
        for match in matches {
            var chart = pattern.chart
            if chart != nil { try chart?.resolveDependencies(of: match.path, in: tree) }
            sources.append(
                ApplicationSource(
                    name: pattern.name ?? match.name ?? Self.name(of: match.path, in: environment),
                    environment: environment.name, path: match.path, chart: chart, origin: pattern.origin))
        }
        return sources
    }

    /// The name that a plain path gives: its last part that is not about environments.
    private static func name(of path: TreePath, in environment: Environment) -> String {
        let plain: Set<String> = [environment.name, "overlays", "environments", "envs"]
        return path.parts.map(String.init).last { !plain.contains($0) } ?? environment.name
    }
}

/// An application before it is rendered: its name, and its folder or its chart.
package struct ApplicationSource: Sendable, Hashable {
    package var name: String
    package var environment: String
    /// A folder, or a chart's archive; the root for a chart that is fetched.
    package var path: TreePath
    /// How a chart is rendered, and where it comes from; nil where nothing is said of that.
    package var chart: ChartSettings?
    /// The line of `belay.yaml` that makes it one.
    package var origin: Origin

    package init(
        name: String, environment: String, path: TreePath, chart: ChartSettings? = nil, origin: Origin = .none
    ) {
        self.name = name
        self.environment = environment
        self.path = path
        self.chart = chart
        self.origin = origin
    }

    /// What it is made from, for messages.
    var place: String { chart?.remote.map { "\($0)" } ?? path.description }

    /// The charts that must be on this machine before it can be rendered.
    package var pins: [ChartPin] { chart.map { [$0.remote].compactMap { $0 } + $0.dependencies } ?? [] }
}
