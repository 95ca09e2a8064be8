import Archive
import Document
import FileTree
import Helm
import Testing

/// Charts and archives that do not mean well: each gets one error, which names a file.
@Suite struct HostileChartTests {
    private static let chart = Array("apiVersion: v2\nname: d\nversion: 1.0.0\n".utf8)

    private static func archive(_ entries: [ArchiveEntry], _ contents: [UInt8] = [], _ form: Compression = .gzip) throws
        -> [UInt8]
    {
        var bytes: [UInt8] = []
        let writer = try TarWriter(form) { bytes += $0 }
        try writer.add(ArchiveEntry(path: Array("d/Chart.yaml".utf8), kind: .file, mode: 0o644), contents: chart)
        for entry in entries { try writer.add(entry, contents: entry.kind == .file ? contents : []) }
        try writer.finish()
        return bytes
    }

    private static func entry(_ name: String, _ kind: ArchiveEntry.Kind = .file) -> ArchiveEntry {
        ArchiveEntry(path: Array(name.utf8), kind: kind, mode: 0o644)
    }

    /// What an archive holds beside its Chart.yaml, and a part of the message.
    private static let strange: [String: (entries: [ArchiveEntry], says: String)] = [
        "an absolute path": ([entry("/etc/passwd")], "outside its folder"),
        "a path that leads up": ([entry("d/../../x")], "outside its folder"),
        "a symbolic link": ([entry("d/templates/a.yaml", .symbolicLink(Array("/etc/passwd".utf8)))], "no file"),
        "a hard link": ([entry("d/templates/a.yaml", .hardLink(Array("d/Chart.yaml".utf8)))], "no file"),
        "a device": ([entry("d/templates/a.yaml", .characterDevice(major: 1, minor: 5))], "no file"),
        "a pipe": ([entry("d/templates/a.yaml", .pipe)], "no file"),
        "a file twice": ([entry("d/templates/a.yaml"), entry("d/templates/./a.yaml")], "twice"),
        "too many files": ((0..<41_000).map { entry("d/f\($0)") }, "entries"),
    ]

    @Test(arguments: strange.keys.sorted())
    func `an archive with what no chart needs is refused`(name: String) throws {
        let (entries, says) = try #require(Self.strange[name])
        let bytes = try Self.archive(entries)
        let tree = MemoryTree(contents: ["Chart.yaml": Self.chart, "charts/d.tgz": bytes])
        let problem = #expect(throws: Problem.self) { try Chart.load(.root, in: tree) }
        #expect(problem?.message.contains(says) == true, "\(String(describing: problem))")
        #expect(problem?.origin.file.path == "charts/d.tgz")
    }

    @Test func `archives that unpack to far more than they are end at a limit, however they are nested`() throws {
        let zeros = [UInt8](repeating: 0, count: 30 << 20)
        let inner = try Self.archive([Self.entry("d/big")], zeros)
        let charts = (0..<4).map { Self.entry("d/charts/d\($0).tgz") }
        let outer = try Self.archive(charts, inner)
        #expect(outer.count < 1 << 20)
        let tree = MemoryTree(contents: ["Chart.yaml": Self.chart, "charts/d.tgz": outer])
        let problem = #expect(throws: Problem.self) { try Chart.load(.root, in: tree) }
        #expect(problem?.origin.file.path.hasPrefix("charts/d.tgz") == true)
    }

    @Test func `aliases within aliases do not multiply without end`() throws {
        var files: [String: String] = ["templates/a.yaml": "kind: A"]
        var path = ""
        for level in 0..<6 {
            let aliases = (0..<20).map { "- {name: c\(level + 1), version: \"*\", alias: x\($0)}\n" }.joined()
            files[path + "Chart.yaml"] =
                "apiVersion: v2\nname: c\(level)\nversion: 1.0.0\n" + (level < 5 ? "dependencies:\n" + aliases : "")
            path += "charts/c\(level + 1)/"
        }
        let chart = try Chart.load(.root, in: MemoryTree(files))
        let problem = #expect(throws: Problem.self) {
            try HelmRender.render(chart, HelmRender.Settings(release: "r"))
        }
        #expect(problem?.message.contains("charts") == true)
    }

    @Test func `a link that leads round in a circle is named`() {
        let tree = MemoryTree(["Chart.yaml": "name: a\nversion: 1.0.0"], links: ["files/up": ".."])
        let problem = #expect(throws: Problem.self) { try Chart.load(.root, in: tree) }
        #expect(problem?.origin.isKnown == true)
    }
}
