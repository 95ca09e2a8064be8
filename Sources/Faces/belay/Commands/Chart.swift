import Document
import FileTree
import Helm
import Render
import Sources
import System
import Transport

extension Verbs {
    static let chartCommand = Command(
        name: "chart", summary: "Find, pin and fetch charts, without a service",
        discussion: """
            A project names a chart with its version and the digest of its archive. A service fetches it by itself; these
            verbs do the same by hand, into the same folder, so that `belay render` and `belay lint` find it there.
            """,
        commands: [
            Command(
                name: "pin", summary: "Fetch a chart and print what belay.yaml says of it, digest included",
                arguments: [
                    Argument(name: "REPOSITORY", help: "https://…, or oci://… without the chart's name"),
                    Argument(name: "NAME", help: "the chart's name"),
                ],
                options: [
                    Option("version", value: "RANGE", "a version, or a range such as ^17.3 (default: the newest)"),
                    configOption,
                ],
                run: { try await ChartVerbs($0).pin() }),
            Command(
                name: "pull", summary: "Fetch the charts that a project pins",
                arguments: [Argument(name: "PATH", help: "a project (default: this folder)", isOptional: true)],
                options: [configOption],
                run: { try await ChartVerbs($0).pull() }),
            Command(
                name: "vendor", summary: "Put the dependencies of Chart.lock into a chart's charts/",
                discussion:
                    "What is fetched is printed with its digest. It is for committing; nothing is pinned by it.",
                arguments: [Argument(name: "CHART", help: "a chart's folder")],
                options: [configOption],
                run: { try await ChartVerbs($0).vendor() }),
        ])

    private static let configOption = Option(
        "config", short: "c", value: "FILE", "a server's config, for its keyring and logins")
}

/// One run of a verb on charts.
private struct ChartVerbs {
    let invocation: Invocation
    let source: ChartSource

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        let config = try invocation.value("config").map { try ServerConfig(readingFrom: $0).charts } ?? ChartConfig()
        source = ChartSource(folder: Paths(invocation).charts, config: config, http: try HTTPClient())
    }

    func pin() async throws -> Int32 {
        let (repository, name) = (invocation.argument(0) ?? "", invocation.argument(1) ?? "")
        let known = try await source.versions(of: name, in: repository)
        let wanted = invocation.value("version")
        guard let version = try VersionChoice.newest(of: known, in: wanted) else {
            throw Problem(
                "\(repository) has no version of \(name) that \(wanted ?? "is no pre-release") allows",
                hint: "it has: \(known.prefix(8).joined(separator: ", "))")
        }
        let pin = try await source.pin(name, version, in: repository)
        try Terminal.current.out(Self.text(pin))
        return 0
    }

    /// An entry of `apps`.
    private static func text(_ pin: ChartPin) -> String {
        """
        - name: \(pin.name)
          chart:
            repository: \(pin.repository)
            name: \(pin.name)
            version: \(JSON.text(.string(pin.version)))
            digest: \(pin.digest)

        """
    }

    func pull() async throws -> Int32 {
        let path = invocation.argument(0) ?? "."
        let pins = try await onThread(named: "belay-project") {
            let tree = try DirectoryTree(path, displayedAs: path == "." ? nil : path)
            let project = try Project.read(from: tree)
            return try project.environments.flatMap { try project.applications(of: $0, in: tree).flatMap(\.pins) }
        }
        var seen: Set<String> = []
        var failed: [Problem] = []
        for pin in pins where seen.insert("\(pin.repository) \(pin.name) \(pin.digest) \(pin.isVerified)").inserted {
            do {
                let hasCome = try await source.fetch([pin])
                try Terminal.current.line("\(pin)  \(pin.digest)  \(hasCome ? "fetched" : "is here")")
            } catch let problem as Problem {
                failed.append(problem)
            }
        }
        guard failed.isEmpty else { throw Problems(failed) }
        if pins.isEmpty { Terminal.current.message("the project pins no charts") }
        return 0
    }

    func vendor() async throws -> Int32 {
        let folder = invocation.argument(0) ?? "."
        let lock = "\(folder)/Chart.lock"
        guard Files.exists(lock) else {
            throw Problem(
                "\(folder) has no Chart.lock, which says which versions its dependencies have",
                hint:
                    "write one with helm dependency update, or by hand: dependencies with name, repository and version")
        }
        let value = try YAML.parseOne(try Files.read(lock, limit: 1 << 20), file: SourceFile(lock))
        for item in value["dependencies"]?.items ?? [] {
            guard let name = item["name"]?.string, let version = item["version"]?.scalar?.text,
                let repository = item["repository"]?.string
            else { throw Problem("a dependency needs name, version and repository", at: item.origin) }
            // Those of the repository itself lie beside the chart and are not fetched.
            if repository.isEmpty || repository.hasPrefix("file:") { continue }
            let pin = try await source.pin(name, version, in: repository)
            try Files.makeFolders("\(folder)/charts")
            try Files.replace("\(folder)/charts/\(pin.fileName)", with: try source.archive(pin), mode: 0o644)
            try Terminal.current.line("\(folder)/charts/\(pin.fileName)  \(pin.digest)")
        }
        return 0
    }
}
