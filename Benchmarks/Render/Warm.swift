import FileTree
import Git
import Glibc
import Render
import System

/// Renderings of what the service has rendered before.
struct Warm {
    let inputs: Inputs
    let runs: Int

    func run() throws {
        let folder = "\(inputs.root)/project"
        _ = try Inputs(root: folder).files(5_000)
        try inputs.write("\(folder)/belay.yaml", Self.project)
        let tree = try DirectoryTree(folder)
        let project = try Project.read(from: tree)
        print("| in the service | time |")
        print("| --- | --- |")
        let renderer = Renderer(rootKey: [UInt8](repeating: 7, count: 32))
        func render(_ tree: any FileTree) throws {
            _ = try renderer.renderAll(project.environments[0], of: project, from: tree)
        }
        row("directory of 5,000 files, first time", try Measure.time { try render(tree) })
        row("the same, unchanged", try Measure.median(of: runs) { try render(tree) })
        var number = 0
        let changed = try (0..<runs).map { _ in
            number += 1
            try inputs.write("\(folder)/files-5000/parts/77.yaml", Self.changed(number))
            return try Measure.time { try render(tree) }
        }.sorted()
        row("the same, one file of them changed", changed[runs / 2])
        try git(folder, project)
    }

    private func git(_ folder: String, _ project: Project) throws {
        let script = "cd \(folder) && git init -q . && git add . && git -c user.name=b -c user.email=b commit -qm all"
        _ = try Measure.command(["sh", "-c", "rm -rf \(folder)/.git; \(script)"], runs: 1, output: "/dev/null")
        let repository = try GitRepository(opening: folder)
        let renderer = Renderer(rootKey: [UInt8](repeating: 7, count: 32))
        func render() throws {
            let commit = try repository.resolve("HEAD")
            guard let tree = ObjectTree(try repository.tree(at: commit)) else { return }
            _ = try renderer.renderAll(project.environments[0], of: project, from: tree)
        }
        row("git tree of 5,000 files, first time", try Measure.time { try render() })
        row("the same, unchanged", try Measure.median(of: runs) { try render() })
        let changes = try (0..<runs).map { number in
            try inputs.write("\(folder)/files-5000/parts/77.yaml", Self.changed(1000 + number))
            _ = try Measure.command(
                ["sh", "-c", "cd \(folder) && git -c user.name=b -c user.email=b commit -qam one"], runs: 1,
                output: "/dev/null")
            return try Measure.time { try render() }
        }.sorted()
        row("the same, one file of them changed", changes[runs / 2])
    }

    private func row(_ name: String, _ time: Double) {
        print("| \(name) | \(time.rounded(2)) ms |")
    }

    private static func changed(_ number: Int) -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-77\ndata:\n  number: \"changed \(number)\"\n"
    }

    private static let project = """
        apiVersion: belay/v1
        kind: Project
        metadata: {name: measured}
        spec:
          environments:
          - name: live
            data: production
            apps: [{path: files-5000}]

        """
}
