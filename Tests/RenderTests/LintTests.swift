import Document
import FileTree
import Manifest
import Render
import Testing

/// What is said of repositories, and what is not.
@Suite struct LintTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var files: [String: String]
        /// `file:line:column rule`.
        var findings: [String]
        var testDescription: String { name }
    }

    private static let header = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    private static let web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: web, image: shop/web}]}

        """

    private static func overlay(_ text: String, _ others: [String: String] = [:]) -> [String: String] {
        ["kustomization.yaml": header + text, "web.yaml": web].merging(others) { $1 }
    }

    private static let overlays = [
        Case(name: "nothing", files: overlay("resources: [web.yaml]\n"), findings: []),
        Case(
            name: "deprecated fields", files: overlay("resources: [web.yaml]\ncommonLabels: {a: b}\n"),
            findings: ["kustomization.yaml:4:1 deprecated-field"]),
        Case(
            name: "an unknown field",
            files: overlay("resources: [web.yaml]\nimages:\n- name: shop/web\n  newTagg: x\n"),
            findings: ["kustomization.yaml:6:3 render", "kustomization.yaml:6:3 unknown-field"]),
        Case(
            name: "a key twice", files: overlay("resources: [web.yaml]\nnamePrefix: a-\nnamePrefix: b-\n"),
            findings: ["kustomization.yaml:5:1 duplicate-key"]),
        Case(
            name: "a resource twice", files: overlay("resources: [web.yaml, ./web.yaml]\n"),
            findings: ["kustomization.yaml:3:23 duplicate-resource", "web.yaml:3:18 render"]),
        Case(
            name: "a patch of nothing",
            files: overlay(
                "resources: [web.yaml]\npatches:\n- target: {kind: Deploy.*, name: wep}\n  patch: |-\n    - {op: remove, path: /spec}\n"
            ),
            findings: ["kustomization.yaml:5:11 unused-patch"]),
        Case(
            name: "an image of nothing",
            files: overlay("resources: [web.yaml]\nimages:\n- {name: shop/wep, newTag: x}\n"),
            findings: ["kustomization.yaml:5:10 unused-image"]),
        Case(
            name: "a replacement of nothing",
            files: overlay(
                """
                resources: [web.yaml]
                replacements:
                - source: {kind: Deployment, name: web}
                  targets:
                  - select: {kind: Job}
                    fieldPaths: [metadata.name]

                """), findings: ["kustomization.yaml:7:5 unused-replacement"]),
        Case(
            name: "a file that nothing reads", files: overlay("resources: [web.yaml]\n", ["old.yaml": web]),
            findings: ["old.yaml:1:1 unused-file"]),
        Case(
            name: "patches that nothing reads",
            files: overlay(
                "resources: [web.yaml]\n",
                [
                    "more.yaml": "- op: remove\n  path: /spec\n",
                    "less.json": "[{\"op\": \"remove\", \"path\": \"/spec\"}]",
                    "list.yaml": "- op: remove\n",
                ]), findings: ["less.json:1:1 unused-file", "more.yaml:1:1 unused-file"]),
        Case(
            name: "a component that nothing lists",
            files: overlay(
                "resources: [web.yaml]\ncomponents: [used]\n",
                [
                    "used/kustomization.yaml": "kind: Component\nnamePrefix: a-\n",
                    "idle/kustomization.yaml": "kind: Component\nnamePrefix: b-\n",
                ]), findings: ["idle/kustomization.yaml:1:1 unused-component"]),
        Case(
            name: "other files",
            files: overlay("resources: [web.yaml]\n", ["values.yaml": "a: 1\n", "x.yaml": "a: 1\n"]),
            findings: []),
        Case(
            name: "silence",
            files: overlay(
                "resources: [web.yaml]\n# belay:ignore unused-image, other\nimages:\n- {name: x, newTag: y} # belay:ignore unused-image\n",
                ["old.yaml": "# belay:ignore unused-file\n" + web]), findings: []),
        Case(
            name: "an entry that another overlay uses",
            files: [
                "base/kustomization.yaml": "kind: Component\nimages:\n- {name: shop/web, newTag: x}\n",
                "a/kustomization.yaml": header + "resources: [web.yaml]\ncomponents: [../base]\n", "a/web.yaml": web,
                "b/kustomization.yaml": header + "components: [../base]\nconfigMapGenerator: [{name: c}]\n",
            ], findings: []),
        Case(
            name: "what is built upon need not be whole",
            files: [
                "base/kustomization.yaml": header + "resources: [web.yaml]\n",
                "base/web.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n",
                "top/kustomization.yaml": header + "resources: [../base]\npatches: [{path: web.yaml}]\n",
                "top/web.yaml": web,
            ], findings: []),
        Case(
            name: "what does not render", files: overlay("resources: [gone.yaml]\n"),
            findings: ["kustomization.yaml:3:13 render"]),
    ]

    private static func manifest(_ text: String) -> [String: String] { ["a.yaml": text] }

    private static let manifests = [
        Case(
            name: "a kind that there is not",
            files: manifest("apiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: a}\n"),
            findings: ["a.yaml:2:7 unknown-kind"]),
        Case(
            name: "a kind of others", files: manifest("apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\n"),
            findings: []),
        Case(
            name: "a version of the past",
            files: manifest(
                "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 1}\n"),
            findings: ["a.yaml:1:13 removed-api"]),
        Case(
            name: "a label that is none",
            files: manifest("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {a: b c}}\n"),
            findings: ["a.yaml:3:33 invalid-manifest"]),
        Case(
            name: "a name for another program to fill in",
            files: manifest("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '${NAME}'}\n"), findings: []),
        Case(
            name: "secrets",
            files: manifest(
                "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  username: me\n  password: hunter2\n"),
            findings: ["a.yaml:6:13 secret-in-clear"]),
        Case(
            name: "secrets that are none",
            files: manifest(
                "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {tls.crt: YWJj, password: Y2hhbmdlbWU=, token: ''}\n"
            ),
            findings: []),
        Case(
            name: "secrets that are encrypted",
            files: manifest("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {p: 'ENC[x]'}\nsops: {}\n"),
            findings: []),
        Case(
            name: "an account of another namespace",
            files: manifest(
                """
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: robot, namespace: shop}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: robot, namespace: shop}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
                subjects: [{kind: ServiceAccount, name: robot, namespace: default}]

                """), findings: ["a.yaml:9:59 namespace-mismatch"]),
        Case(
            name: "two of one",
            files: manifest(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
            ),
            findings: ["a.yaml:7:18 duplicate-object"]),
    ]

    private static func chart(_ metadata: String, _ others: [String: String] = [:]) -> [String: String] {
        [
            "Chart.yaml": metadata + "icon: file:///i.png\n", "templates/NOTES.txt": "It runs.\n",
            "templates/map.yaml":
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata: {a: {{ .Values.a | quote }}}\n",
            "values.yaml": "a: 1\n",
        ].merging(others) { $1 }
    }

    private static let named = "apiVersion: v2\nname: shop\nversion: 1.2.3\n"

    private static let charts = [
        Case(name: "a chart", files: chart(named), findings: []),
        Case(
            name: "fields of a chart",
            files: chart("apiVersion: v3\nname: a b\nversion: one\ntype: other\nappVersion: 1.10\n"),
            findings: (1...5).map { "Chart.yaml:\($0):\([13, 7, 10, 7, 13][$0 - 1]) chart-metadata" }),
        Case(
            name: "fields that are not there", files: chart(""),
            findings: Array(repeating: "Chart.yaml:1:1 chart-metadata", count: 3)),
        Case(
            name: "a field too many", files: chart(named + "icno: x\n"),
            findings: ["Chart.yaml:4:1 chart-unknown-field"]),
        Case(
            name: "dependencies", files: chart(named + "dependencies:\n- {name: db, version: ^1.0.0, repository: x}\n"),
            findings: ["Chart.yaml:5:10 chart-dependency"]),
        Case(
            name: "dependencies as they were",
            files: chart(named, ["requirements.yaml": "dependencies:\n- {name: db, version: ^1.0.0, repository: x}\n"]),
            findings: ["requirements.yaml:2:10 chart-dependency"]),
        Case(
            name: "a dependency in another version",
            files: chart(
                named + "dependencies:\n- {name: db, version: ^2.0.0, repository: x}\n",
                ["charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n"]),
            findings: ["Chart.yaml:5:10 chart-dependency"]),
        Case(
            name: "a lock of the past",
            files: chart(named, ["Chart.lock": "dependencies:\n- {name: db, version: 1.0.0}\n"]),
            findings: ["Chart.lock:1:1 chart-lock"]),
        Case(
            name: "values",
            files: chart(
                named,
                [
                    "values.yaml": "a: 1\nb:\n  c: 2\n  d: 3\ne: {}\nglobal: {x: y}\n",
                    "templates/_x.tpl": "{{ define \"x\" }}{{ .Values.b.c }}{{ .Values.e.f }}{{ .Values.g }}{{ end }}",
                ]), findings: ["templates/_x.tpl:1:54 undefined-value", "values.yaml:4:3 unused-value"]),
        Case(
            name: "values that are handed on",
            files: chart(named, ["values.yaml": "a: 1\nb: 2\n", "templates/_x.tpl": "{{ toYaml .Values }}"]),
            findings: []),
        Case(
            name: "values that texts read",
            files: chart(
                named,
                ["values.yaml": "a: '{{ .Values.b }}'\nb: 2\nc: 3\n", "templates/_x.tpl": "{{ index .Values \"c\" }}"]),
            findings: []),
        Case(
            name: "a template that stops on purpose",
            files: chart(
                named, ["templates/stop.yaml": "{{ required \"say who\" .Values.a.b }}", "values.yaml": "a: {}\n"]),
            findings: ["templates/stop.yaml:1:4 needs-values"]),
        Case(
            name: "a template that is none", files: chart(named, ["templates/b.yaml": "{{ if }}"]),
            findings: ["templates/b.yaml:1 render"]),
        Case(
            name: "objects of a chart",
            files: chart(
                named,
                ["templates/b.yaml": "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: x}\n"]),
            findings: ["templates/b.yaml:1 removed-api"]),
    ]

    @Test(arguments: overlays + manifests) func `tells of what is doubtful, and of nothing else`(test: Case) throws {
        let findings = try Lint(MemoryTree(test.files)).findings(in: .root, scope: .root)
        #expect(findings.map { "\($0.problem.origin) \($0.rule.name)" } == test.findings)
    }

    @Test(arguments: charts) func `tells of charts`(test: Case) throws {
        let findings = try Lint(MemoryTree(test.files)).findings(in: .root, scope: .root)
        let places = findings.map { finding -> String in
            // A template's errors name its line; how far into it is the template language's affair.
            let origin = finding.problem.origin
            let isTemplate = finding.rule.name == "render" || finding.rule.name == "removed-api"
            return "\(isTemplate ? "\(origin.file):\(origin.line)" : "\(origin)") \(finding.rule.name)"
        }
        #expect(places == test.findings)
    }

    @Test func `no value of a secret is said`() throws {
        let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2}\n"
        let findings = try Lint(MemoryTree(["a.yaml": text])).findings(in: .root, scope: .root)
        #expect(findings.count == 1)
        #expect(!findings.contains { "\($0)".contains("hunter2") })
    }

    @Test func `a project is held against what its environments render`() throws {
        let project = """
            apiVersion: belay/v1
            kind: Project
            metadata: {name: shop}
            spec:
              environments:
                - {name: dev, namespace: dev, apps: [{path: web}]}
                - {name: qa, namespace: qa, apps: [{path: gone}]}

            """
        let files = ["belay.yaml": project, "web/a.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"]
        let findings = try Lint(MemoryTree(files)).findings(in: .root, scope: .root)
        #expect(findings.map(\.rule.name).sorted() == ["invalid-manifest", "project"])
        let broken = try Lint(MemoryTree(["belay.yaml": "kind: Projekt\n"])).findings(in: .root, scope: .root)
        #expect(broken.map(\.rule.name) == ["project"])
    }

    @Test func `the Kubernetes version says what is gone`() throws {
        let files = [
            "a.yaml":
                "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 1}\n"
        ]
        let options = Lint.Options(version: KubernetesVersion(1, 24))
        let findings = try Lint(MemoryTree(files), options: options).findings(in: .root, scope: .root)
        #expect(findings.map(\.rule.name) == ["deprecated-api"])
    }

    @Test func `each rule has a name of its own and says what it finds`() {
        #expect(Set(Lint.rules.map(\.name)).count == Lint.rules.count)
        for rule in Lint.rules {
            #expect(!rule.summary.hasSuffix("."))
            #expect(rule.name.allSatisfy { $0.isLowercase || $0 == "-" })
        }
    }
}
