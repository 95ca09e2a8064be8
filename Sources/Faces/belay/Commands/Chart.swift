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
                name: "vendor", summary: "Put what a chart depends on into its charts/",
                discussion: """
                    The versions are those of Chart.lock; where there is none, the newest that Chart.yaml allows, and
                    Chart.lock is written. What is fetched is printed with its digest. It is for committing.
                    """,
                arguments: [Argument(name: "CHART", help: "a chart's folder")],
                options: [Option("update", "look for newer versions, and write Chart.lock anew"), configOption],
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
                + project.charts
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
        do {
            let lines = try await ChartVendor(folder: folder, source: source, updates: invocation.has("update")).run()
            for line in lines { try Terminal.current.line(line) }
            if lines.isEmpty { Terminal.current.message("the chart depends on nothing that is fetched") }
        } catch let error as ChartError {
            throw Problem(error.message, hint: error.hint)
        }
        return 0
    }
}
