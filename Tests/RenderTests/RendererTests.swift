import Crypto
import Document
import FileTree
import Manifest
import Render
import Scrub
import Synchronization
import Testing

/// A tree that counts what is asked of it.
final class CountingTree: FileTree {
    let tree: MemoryTree
    let reads = Mutex(0)

    init(_ files: [String: String]) { tree = MemoryTree(files) }

    func kind(of path: TreePath) throws(TreeError) -> EntryKind { try tree.kind(of: path) }
    func resolved(_ path: TreePath) throws(TreeError) -> TreePath { try tree.resolved(path) }
    func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] { try tree.entries(of: folder) }
    func contentID(of path: TreePath) throws(TreeError) -> ContentID { try tree.contentID(of: path) }
    func read(_ path: TreePath) throws(TreeError) -> TreeFile {
        reads.withLock { $0 += 1 }
        return try tree.read(path)
    }
}

@Suite struct RendererTests {
    @Test func `renders production as it is written`() throws {
        let rendering = try Shop.render("prod")
        let keys = try Shop.secret(rendering, "p-keys-")
        #expect(try Shop.plain(keys, "password") == "correct-horse")
        #expect(keys.namespace == "shop")
        #expect(rendering.scrubbed.fields.isEmpty)
        let pod = try #require(rendering.manifests.first { $0.kind == "Pod" })
        #expect(
            pod.value[path: "spec", "containers"]?.items?[0]["envFrom"]?.items?[0][path: "secretRef", "name"]?.string
                == keys.name)
        #expect(rendering.manifests.first { $0.kind == "Namespace" }?.namespace == nil)
    }

    @Test func `replaces in a scrubbed environment what production reads too`() throws {
        let rendering = try Shop.render("dev")
        let keys = try Shop.secret(rendering, "keys-")
        let password = try Shop.plain(keys, "password")
        #expect(password != "correct-horse")
        #expect(password.count == "correct-horse".count)
        #expect(try Shop.plain(keys, "url").hasPrefix("postgres://"))
        #expect(try Shop.plain(keys, "url").contains(":\(password)@database:5432/"))
        #expect(try Shop.plain(keys, "extra") == "only-dev")
        #expect(try Shop.plain(try Shop.secret(rendering, "plain"), "mail").hasSuffix("@example.com"))
        #expect(try Shop.plain(try Shop.secret(rendering, "plain"), "note").isEmpty)
        let pod = try #require(rendering.manifests.first { $0.kind == "Pod" })
        #expect(
            pod.value[path: "spec", "containers"]?.items?[0]["envFrom"]?.items?[0][path: "secretRef", "name"]?.string
                == keys.name)
    }

    @Test func `holds no secret of production anywhere`() throws {
        let rendering = try Shop.render("dev")
        let text = rendering.manifests.map { JSON.text($0.value) }.joined() + "\(rendering)"
        for secret in ["correct-horse", "Abc123", "am9obkBjb21wYW55", Base64.encode(Array("correct-horse".utf8))] {
            #expect(!text.contains(secret))
        }
    }

    @Test func `names what it scrubbed, where and why`() throws {
        let report = try Shop.render("dev").scrubbed
        let token = try #require(report.fields.first { $0.path == "stringData.token" })
        #expect(token.action == .regenerated)
        #expect(token.object.name == "plain")
        #expect(token.origin.description == "apps/web/base/all.yaml:17:21")
        let extra = try #require(report.fields.first { $0.path == "data.extra" })
        #expect(extra.action == .kept)
    }

    @Test func `gives the same placeholders every time, and others under another key or elsewhere`() throws {
        let first = try Shop.render("dev")
        #expect(try Shop.render("dev").digest == first.digest)
        #expect(try Shop.render("dev", with: Renderer(rootKey: [9])).digest != first.digest)
        var files = Shop.files
        files["belay.yaml"]?.replace("{name: dev, namespace", with: "{name: qa, namespace")
        let qa = try Shop.plain(try Shop.secret(try Shop.render("qa", files), "keys-"), "password")
        #expect(try qa != Shop.plain(try Shop.secret(first, "keys-"), "password"))
    }

    @Test func `renders no scrubbed environment while production is broken`() throws {
        var files = Shop.files
        files["apps/web/overlays/prod/kustomization.yaml"] = "resources: [gone]"
        let problem = #expect(throws: Problem.self) { try Shop.render("dev", files) }
        #expect(problem?.origin.description == "apps/web/overlays/prod/kustomization.yaml:1:13")
        #expect(problem?.hint.contains("prod/web") == true)
    }

    @Test func `reads nothing again where nothing changed that it read`() throws {
        let renderer = Renderer(rootKey: [1])
        let first = CountingTree(Shop.files)
        let project = try Project.read(from: first)
        let prod = try project.environment("prod")
        let sources = try project.applications(of: prod, in: first)
        let source = try #require(sources.first)
        let rendering = try renderer.render(source, in: prod, of: project, from: first)
        var files = Shop.files
        files["docs/guide.md"] = "another text"
        let second = CountingTree(files)
        #expect(try renderer.render(source, in: prod, of: project, from: second).digest == rendering.digest)
        #expect(second.reads.withLock { $0 } == 0)
        files["apps/web/base/all.yaml"]?.replace("web:1", with: "web:2")
        let third = CountingTree(files)
        #expect(try renderer.render(source, in: prod, of: project, from: third).digest != rendering.digest)
        #expect(third.reads.withLock { $0 } > 0)
    }

    @Test func `parses only what changed, and gives what a first rendering gives`() throws {
        var files = [
            "belay.yaml": """
            apiVersion: belay/v1
            kind: Project
            metadata: {name: many}
            spec:
              environments: [{name: live, data: production, namespace: here, apps: [{path: app}]}]
            """,
            "app/kustomization.yaml": "resources: [0.yaml, 1.yaml, 2.yaml, 3.yaml]\n",
        ]
        func object(_ name: String, _ text: String) -> String {
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: \(name)}, data: {text: \(text)}}"
        }
        for index in 0..<4 { files["app/\(index).yaml"] = object("n\(index)", "old") }
        let renderer = Renderer(rootKey: [1])
        let tree = CountingTree(files)
        let project = try Project.read(from: tree)
        let live = try project.environment("live")
        let source = try #require(try project.applications(of: live, in: tree).first)
        let first = try renderer.render(source, in: live, of: project, from: tree)
        for (name, text) in [("n2", "new"), ("renamed", "new"), ("n1b", "old")] {
            files["app/2.yaml"] = object(name, text)
            let changed = CountingTree(files)
            let rendering = try renderer.render(source, in: live, of: project, from: changed)
            #expect(changed.reads.withLock { $0 } == 1)
            let anew = try Renderer(rootKey: [1]).render(source, in: live, of: project, from: CountingTree(files))
            #expect(rendering.digest == anew.digest)
            #expect(rendering.manifests == anew.manifests)
            #expect(rendering.manifests.allSatisfy { $0.namespace == "here" })
            #expect(rendering.digest != first.digest)
        }
    }

    /// Texts that a file gets in turn, none of which may leave anything behind.
    private static let turns = [
        "data: {text: new}", "data: {text: newer}\n# a comment", "data: {text: [broken", "data: {text: newest}",
        "data: {text: x}\n---\n{apiVersion: v1, kind: Secret, metadata: {name: more}}", "data: {text: y}",
        "data: 5\nkind: Secret", "type: Opaque", "",
    ]

    @Test(arguments: [
        "", "resources: [0.yaml, 1.yaml, 2.yaml]\nnamePrefix: a-\n", "resources: [0.yaml, 1.yaml, 2.yaml]",
    ])
    func `gives what a first rendering gives, whatever a file becomes`(kustomization: String) throws {
        var files = [
            "belay.yaml": TestProject.text("{name: live, data: production, namespace: here, apps: [{path: app}]}"),
            "app/kustomization.yaml": kustomization,
        ]
        if kustomization.isEmpty { files["app/kustomization.yaml"] = nil }
        func object(_ index: Int, _ text: String) -> String {
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: n\(index)}\n\(text)\n"
        }
        for index in 0..<3 { files["app/\(index).yaml"] = object(index, "data: {text: old}") }
        let renderer = Renderer(rootKey: [1])
        func outcome(_ renderer: Renderer) -> (Rendering?, String) {
            do {
                return (try TestProject.render("live", files, with: renderer)[0], "")
            } catch {
                return (nil, "\(error)")
            }
        }
        for (number, text) in ([""] + Self.turns + [""]).enumerated() {
            files["app/\(number % 3).yaml"] = object(number % 3, text)
            let (warm, cold) = (outcome(renderer), outcome(Renderer(rootKey: [1])))
            #expect(warm.1 == cold.1)
            #expect(warm.0?.digest == cold.0?.digest)
            #expect(warm.0?.readSet == cold.0?.readSet)
            let pairs = zip(warm.0?.manifests ?? [], cold.0?.manifests ?? [])
            #expect(pairs.allSatisfy { $0.value.isIdentical(to: $1.value) })
        }
    }

    @Test func `checks again what is no object of the cluster any more`() throws {
        let definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: things.example.com}
            spec: {group: example.com, scope: Cluster, names: {kind: Thing, plural: things}}
            """
        var files = [
            "belay.yaml": """
            apiVersion: belay/v1
            kind: Project
            metadata: {name: many}
            spec:
              environments: [{name: live, data: production, namespace: here, apps: [{path: app}]}]
            """,
            "app/kustomization.yaml": "resources: [thing.yaml, definition.yaml]\n", "app/definition.yaml": definition,
            "app/thing.yaml": "{apiVersion: example.com/v1, kind: Thing, metadata: {name: one}}",
        ]
        let renderer = Renderer(rootKey: [1])
        func namespace() throws -> String? {
            let renderings = try TestProject.render("live", files, with: renderer)
            return try #require(renderings[0].manifests.first { $0.kind == "Thing" }).namespace
        }
        #expect(try namespace() == nil)
        files["app/definition.yaml"]?.replace("scope: Cluster", with: "scope: Namespaced")
        #expect(try namespace() == "here")
    }

    @Test func `sees what a link leads to change, though the application's folder is the same`() throws {
        var files = [
            "belay.yaml": TestProject.text("{name: live, data: production, namespace: here, apps: [{path: app}]}"),
            "app/own.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: own}}",
            "shared/thing.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: first}}",
        ]
        let renderer = Renderer(rootKey: [1])
        func names() throws -> [String] {
            let tree = MemoryTree(files, links: ["app/thing.yaml": "../shared/thing.yaml"])
            return try TestProject.render("live", from: tree, with: renderer).flatMap(\.manifests).map(\.name)
        }
        #expect(try names() == ["own", "first"])
        files["docs/guide.md"] = "text"
        #expect(try names() == ["own", "first"])
        files["shared/thing.yaml"] = "{apiVersion: v1, kind: ConfigMap, metadata: {name: second}}"
        #expect(try names() == ["own", "second"])
    }

    @Test func `scrubs anew when production begins to read a file`() throws {
        var files = Shop.files
        files["apps/web/overlays/dev/own.yaml"] =
            "{apiVersion: v1, kind: Secret, metadata: {name: own}, stringData: {k: dev-value}}"
        files["apps/web/overlays/dev/kustomization.yaml"] = "resources: [../../base, own.yaml]"
        let renderer = Renderer(rootKey: [1])
        #expect(
            try Shop.plain(try Shop.secret(try Shop.render("dev", files, with: renderer), "own"), "k") == "dev-value")
        files["apps/other/overlays/prod/kustomization.yaml"] = "resources: [../../../web/overlays/dev]"
        #expect(
            try Shop.plain(try Shop.secret(try Shop.render("dev", files, with: renderer), "own"), "k") != "dev-value")
    }
}

@Suite struct PlainFolderTests {
    func render(_ files: [String: String]) throws -> Rendering {
        let project = """
            apiVersion: belay/v1
            kind: Project
            metadata: {name: p}
            spec: {environments: [{name: prod, data: production, namespace: n, apps: [{path: app}]}]}
            """
        return try Shop.render("prod", files.merging(["belay.yaml": project]) { $1 })
    }

    @Test func `takes the manifests of a folder in order of its files`() throws {
        let rendering = try render([
            "app/b.yaml":
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: own}}",
            "app/a.json":
                #"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}]}"#,
            "app/sub/c.yaml": "not: read", "app/notes.txt": "not read", "app/.hidden.yaml": "not: read",
        ])
        #expect(
            rendering.manifests.map { "\($0.kind)/\($0.name)@\($0.namespace ?? "")" } == [
                "ConfigMap/a@n", "ConfigMap/b@n", "Pod/b@own",
            ])
        #expect(rendering.readSet.files.map(\.text) == ["app/a.json", "app/b.yaml"])
    }

    /// Files, and the place and words of the problem.
    @Test(arguments: [
        (["app/a.yaml": "{apiVersion: v1, kind: A, metadata: {name: Web_1}}"], "app/a.yaml:1:44", "DNS-safe"),
        (["app/a.yaml": "{apiVersion: v1, kind: Service, metadata: {name: a.b}}"], "app/a.yaml:1:50", "DNS-safe"),
        (["app/a.yaml": "{apiVersion: v1, kind: A, metadata: {}}"], "app/a.yaml:1:37", "metadata.name"),
        (["app/a.yaml": "{apiVersion: v1, metadata: {name: a}}"], "app/a.yaml:1:1", "kind"),
        (["app/a.yaml": "- a"], "app/a.yaml:1:1", "mapping"),
        (["app/a.yaml": "a: [b"], "app/a.yaml:", ""),
        (["app/a.yaml": "a: 1\na: 2"], "app/a.yaml:2:1", "twice"),
        (["app/Chart.yaml": "version: x"], "app/Chart.yaml:1:1", "needs a name"),
        (["app/readme.md": "x"], "belay.yaml:4:82", "nothing to render"),
        (
            [
                "app/a.yaml": "{apiVersion: v1, kind: A, metadata: {name: a}}",
                "app/b.yaml": "{apiVersion: v1, kind: A, metadata: {name: a, namespace: n}}",
            ], "app/b.yaml:1:44", "two manifests for A n/a; the other is at app/a.yaml:1:44"
        ),
    ])
    func `refuses at the line`(files: [String: String], place: String, says: String) throws {
        let problem = #expect(throws: Problem.self) { try render(files) }
        let text = problem?.description ?? ""
        #expect(text.hasPrefix(place), "\(text)")
        #expect(text.contains(says), "\(text)")
    }
}
