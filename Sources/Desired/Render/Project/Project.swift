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
            let matches = try pattern.path.folders(in: tree, for: pattern.origin)
            if matches.isEmpty {
                throw Problem(
                    "no folder matches \(pattern.path) of environment \(environment.name)", at: pattern.origin,
                    hint:
                        "an environment whose applications are all gone would be pruned empty; remove the pattern to mean that"
                )
            }
            for match in matches {
                let name = pattern.name ?? match.name ?? Self.name(of: match.path, in: environment)
                if let problem = NameRule.label.problem(name, of: "application", at: pattern.origin) { throw problem }
                if let other = found[name], other.path != match.path {
                    throw Problem(
                        "\(other.path) and \(match.path) are both named \(name) in environment \(environment.name)",
                        at: pattern.origin, hint: "give one of them a name: {path: \(match.path), name: …}")
                }
                found[name] = ApplicationSource(
                    name: name, environment: environment.name, path: match.path, origin: pattern.origin)
            }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// The name that a plain path gives: its last part that is not about environments.
    private static func name(of path: TreePath, in environment: Environment) -> String {
        let plain: Set<String> = [environment.name, "overlays", "environments", "envs"]
        return path.parts.map(String.init).last { !plain.contains($0) } ?? environment.name
    }
}

/// An application before it is rendered: its name and its folder.
package struct ApplicationSource: Sendable, Hashable {
    package var name: String
    package var environment: String
    package var path: TreePath
    /// The line of `belay.yaml` that makes it one.
    package var origin: Origin

    package init(name: String, environment: String, path: TreePath, origin: Origin = .none) {
        self.name = name
        self.environment = environment
        self.path = path
        self.origin = origin
    }
}
