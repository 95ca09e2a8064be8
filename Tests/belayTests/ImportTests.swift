import Crypto
import Document
import FileTree
import Helm
import Manifest
import Render
import System
import TestSupport
import Testing

@testable import belay

@Suite struct ImportTests {
    /// A release as Helm keeps it, packed by gzip.
    private func secret(_ release: String) throws -> Value {
        let folder = try TemporaryFolder()
        try Files.replace("\(folder.path)/release", with: Array(release.utf8))
        try Program.run(["gzip", "\(folder.path)/release"])
        let packed = Base64.encode(try Files.read("\(folder.path)/release.gz"))
        return [
            "type": "helm.sh/release.v1", "metadata": ["name": "sh.helm.release.v1.web.v3"],
            "data": ["release": .string(Base64.encode(Array(packed.utf8)))],
        ]
    }

    private func release(_ chart: String = "", name: String = "templates/a.yaml", config: String = "{\"a\": 1}") throws
        -> HelmRelease
    {
        try HelmRelease(
            secret(
                """
                {"name": "web", "namespace": "shop", "version": 3, "info": {"status": "deployed"}, "config": \(config),
                 "chart": {"metadata": {"name": "app", "version": "1.2.3", "apiVersion": "v2"\(chart)},
                  "templates": [{"name": "\(name)", "data": "a2luZDogQQo="}], "values": {"size": 1},
                  "schema": "e30=", "files": [{"name": "README.md", "data": "aGVsbG8="}]}}
                """))
    }

    @Test func `a release gives its chart and the values that were set`() throws {
        let release = try release()
        #expect(release.name == "web" && release.version == 3 && release.status == "deployed")
        #expect(
            release.chart.keys.sorted() == [
                "Chart.yaml", "README.md", "templates/a.yaml", "values.schema.json", "values.yaml",
            ])
        #expect(release.chart["templates/a.yaml"] == Array("kind: A\n".utf8))
        #expect(release.chart["values.yaml"] == Array("size: 1\n".utf8))
        #expect(release.values == ["a": 1])
        #expect(try self.release(config: "null").values == nil)
        #expect(try self.release(config: "{}").values == nil)
    }

    @Test(arguments: ["../../etc/passwd", "/etc/passwd", "a/../b", ""])
    func `a file of a release that leads out of it is refused`(name: String) {
        #expect(throws: Problem.self) { try release(name: name) }
    }

    @Test func `what is no release says so`() throws {
        let secrets: [Value] = [
            [:], ["type": "Opaque", "data": ["release": "AAAA"]],
            ["type": "helm.sh/release.v1", "data": ["release": "!"]], try secret("no JSON"), try secret("{}"),
        ]
        for secret in secrets { #expect(throws: Problem.self) { try HelmRelease(secret) } }
    }

    private static let project = """
        apiVersion: belay/v1
        kind: Project
        metadata: {name: shop}
        spec:
          environments:
            - name: dev   # ours
              namespace: shop
              apps:
                - path: "apps/*/overlays/dev"

        """

    private func application(_ release: HelmRelease, chart: TreePath? = nil) -> ImportedApplication {
        ImportedApplication(release: release, environment: "dev", chart: chart)
    }

    @Test func `a release becomes files and an entry, and leaves the rest as it was`() throws {
        let application = application(try release())
        let files = try application.files(in: MemoryTree([:]))
        #expect(
            files.map(\.path.text) == [
                "apps/web/values.dev.yaml", "charts/app/Chart.yaml", "charts/app/README.md",
                "charts/app/templates/a.yaml", "charts/app/values.schema.json", "charts/app/values.yaml",
            ])
        let text = String(decoding: try application.project(Array(Self.project.utf8)), as: UTF8.self)
        #expect(text.hasPrefix(Self.project))
        let entry = try YAML.parseOne(Array(text.utf8), file: SourceFile("belay.yaml"))[
            path: "spec", "environments"]?.items?.first?["apps"]?.items?.last
        #expect(entry == ["name": "web", "path": "charts/app", "valuesFiles": ["apps/web/values.dev.yaml"]])
        #expect(throws: Problem.self) { try application.project(Array(text.utf8)) }
    }

    @Test func `files that are there are left alone, and others are not overwritten`() throws {
        let release = try release()
        let same = Dictionary(uniqueKeysWithValues: release.chart.map { ("charts/app/\($0.key)", $0.value) })
        let paths = try application(release).files(in: MemoryTree(contents: same)).map(\.path.text)
        #expect(paths == ["apps/web/values.dev.yaml"])
        let problem = #expect(throws: Problem.self) {
            try application(release).files(in: MemoryTree(["charts/app/Chart.yaml": "name: app\n"]))
        }
        #expect(problem?.hint == "if that is the chart, name it: --chart charts/app")
    }

    @Test func `a chart with others within must be named`() throws {
        let release = try release(", \"dependencies\": [{\"name\": \"redis\"}]")
        let problem = #expect(throws: Problem.self) { try application(release).files(in: MemoryTree([:])) }
        #expect(problem?.message.contains("redis") == true && problem?.hint.contains("--chart") == true)
        let named = application(release, chart: TreePath("vendor/app-1.2.3.tgz"))
        #expect(try named.files(in: MemoryTree([:])).map(\.path.text) == ["apps/web/values.dev.yaml"])
        let text = String(decoding: try named.project(Array(Self.project.utf8)), as: UTF8.self)
        #expect(text.contains("path: vendor/app-1.2.3.tgz"))
    }

    // MARK: Releases in files

    /// What `kubectl get secret -l owner=helm -o yaml` prints of a release in several states.
    private func list(manifest: String = "kind: A\n") throws -> [UInt8] {
        let items = try [("superseded", 1), ("deployed", 2), ("failed", 3)].map { status, version in
            let manifest = JSON.text(.string(manifest))
            return try secret(
                """
                {"name": "web", "namespace": "shop", "version": \(version), "info": {"status": "\(status)"},
                 "manifest": \(manifest), "chart": {"metadata": {"name": "app", "version": "1.2.3"}}}
                """)
        }
        let other: Value = ["type": "Opaque", "kind": "Secret", "metadata": ["name": "other"]]
        return YAML.emit([["apiVersion": "v1", "kind": "List", "items": .sequence(items + [other])]])
    }

    @Test func `a file gives the version that is deployed`() throws {
        let objects = try HelmRelease.objects(in: try list(), file: SourceFile("f.yaml"))
        #expect(objects.count == 3)
        #expect(try HelmRelease.deployed("web", among: objects, in: "f.yaml", hint: "").version == 2)
        let none = #expect(throws: Problem.self) {
            try HelmRelease.deployed("api", among: objects, in: "f.yaml", hint: "look again")
        }
        #expect(none?.message == "f.yaml has no release api that is deployed" && none?.hint == "look again")
        let failed = #expect(throws: Problem.self) {
            try HelmRelease.deployed("web", among: [objects[2]], in: "f.yaml", hint: "")
        }
        #expect(failed?.hint == "version 3 is failed")
        let empty = #expect(throws: Problem.self) {
            try HelmRelease.objects(in: Array("kind: Secret\ntype: Opaque\n".utf8), file: SourceFile("f.yaml"))
        }
        #expect(empty?.description.contains("kubectl get secret -l owner=helm") == true)
    }

    @Test func `a release in a ConfigMap is packed once less`() throws {
        var map = try secret("{\"name\": \"web\", \"chart\": {\"metadata\": {\"name\": \"app\"}}}")
        let data = try #require(map[path: "data", "release"]?.string)
        let inner = try #require(Base64.decode(data))
        map["kind"] = "ConfigMap"
        map["type"] = nil
        map[path: "data", "release"] = .string(String(decoding: inner, as: UTF8.self))
        map[path: "metadata", "labels"] = ["owner": "helm"]
        let objects = try HelmRelease.objects(in: YAML.emit([map]), file: SourceFile("f.yaml"))
        #expect(try objects.map(HelmRelease.init).map(\.name) == ["web"])
    }

    @Test func `what is rendered is compared with what Helm deployed`() throws {
        let deployed = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: a}
            data: {x: "1", y: "2"}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: gone}
            """
        let objects = try HelmRelease.objects(in: try list(manifest: deployed), file: SourceFile("f.yaml"))
        let release = try HelmRelease.deployed("web", among: objects, in: "", hint: "")
        func lines(_ text: String) throws -> [String] {
            let values = try YAML.parse(Array(text.utf8), file: SourceFile("r.yaml"))
            return try ReleaseComparison(release: release, rendered: values.map(Manifest.init)).lines()
        }
        #expect(try lines(deployed.replacing("name: a", with: "name: a, namespace: shop")).isEmpty)
        let other = deployed.replacing("x: \"1\"", with: "x: \"3\"").replacing("name: gone", with: "name: new")
        #expect(
            try lines(other) == [
                "ConfigMap shop/a: data.x differs", "ConfigMap shop/new is not in the release",
                "ConfigMap shop/gone is in the release, and is not rendered",
            ])
    }
}
