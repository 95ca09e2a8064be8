import Document
import FileTree
import Git
import Glibc
import Helm
import Render
import System

// Measures how the service renders charts: each folder given becomes an application of a git repository made for this.
//
//   ChartBench [--runs N] [--work DIR] CHART…

var options: [String: String] = [:]
var charts: [String] = []
var rest = CommandLine.arguments.dropFirst()
while let word = rest.popFirst() {
    if word.hasPrefix("--"), let value = rest.popFirst() {
        options[String(word.dropFirst(2))] = value
    } else {
        charts.append(word)
    }
}
let runs = options["runs"].flatMap { Int($0) } ?? 50
let work = options["work"] ?? "/tmp/belay-bench-charts"

/// The medians of one chart, in milliseconds.
struct Times {
    var name: String
    var first: Double
    var inGit: Double
    var inFolder: Double
    var changed: Double
}

func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    let time = try ContinuousClock().measure(body)
    return Double(time.components.seconds) * 1e3 + Double(time.components.attoseconds) / 1e15
}

func median(_ body: () throws -> Void) rethrows -> Double {
    try median(of: (0..<runs).map { _ in try milliseconds(body) })
}

func median(of times: [Double]) -> Double { times.sorted()[times.count / 2] }

func shell(_ script: String) throws {
    guard script.withCString({ system($0) }) == 0 else { throw Problem("this failed: \(script)") }
}

func measure(_ chart: String) throws -> Times {
    let parts = chart.split(separator: "/").map(String.init)
    let name = parts.last { $0 != "chart" } ?? "chart"
    let folder = "\(work)/repository"
    let project = """
        {apiVersion: belay/v1, kind: Project, metadata: {name: measured}, spec: {environments: [
        {name: live, data: production, namespace: live, apps: [{path: app, name: app}]}]}}
        """
    try shell("rm -rf '\(folder)' && mkdir -p '\(folder)' && cp -r '\(chart)' '\(folder)/app'")
    try Files.replace("\(folder)/belay.yaml", with: Array(project.utf8))
    let commit = "git -c user.name=b -c user.email=b@b commit -q -m all"
    try shell("cd '\(folder)' && git init -q . && git add -Af . && \(commit)")

    let repository = try GitRepository(opening: folder)
    func tree() throws -> ObjectTree {
        guard let tree = ObjectTree(try repository.tree(at: try repository.resolve("HEAD"))) else {
            throw Problem("there is no tree")
        }
        return tree
    }
    let environment = try Project.read(from: tree()).environments[0]
    let all = try Project.read(from: tree())
    let warm = Renderer(rootKey: [1])
    func render(_ renderer: Renderer, _ tree: any FileTree) throws {
        _ = try renderer.renderAll(environment, of: all, from: tree)
    }
    let first = try median { try render(Renderer(rootKey: [1]), try tree()) }
    try render(warm, try tree())
    let inGit = try median { try render(warm, try tree()) }
    let directory = try DirectoryTree(folder)
    let beside = Renderer(rootKey: [1])
    try render(beside, directory)
    let inFolder = try median { try render(beside, directory) }
    var number = 0
    let changed = try (0..<min(runs, 10)).map { _ in
        number += 1
        try Files.replace("\(folder)/app/extra.txt", with: Array("\(number)".utf8))
        try shell("cd '\(folder)' && git add -A && \(commit)")
        return try milliseconds { try render(warm, try tree()) }
    }
    return Times(name: name, first: first, inGit: inGit, inFolder: inFolder, changed: median(of: changed))
}

func shown(_ time: Double) -> String { "\((time * 1000).rounded() / 1000)" }

print("| chart | first | unchanged, git | unchanged, folder | a file changed |")
print("| --- | --- | --- | --- | --- |")
var times: [Times] = []
for chart in charts {
    do {
        let found = try measure(chart)
        times.append(found)
        print(
            "| \(found.name) | \(shown(found.first)) ms | \(shown(found.inGit)) ms | \(shown(found.inFolder)) ms | \(shown(found.changed)) ms |"
        )
    } catch {
        print("| \(chart) | \(error) | | | |")
    }
}
if times.count > 1 {
    let columns = [\Times.first, \.inGit, \.inFolder, \.changed]
    print(
        "| median of \(times.count) | "
            + columns.map { column in shown(median(of: times.map { time in time[keyPath: column] })) + " ms" }.joined(
                separator: " | ") + " |")
    print(
        "| most | "
            + columns.map { column in shown(times.map { $0[keyPath: column] }.max() ?? 0) + " ms" }.joined(
                separator: " | ") + " |")
}
