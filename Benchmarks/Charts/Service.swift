import BenchSupport
import Document
import FileTree
import Git
import Glibc
import Render
import System

/// How the service renders charts: each becomes an application of a git repository made for this.
struct Service {
    let folder: String
    let runs: Int

    /// What renderings of one chart took, in milliseconds.
    private struct Times {
        var first: Double
        /// Another commit whose chart is the same.
        var inGit: Double
        var inFolder: Double
        var changed: Double
    }

    private static let columns: [(name: String, time: @Sendable (Times) -> Double)] = [
        ("first", { $0.first }), ("unchanged, git", { $0.inGit }), ("unchanged, folder", { $0.inFolder }),
        ("a file changed", { $0.changed }),
    ]

    func run(_ cases: [ChartCase], listsAll: Bool) throws {
        print("\n| in a service | \(Self.columns.map(\.name).joined(separator: " | ")) |")
        print("| --- | --- | --- | --- | --- |")
        var all: [Times] = []
        var seen: Set<String> = []
        for item in cases where seen.insert(item.chart).inserted {
            do {
                let times = try measure(item)
                all.append(times)
                if listsAll { row(item.name) { column in column(times) } }
            } catch {
                if listsAll { print("| \(item.name) | \(error) |") }
            }
        }
        guard !all.isEmpty else { return }
        row("median of \(all.count)") { column in all.map(column).sorted()[all.count / 2] }
        row("most") { column in all.map(column).max() ?? 0 }
    }

    private func row(_ name: String, _ value: ((Times) -> Double) -> Double) {
        print("| \(name) | " + Self.columns.map { "\(value($0.time).rounded(3)) ms" }.joined(separator: " | ") + " |")
    }

    private func shell(_ script: String) throws {
        guard script.withCString({ system($0) }) == 0 else { throw Problem("this failed: \(script)") }
    }

    private func commit() throws {
        try shell("cd '\(folder)' && git add -Af . && git -c user.name=b -c user.email=b@b commit -q -m all")
    }

    private func tree() throws -> ObjectTree {
        let repository = try GitRepository(opening: folder)
        guard let tree = ObjectTree(try repository.tree(at: try repository.resolve("HEAD"))) else {
            throw Problem("there is no tree")
        }
        return tree
    }

    /// Renders a tree as the service does, and says how much work that was.
    private func time(_ renderer: Renderer, _ tree: any FileTree) throws -> Double {
        let project = try Project.read(from: tree)
        return try Measure.workOfAll { _ = try renderer.renderAll(project.environments[0], of: project, from: tree) }
    }

    private func median(_ count: Int, _ time: (Int) throws -> Double) rethrows -> Double {
        try (0..<count).map(time).sorted()[count / 2]
    }

    private func measure(_ item: ChartCase) throws -> Times {
        let project = """
            {apiVersion: belay/v1, kind: Project, metadata: {name: measured}, spec: {environments: [
            {name: live, data: production, namespace: live, apps: [{path: app, name: app}]}]}}
            """
        try shell("rm -rf '\(folder)' && mkdir -p '\(folder)' && cp -r '\(item.chart)' '\(folder)/app'")
        try Files.replace("\(folder)/belay.yaml", with: Array(project.utf8))
        try shell("git init -q '\(folder)'")
        try commit()
        let first = try median(min(runs, 5)) { _ in try time(Renderer(rootKey: [1]), tree()) }
        let (warm, beside) = (Renderer(rootKey: [1]), Renderer(rootKey: [1]))
        _ = try time(warm, tree())
        let inGit = try median(min(runs, 5)) { number in
            try Files.replace("\(folder)/elsewhere.txt", with: Array("\(number)".utf8))
            try commit()
            return try time(warm, tree())
        }
        let directory = try DirectoryTree(folder)
        _ = try time(beside, directory)
        // What was written within the last tick of the clock may change unseen, and is read again.
        usleep(50_000)
        _ = try time(beside, directory)
        let inFolder = try median(runs) { _ in try time(beside, directory) }
        let changed = try median(min(runs, 5)) { number in
            try Files.replace("\(folder)/app/extra.txt", with: Array("\(number)".utf8))
            try commit()
            return try time(warm, tree())
        }
        return Times(first: first, inGit: inGit, inFolder: inFolder, changed: changed)
    }
}
