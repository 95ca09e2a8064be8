import Document
import FileTree
import Kustomize
import Testing

/// Each bad input gets one error, at its line, and nothing is rendered.
@Suite struct RefusalTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        var name: String
        var files: [String: String]
        var place: String
        /// What the message must name.
        var says: String
        var testDescription: String { name }
    }

    static func over(
        _ name: String, _ kustomization: String, _ place: String, _ says: String, _ files: [String: String] = [:]
    ) -> Refusal {
        Refusal(name: name, files: OverlayCase.over(name, kustomization, files).files, place: place, says: says)
    }

    static func alone(
        _ name: String, _ kustomization: String, _ place: String, _ says: String, _ files: [String: String] = [:]
    ) -> Refusal {
        Refusal(
            name: name, files: files.merging(["overlay/kustomization.yaml": kustomization]) { $1 }, place: place,
            says: says)
    }

    static let config = "overlay/kustomization.yaml"
    static let all: [Refusal] = [
        alone("unknown field", "resources: []\nnamePrefx: a", "\(config):2:1", "namePrefx"),
        alone(
            "a chart that is not there", "helmCharts:\n- name: a", "\(config):2:9",
            "there is no chart in overlay/charts/a"),
        alone(
            "a chart of another machine", "helmCharts:\n- {name: a, repo: 'https://charts.example', version: 1.2.3}",
            "\(config):2:10",
            "helm pull --untar --untardir charts/a-1.2.3 --repo https://charts.example a --version 1.2.3"),
        alone(
            "a chart of a registry",
            "helmChartInflationGenerator:\n- {chartName: a, chartRepoUrl: 'oci://charts.example/x/'}",
            "\(config):2:15", "helm pull --untar --untardir charts oci://charts.example/x/a"),
        alone("a chart without a name", "helmCharts:\n- {releaseName: a}", "\(config):2:3", "needs the chart's name"),
        alone("a field that charts have not", "helmCharts:\n- {name: a, valueFile: x}", "\(config):2:13", "valuesFile"),
        alone(
            "two names of a release", "helmCharts:\n- {name: a, releaseName: b, nameTemplate: c}", "\(config):2:43",
            "keep one"),
        alone("a merge that is none", "helmCharts:\n- {name: a, valuesMerge: mix}", "\(config):2:26", "override"),
        alone(
            "a plugin that is a program", "generators: [p.yaml]", "overlay/p.yaml:2:7", "runs none",
            ["overlay/p.yaml": "apiVersion: example.com/v1\nkind: Sealed\nmetadata: {name: p}"]),
        alone(
            "a plugin that is a container", "transformers: [p.yaml]", "overlay/p.yaml:1:32", "container",
            [
                "overlay/p.yaml":
                    "{apiVersion: example/v1, kind: Fn, metadata: {name: p, annotations: {config.kubernetes.io/function: 'container: {image: x}'}}}"
            ]),
        alone(
            "a plugin that there is not", "transformers: ['{apiVersion: builtin, kind: Magic, metadata: {name: m}}']",
            "\(config):1:", "no built-in transformer Magic"),
        alone(
            "a validator that changes something",
            "resources: [a.yaml]\nvalidators: ['{apiVersion: builtin, kind: PrefixTransformer, metadata: {name: v}, prefix: x, fieldSpecs: [{path: metadata/name}]}']",
            "\(config):2:", "changes", ["overlay/a.yaml": "{apiVersion: v1, kind: A, metadata: {name: a}}"]),
        alone(
            "a schema of a version that is not built in", "resources: [a.yaml]\nopenapi: {version: v9}",
            "\(config):2:20", "v9", ["overlay/a.yaml": "{apiVersion: v1, kind: A, metadata: {name: a}}"]),
        alone(
            "a schema without definitions", "resources: [a.yaml]\nopenapi: {path: a.yaml}", "\(config):2:17",
            "definitions", ["overlay/a.yaml": "{apiVersion: v1, kind: A, metadata: {name: a}}"]),
        alone(
            "a CustomResourceDefinition under crds", "resources: [a.yaml]\ncrds: [a.yaml]", "overlay/a.yaml:1:1",
            "definitions", ["overlay/a.yaml": "{apiVersion: v1, kind: A, metadata: {name: a}}"]),
        alone("field of another kind", "namePrefix: 7", "\(config):1:13", "namePrefix"),
        alone("another version", "apiVersion: kustomize.config.k8s.io/v1", "\(config):1:13", "v1beta1"),
        alone("another kind", "kind: Overlay", "\(config):1:7", "kind"),
        alone("empty", "kind: Kustomization", "\(config):1:1", "empty"),
        alone("nothing at all", "# nothing", "\(config):1:1", "empty"),
        alone(
            "duplicate key", "resources: [a.yaml]", "overlay/a.yaml:2:1", "kind",
            ["overlay/a.yaml": "kind: A\nkind: B"]),
        alone("a tab", "resources:\n\t- a", "\(config):2:1", ""),
        alone("missing file", "resources: [gone.yaml]", "\(config):1:13", "gone.yaml does not exist"),
        alone("out of the tree", "resources: [../../etc/passwd]", "\(config):1:13", "outside its root"),
        alone("absolute", "resources: [/etc/passwd]", "\(config):1:13", "outside its root"),
        alone(
            "a file beside the folder", "resources: [../beside.yaml]", "\(config):1:13", "outside its root",
            ["beside.yaml": "kind: A"]),
        alone("remote base", "resources: [https://example.com/x?ref=v1]", "\(config):1:13", "another machine"),
        alone("itself", "resources: [.]", "\(config):1:13", "circle"),
        alone("the folder above", "resources: [..]", "\(config):1:13", "circle"),
        alone(
            "two that name each other", "resources: [../other]", "other/kustomization.yaml:1:13", "circle",
            ["other/kustomization.yaml": "resources: [../overlay]"]),
        alone(
            "no kustomization in a folder", "resources: [../other]", "\(config):1:13", "no kustomization",
            ["other/a.yaml": "kind: A"]),
        alone(
            "two kustomizations in one folder", "resources: [../other]", "\(config):1:13", "several",
            ["other/kustomization.yaml": "resources: []", "other/Kustomization": "resources: []"]),
        alone(
            "one object twice", "resources: [a.yaml]", "overlay/a.yaml:3:44", "there already",
            [
                "overlay/a.yaml":
                    "{apiVersion: v1, kind: A, metadata: {name: a}}\n---\n{apiVersion: v1, kind: A, metadata: {name: a}}"
            ]),
        alone("no name", "resources: [a.yaml]", "overlay/a.yaml:1:1", "metadata.name", ["overlay/a.yaml": "kind: A"]),
        alone("no kind", "resources: [a.yaml]", "overlay/a.yaml:1:1", "kind", ["overlay/a.yaml": "a: b"]),
        over(
            "a patch for nothing", "patches:\n- patch: '{apiVersion: v1, kind: A, metadata: {name: a}}'", "",
            "no v1 A a"),
        over("a patch without a place", "patches:\n- target: {kind: A}", "\(config):3:3", "path"),
        over(
            "a JSON patch without a target", "patches:\n- patch: '[{\"op\": \"remove\", \"path\": \"/spec\"}]'",
            "\(config):3:3",
            "target"),
        over(
            "a JSON patch that does not fit",
            "patches:\n- target: {kind: Service}\n  patch: |-\n    - {op: remove, path: /spec/none}", "\(config):5:",
            "/spec/none"),
        over("no regular expression", "patches:\n- target: {name: \"(\"}\n  path: p", "\(config):3:18", "expression"),
        over("no replicas to set", "replicas: [{name: gone, count: 1}]", "\(config):2:12", "gone"),
        over(
            "a replacement from nothing",
            "replacements:\n- source: {kind: Gone}\n  targets: [{select: {kind: Service}, fieldPaths: [x]}]",
            "\(config):3:11",
            "source"),
        over(
            "a replacement into a field that is not there",
            "replacements:\n- source: {kind: Service, name: web}\n  targets: [{select: {kind: Service}, fieldPaths: [spec.none]}]",
            "\(config):4:52", "spec.none"),
        over(
            "a variable of an object that is not there",
            "vars: [{name: X, objref: {apiVersion: v1, kind: Service, name: gone}}]", "\(config):2:8", "X"),
        over(
            "a literal without a value", "configMapGenerator: [{name: a, literals: [x]}]", "\(config):2:43", "key=value"
        ),
        over("a key twice", "configMapGenerator: [{name: a, literals: [x=1, x=2]}]", "\(config):2:50", "\"x\""),
        over(
            "a generator for what is there", "configMapGenerator: [{name: settings, literals: [x=1]}]",
            "\(config):2:22", "already"),
        over(
            "a merge into nothing", "configMapGenerator: [{name: a, behavior: merge, literals: [x=1]}]",
            "\(config):2:22", "merge"),
        over(
            "a component as a resource",
            "namePrefix: x\ncomponents: [../base]",
            "\(config):3:14", "no component"),
    ]

    static let object = "{apiVersion: v1, kind: A, metadata: {name: a}}"
    /// A resource that is read, but not as the overlay wants it.
    static func resource(_ name: String, _ text: String, _ place: String, _ says: String) -> Refusal {
        alone(name, "namePrefix: a\nresources: [a.yaml]", place, says, ["overlay/a.yaml": text])
    }

    static let malformed: [Refusal] = [
        resource("broken YAML", "kind: A\nspec: {a: 1", "overlay/a.yaml:3:1", "YAML"),
        resource("a tab for indentation", "kind: A\nspec:\n\ta: 1", "overlay/a.yaml:3:1", "tab"),
        resource("a key twice in a resource", "kind: A\nspec:\n  a: 1\n  a: 2", "overlay/a.yaml:4:3", "line 3"),
        resource(
            "aliases that multiply",
            "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
                + (1..<12).map { level in
                    "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                        + "]"
                }.joined(separator: "\n"), "overlay/a.yaml:", "aliases"),
        resource("an alias of nothing", "kind: A\nspec: *none", "overlay/a.yaml:2:7", "no anchor above it"),
        resource("an anchor within itself", "kind: &a {b: *a}", "overlay/a.yaml:1:14", "itself"),
        resource("nested too deeply", String(repeating: "[", count: 10_000), "overlay/a.yaml:1:", "deep"),
        resource("too long", String(repeating: "# long\n", count: 10 << 20), "overlay/", "bytes"),
        resource("a list for an object", "- a", "overlay/a.yaml:1:1", "mapping"),
        resource(
            "an empty item", "\(object)\n---\n{apiVersion: v1, kind: B, metadata: {name: b}, x: [~]}",
            "overlay/a.yaml:3:", "empty item"),
    ]

    /// Mistakes below the overlay that is rendered, and the way that leads to them.
    static let below: [(Refusal, way: String)] = [
        (
            over("of a base's file", "", "base/rest.yaml:1:1", "kind", ["base/rest.yaml": "a: b"]),
            "overlay/kustomization.yaml:1 → base/kustomization.yaml:1"
        ),
        (
            over(
                "a field of a base", "", "base/kustomization.yaml:1:1", "resuorces",
                ["base/kustomization.yaml": "resuorces: []"]),
            "overlay/kustomization.yaml:1"
        ),
        (
            over(
                "a patch of a component", "components: [../part]", "part/patch.yaml:1:44", "no v1 A gone",
                [
                    "part/kustomization.yaml":
                        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- path: patch.yaml",
                    "part/patch.yaml": "{apiVersion: v1, kind: A, metadata: {name: gone}}",
                ]), "overlay/kustomization.yaml:2 → part/kustomization.yaml:4"
        ),
        (
            over(
                "two bases with one object", "", "other/a.yaml:1:44", "there already",
                [
                    "overlay/kustomization.yaml": "resources:\n- ../one\n- ../other",
                    "one/kustomization.yaml": "resources: [a.yaml]", "one/a.yaml": object,
                    "other/kustomization.yaml": "resources: [a.yaml]", "other/a.yaml": object,
                ]), "overlay/kustomization.yaml:3"
        ),
        (
            over(
                "a generator in a file", "generators: [g.yaml]", "overlay/g.yaml:4:9", "missing.ini does not exist",
                [
                    "overlay/g.yaml":
                        "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: g}\nfiles: [missing.ini]"
                ]), "overlay/kustomization.yaml:2"
        ),
    ]

    @Test(arguments: malformed)
    func `refuses what cannot be read at its line`(refusal: Refusal) throws {
        try `refuses at the line`(refusal: refusal)
    }

    @Test(arguments: below.indices)
    func `tells the way to what is below`(index: Int) throws {
        let (refusal, way) = Self.below[index]
        let problem = #expect(throws: Problem.self) {
            try Kustomize.build(try #require(TreePath("overlay")), in: MemoryTree(refusal.files))
        }
        let lines = (problem?.description ?? "").split(separator: "\n")
        #expect(
            lines.first?.hasPrefix(refusal.place) == true && lines.first?.contains(refusal.says) == true, "\(lines)")
        #expect(lines.dropFirst().first == "  in \(way)")
    }

    @Test func `refuses what is not UTF-8`() throws {
        let tree = MemoryTree(contents: [
            "overlay/kustomization.yaml": Array("resources: [a.yaml]".utf8),
            "overlay/a.yaml": Array("a: ".utf8) + [0xff],
        ])
        let problem = #expect(throws: Problem.self) { try Kustomize.build(try #require(TreePath("overlay")), in: tree) }
        #expect(
            problem?.description.hasPrefix("overlay/a.yaml:1:4: ") == true && problem?.message.contains("UTF-8") == true
        )
    }

    @Test(arguments: all + malformed)
    func `says what to do`(refusal: Refusal) throws {
        let problem = #expect(throws: Problem.self) {
            try Kustomize.build(try #require(TreePath("overlay")), in: MemoryTree(refusal.files))
        }
        #expect(problem?.hint.isEmpty == false, "\(problem?.description ?? "")")
    }

    @Test(arguments: all)
    func `refuses at the line`(refusal: Refusal) throws {
        let problem = #expect(throws: Problem.self) {
            try Kustomize.build(try #require(TreePath("overlay")), in: MemoryTree(refusal.files))
        }
        let text = problem?.description ?? ""
        #expect(text.hasPrefix(refusal.place), "\(text)")
        #expect(text.contains(refusal.says), "\(text)")
    }

    @Test func `refuses a symlink that leads out`() throws {
        let tree = MemoryTree(
            ["overlay/kustomization.yaml": "resources: [a.yaml]"], links: ["overlay/a.yaml": "../../x"])
        let problem = #expect(throws: Problem.self) { try Kustomize.build(try #require(TreePath("overlay")), in: tree) }
        #expect(
            problem?.description.hasPrefix("overlay/kustomization.yaml:1:13: overlay/a.yaml refers outside") == true)
    }

    @Test func `refuses a link to a file beside the folder`() throws {
        let tree = MemoryTree(
            ["overlay/kustomization.yaml": "resources: [a.yaml]", "beside.yaml": "kind: A"],
            links: ["overlay/a.yaml": "../beside.yaml"])
        let problem = #expect(throws: Problem.self) { try Kustomize.build(try #require(TreePath("overlay")), in: tree) }
        #expect(problem?.description.hasPrefix("overlay/kustomization.yaml:1:13: the file a.yaml refers") == true)
    }

    @Test func `refuses a reference that could mean several objects`() throws {
        let files = [
            "overlay/kustomization.yaml": "resources: [a, b, user.yaml]\nnamePrefix: o-",
            "overlay/a/kustomization.yaml": "resources: [cm.yaml]\nnamePrefix: a-",
            "overlay/b/kustomization.yaml": "resources: [cm.yaml]\nnamePrefix: b-",
            "overlay/a/cm.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: cm}}",
            "overlay/b/cm.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: cm}}",
            "overlay/user.yaml":
                "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {volumes: [{configMap: {name: cm}}]}",
        ]
        let problem = #expect(throws: Problem.self) {
            try Kustomize.build(try #require(TreePath("overlay")), in: MemoryTree(files))
        }
        #expect(problem?.description.hasPrefix("overlay/user.yaml:4:") == true)
        #expect(problem?.message.contains("any of") == true)
    }
}

extension RefusalTests {
    @Test func `stops where layers double their work`() throws {
        var files = ["l0/kustomization.yaml": "configMapGenerator: [{name: a, literals: [x=1]}]"]
        for layer in 1...30 {
            for name in ["a", "b"] {
                files["l\(layer)\(name)/kustomization.yaml"] =
                    "namePrefix: \(name)\nresources: [../\(layer == 1 ? "l0" : "l\(layer - 1)")]"
            }
            files["l\(layer)/kustomization.yaml"] = "resources: [../l\(layer)a, ../l\(layer)b]"
        }
        let problem = #expect(throws: Problem.self) {
            try Kustomize.build(try #require(TreePath("l30")), in: MemoryTree(files))
        }
        #expect(problem?.message.contains("kustomizations are needed") == true)
    }
}
