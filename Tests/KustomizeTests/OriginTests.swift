import Document
import FileTree
import Kustomize
import Testing

/// Every scalar knows what set it last, and what that replaced.
@Suite struct OriginTests {
    func objects(_ test: OverlayCase) throws -> [String: Value] {
        let objects = try Kustomize.build(try #require(TreePath(test.entry)), in: MemoryTree(test.files))
        return Dictionary(objects.map { ($0["kind"]?.string ?? "", $0) }, uniquingKeysWith: { first, _ in first })
    }

    func expect(_ value: Value?, _ origin: String, replaced: [String] = []) throws {
        let value = try #require(value)
        #expect(value.origin.description == origin)
        #expect((value.trivia?.replaced ?? []).map(\.description) == replaced)
    }

    @Test func `knows the transformer's entry, and the base's line that it replaced`() throws {
        let all = try objects(
            .over(
                "",
                "namespace: shop\nnamePrefix: a-\nimages: [{name: nginx, newTag: \"2\"}]\nreplicas: [{name: web, count: 7}]"
            ))
        let deployment = try #require(all["Deployment"])
        let container = deployment[path: "spec", "template", "spec", "containers"]?.items?.first
        try expect(deployment[path: "metadata", "namespace"], "overlay/kustomization.yaml:2:12")
        try expect(
            deployment[path: "metadata", "name"], "overlay/kustomization.yaml:3:13",
            replaced: ["base/deployment.yaml:4:9"])
        try expect(container?["image"], "overlay/kustomization.yaml:4:32", replaced: ["base/deployment.yaml:20:16"])
        try expect(
            deployment[path: "spec", "replicas"], "overlay/kustomization.yaml:5:31",
            replaced: ["base/deployment.yaml:7:13"])
        try expect(deployment[path: "spec", "paused"] ?? deployment["kind"], "base/deployment.yaml:2:7")
    }

    @Test func `knows the lines of patches, in files and inline`() throws {
        let all = try objects(
            .over(
                "",
                """
                patches:
                - path: patch.yaml
                - target: {kind: Service}
                  patch: |-
                    - op: replace
                      path: /spec/ports/0/port
                      value: 81
                """,
                [
                    "overlay/patch.yaml":
                        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 5\n"
                ]))
        try expect(
            all["Deployment"]?[path: "spec", "replicas"], "overlay/patch.yaml:5:13",
            replaced: ["base/deployment.yaml:7:13"])
        let port = all["Service"]?[path: "spec", "ports"]?.items?.first?["port"]
        #expect(port?.origin.description.hasPrefix("overlay/kustomization.yaml:8:") == true)
        #expect(port?.trivia?.replaced.map(\.description) == ["base/rest.yaml:6:18"])
    }

    @Test func `knows the literals and files of generators`() throws {
        let all = try objects(
            .over(
                "",
                """
                configMapGenerator:
                - name: settings
                  behavior: merge
                  literals: [mode=fancy]
                  files: [app.ini]
                """, ["overlay/app.ini": "x"]))
        let settings = try #require(all["ConfigMap"])
        try expect(
            settings[path: "data", "mode"], "overlay/kustomization.yaml:5:19",
            replaced: ["base/kustomization.yaml:4:19"])
        try expect(settings[path: "data", "app.ini"], "overlay/app.ini:1:1")
        try expect(settings[path: "data", "quoted"], "base/kustomization.yaml:4:35")
        try expect(all["Secret"]?[path: "data", "password"], "base/kustomization.yaml:7:23")
    }
}
