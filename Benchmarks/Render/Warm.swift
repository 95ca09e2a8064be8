import BenchSupport
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
        print("| in the service | time | work |")
        print("| --- | --- | --- |")
        let renderer = Renderer(rootKey: [UInt8](repeating: 7, count: 32))
        func render(_ tree: any FileTree) throws {
            _ = try renderer.renderAll(project.environments[0], of: project, from: tree)
        }
        try row("directory of 5,000 files, first time", runs: 1) { try render(tree) }
        settle()
        try render(tree)
        try row("the same, unchanged", runs: runs) { try render(tree) }
        try row("the same, one file of them changed", runs: runs) { number in
            try inputs.write("\(folder)/files-5000/parts/77.yaml", Self.changed(number))
        } _: {
            try render(tree)
        }
        try git(folder, project)
        try transformed()
    }

    /// An overlay with the usual transformers over so many files.
    private func transformed() throws {
        let folder = "\(inputs.root)/transformed"
        _ = try Inputs(root: "\(folder)/files").files(5_000)
        try inputs.write("\(folder)/files-5000/kustomization.yaml", Self.overlay)
        try inputs.write("\(folder)/belay.yaml", Self.project)
        let tree = try DirectoryTree(folder)
        let project = try Project.read(from: tree)
        let renderer = Renderer(rootKey: [UInt8](repeating: 7, count: 32))
        func render() throws { _ = try renderer.renderAll(project.environments[0], of: project, from: tree) }
        try row("namespace, prefix, labels and images over 5,000 files, first time", runs: 1) { try render() }
        settle()
        try render()
        try row("the same, unchanged", runs: runs) { try render() }
        try row("the same, one file of them changed", runs: runs) { number in
            try inputs.write("\(folder)/files/files-5000/parts/77.yaml", Self.changed(number))
        } _: {
            try render()
        }
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
        try row("git tree of 5,000 files, first time", runs: 1) { try render() }
        try row("the same, unchanged", runs: runs) { try render() }
        try row("the same, one file of them changed", runs: runs) { number in
            try inputs.write("\(folder)/files-5000/parts/77.yaml", Self.changed(1000 + number))
            _ = try Measure.command(
                ["sh", "-c", "cd \(folder) && git -c user.name=b -c user.email=b commit -qam one"], runs: 1,
                output: "/dev/null")
        } _: {
            try render()
        }
    }

    /// Waits until files that were written are trusted to stay: one may change again within the same tick of their clock.
    private func settle() { usleep(50_000) }

    /// Measures runs, each after its preparation, and prints the median.
    private func row(
        _ name: String, runs: Int, preparing prepare: (Int) throws -> Void = { _ in }, _ work: () throws -> Void
    ) throws {
        var times: [(time: Double, work: Double)] = []
        for number in 0..<runs {
            try prepare(number)
            var spent = 0.0
            let time = try Measure.time { spent = try Measure.work(work) }
            times.append((time, spent))
        }
        let (time, spent) = (times.map(\.time).sorted()[runs / 2], times.map(\.work).sorted()[runs / 2])
        print("| \(name) | \(time.rounded(2)) ms | \(spent.rounded(2)) ms |")
    }

    private static func changed(_ number: Int) -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-77\ndata:\n  number: \"changed \(number)\"\n"
    }

    private static let overlay = """
        resources: [../files/files-5000]
        namespace: measured
        namePrefix: blue-
        labels:
        - pairs: {team: delta}
        images:
        - name: registry.example/measured/server
          newTag: "3.2"

        """

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
