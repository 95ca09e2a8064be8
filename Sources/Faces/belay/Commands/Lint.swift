import Document
import FileTree
import Render
import Sources
import System

extension Verbs {
    static let lintCommand = Command(
        name: "lint", summary: "Say what is wrong in a project, without a service",
        discussion: "Reads belay.yaml and the scrub policy, and renders every application of every environment.",
        arguments: [Argument(name: "PATH", help: "a project (default: this folder)", isOptional: true)],
        options: [DataOutput.option],
        run: { invocation in
            let path = invocation.argument(0) ?? "."
            let charts = ChartCache(folder: Paths(invocation).charts)
            let findings = try await onThread(named: "belay-lint") { try Lint(path: path, charts: charts).findings }
            let value: Value = [
                "problems": .sequence(findings.map(message))
            ]
            try DataOutput.print(value, invocation) {
                findings.isEmpty ? "No problems found.\n" : findings.map { "\($0)\n" }.joined()
            }
            return findings.isEmpty ? 0 : 1
        })
}

private func message(_ problem: Problem) -> Value {
    [
        "message": .string(problem.message), "origin": .string(problem.origin.description),
        "hint": .string(problem.hint),
    ]
}

/// Everything that stands in the way of a project's rendering.
private struct Lint {
    let path: String
    let charts: ChartCache

    var findings: [Problem] {
        get throws {
            let tree = try DirectoryTree(path, displayedAs: path == "." ? nil : path)
            do {
                return try check(Project.read(from: tree), tree)
            } catch let problem as Problem {
                return [problem]
            }
        }
    }

    private func check(_ project: Project, _ tree: DirectoryTree) throws -> [Problem] {
        let renderer = Renderer(rootKey: [UInt8](repeating: 0, count: 32), charts: charts)
        var found: [Problem] = []
        for environment in project.environments {
            do {
                for source in try project.applications(of: environment, in: tree) {
                    do {
                        _ = try renderer.render(source, in: environment, of: project, from: tree)
                    } catch {
                        found.append(error)
                    }
                }
            } catch {
                found.append(error)
            }
        }
        // Overlays share bases: a fault in one is one fault.
        var seen: Set<Problem> = []
        return found.filter { seen.insert($0).inserted }
    }
}
