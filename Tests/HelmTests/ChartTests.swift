import Document
import FileTree
import Helm
import Testing

@Suite struct ChartTests {
    private static let base = [
        "Chart.yaml": """
        apiVersion: v2
        name: web
        version: 1.2.3
        appVersion: "2.0"
        dependencies:
          - {name: db, version: 1.x.x, condition: db.enabled, alias: store}
          - {name: off, version: 1.0.0, tags: [extra]}
        """,
        "values.yaml": "replicas: 2\nimage: {name: web, tag: null}\ntags: {extra: false}\nglobal: {zone: a}\n",
        "templates/_helpers.tpl": "{{ define \"web.name\" }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}",
        "templates/b.yaml": """
        apiVersion: v1
        kind: Service
        metadata:
          name: {{ include "web.name" . }}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          replicas: {{ .Values.replicas }}
        """,
        "templates/a.yaml": """
        kind: ConfigMap
        data: {{- (.Files.Glob "conf/*").AsConfig | nindent 2 }}
          base: {{ .Template.BasePath }}
        """,
        "templates/test.yaml": "kind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}",
        "templates/NOTES.txt": "thanks",
        "conf/x.txt": "one",
        "charts/db/Chart.yaml": "name: db\nversion: 1.4.0",
        "charts/db/values.yaml": "size: 1",
        "charts/db/templates/db.yaml":
            "kind: Secret\nsize: {{ .Values.size }}{{ .Values.global.zone }}{{ .Chart.Name }}",
        "charts/off/Chart.yaml": "name: off\nversion: 1.0.0",
        "charts/off/templates/off.yaml": "kind: Off",
    ]

    private func load(_ changes: [String: String] = [:]) throws -> Chart {
        let files = Self.base.merging(changes) { $1 }
        return try Chart.load(.root, in: MemoryTree(files))
    }

    /// A template and what it gives; what begins with an exclamation mark is a part of an error.
    @Test(arguments: [
        (
            #"{{ typeOf .Values }} {{ typeOf .Values.image }} {{ typeOf . }} {{ kindOf .Values }}"#,
            "chartutil.Values map[string]interface {} chartutil.Values map"
        ),
        (#"{{ dig "image" "name" "none" .Values.AsMap }} {{ (.Values.Table "image").name }}"#, "web web"),
        (
            #"{{ .Values.PathValue "image.name" }} {{ $.PathValue "Values.replicas" }} {{ hasKey $.Values.AsMap "image" }}"#,
            "web 2 true"
        ),
        (#"{{ with .Values }}{{ .YAML | contains "replicas: 2\n" }}{{ end }}"#, "true"),
        (#"{{ with .Values.image }}{{ .Table }}{{ end }}"#, ""),
        (#"{{ .Values.PathValue "image" }}"#, #"!error calling PathValue: "image" is not a value"#),
        (#"{{ .Values.Table "image.name" }}"#, #"!error calling Table: "name" is not a table"#),
        (#"{{ .Values.Table }}"#, "!wrong number of args for Table: want 1 got 0"),
        (#"{{ .Values.AsMap 1 }}"#, "!wrong number of args for AsMap: want 0 got 1"),
    ])
    func `values have methods, as Helm gives them`(template: String, expected: String) throws {
        let chart = try load(["templates/a.yaml": "text: '\(template)'"])
        do {
            let text = try HelmRender.text(chart, HelmRender.Settings(release: "r"), only: ["templates/a.yaml"])
            #expect(text == "---\n# Source: web/templates/a.yaml\ntext: '\(expected)'\n")
        } catch {
            #expect("\(error)".contains(expected.dropFirst()), "\(error)")
            #expect(error.origin.description.hasPrefix("templates/a.yaml:1:"))
        }
    }

    /// Templates beside the chart's own, and a part of what is told.
    @Test(arguments: [
        (["templates/c.yaml": "{{ if }}", "templates/z.yaml": "{{ fail \"late\" }}"], "missing value for if"),
        (
            ["templates/c.yaml": "{{ if }}", "templates/_h.tpl": "{{ with }}", "templates/z.yaml": "{{ range }}"],
            "missing value for range"
        ),
        (["templates/c.yaml": "{{ if }}", "templates/_z.tpl": "{{ with }}"], "missing value for if"),
        (["templates/z.yaml": "{{ fail \"late\" }}"], "late"),
    ])
    func `what cannot be read is told before what fails, in the order of reading`(
        files: [String: String], message: String
    ) throws {
        let problem = #expect(throws: Problem.self) {
            try HelmRender.text(try load(files), HelmRender.Settings(release: "r"))
        }
        #expect(problem?.description.contains(message) == true, "\(problem?.description ?? "")")
    }

    @Test func `templates include others by their paths, those that were carried out and those to come`() throws {
        let line =
            "kind: A\nsum: '{{ include (print $.Template.BasePath \"/m.yaml\") . | replace \"\\n\" \" \" }}'"
        let chart = try load([
            "templates/c.yaml": line, "templates/m.yaml": "kind: M\nname: {{ .Release.Name }}",
            "templates/z.yaml": line,
        ])
        for templates in [nil, ParsedTemplates(), ParsedTemplates(keepsAll: false)] {
            var settings = HelmRender.Settings(release: "r")
            settings.templates = templates
            for _ in 0..<2 {
                let text = try HelmRender.text(chart, settings, only: ["templates/c.yaml", "templates/z.yaml"])
                #expect(text.split(separator: "\n").filter { $0 == "sum: 'kind: M name: r'" }.count == 2)
            }
        }
    }

    @Test(arguments: [
        ("", "\n"), ("kind: A\nmetadata: {annotations: {helm.sh/hook: test}}", "\n---\n"), ("kind: A", "---\n"),
    ])
    func `what is no hook ends a line, and be it nothing`(template: String, start: String) throws {
        let files = ["Chart.yaml": "apiVersion: v2\nname: small\nversion: 1.0.0\n", "templates/only.yaml": template]
        let chart = try Chart.load(.root, in: MemoryTree(files))
        let text = try HelmRender.text(chart, HelmRender.Settings(release: "r"))
        #expect(text == start || text.hasPrefix("\(start)# Source: "))
    }

    /// What a template makes, and the documents that Helm takes it for.
    @Test(arguments: [
        ("---\n---\nkind: A", ["---\nkind: A"]), ("---\nkind: A\n---\nkind: B", ["kind: A", "kind: B"]),
        ("kind: A\n---\n\n---\nkind: B", ["kind: A", "---\nkind: B"]), ("kind: A\n---\n---", ["---", "kind: A"]),
        ("kind: A\n--- # next\nkind: B", ["kind: A", "# next\nkind: B"]), (" \n  ---\nkind: A\n\n", ["kind: A"]),
    ])
    func `documents are told apart as Helm does`(template: String, documents: [String]) throws {
        let files = ["Chart.yaml": "apiVersion: v2\nname: small\nversion: 1.0.0\n", "templates/all.yaml": template]
        let text = try HelmRender.text(
            try Chart.load(.root, in: MemoryTree(files)), HelmRender.Settings(release: "r"))
        #expect(text == documents.map { "---\n# Source: small/templates/all.yaml\n\($0)\n" }.joined())
    }

    @Test func `numbers and booleans of Chart yaml are texts as Go makes them`() throws {
        let files = [
            "Chart.yaml": """
            {apiVersion: v2, name: small, version: 1.10, appVersion: 1.0, icon: 0x1F, deprecated: true,
            annotations: {size: 12345678.5, public: true}}
            """,
            "templates/all.yaml": """
            kind: A
            is: {{ .Chart.Version }} {{ .Chart.AppVersion }} {{ .Chart.Icon }} {{ .Chart.Deprecated }}
            more: {{ .Chart.Annotations.size }} {{ .Chart.Annotations.public | quote }} {{ kindOf .Chart.AppVersion }}
            """,
        ]
        let text = try HelmRender.text(
            try Chart.load(.root, in: MemoryTree(files)), HelmRender.Settings(release: "r"))
        #expect(text.contains("is: 1.1 1 31 true\nmore: 1.2345678e+07 \"true\" string\n"))
    }

    @Test func `a chart is printed in order of installation, with its subcharts`() throws {
        let values = GivenValues([.line("replicas=3,store.size=7", .set)])
        let text = try HelmRender.text(try load(), values: values, HelmRender.Settings(release: "r"))
        let expected = """
            ---
            # Source: web/charts/store/templates/db.yaml
            kind: Secret
            size: 7astore
            ---
            # Source: web/templates/a.yaml
            kind: ConfigMap
            data:
              x.txt: one
              base: web/templates
            ---
            # Source: web/templates/b.yaml
            apiVersion: v1
            kind: Service
            metadata:
              name: r-web
            ---
            # Source: web/templates/b.yaml
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
            spec:
              replicas: 3
            ---
            # Source: web/templates/test.yaml
            kind: Pod
            metadata: {name: t, annotations: {helm.sh/hook: test}}

            """
        #expect(text == expected)
    }

    @Test func `each value knows its template's line, or its line of the values`() throws {
        let objects = try HelmRender.render(try load(), HelmRender.Settings(release: "r"))
        #expect(objects.map { $0["kind"]?.string } == ["Secret", "ConfigMap", "Service", "Deployment"])
        #expect(objects[3]["spec"]?["replicas"]?.origin.description.hasPrefix("values.yaml:1") == true)
        #expect(objects[3]["metadata"]?["name"]?.origin.description.hasPrefix("templates/b.yaml:9") == true)
    }

    @Test func `conditions leave subcharts out`() throws {
        let values = GivenValues([.line("db.enabled=false", .set)])
        let objects = try HelmRender.render(try load(), values: values, HelmRender.Settings(release: "r"))
        #expect(!objects.contains { $0["kind"] == "Secret" })
    }

    @Test(arguments: [
        (["templates/c.yaml": "a: b\nb: {{ .Values.x.y }}"], "templates/c.yaml:2", "nil pointer"),
        (["templates/c.yaml": "{{ if 1 }}"], "templates/c.yaml:1", "unexpected EOF"),
        (["templates/c.yaml": "\n\na: [b"], "templates/c.yaml:", "no YAML"),
        (["values.yaml": "- a"], "values.yaml:1", "mapping"),
        (["charts/db/Chart.yaml": "name: dp\nversion: 1.0.0"], "Chart.yaml:6", "needs db 1.x.x"),
        (["Chart.yaml": "name: web\nversion: 1.0.0\ntype: library"], "Chart.yaml:1", "not installable"),
    ])
    func `refuses at the line`(changes: [String: String], place: String, says: String) throws {
        let problem = #expect(throws: Problem.self) {
            try HelmRender.render(try load(changes), HelmRender.Settings(release: "r"))
        }
        let text = problem?.description ?? ""
        #expect(text.contains(place) && text.contains(says), "\(text)")
    }
}
