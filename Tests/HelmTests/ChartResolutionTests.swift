import Document
import FileTree
import Helm
import Testing

@Suite struct ChartResolutionTests {
    private static let chart = """
        apiVersion: v2
        name: app
        version: 0.1.0
        dependencies:
          - {name: redis, version: ^1.0, repository: "https://charts.example", condition: redis.enabled, tags: [db]}
          - {name: common, version: 0.x, repository: "file://../common", alias: shared}
        """

    private func resolution(_ files: [String: String]) throws -> ChartResolution {
        try ChartResolution(of: .root, in: MemoryTree(files))
    }

    @Test func `a lock has Helm's form, and is found to be of its dependencies`() throws {
        let resolution = try resolution(["Chart.yaml": Self.chart])
        #expect(resolution.wanted.map(\.name) == ["redis", "common"] && resolution.lockName == "Chart.lock")
        let locked = [
            ChartResolution.Locked(name: "redis", version: "1.2.0", repository: "https://charts.example"),
            ChartResolution.Locked(name: "common", version: "0.3.0", repository: "file://../common"),
        ]
        let text = String(decoding: resolution.lock(locked, at: "2024-05-01T12:00:00Z"), as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(
            lines.filter { !$0.hasPrefix("digest: sha256:") } == [
                "dependencies:", "- name: redis", "  repository: https://charts.example", "  version: 1.2.0",
                "- name: common", "  repository: file://../common", "  version: 0.3.0",
                "generated: \"2024-05-01T12:00:00Z\"",
            ])
        #expect(try resolution.locked(by: try YAML.parseOne(Array(text.utf8), file: SourceFile("l"))) == locked)
    }

    @Test(arguments: ["^1.0": "^1.1", "db": "cache", "alias: shared": "alias: other", "redis.enabled": "redis.on"])
    func `a lock of other dependencies is refused`(old: String, new: String) throws {
        let locked = [ChartResolution.Locked(name: "redis", version: "1.2.0", repository: "https://charts.example")]
        let bytes = try resolution(["Chart.yaml": Self.chart]).lock(locked, at: "")
        let other = try resolution(["Chart.yaml": Self.chart.replacing(old, with: new)])
        let lock = try YAML.parseOne(bytes, file: SourceFile("Chart.lock"))
        let problem = #expect(throws: Problem.self) { try other.locked(by: lock) }
        #expect(problem?.hint.contains("--update") == true)
    }

    @Test func `charts of the first form have a lock of another name`() throws {
        let resolution = try resolution([
            "Chart.yaml": "name: old\nversion: 1.0.0\n",
            "requirements.yaml": "dependencies: [{name: db, version: 1.x, repository: \"https://charts.example\"}]",
        ])
        #expect(resolution.lockName == "requirements.lock" && resolution.wanted.map(\.range) == ["1.x"])
    }
}
