import Document
import FileTree
import Kustomize
import Testing

/// Deprecated fields rewritten, with the rendering as it was.
@Suite struct FixTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var before: String
        var after: String
        var testDescription: String { name }
    }

    private static let header = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"

    private static let files = [
        "base/kustomization.yaml": header + "resources:\n- web.yaml\n",
        "base/web.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: web, image: shop/web}]}
        """,
        "app/extra.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n",
        "app/merge.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n",
        "app/ops.yaml": "- op: add\n  path: /metadata/annotations\n  value: {a: b}\n",
        "app/settings.env": "A=1\n", "app/more.env": "B=2\n",
    ]

    private static let cases = [
        Case(
            name: "bases", before: "# what it stands on\nbases: [../base]\nresources:\n  - extra.yaml\n",
            after: "resources:\n  - extra.yaml\n  # what it stands on\n  - ../base\n"),
        Case(name: "bases alone", before: "bases:\n- ../base # it\n", after: "resources:\n- ../base # it\n"),
        Case(
            name: "strategic patches",
            before: """
                resources: [../base]
                patchesStrategicMerge:
                - merge.yaml
                # more memory
                - |-
                  apiVersion: apps/v1
                  kind: Deployment
                  metadata: {name: web}
                  spec: {paused: true}

                """,
            after: """
                resources: [../base]
                patches:
                - path: merge.yaml
                # more memory
                - patch: |-
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: web}
                    spec: {paused: true}

                """),
        Case(
            name: "all patches in the order in which they are applied",
            before: """
                resources: [../base]
                patchesJson6902:
                - path: ops.yaml
                  target: {version: v1, kind: Deployment, name: web}
                patches:
                - target: {kind: Deployment}
                  patch: '[{"op": "replace", "path": "/spec/replicas", "value": 3}]'
                patchesStrategicMerge: [merge.yaml]

                """,
            after: """
                resources: [../base]
                patches:
                - path: merge.yaml
                - target: {kind: Deployment}
                  patch: '[{"op": "replace", "path": "/spec/replicas", "value": 3}]'
                - path: ops.yaml
                  target: {version: v1, kind: Deployment, name: web}

                """),
        Case(
            name: "patches that are files", before: "resources: [../base]\npatches:\n- merge.yaml\n",
            after: "resources: [../base]\npatches:\n- path: merge.yaml\n"),
        Case(
            name: "labels",
            before: "resources:\n  - ../base\ncommonLabels: # all\n  team: a\nlabels:\n  - pairs: {x: y}\n",
            after: """
                resources:
                  - ../base
                labels:
                  - pairs: {x: y}
                  # all
                  - includeSelectors: true
                    pairs:
                      team: a

                """),
        Case(
            name: "image tags", before: "resources: [../base]\nimageTags:\n- name: shop/web\n  newTag: \"2\"\n",
            after: "resources: [../base]\nimages:\n- name: shop/web\n  newTag: \"2\"\n"),
        Case(
            name: "files of variables",
            before: """
                resources: [../base]
                configMapGenerator:
                - name: one
                  env: settings.env # here
                - name: two
                  envs:
                  - settings.env
                  env: more.env

                """,
            after: """
                resources: [../base]
                configMapGenerator:
                - name: one
                  envs:
                  - settings.env # here
                - name: two
                  envs:
                  - settings.env
                  - more.env

                """),
        Case(
            name: "nothing but comments", before: "resources: [../base]\npatchesStrategicMerge:\n#- merge.yaml\n",
            after: "resources: [../base]\npatches:\n#- merge.yaml\n"),
    ]

    private func outcome(_ kustomization: String, adding others: [String: String] = [:]) throws -> Fix.Outcome {
        var files = Self.files.merging(others) { $1 }
        files["app/kustomization.yaml"] = kustomization
        let folder = try #require(TreePath("app"))
        return try Fix.outcome(beneath: folder, in: MemoryTree(files), scope: .root)
    }

    private func text(_ outcome: Fix.Outcome) -> String? {
        outcome.files.first { $0.path.text == "app/kustomization.yaml" }.map { String(decoding: $0.new, as: UTF8.self) }
    }

    @Test(arguments: cases) func `rewrites a field and keeps the rest`(test: Case) throws {
        let outcome = try outcome(Self.header + test.before)
        #expect(outcome.refused.isEmpty)
        #expect(text(outcome) == Self.header + test.after)
        #expect(outcome.renderings == 1)
        let again = try self.outcome(Self.header + test.after)
        #expect(again.files.isEmpty && again.refused.isEmpty)
    }

    @Test func `charts of old become charts of today`() throws {
        let before = """
            helmChartInflationGenerator:
            # the front
            - chartName: shop # ours
              chartVersion: 1.0.0
              chartHome: vendor
              values: shop.yaml
              valuesLocal: {a: 1}
              releaseName: web
              helmBin: helm3
            helmCharts:
            - name: db

            """
        let after = """
            helmCharts:
            - name: db
            # the front
            - name: shop # ours
              version: 1.0.0
              valuesFile: shop.yaml
              valuesInline: {a: 1}
              releaseName: web
            helmGlobals:
              chartHome: vendor

            """
        let files = ["app/kustomization.yaml": Self.header + before]
        let folder = try #require(TreePath("app"))
        let outcome = try Fix.outcome(beneath: folder, in: MemoryTree(files), scope: .root, isChecked: false)
        #expect(outcome.refused.isEmpty)
        #expect(text(outcome) == Self.header + after)
    }

    /// An overlay whose objects name variables.
    private static func variables(_ fields: String, in text: String) -> [String: String] {
        [
            "app/kustomization.yaml": header + "resources:\n- web.yaml\n- service.yaml\n" + fields,
            "app/service.yaml": """
            apiVersion: v1
            kind: Service
            metadata: {name: front}
            spec: {ports: [{port: 80}]}
            """,
            "app/web.yaml": """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              template:
                spec:
                  containers:
                  - name: web
                    args: [\(text)]
            """,
        ]
    }

    private static let variable = """
        vars:
        - name: FRONT
          objref: {apiVersion: v1, kind: Service, name: front}

        """

    @Test(arguments: [
        ("$(FRONT)", "", "spec.template.spec.containers.[name=web].args.0", ""),
        (
            "--host, http://$(FRONT)/", "", "spec.template.spec.containers.[name=web].args.1",
            "delimiter: /\n      index: 2"
        ),
        (
            "$(FRONT).shop.svc", "namePrefix: a-\n", "spec.template.spec.containers.[name=web].args.0",
            "delimiter: .\n      index: 0"
        ),
    ])
    func `variables become replacements`(text: String, fields: String, path: String, options: String) throws {
        let files = Self.variables(fields + Self.variable, in: text)
        let folder = try #require(TreePath("app"))
        let outcome = try Fix.outcome(beneath: folder, in: MemoryTree(files), scope: .root)
        #expect(outcome.refused.isEmpty)
        #expect(outcome.files.map(\.path.text) == ["app/kustomization.yaml"])
        let result = try #require(self.text(outcome))
        #expect(
            result == Self.header + "resources:\n- web.yaml\n- service.yaml\n" + fields + """
                replacements:
                - source:
                    version: v1
                    kind: Service
                    name: front
                  targets:
                  - select:
                      group: apps
                      kind: Deployment
                      name: \(fields.isEmpty ? "web" : "a-web")
                    fieldPaths:
                    - \(path)

                """ + (options.isEmpty ? "" : "    options:\n      \(options)\n"))
    }

    @Test(arguments: [
        ("http://$(FRONT):80", "it stands within a text"), ("$(PORT)", "would render otherwise"),
    ])
    func `variables that replacements cannot stand for stay`(text: String, reason: String) throws {
        let port = """
            vars:
            - name: PORT
              objref: {apiVersion: v1, kind: Service, name: front}
              fieldref: {fieldpath: "spec.ports[0].port"}

            """
        let files = Self.variables(text.contains("PORT") ? port : Self.variable, in: text)
        let outcome = try Fix.outcome(beneath: .root, in: MemoryTree(files), scope: .root)
        #expect(outcome.files.isEmpty)
        #expect(outcome.refused.count == 1)
        #expect(outcome.refused.first?.message.contains(reason) == true)
        #expect(outcome.refused.first?.origin.line ?? 0 > 1)
    }

    @Test func `only the variables that can be rewritten are`() throws {
        let fields = Self.variable + "- name: OTHER\n  objref: {apiVersion: v1, kind: Service, name: front}\n"
        let files = Self.variables(fields, in: "$(FRONT), 'a$(OTHER)b'")
        let outcome = try Fix.outcome(beneath: .root, in: MemoryTree(files), scope: .root)
        #expect(outcome.refused.map(\.origin.description) == ["app/web.yaml:9:26"])
        let result = try #require(self.text(outcome))
        #expect(result.contains("vars:\n- name: OTHER\n") && result.contains("replacements:"))
        #expect(!result.contains("FRONT"))
    }

    @Test func `says what kind of file it is`() throws {
        #expect(
            text(try outcome("# the shop\nresources:\n- ../base\n")) == Self.header
                + "# the shop\nresources:\n- ../base\n")
    }

    @Test func `leaves what would render otherwise, and says where`() throws {
        // As a JSON patch of old it comes after the labels are set, as one of "patches" before.
        let outcome = try outcome(
            Self.header + """
                resources: [../base]
                commonAnnotations: {a: b}
                patchesJson6902:
                - target: {version: v1, kind: Deployment, name: web}
                  patch: '[{"op": "replace", "path": "/metadata/annotations/a", "value": c}]'
                bases: []

                """)
        #expect(outcome.refused.map(\.origin.description) == ["app/kustomization.yaml:5:1"])
        #expect(outcome.refused.first?.message.contains("would render otherwise") == true)
        #expect(text(outcome)?.contains("patchesJson6902:") == true)
        #expect(text(outcome)?.contains("bases") == false)
    }

    @Test func `does not touch what does not render`() throws {
        let outcome = try outcome(Self.header + "bases: [../base]\nresources: [gone.yaml]\n")
        #expect(outcome.files.isEmpty)
        #expect(outcome.refused.first?.message.contains("gone.yaml does not exist") == true)
        #expect(outcome.refused.first?.hint.contains("--unchecked") == true)
    }

    @Test func `looks at every kustomization that reads a file`() throws {
        let overlay = Self.header + "resources: [../app]\n"
        let outcome = try outcome(Self.header + "bases: [../base]\n", adding: ["top/kustomization.yaml": overlay])
        #expect(outcome.renderings == 2)
    }

    @Test func `does not let begin to render what nobody has looked at`() throws {
        func kustomization(_ name: String) -> String {
            Self.header + """
                resources: [\(name).yaml]
                vars:
                - name: WHO
                  objref: {apiVersion: v1, kind: ConfigMap, name: \(name)}

                """
        }
        let others = [
            "beside/kustomization.yaml": kustomization("other"),
            "beside/other.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n",
        ]
        #expect(try outcome(kustomization("extra"), adding: others).refused.isEmpty)
        // Both have the variable, so that who names both is refused.
        let top = ["top/kustomization.yaml": Self.header + "resources: [../app, ../beside]\n"]
        let outcome = try outcome(kustomization("extra"), adding: others.merging(top) { $1 })
        #expect(outcome.files.isEmpty)
        let problem = try #require(outcome.refused.first)
        #expect(problem.origin.description == "app/kustomization.yaml:5:3")
        #expect(problem.message.contains("top does not render now, and would: the variable WHO is there already"))
        #expect(problem.hint.contains("--unchecked"))
    }

    @Test func `keeps the line ends of another system`() throws {
        let before = (Self.header + "bases:\n- ../base\nresources:\n- extra.yaml\n").replacing("\n", with: "\r\n")
        let after = (Self.header + "resources:\n- extra.yaml\n- ../base\n").replacing("\n", with: "\r\n")
        #expect(text(try outcome(before)) == after)
    }
}
