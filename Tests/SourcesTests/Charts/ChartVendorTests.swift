import Document
import Sources
import System
import TestSupport
import Testing
import Transport

/// Dependencies that need no network; those of repositories are fetched as pinned charts are.
@Suite struct ChartVendorTests {
    private func write(_ files: [String: String], to folder: TemporaryFolder) throws {
        for (name, text) in files {
            let path = "\(folder.path)/\(name)"
            try Files.makeFolders(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
            try Files.replace(path, with: Array(text.utf8))
        }
    }

    private func vendor(_ folder: TemporaryFolder, updates: Bool = false) async throws -> [String] {
        let source = ChartSource(folder: "\(folder.path)/cache", http: try HTTPClient())
        let lines = try await ChartVendor(folder: "\(folder.path)/app", source: source, updates: updates).run()
        return lines.map { String($0.dropFirst(folder.path.count + 1)) }
    }

    private static func app(_ range: String) -> [String: String] {
        [
            "app/Chart.yaml": """
            apiVersion: v2
            name: app
            version: 1.0.0
            dependencies:
              - {name: common, version: "\(range)", repository: "file://../common"}
              - {name: own, version: 2.x}
            """,
            "app/charts/own/Chart.yaml": "{apiVersion: v2, name: own, version: 2.1.0}",
            "common/Chart.yaml": "{apiVersion: v2, name: common, version: 0.3.0}",
            "common/templates/_all.tpl": "x", "common/.helmignore": "*.md\n", "common/README.md": "y",
        ]
    }

    @Test func `charts beside this one are copied, and versions are locked`() async throws {
        let folder = try TemporaryFolder()
        try write(Self.app("0.x"), to: folder)
        #expect(try await vendor(folder) == ["app/charts/common", "app/Chart.lock"])
        #expect(try Files.text("\(folder.path)/app/charts/common/templates/_all.tpl") == "x")
        #expect(!Files.exists("\(folder.path)/app/charts/common/README.md"), ".helmignore counts")
        let lock = try YAML.parseOne(try Files.read("\(folder.path)/app/Chart.lock"), file: SourceFile("l"))
        #expect((lock["dependencies"]?.items ?? []).compactMap { $0["version"]?.string } == ["0.3.0", "2.1.0"])
        #expect(try await vendor(folder) == ["app/charts/common"], "the lock is not written again")
        try write(["app/Chart.yaml": Self.app(">=0.1")["app/Chart.yaml"] ?? ""], to: folder)
        await #expect(throws: Problem.self) { try await vendor(folder) }
        #expect(try await vendor(folder, updates: true).last == "app/Chart.lock")
    }

    @Test(arguments: [
        (["app/Chart.yaml": app("^1")["app/Chart.yaml"] ?? ""], "common is there in version 0.3.0, and ^1 is wanted"),
        (["app/charts/own/Chart.yaml": "{apiVersion: v2, name: other, version: 2.1.0}"], "own names no repository"),
        (
            [
                "app/Chart.yaml":
                    "{name: app, version: 1.0.0, dependencies: [{name: a, version: 1.x, repository: \"@stable\"}]}"
            ], "@stable of a is a name that one machine's Helm knows"
        ),
        (
            [
                "app/Chart.yaml":
                    "{name: app, version: 1.0.0, dependencies: [{name: a, version: 1.x, repository: \"file://../a\"}]}"
            ], "there is no chart in"
        ),
    ])
    func `what cannot be resolved says why`(files: [String: String], expected: String) async throws {
        let folder = try TemporaryFolder()
        try write(Self.app("0.x").merging(files) { $1 }, to: folder)
        let problem = await #expect(throws: Problem.self) { try await vendor(folder) }
        #expect(problem?.message.contains(expected) == true, "\(problem?.message ?? "")")
        #expect(problem?.origin.file.path.hasSuffix("app/Chart.yaml") == true)
        #expect(!Files.exists("\(folder.path)/app/Chart.lock"))
    }
}
