import Testing

/// Overlays that use one part of kustomize each. The bytes that must come out are those of the real kubectl where that is
/// installed, and those kept in `OverlayTests` everywhere.
struct OverlayCase: Sendable, CustomTestStringConvertible {
    var name: String
    var files: [String: String]
    /// The folder that is rendered.
    var entry = "overlay"

    var testDescription: String { name }

    static let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          labels: {app: web}
        spec:
          replicas: 2
          selector:
            matchLabels: {app: web}
          template:
            metadata:
              labels: {app: web}
            spec:
              serviceAccountName: runner
              initContainers:
              - name: setup
                image: registry.example:5000/setup:1
              containers:
              - name: web   # the only one
                image: nginx:1.25
                args: ["-v", "--level=0644"]
                env:
                - name: MODE
                  valueFrom: {configMapKeyRef: {name: settings, key: mode}}
                - {name: PASSWORD, valueFrom: {secretKeyRef: {name: credentials, key: password}}}
                envFrom:
                - configMapRef: {name: settings}
                ports:
                - containerPort: 80
                - containerPort: 443
                  protocol: TCP
                volumeMounts:
                - {name: data, mountPath: /data}
              volumes:
              - name: data
                configMap: {name: settings}
        """

    static let base = [
        "base/kustomization.yaml": """
        resources: [deployment.yaml, rest.yaml]
        configMapGenerator:
        - name: settings
          literals: [mode=plain, "quoted='yes'"]
        secretGenerator:
        - name: credentials
          literals: [password=hunter2]
          type: Opaque
        """,
        "base/deployment.yaml": deployment,
        "base/rest.yaml": """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec:
          selector: {app: web}
          ports: [{port: 80, targetPort: http}]
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: runner}
        ---
        # Nothing but a comment.
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: runner}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
        subjects:
        - {kind: ServiceAccount, name: runner, namespace: elsewhere}
        - {kind: ServiceAccount, name: default}
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: web}
        spec:
          rules:
          - host: example.com
            http:
              paths:
              - path: /
                pathType: Prefix
                backend: {service: {name: web, port: {number: 80}}}
        """,
    ]

    /// A case that puts `kustomization` over the base.
    static func over(_ name: String, _ kustomization: String, _ files: [String: String] = [:]) -> OverlayCase {
        let own = ["overlay/kustomization.yaml": "resources: [../base]\n" + kustomization]
        return OverlayCase(name: name, files: base.merging(own) { $1 }.merging(files) { $1 })
    }

    static let all: [OverlayCase] = [
        over("nothing changed", ""),
        over("namespace", "namespace: shop"),
        over("prefix and suffix", "namePrefix: a-\nnameSuffix: -z"),
        over(
            "common labels and annotations", "commonLabels: {team: blue, number: \"1\"}\ncommonAnnotations: {note: hi}"),
        over("labels on metadata alone", "labels:\n- pairs: {team: blue}"),
        over("labels in templates", "labels:\n- pairs: {team: blue}\n  includeTemplates: true"),
        over("labels in selectors", "labels:\n- pairs: {team: blue}\n  includeSelectors: true"),
        over(
            "labels in fields of their own",
            "labels:\n- pairs: {team: blue}\n  fields: [{path: spec/extra, kind: Service, create: true}]"),
        over(
            "images by name, tag, digest and suffix",
            """
            images:
            - {name: nginx, newName: caddy, newTag: "2.8"}
            - {name: registry.example:5000/setup, digest: sha256:abc}
            - {name: caddy, tagSuffix: -alpine}
            """),
        over("images by regular expression", "images: [{name: n.inx, newTag: latest}]"),
        over("replicas", "replicas: [{name: web, count: 7}]"),
        over(
            "strategic merge, in a file",
            "patches: [{path: patch.yaml}]",
            [
                "overlay/patch.yaml": """
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: web
                  labels: {app: null, tier: front}
                spec:
                  replicas: 3
                  template:
                    spec:
                      containers:
                      - name: sidecar
                        image: envoy
                      - name: web
                        env: [{name: EXTRA, value: "on"}, {name: MODE, $patch: delete}]
                        ports: [{containerPort: 443, protocol: TCP, name: https}]
                """
            ]),
        over(
            "strategic merge, two documents inline, one that deletes",
            """
            patches:
            - patch: |-
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {ports: [{port: 8080, name: alt}]}
                ---
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: web}
                $patch: delete
            """),
        over(
            "strategic merge with a target",
            """
            patches:
            - target: {kind: Service|Ingress, name: w.*}
              patch: |-
                apiVersion: x
                kind: x
                metadata: {name: x, annotations: {seen: "true"}}
            """),
        over(
            "JSON patches, inline and in a file",
            """
            patches:
            - target: {kind: Deployment}
              path: patch.json
            - target: {labelSelector: "app in (web, api),app!=db"}
              patch: |-
                - {op: add, path: /spec/template/spec/containers/0/args/-, value: last}
                - {op: remove, path: /spec/template/spec/volumes}
                - {op: test, path: /spec/replicas, value: 9}
            """,
            ["overlay/patch.json": #"[{"op": "replace", "path": "/spec/replicas", "value": 9}]"#]),
        over(
            "a patch that may change the name",
            """
            patches:
            - target: {kind: Service}
              options: {allowNameChange: true}
              patch: "{apiVersion: v1, kind: Service, metadata: {name: front}}"
            """),
        over(
            "older forms of patches",
            """
            patchesStrategicMerge:
            - |-
              apiVersion: apps/v1
              kind: Deployment
              metadata: {name: web}
              spec: {paused: true}
            patchesJson6902:
            - target: {version: v1, kind: Service, name: web}
              patch: '[{"op": "add", "path": "/spec/type", "value": "NodePort"}]'
            """),
        over(
            "generators that merge and replace",
            """
            generatorOptions: {labels: {from: global}, annotations: {a: b}}
            configMapGenerator:
            - {name: settings, behavior: merge, literals: [mode=fancy, more=1], options: {labels: {own: "yes"}}}
            secretGenerator:
            - {name: credentials, behavior: replace, literals: [password=correct-horse]}
            """),
        over(
            "generators from files",
            """
            configMapGenerator:
            - name: files
              files: [app.ini, other=sub/app.ini]
              envs: [app.env]
              options: {immutable: true}
            - name: plain
              namespace: own
              literals: [a==b, 'c="d"']
              options: {disableNameSuffixHash: true}
            """,
            [
                "overlay/app.ini": "[main]\nkey = value\n", "overlay/sub/app.ini": "no line break",
                "overlay/app.env": "# a comment\n\nA=1\n  B=two words \nC\n",
            ]),
        over(
            "components",
            "components: [../component]\nnamePrefix: x-",
            [
                "component/kustomization.yaml": """
                apiVersion: kustomize.config.k8s.io/v1alpha1
                kind: Component
                resources: [extra.yaml]
                patches: [{target: {kind: Deployment}, patch: '[{"op": "remove", "path": "/spec/replicas"}]'}]
                """,
                "component/extra.yaml":
                    "{apiVersion: v1, kind: ConfigMap, metadata: {name: extra}, data: {n: \"007\"}}",
            ]),
        over(
            "tables of one's own",
            "configurations: [tables.yaml]\nresources: [../base, custom.yaml]\nnamePrefix: p-".replacing(
                "resources: [../base, custom.yaml]\n", with: ""),
            [
                "overlay/tables.yaml": """
                nameReference:
                - kind: ConfigMap
                  fieldSpecs: [{path: spec/paused, kind: Nothing}]
                images: [{path: spec/picture, kind: Thing}]
                """
            ]),
        over(
            "variables",
            """
            namePrefix: p-
            vars:
            - name: SERVICE
              objref: {apiVersion: v1, kind: Service, name: web}
            - name: PORT
              objref: {apiVersion: v1, kind: Service, name: web}
              fieldref: {fieldpath: "spec.ports[0].port"}
            patches:
            - target: {kind: Deployment}
              patch: |-
                - {op: add, path: /spec/template/spec/containers/0/command, value: [run, "http://$(SERVICE):$(PORT)/$(OTHER)", $$(PORT), $(PORT]}
                - {op: add, path: /metadata/annotations, value: {port: $(PORT)}}
            """),
        over(
            "replacements, inline and in a file",
            """
            namePrefix: p-
            replacements:
            - path: more.yaml
            - source: {kind: Service, name: web, fieldPath: "spec.ports.[port=80].port"}
              targets:
              - select: {kind: Deployment}
                fieldPaths:
                - spec.template.spec.containers.[name=web].ports.0.containerPort
                - spec.template.metadata.annotations.[example.com/port]
                options: {create: true}
            """,
            [
                "overlay/more.yaml": """
                - source: {kind: Deployment, name: web}
                  targets:
                  - select: {kind: Ingress}
                    reject: [{name: none}]
                    fieldPaths: ["spec.rules.*.host"]
                    options: {delimiter: ".", index: 0}
                """
            ]),
        OverlayCase(
            name: "two layers that name one base",
            files: base.merging([
                "one/kustomization.yaml": "resources: [../base]\nnamePrefix: one-",
                "two/kustomization.yaml": "resources: [../base]\nnamePrefix: two-\nnamespace: two",
                "overlay/kustomization.yaml": "resources: [../one, ../two]\nnameSuffix: -end",
            ]) { $1 }),
        OverlayCase(
            name: "texts, numbers and lists that tempt a writer",
            files: [
                "overlay/kustomization.yaml": "resources: [all.yaml]",
                "overlay/all.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: texts, annotations: {}}
                data:
                  yes: "yes"
                  number: "1e3"
                  hex: '0x1F'
                  empty: ""
                  colon: "a: b"
                  lines: "one\\ntwo\\n"
                  trailing: "one\\ntwo"
                  space: " lead"
                  long: \(String(repeating: "word ", count: 40))
                  folded: >
                    one
                    two
                  date: "2026-11-20"
                  tilde: "~"
                  k10: a
                  k9: b
                ---
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: example.com/v1, kind: Thing, metadata: {name: t}, spec: {a: 0x1F, b: 1e3, c: 1.50, d: ~, e: [], f: {}, g: 0o17, h: 2026-11-20}}
                """,
            ]),
        OverlayCase(
            name: "order as accumulated",
            files: [
                "overlay/kustomization.yaml": "resources: [all.yaml]\nsortOptions: {order: fifo}",
                "overlay/all.yaml": """
                {apiVersion: v1, kind: Service, metadata: {name: b}}
                ---
                {apiVersion: v1, kind: Namespace, metadata: {name: a}}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: local, annotations: {config.kubernetes.io/local-config: "true"}}
                """,
            ]),
    ]
}
