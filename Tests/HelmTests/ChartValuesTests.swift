import Archive
import Crypto
import Document
import FileTree
import Helm
import Testing

/// What the template `out.yaml` of a chart makes of `.Values`, in one line of JSON.
private func seen(
    _ files: [String: String], _ values: [String] = [], template: String = "{{ toJson .Values }}",
    settings: HelmRender.Settings = HelmRender.Settings(release: "r")
) throws -> String {
    var files = files
    files["Chart.yaml"] = files["Chart.yaml"] ?? "apiVersion: v2\nname: web\nversion: 1.0.0"
    files["templates/out.yaml"] = "out: '\(template)'"
    let documents = try values.map { try YAML.parseOne(Array($0.utf8), file: SourceFile("given.yaml")) }
    let chart = try Chart.load(.root, in: MemoryTree(files))
    let objects = try HelmRender.manifests(chart, values: GivenValues(documents), settings)
    return try #require(objects.first { $0["out"] != nil }?["out"]?.string)
}

private func problem(_ files: [String: String], _ settings: HelmRender.Settings = HelmRender.Settings(release: "r"))
    -> String
{
    do {
        let chart = try Chart.load(.root, in: MemoryTree(files))
        _ = try HelmRender.render(chart, settings)
        return ""
    } catch {
        return "\(error)"
    }
}

@Suite struct ChartValuesTests {
    private static let parent = """
        apiVersion: v2
        name: web
        version: 1.0.0
        dependencies:
        - {name: db, version: 1.x, alias: first, condition: "first.on,all.on", tags: [store]}
        - {name: db, version: ">=1.0.0", alias: second, import-values: [shared, {child: conf.deep, parent: got.it}]}
        """
    private static let child = [
        "charts/db/Chart.yaml": "name: db\nversion: 1.2.0",
        "charts/db/values.yaml": "size: 1\nconf: {deep: {a: 1}}\nexports: {shared: {b: 2}}\n",
        "charts/db/templates/db.yaml": "db: {{ .Chart.Name }}-{{ .Values.size }}",
    ]

    @Test(arguments: [
        // The chart's values, what is given, and what templates see.
        ("a: 1\nb: {c: 2, d: 3}", ["b: {c: 5}"], #"{"a":1,"b":{"c":5,"d":3}}"#),
        ("a: 1\nb: {c: 2, d: 3}", ["b: {c: null}\na: null"], #"{"b":{"d":3}}"#),
        ("a: null\nb: {c: null}", [], #"{"a":null,"b":{"c":null}}"#),
        ("b: {c: 1}", ["b: {x: null}"], #"{"b":{"c":1,"x":null}}"#),
        ("b: {c: 1}", ["b: 2"], #"{"b":2}"#),
        ("l: [1, 2]", ["l: [3]"], #"{"l":[3]}"#),
        ("a: 1", ["a: {b: 1}", "a: {c: 2}"], #"{"a":{"b":1,"c":2}}"#),
        ("a: 1\na: 2", [], #"{"a":2}"#),
        ("", [], "{}"),
    ])
    func `values are laid over one another`(own: String, given: [String], expected: String) throws {
        #expect(try seen(["values.yaml": own], given) == expected)
    }

    @Test func `a chart may take part twice, under two names`() throws {
        var files = Self.child
        files["Chart.yaml"] = Self.parent
        files["values.yaml"] = "second: {size: 9}"
        files["templates/out.yaml"] = "x: y"
        let chart = try Chart.load(.root, in: MemoryTree(files))
        let text = try HelmRender.text(chart, HelmRender.Settings(release: "r"))
        #expect(text.contains("# Source: web/charts/first/templates/db.yaml\ndb: first-1"))
        #expect(text.contains("# Source: web/charts/second/templates/db.yaml\ndb: second-9"))
    }

    @Test func `a child hands tables up, below the parent's own`() throws {
        var files = Self.child
        files["Chart.yaml"] = Self.parent
        files["values.yaml"] = "b: 7"
        #expect(try seen(files, template: "{{ .Values.b }} {{ .Values.got.it.a }}") == "7 1")
        files["values.yaml"] = ""
        #expect(try seen(files, template: "{{ .Values.b }}") == "2")
    }

    @Test(arguments: [
        ("first: {on: false}", "second"), ("all: {on: false}", "second"),
        ("first: {on: true}\nall: {on: false}", "first second"),
        ("tags: {store: false}", "second"), ("tags: {store: false}\nfirst: {on: true}", "first second"),
        ("first: {on: 1}", "first second"),
    ])
    func `conditions and tags decide who takes part`(values: String, expected: String) throws {
        var files = Self.child
        files["Chart.yaml"] = Self.parent
        let names = try seen(files, [values], template: "{{ keys .Subcharts | sortAlpha | join \" \" }}")
        #expect(names == expected)
    }

    @Test func `globals reach every chart, and the outer one's count more`() throws {
        var files = Self.child
        files["charts/db/values.yaml"] = "global: {zone: inner, only: {here: 1}}"
        files["values.yaml"] = "global: {zone: outer, only: {there: 2}}"
        #expect(
            try seen(files, template: "{{ toJson .Subcharts.db.Values.global }}")
                == #"{"only":{"here":1,"there":2},"zone":"outer"}"#)
    }

    @Test func `what a chart says of itself has Go's names`() throws {
        let chart = """
            {apiVersion: v2, name: web, version: 1.2.3, appVersion: 7, keywords: [a, b], annotations: {n: 1},
            maintainers: [{name: ann, email: a@b}], kubeVersion: ">=1.20"}
            """
        let template =
            "{{ with .Chart }}{{ .APIVersion }} {{ .AppVersion }} {{ .Keywords }} {{ .Annotations.n }} {{ (index .Maintainers 0).Email }} {{ .IsRoot }} {{ .Home }}{{ end }}"
        #expect(try seen(["Chart.yaml": chart], template: template) == "v2 7 [a b] 1 a@b true ")
    }

    @Test func `what is released, and on what, is known`() throws {
        var settings = HelmRender.Settings(
            release: "rel", namespace: "ns",
            capabilities: try Capabilities(kubeVersion: "1.30.2-gke.5", extra: ["x/v1,y/v2"]))
        settings.isUpgrade = true
        let template =
            "{{ with .Release }}{{ .Name }} {{ .Namespace }} {{ .IsUpgrade }}{{ .IsInstall }} {{ .Service }} {{ .Revision }}{{ end }} {{ with .Capabilities }}{{ .KubeVersion }} {{ .KubeVersion.Minor }} {{ .APIVersions.Has \"y/v2\" }} {{ .APIVersions.Has \"z\" }}{{ end }}"
        #expect(
            try seen([:], template: template, settings: settings) == "rel ns truefalse Helm 1 v1.30.2 30 true false")
    }

    @Test(arguments: [
        (#"{{ has "y/v2" . }} {{ has "z" . }}"#, "true false"), ("{{ gt (len .) 3 }}", "true"),
        (#"{{ range . }}{{ if hasPrefix "y/" . }}{{ . }}{{ end }}{{ end }}"#, "y/v2"),
        (#"{{ without . "y/v2" | has "y/v2" }} {{ kindOf . }}"#, "false slice"),
        (#"{{ contains ",y/v2" (join "," .) }} {{ eq (first .) (index . 0) }}"#, "true true"),
    ])
    func `the APIs of a cluster are a list as well`(template: String, expected: String) throws {
        let settings = HelmRender.Settings(
            release: "rel", namespace: "ns", capabilities: try Capabilities(kubeVersion: "1.30.2", extra: ["y/v2"]))
        let template = "{{ with .Capabilities.APIVersions }}\(template){{ end }}"
        #expect(try seen([:], template: template, settings: settings) == expected)
    }

    @Test(arguments: [
        (#"{{ (.Files.Glob "conf/*").AsConfig | b64enc }}"#, "a.txt: one\nb.txt: |\n  two\n  three", true),
        (#"{{ .Files.Get "conf/a.txt" }}{{ .Files.Get "none" }}"#, "one", false),
        (
            #"{{ len (.Files.Glob "conf/*") }} {{ kindOf .Files }} {{ index .Files "conf/a.txt" | toString }}"#,
            "2 map one", false
        ),
        (#"{{ if .Files.Glob "none/*" }}yes{{ else }}no{{ end }}{{ len (.Files.Glob "../**") }}"#, "no0", false),
        (#"{{ .Files.Lines "conf/b.txt" | join "," }}"#, "two,three", false),
        (
            #"{{ range $path, $_ := .Files.Glob "**.{txt,ini}" }}{{ $path }} {{ end }}"#,
            "conf/a.txt conf/b.txt conf/deep/c.ini ", false
        ),
        (#"{{ (.Files.Glob "conf/[!a].txt").AsSecrets }}"#, "b.txt: dHdvCnRocmVlCg==", false),
        (#"{{ .Files.Get "templates/out.yaml" }}{{ .Files.Get "secret/x" }}{{ .Files.Get "skip.log" }}"#, "", false),
    ])
    func `files beside the templates can be read`(template: String, expected: String, isEncoded: Bool) throws {
        let files = [
            "conf/a.txt": "one", "conf/b.txt": "two\nthree\n", "conf/deep/c.ini": "x", "secret/x": "hidden",
            "skip.log": "no",
            ".helmignore": "# left out\n*.log\n/secret/\n",
        ]
        let text = try seen(files, template: template)
        #expect(text == (isEncoded ? Base64.encode(Array(expected.utf8)) : expected))
    }

    private func archive(_ files: [(String, String)]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = try TarWriter(.gzip) { bytes += $0 }
        for (name, text) in files {
            try writer.add(
                ArchiveEntry(path: Array(name.utf8), kind: .file, mode: 0o644, size: text.utf8.count),
                contents: Array(text.utf8))
        }
        try writer.finish()
        return bytes
    }

    @Test func `a chart in an archive is as good as one in a folder`() throws {
        let bytes = try archive([
            ("web/templates/a.yaml", "kind: {{ .Values.kind }}"), ("web/values.yaml", "\u{FEFF}kind: A"),
            ("web/Chart.yaml", "name: web\nversion: 1.0.0"),
        ])
        let chart = try Chart.load(archive: bytes, named: "web.tgz")
        #expect(try HelmRender.render(chart, HelmRender.Settings(release: "r")).map { $0["kind"]?.string } == ["A"])
    }

    @Test(arguments: [
        ([("Chart.yaml", "name: web")], "at the top"), ([("../web/Chart.yaml", "name: web")], "outside"),
        ([], "no files"),
        ([("web/values.yaml", "a: 1")], "no Chart.yaml"),
    ])
    func `an archive that is no chart is refused`(files: [(String, String)], says: String) throws {
        let bytes = try archive(files)
        let problem = #expect(throws: Problem.self) { try Chart.load(archive: bytes, named: "web.tgz") }
        #expect(problem?.description.hasPrefix("web.tgz") == true)
        #expect(problem?.description.contains(says) == true, "\(problem?.description ?? "")")
    }

    private static let plain = ["Chart.yaml": "name: web\nversion: 1.0.0", "templates/a.yaml": "kind: A"]

    @Test(arguments: [
        (["Chart.yaml": "version: 1.0.0"], "Chart.yaml:1:1: a chart needs a name"),
        (["Chart.yaml": "name: web"], "Chart.yaml:1:1: the chart web needs a version"),
        (["Chart.yaml": "name: web\nversion: one"], "Chart.yaml:2:10: the chart's version \"one\" is none"),
        (["Chart.yaml": "name: ../web\nversion: 1.0.0"], "Chart.yaml:1:7: a chart cannot be named"),
        (["Chart.yaml": "name: web\nversion: 1.0.0\ntype: tool"], "Chart.yaml:3:7: the chart's type"),
        (
            [
                "Chart.yaml":
                    "name: web\nversion: 1.0.0\ndependencies:\n- {name: db, version: 1.0.0, repository: 'https://x.example'}"
            ],
            "Chart.yaml:4:10: the chart web needs db 1.0.0, which is not in its folder charts/"
        ),
        (
            ["Chart.yaml": "name: web\nversion: 1.0.0\ndependencies:\n- {name: db}\n- {name: x, alias: db}"],
            "Chart.yaml:5:10: two dependencies are named db"
        ),
        (
            ["Chart.yaml": "name: web\nversion: 1.0.0\ndependencies:\n- {name: db, alias: 'a b'}"],
            "Chart.yaml:4:21: the alias"
        ),
        (
            ["Chart.yaml": "name: web\nversion: 1.0.0\nkubeVersion: '<1.20'"],
            "Chart.yaml:3:14: the chart web requires Kubernetes <1.20"
        ),
        (["charts/db/values.yaml": "a: 1"], "charts/db/values.yaml: the chart has no Chart.yaml"),
        (["charts/db.tgz": "no archive"], "charts/db.tgz: the chart's archive cannot be read"),
        (
            ["charts/db/Chart.yaml": "name: db\nversion: 1.0.0", "values.yaml": "db: 1"],
            "values.yaml:1:5: the values of the subchart db"
        ),
        ([".helmignore": "a\n**/b"], ".helmignore:2:1: \"**\""),
        ([".helmignore": "[a"], ".helmignore:1:1: the pattern"),
    ])
    func `a chart that is none is refused`(changes: [String: String], says: String) throws {
        let text = problem(Self.plain.merging(changes) { $1 })
        #expect(text.hasPrefix(says), "\(text)")
    }

    @Test func `charts that hold themselves end`() throws {
        var files = Self.plain
        var prefix = ""
        for _ in 0..<18 {
            prefix += "charts/web/"
            files[prefix + "Chart.yaml"] = "name: web\nversion: 1.0.0"
        }
        #expect(problem(files).contains("nested more than 16 deep"))
    }

    @Test(arguments: ["Web", "a_b", "-a", "a..b", "", String(repeating: "a", count: 54)])
    func `a release's name must be one`(name: String) {
        #expect(problem(Self.plain, HelmRender.Settings(release: name)).contains("release's name"))
    }

    @Test func `a lock must be of its chart when that is asked for`() throws {
        var files = Self.plain
        files["Chart.yaml"] =
            "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies:\n- {name: db, version: 1.x, repository: ''}"
        files["charts/db/Chart.yaml"] = "name: db\nversion: 1.2.0"
        let digest =
            "sha256:"
            + Digest.sha256(
                #"[[{"name":"db","version":"1.x","repository":""}],[{"name":"db","version":"1.2.0","repository":""}]]"#
            ).hex
        files["Chart.lock"] = "dependencies:\n- {name: db, version: 1.2.0, repository: ''}\ndigest: \(digest)\n"
        var settings = HelmRender.Settings(release: "r")
        settings.checksLock = true
        #expect(problem(files, settings) == "")
        files["charts/db/Chart.yaml"] = "name: db\nversion: 1.3.0"
        #expect(problem(files, settings).hasPrefix("Chart.lock:2:23: the chart db in charts/ is version 1.3.0"))
        files["Chart.yaml"]? += "\n- {name: db, version: 1.x, repository: '', alias: more}"
        #expect(problem(files, settings).hasPrefix("Chart.lock:3:9: the lock of the chart web"))
        #expect(problem(files) == "")
    }

    @Test func `hooks can be left out, and one template shown`() throws {
        var files = Self.plain
        files["templates/t.yaml"] = "kind: T\nmetadata: {annotations: {helm.sh/hook: test}}"
        files["templates/h.yaml"] = "kind: H\nmetadata: {annotations: {helm.sh/hook: pre-install}}"
        let chart = try Chart.load(.root, in: MemoryTree(files))
        var settings = HelmRender.Settings(release: "r")
        func kinds() throws -> [String] { try HelmRender.manifests(chart, settings).compactMap { $0["kind"]?.string } }
        #expect(try kinds() == ["A", "H", "T"])
        settings.skipsTests = true
        #expect(try kinds() == ["A", "H"])
        settings.skipsHooks = true
        #expect(try kinds() == ["A"])
        let only = HelmRender.Settings(release: "r")
        let text = try HelmRender.text(chart, only, only: ["templates/t.yaml", "templates/[ah].yaml"])
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("kind") } == ["kind: T", "kind: A", "kind: H"])
        #expect(throws: Problem.self) { try HelmRender.text(chart, only, only: ["templates/none.yaml"]) }
    }

    @Test func `a release's name can be made by a template`() throws {
        let name = try HelmRender.releaseName(.string("{{ upper \"a\" | lower }}-1"), key: [1])
        #expect(name == "a-1")
        #expect(throws: Problem.self) { try HelmRender.releaseName(.string("{{ fail \"x\" }}"), key: [1]) }
    }
}
