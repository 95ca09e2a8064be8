import Document
import FileTree
import Manifest
import Render
import Scrub
import Sources
import System

extension Verbs {
    static let scrubReport = Command(
        name: "report", summary: "Say what a rendering scrubs, field by field, and why; never a value",
        discussion: """
            TARGET is an environment of the project here (or at --project), or a project's folder: then all its scrubbed
            environments are told. Needs no service.
            """,
        arguments: [Argument(name: "TARGET", help: "an environment, or a project's folder")],
        options: [
            Option("project", value: "PATH", "the project's folder (default: this one)"),
            Option("app", value: "NAME", "only this application"),
            DataOutput.option,
        ],
        run: { try await ScrubReportVerb(invocation: $0).run() })
}

/// A project as the verbs about scrubbing open it: from a folder, without a service.
struct ScrubbedProject {
    let project: Project
    let tree: any FileTree
    let renderer: Renderer

    init(_ invocation: Invocation, at path: String) throws {
        let files = try DirectoryTree(path, displayedAs: path == "." ? nil : path)
        project = try Project.read(from: files)
        tree = try PinnedBases.fetched(files, project.remotes, in: Paths(invocation).pinned)
        renderer = Renderer(
            rootKey: [UInt8](repeating: 0, count: 32), zoneFile: ZoneFiles.read,
            charts: ChartCache(folder: Paths(invocation).charts))
    }

    func renderings(of environment: Environment) throws -> [Render.Rendering] {
        try renderer.renderAll(environment, of: project, from: tree)
    }
}

/// One run of `belay scrub report`.
private struct ScrubReportVerb {
    let invocation: Invocation

    private struct Line: Sendable {
        var environment: String
        var application: String
        var field: ScrubReport.Field
    }

    func run() async throws -> Int32 {
        let lines = try await onThread(named: "belay-report") { try self.lines() }
        let value = Value.sequence(lines.map(Self.value))
        try DataOutput.print(value, invocation) { table(lines) }
        return 0
    }

    private func lines() throws -> [Line] {
        let target = invocation.argument(0) ?? ""
        let isFolder = target.contains("/") || target == "." || Files.isFolder("\(target)")
        let opened = try ScrubbedProject(
            invocation, at: isFolder ? target : invocation.value("project") ?? ".")
        let environments =
            isFolder
            ? opened.project.environments.filter { $0.dataClass == .scrubbed }
            : [try opened.project.environment(target)]
        var lines: [Line] = []
        for environment in environments {
            for rendering in try opened.renderings(of: environment) {
                guard invocation.value("app").map({ $0 == rendering.application }) ?? true else { continue }
                lines += rendering.scrubbed.fields.map {
                    Line(environment: environment.name, application: rendering.application, field: $0)
                }
            }
        }
        return lines
    }

    private static func value(_ line: Line) -> Value {
        let field = line.field
        return [
            "environment": .string(line.environment), "application": .string(line.application),
            "object": .string(field.object.description), "path": .string(field.path),
            "action": .string(field.action.rawValue), "rule": .string(field.rule),
            "origin": field.origin.isKnown ? .string(field.origin.description) : .null,
        ]
    }

    private func table(_ lines: [Line]) -> String {
        if lines.isEmpty { return "Nothing is scrubbed.\n" }
        var table = TextTable(headings: ["APPLICATION", "OBJECT", "FIELD", "ACTION", "RULE", "ORIGIN"])
        for line in lines {
            table.rows.append([
                "\(line.environment)/\(line.application)", line.field.object.short, line.field.path,
                line.field.action.rawValue, line.field.rule,
                line.field.origin.isKnown ? line.field.origin.description : "",
            ])
        }
        return table.text
    }
}
