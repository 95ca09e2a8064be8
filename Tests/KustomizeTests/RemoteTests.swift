import Document
import FileTree
import Kustomize
import Testing

/// Bases on other machines: refused, unless what they are of is mounted.
@Suite struct RemoteTests {
    static let remote = [
        "deploy/kustomization.yaml": "resources: [cm.yaml, ../shared]\nnamePrefix: far-",
        "deploy/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n",
        "shared/kustomization.yaml": "resources: [cm.yaml]",
        "shared/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
        "part/kustomization.yaml":
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonLabels: {part: \"yes\"}",
        "greedy/kustomization.yaml": "resources: [../../../../secret]",
        "broken/kustomization.yaml": "resources: [gone.yaml]",
    ]

    func build(_ kustomization: String, _ other: (any FileTree)? = nil) throws -> [Value] {
        let base = try #require(RemoteBase("https://host.example/org/repo"))
        let own = MemoryTree([
            "overlay/kustomization.yaml": kustomization,
            "secret/kustomization.yaml": "configMapGenerator: [{name: secret, literals: [a=b]}]",
        ])
        let mount = MountedTree.Mount(base, at: String(repeating: "ab", count: 20), other ?? MemoryTree(Self.remote))
        return try Kustomize.build(try #require(TreePath("overlay")), in: MountedTree(own, mounts: [mount]))
    }

    func refusal(_ kustomization: String, _ other: (any FileTree)? = nil) -> String {
        let problem = #expect(throws: Problem.self) { try build(kustomization, other) }
        return problem?.description ?? ""
    }

    @Test func `renders a base that is mounted, and its origins name repository, commit and path`() throws {
        let objects = try build(
            "resources: ['https://host.example/org/repo//deploy?ref=v1']\ncomponents: ['https://host.example/org/repo//part']"
        )
        #expect(objects.compactMap { $0[path: "metadata", "name"]?.string } == ["far-a", "far-b"])
        let value = try #require(objects[0][path: "data", "k"])
        #expect(value.origin.description == "https://host.example/org/repo@abababababab:deploy/cm.yaml:4:11")
        #expect(objects[1][path: "metadata", "labels", "part"] == "yes")
    }

    @Test func `refuses what is not mounted, and says how to come by it`() {
        let text = refusal("resources: ['https://host.example/org/other//deploy?ref=v1']")
        #expect(text.hasPrefix("overlay/kustomization.yaml:1:13: "))
        #expect(text.contains("another machine") && text.contains("git subtree"))
        #expect(text.contains("spec.remotes: [{url: \"https://host.example/org/other\", commit: …}]"))
    }

    @Test func `a base from elsewhere names nothing outside its repository`() {
        let text = refusal("resources: ['https://host.example/org/repo//greedy']")
        #expect(text.hasPrefix("https://host.example/org/repo@abababababab:greedy/kustomization.yaml:1:13: "))
        #expect(text.contains("outside its root"))
    }

    @Test func `errors tell the way into the repository`() {
        let text = refusal("namePrefix: a\nresources: ['https://host.example/org/repo//broken']")
        #expect(text.hasPrefix("https://host.example/org/repo@abababababab:broken/kustomization.yaml:1:13: gone.yaml"))
        #expect(text.contains("\n  in overlay/kustomization.yaml:2\n"))
    }

    @Test func `says that a pinned base has not been fetched`() {
        let text = refusal("resources: ['https://host.example/org/repo//deploy']", UnfetchedTree())
        #expect(text.hasPrefix("overlay/kustomization.yaml:1:13: "))
        #expect(text.contains("has not been fetched") && text.contains("--state"))
    }
}
