import Document
import FileTree
import Helm
import Manifest
import Render
import Testing

/// What environments and applications give charts, and what must hold of what those make.
@Suite struct ChartEnvironmentTests {
    private static let files = [
        "belay.yaml": TestProject.text(
            """
            name: dev
            data: production
            namespace: shop-dev
            values: {domain: dev.example, replicas: 1, tag: env}
            kubeVersion: "1.30"
            apiVersions: [x.example/v1]
            apps:
              - path: charts/web
                valuesFiles: [charts/web/values-dev.yaml, shared/web.yaml]
                values: {tag: set}
            """),
        "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        "charts/web/values.yaml": "domain: none\nreplicas: 0\ntag: none\nmode: none\nsecret: none\n",
        "charts/web/values-dev.yaml": "replicas: 2\nmode: file\n",
        "shared/web.yaml": "mode: shared\n",
        "charts/web/templates/cm.yaml": """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{ .Release.Name }}-cm"}
        data:
          all: "{{ with .Values }}{{ .domain }} {{ .replicas }} {{ .mode }} {{ .tag }}{{ end }}"
          mode: {{ .Values.mode }}
          domain: {{ .Values.domain }}
          cluster: "{{ .Capabilities.KubeVersion }} {{ .Capabilities.APIVersions.Has "x.example/v1" }}"
          namespace: {{ .Release.Namespace }}
        """,
    ]

    private func rendered(
        _ changes: [String: String] = [:], with renderer: Renderer = Renderer(rootKey: [1])
    ) throws -> Rendering {
        try Shop.render("dev", Self.files.merging(changes) { $1 }, with: renderer)
    }

    @Test func `values come from the environment, from files, and from the application, in that order`() throws {
        let rendering = try rendered()
        let object = try #require(rendering.manifests.first).value
        #expect(object["metadata"]?["name"] == "web-cm")
        #expect(object["data"]?["all"] == "dev.example 2 shared set")
        #expect(object["data"]?["cluster"] == "v1.30 true")
        #expect(object["data"]?["namespace"] == "shop-dev")
        #expect(object["data"]?["mode"]?.origin.description.hasPrefix("shared/web.yaml:1") == true)
        #expect(object["data"]?["domain"]?.origin.description.hasPrefix("belay.yaml:9") == true)
    }

    @Test func `a change of values renders anew, and of nothing else`() throws {
        let renderer = Renderer(rootKey: [1])
        let first = try rendered(with: renderer)
        #expect(try rendered(["docs/x.md": "y"], with: renderer).digest == first.digest)
        let project = try #require(Self.files["belay.yaml"])
        let other = try rendered(["belay.yaml": project.replacing("tag: set", with: "tag: other")], with: renderer)
        #expect(other.manifests.first?.value["data"]?["all"] == "dev.example 2 shared other")
        let moved = try rendered(
            ["belay.yaml": project.replacing("metadata:", with: "# a line more\nmetadata:")], with: renderer)
        #expect(moved.manifests.first?.value["data"]?["domain"]?.origin.description.hasPrefix("belay.yaml:10") == true)
        let file = try rendered(["shared/web.yaml": "mode: new"], with: renderer)
        #expect(file.manifests.first?.value["data"]?["mode"] == "new")
    }

    @Test(arguments: [
        ("shared/web.yaml", "none.yaml", "belay.yaml:14:53: none.yaml does not"),
        ("shared/web.yaml", "../x", "belay.yaml:14:53: ../x refers outside"),
        ("kubeVersion: \"1.30\"", "kubeVersion: new", "belay.yaml:10:20: the Kubernetes version"),
        ("values: {tag: set}", "values: [tag]", "belay.yaml:15:19: \"values\" must be"),
        (
            "values: {domain: dev.example, replicas: 1, tag: env}", "values: [a]",
            "belay.yaml:9:15: environment dev needs"
        ),
        ("path: charts/web", "path: plain", "belay.yaml:13:17: plain is no chart"),
    ])
    func `what does not fit is refused at its line`(old: String, new: String, says: String) throws {
        let project = try #require(Self.files["belay.yaml"]).replacing(old, with: new)
        let problem = #expect(throws: Problem.self) {
            try rendered([
                "belay.yaml": project, "plain/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}",
            ])
        }
        #expect(problem?.description.hasPrefix(says) == true, "\(problem?.description ?? "")")
    }

    @Test(arguments: [
        ("templates/two.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web-cm", "charts/web/templates/"),
        ("templates/kind.yaml", "apiVersion: v1\nmetadata:\n  name: x", "charts/web/templates/kind.yaml:1"),
        (
            "templates/number.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 5}",
            "charts/web/templates/number.yaml:3"
        ),
        (
            "templates/space.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: [b]}",
            "charts/web/templates/space.yaml:3"
        ), ("templates/list.yaml", "{{ if true }}\n- a\n{{ end }}", "charts/web/templates/list.yaml:2"),
    ])
    func `what a chart makes must be objects, each once`(file: String, text: String, place: String) throws {
        let problem = #expect(throws: Problem.self) { try rendered(["charts/web/\(file)": text]) }
        #expect(problem?.description.hasPrefix(place) == true, "\(problem?.description ?? "")")
    }

    @Test func `a lock that is not the chart's stops the rendering`() throws {
        let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n- {name: db, version: 1.0.0}"
        let problem = #expect(throws: Problem.self) {
            try rendered([
                "charts/web/Chart.yaml": chart, "charts/web/charts/db/Chart.yaml": "name: db\nversion: 1.0.0",
                "charts/web/Chart.lock": "digest: sha256:0\ndependencies: []",
            ])
        }
        #expect(problem?.description.hasPrefix("charts/web/Chart.lock:1:9") == true, "\(problem?.description ?? "")")
    }
}
