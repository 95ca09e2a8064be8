import Document
import FileTree
import Git
import Plan
import Promotion
import Render
import System
import TestSupport
import Testing

@Suite struct RollbackTests {
    private static let qa = "apps/web/overlays/qa/kustomization.yaml"
    private static let base = "apps/web/base/kustomization.yaml"

    /// What each environment reads: its overlay, what is beside it, and the base.
    private static let reads: @Sendable (GitTree) throws -> [String: Set<String>] = { tree in
        var found: [String: Set<String>] = [:]
        for environment in ["dev", "qa", "prod"] {
            guard try tree.entry(at: "apps/web/overlays/\(environment)") != nil else { continue }
            let files = try tree.entries(of: "apps/web/overlays/\(environment)").map(\.name)
            found[environment] = Set(files.map { "apps/web/overlays/\(environment)/\($0)" } + [base])
        }
        return found
    }

    @Test func `restores the files that the environment reads, and no others`() async throws {
        let shop = try Shop()
        let first = try shop.git("rev-parse", "main")
        try shop.push(
            "second",
            [Self.qa: Shop.qa.replacing("1.0.0", with: "9"), "apps/web/overlays/qa/new.yaml": "x\n", "other": "1\n"])
        let bad = try shop.push("third", ["apps/web/overlays/dev/kustomization.yaml": "resources: []\n"])
        guard
            case .committed(let id, let message) = try await shop.promoter.rollback(
                "qa", to: String(first.prefix(10)), Shop.request, reads: Self.reads)
        else {
            Issue.record("nothing was committed")
            return
        }
        #expect(message.hasPrefix("Roll qa back to \(first.prefix(12)): "))
        #expect(try shop.git("rev-parse", "main^") == bad)
        #expect(
            try shop.git("diff", "--name-only", bad, "main").split(separator: "\n").map(String.init) == [
                Self.qa, "apps/web/overlays/qa/new.yaml",
            ])
        #expect(try shop.file(Self.qa) == Shop.qa)
        #expect(try shop.file("other") == "1\n")
        #expect(try shop.git("log", "-1", "--format=%(trailers:key=Belay-Rolled-Back-To,valueonly)").hasPrefix(first))
        let record = try #require(await shop.journal.records.last)
        #expect(record.kind == .rollback && record.result == .succeeded && record.commit == id.description)
        #expect(record.changes.map(\.field) == [Self.qa, "apps/web/overlays/qa/new.yaml"])
        #expect(record.changes[1].after.isEmpty && !record.changes[1].before.isEmpty)
    }

    @Test func `refuses to change what other environments read, unless it is said`() async throws {
        let shop = try Shop()
        let first = try shop.git("rev-parse", "main")
        let second = try shop.push("second", [Self.base: "resources: [] # changed\n"])
        let refused = await #expect(throws: Problem.self) {
            try await shop.promoter.rollback("qa", to: first, Shop.request, reads: Self.reads)
        }
        #expect(refused?.message.contains("files that dev, prod read too: \(Self.base)") == true)
        #expect(refused?.hint.isEmpty == false)
        #expect(try shop.git("rev-parse", "main") == second)
        _ = try await shop.promoter.rollback("qa", to: first, includingShared: true, Shop.request, reads: Self.reads)
        #expect(try shop.file(Self.base) == "resources: []\n")
        #expect(try shop.git("log", "-1", "--format=%b").contains("dev reads \(Self.base) too and changes with it"))
    }

    @Test func `says that nothing differs`() async throws {
        let shop = try Shop()
        let first = try shop.git("rev-parse", "main")
        try shop.push("second", ["other": "1\n"])
        guard
            case .nothing(let reason) = try await shop.promoter.rollback(
                "qa", to: first, Shop.request, reads: Self.reads)
        else {
            Issue.record("something was committed")
            return
        }
        #expect(reason.contains("reads the same files"))
    }

    @Test func `refuses what is no earlier commit, and an environment that was not there`() async throws {
        let shop = try Shop()
        let first = try shop.git("rev-parse", "main")
        try shop.fixture.git("checkout", "-q", "-b", "side")
        try shop.fixture.commit("side", ["x": "1"])
        try shop.fixture.git("push", "-q", "origin", "side")
        try shop.fixture.git("checkout", "-q", "main")
        for revision in ["side", "missing", "HEAD~1", ""] {
            await #expect(throws: (any Error).self) {
                try await shop.promoter.rollback("qa", to: revision, Shop.request, reads: Self.reads)
            }
        }
        await #expect(throws: Problem.self) {
            try await shop.promoter.rollback("new", to: first, Shop.request, reads: Self.reads)
        }
        #expect(try shop.git("rev-parse", "main") == first)
    }

    @Test func `knows what environments read by rendering them, and takes a broken one for all of its folder`() throws {
        let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
        let fixture = try GitFixture()
        try fixture.commit(
            "first",
            [
                "belay.yaml": "apiVersion: belay/v1\nkind: Project\nmetadata: {name: shop}\nspec:\n  environments:\n"
                    + "    - {name: dev, data: production, apps: [{path: dev, name: web}]}\n"
                    + "    - {name: qa, data: production, apps: [{path: qa, name: web}]}\n",
                "dev/a.yaml": manifest, "dev/notes.txt": "not read\n", "qa/a.yaml": "kind: [broken\n",
                "qa/b/c.txt": "x\n",
            ])
        let repository = try GitRepository(opening: fixture.work)
        let tree = try repository.tree(at: repository.resolve("main"))
        let reads = try EnvironmentReads.files(in: tree, by: Renderer(rootKey: Array(repeating: 1, count: 32)))
        #expect(reads == ["dev": ["dev/a.yaml"], "qa": ["qa/a.yaml", "qa/b/c.txt"]])
    }

    @Test func `knows what environments read when their bases are of other repositories, fetched or not`() throws {
        let commit = String(repeating: "ab", count: 20)
        let fixture = try GitFixture()
        try fixture.commit(
            "first",
            [
                "belay.yaml": "apiVersion: belay/v1\nkind: Project\nmetadata: {name: shop}\nspec:\n  environments:\n"
                    + "    - {name: dev, data: production, apps: [{path: dev, name: web}]}\n"
                    + "  remotes: [{url: \"https://host.example/org/repo\", commit: \(commit)}]\n",
                "dev/kustomization.yaml":
                    "resources: [../base, \"https://host.example/org/repo//deploy\"]\npatches: [{path: p.yaml}]\n",
                "dev/p.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: far}, data: {a: b}}\n",
                "dev/notes.txt": "not read\n",
                "base/kustomization.yaml": "resources: [a.yaml]\n",
                "base/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: near}}\n",
            ])
        let repository = try GitRepository(opening: fixture.work)
        let tree = try repository.tree(at: repository.resolve("main"))
        let renderer = Renderer(rootKey: Array(repeating: 1, count: 32))
        let read: Set = ["dev/kustomization.yaml", "dev/p.yaml", "base/kustomization.yaml", "base/a.yaml"]
        let far = MemoryTree([
            "deploy/kustomization.yaml": "resources: [far.yaml]\n",
            "deploy/far.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: far}}\n",
        ])
        let fetched = try EnvironmentReads.files(in: tree, by: renderer) { files, project in
            MountedTree(files, mounts: project.remotes.map { .init($0.address, at: $0.commit, far) })
        }
        #expect(fetched == ["dev": read])
        // What is outside of the folder is known as far as the rendering came.
        let unfetched = try EnvironmentReads.files(in: tree, by: renderer)
        #expect(unfetched == ["dev": read.union(["dev/notes.txt"])])
    }
}
