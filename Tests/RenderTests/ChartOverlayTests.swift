import Crypto
import Document
import FileTree
import Helm
import Kustomize
import Manifest
import Render
import System
import TestSupport
import Testing

/// Kustomizations that inflate charts, and charts with kustomizations over them.
@Suite struct ChartOverlayTests {
    private static let chart = [
        "app/charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        "app/charts/web/values.yaml": "a: 1\nlist: [x]\nmap: {p: 1, q: 2}\n",
        "app/charts/web/crds/c.yaml":
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: c.x.example}\n",
        "app/charts/web/templates/cm.yaml": """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: {{ .Release.Name }}-web
        data:
          namespace: {{ .Release.Namespace }}
          values: {{ toJson .Values | quote }}
          cluster: {{ .Capabilities.KubeVersion }} {{ .Capabilities.APIVersions.Has "x/v1" }}
        """,
        "app/charts/web/templates/test.yaml": """
        apiVersion: v1
        kind: Pod
        metadata: {name: try, annotations: {helm.sh/hook: test}}
        """,
        "app/charts/web/templates/hook.yaml": """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: before, annotations: {helm.sh/hook: pre-install}}
        """,
    ]

    private func objects(
        _ kustomization: String, _ more: [String: String] = [:], at folder: String = "app"
    ) throws -> [Value] {
        var files = Self.chart
        files["app/kustomization.yaml"] = kustomization
        files.merge(more) { $1 }
        return try LooseRendering.objects(of: try #require(TreePath(folder)), in: MemoryTree(files))
    }

    private func data(_ kustomization: String, _ field: String, _ more: [String: String] = [:]) throws -> String? {
        try objects(kustomization, more).first { $0["kind"] == "ConfigMap" }?["data"]?[field]?.string
    }

    @Test func `a chart is inflated with its hooks`() throws {
        let objects = try objects("helmCharts: [{name: web, releaseName: r, includeCRDs: true}]")
        #expect(
            objects.compactMap { $0["kind"]?.string } == ["CustomResourceDefinition", "ConfigMap", "Job", "Pod"])
        #expect(objects[1]["metadata"]?["name"] == "r-web")
        #expect(
            objects[1]["metadata"]?["name"]?.origin.description.hasPrefix("app/charts/web/templates/cm.yaml:4") == true)
    }

    @Test(arguments: [
        ("skipTests: true", ["ConfigMap", "Job"]), ("skipHooks: true", ["ConfigMap"]),
    ])
    func `hooks can be left out`(field: String, kinds: [String]) throws {
        let objects = try objects("helmCharts: [{name: web, releaseName: r, \(field)}]")
        #expect(objects.compactMap { $0["kind"]?.string } == kinds)
    }

    @Test(arguments: [
        ("valuesInline: {a: 2, map: {q: null, r: 3}}", #"{"a":2,"list":["x"],"map":{"p":1,"q":2,"r":3}}"#),
        ("valuesInline: {a: 2, b: 3}, valuesMerge: merge", #"{"a":1,"b":3,"list":["x"],"map":{"p":1,"q":2}}"#),
        (
            "valuesInline: {a: 2}, valuesMerge: replace, valuesFile: own.yaml",
            #"{"a":2,"list":["x"],"map":{"p":1,"q":2}}"#
        ),
        ("valuesFile: own.yaml", #"{"a":5,"list":["y"],"map":{"p":1,"q":2}}"#),
        ("valuesFile: own.yaml, additionalValuesFiles: [more.yaml]", #"{"a":6,"list":["y"],"map":{"p":1,"q":2}}"#),
        ("valuesFile: own.yaml, valuesInline: {list: [z]}", #"{"a":5,"list":["z"],"map":{"p":1,"q":2}}"#),
    ])
    func `values come from files and from the kustomization`(fields: String, expected: String) throws {
        let files = ["app/own.yaml": "a: 5\nlist: [y]", "app/more.yaml": "a: 6"]
        #expect(try data("helmCharts: [{name: web, releaseName: r, \(fields)}]", "values", files) == expected)
    }

    @Test func `the release and the cluster are what the entry says`() throws {
        let entry =
            "{name: web, nameTemplate: '{{ lower \"ABC\" }}', kubeVersion: 1.30.0, apiVersions: [x/v1], skipHooks: true}"
        let objects = try objects("helmCharts: [\(entry)]")
        #expect(objects[0]["metadata"]?["name"] == "abc-web")
        #expect(objects[0]["data"]?["cluster"] == "v1.30.0 true")
        #expect(try data("helmCharts: [{name: web}]", "namespace") == "default")
    }

    @Test func `the namespace of a kustomization above is the release's`() throws {
        let base = "helmCharts: [{name: web, releaseName: r, skipHooks: true}]"
        let top = [
            "top/kustomization.yaml": "namespace: shop\nresources: [../mid]",
            "mid/kustomization.yaml": "namePrefix: p-\nresources: [../app]",
        ]
        let object = try #require(try objects(base, top, at: "top").first)
        #expect(object["data"]?["namespace"] == "shop")
        #expect(object["metadata"]?["namespace"] == "shop")
        #expect(object["metadata"]?["name"] == "p-r-web")
    }

    @Test func `a namespace that a chart wrote stays`() throws {
        let more = [
            "app/charts/web/templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: own}"
        ]
        let object = try #require(
            try objects("namespace: shop\nhelmCharts: [{name: web, skipHooks: true}]", more).first)
        #expect(object["metadata"]?["namespace"] == "own")
    }

    @Test func `patches go over what a chart makes, and its plain values are traced`() throws {
        let object = try #require(
            try objects(
                """
                helmCharts: [{name: web, releaseName: r, skipHooks: true}]
                commonLabels: {team: a}
                patches:
                - target: {kind: ConfigMap}
                  patch: '[{op: add, path: /data/more, value: x}]'
                """
            ).first)
        #expect(object["data"]?["more"] == "x")
        #expect(object["metadata"]?["labels"]?["team"] == "a")
    }

    @Test func `a generator's own file can configure a chart`() throws {
        let config = """
            apiVersion: builtin
            kind: HelmChartInflationGenerator
            metadata: {name: any}
            name: web
            releaseName: r
            skipHooks: true
            valuesInline: {a: 3, flag: true}
            """
        let text = try data("generators: [g.yaml]", "values", ["app/g.yaml": config])
        #expect(text == #"{"a":3,"flag":true,"list":["x"],"map":{"p":1,"q":2}}"#)
    }

    @Test func `the former field is understood`() throws {
        let former =
            "helmChartInflationGenerator: [{chartName: web, chartHome: lib, releaseName: r, valuesLocal: {a: 4}}]"
        var files: [String: String] = [:]
        for (name, text) in Self.chart { files["app/lib/" + name.dropFirst("app/charts/".count)] = text }
        #expect(try data(former, "values", files)?.hasPrefix(#"{"a":4"#) == true)
    }

    @Test(arguments: [
        (
            "helmGlobals: {chartHome: ../lib}\nhelmCharts: [{name: web}]",
            "app/kustomization.yaml:2:21: the file ../lib/web/values.yaml refers outside"
        ),
        (
            "helmCharts: [{name: web, valuesFile: none.yaml}]",
            "app/kustomization.yaml:1:38: app/none.yaml does not exist"
        ),
        ("helmCharts: [{name: web, kubeVersion: new}]", "app/kustomization.yaml:1:39: the Kubernetes version"),
        ("helmCharts: [{name: web}, {name: web}]", "app/charts/web/templates/"),
        ("helmCharts: [{name: web, valuesInline: {list: {a: 1}}}]", "app/kustomization.yaml:1:47: the two values"),
        ("helmCharts: [{name: ../web}]", "app/kustomization.yaml:1:21: there is no chart in app/web"),
    ])
    func `what cannot be inflated is refused`(kustomization: String, says: String) throws {
        let more = ["lib/web/Chart.yaml": "name: web\nversion: 1.0.0", "lib/web/values.yaml": "a: 1"]
        let problem = #expect(throws: Problem.self) { try objects(kustomization, more) }
        #expect(problem?.description.hasPrefix(says) == true, "\(problem?.description ?? "")")
    }
}

/// Kustomizations that inflate charts of other places, which the project pins.
@Suite struct PinnedChartTests {
    /// A store with one archive.
    private struct Store: ChartStore {
        var bytes: [UInt8] = []

        func archive(_ pin: ChartPin) throws(Problem) -> [UInt8] {
            guard !bytes.isEmpty else { throw Problem("it is not here", at: pin.origin) }
            return bytes
        }
    }

    private static func store() throws -> Store {
        let place = try TemporaryFolder()
        try Files.makeFolders("\(place.path)/web/templates")
        try Files.replace("\(place.path)/web/Chart.yaml", with: Array("name: web\nversion: 1.2.0\n".utf8))
        try Files.replace("\(place.path)/web/values.yaml", with: Array("color: red\nsize: 1\n".utf8))
        let template = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: web}
            data: {color: {{ .Values.color }}, size: "{{ .Values.size }}"}
            """
        try Files.replace("\(place.path)/web/templates/a.yaml", with: Array(template.utf8))
        try Program.run(["tar", "czf", "\(place.path)/web.tgz", "-C", place.path, "web"])
        return Store(bytes: try Files.read("\(place.path)/web.tgz"))
    }

    private func rendered(_ entry: String, _ store: Store, pins: String? = nil) throws -> [Value] {
        let digest = Digest.sha256(store.bytes)
        let pin = "{repository: \"https://charts.example/x/\", name: web, version: 1.2.0, digest: \"\(digest)\"}"
        let files = [
            "belay.yaml": """
            apiVersion: belay/v1
            kind: Project
            metadata: {name: shop}
            spec:
              environments: [{name: dev, data: production, apps: [{path: app}]}]
              charts: [\(pins ?? pin)]
            """,
            "app/kustomization.yaml": "namePrefix: my-\nhelmCharts:\n  - \(entry)\n",
        ]
        return try Shop.render("dev", files, with: Renderer(rootKey: [1], charts: store)).manifests.map(\.value)
    }

    private static let entry = "{name: web, repo: \"https://charts.example/x\", version: 1.2.0}"

    @Test(arguments: [
        (entry, "red 1"), ("{name: web, repo: \"https://charts.example/x/\"}", "red 1"),
        (entry.replacing("}", with: ", valuesInline: {color: blue}}"), "blue 1"),
        (entry.replacing("}", with: ", valuesMerge: merge, valuesInline: {color: blue, size: 3}}"), "red 1"),
    ])
    func `a pinned chart is inflated and patched`(entry: String, expected: String) throws {
        let object = try #require(try rendered(entry, try Self.store()).first)
        #expect(object[path: "metadata", "name"]?.string == "my-web")
        let data = ["color", "size"].compactMap { object[path: "data", $0]?.string }
        #expect(data.joined(separator: " ") == expected)
    }

    @Test(arguments: [
        ("{name: web, repo: \"https://charts.example/x\", version: 1.3.0}", "1.3.0 of the chart web is not pinned"),
        (
            "{name: web, repo: \"https://other.example/x\", version: 1.2.0}",
            "belay chart pin https://other.example/x web"
        ),
        ("{name: web}", "has no \"repo\""),
    ])
    func `what is not pinned says how to pin it`(entry: String, expected: String) throws {
        let problem = #expect(throws: Problem.self) { try rendered(entry, try Self.store()) }
        #expect(problem?.description.hasPrefix("app/kustomization.yaml:3:12: ") == true)
        #expect(problem?.description.contains(expected) == true)
    }

    @Test func `a chart that is pinned and not here is an error at the pin`() throws {
        let problem = #expect(throws: Problem.self) { try rendered(Self.entry, Store()) }
        #expect(problem?.origin.file.path == "belay.yaml" && problem?.message == "it is not here")
    }
}
