/// Fields and options that the other cases leave open, deprecated ones too.
extension OverlayCase {
    static let fields: [OverlayCase] = [
        OverlayCase(
            name: "bases, environment files and tags by their old names",
            files: base.merging([
                "overlay/kustomization.yaml": """
                bases: [../base]
                imageTags: [{name: nginx, newTag: "1.27"}]
                configMapGenerator: [{name: old, env: one.env}]
                """,
                "overlay/one.env": "A=1\nB=\n",
            ]) { $1 }),
        OverlayCase(
            name: "everything in one file, lists opened",
            files: [
                "overlay/kustomization.yaml": "resources: [all.yaml, sub]\nnamePrefix: a-",
                "overlay/all.yaml": """
                ---
                # nothing but a comment
                ---
                apiVersion: v1
                kind: ConfigMapList
                items:
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: two}}
                ---
                {}
                """,
                "overlay/sub/kustomization.yml": "resources: [cm.json]",
                "overlay/sub/cm.json": #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "json"}}"#,
            ]),
        OverlayCase(
            name: "folded texts with lines that stand further in",
            files: [
                "overlay/kustomization.yaml": """
                resources: [texts.yaml]
                patches:
                - patch: |
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: texts}
                    data:
                      patched: >-
                        if (
                          this
                        )
                - target: {kind: ConfigMap}
                  patch: |
                    - op: add
                      path: /data/added
                      value: >-
                        if (
                          this
                        )
                """,
                "overlay/texts.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: texts}
                data:
                  call: >-
                    exists(c,
                      c.image
                    )
                  paragraphs: >
                    one
                    two

                    three
                      four
                      five


                    six
                  kept: >+
                    one

                  blank: >2-
                      one
                    two

                    three
                  empty: >2-

                      one
                    two

                    three
                  tabs: ">-\n\tx"
                  quoted: "one(\n  two\n)"
                  literal: |-
                    one(
                      two
                    )
                """,
            ]),
        OverlayCase(
            name: "JSON patches for annotations that are not there",
            files: [
                "overlay/kustomization.yaml": """
                resources: [all.yaml]
                namePrefix: a-
                configMapGenerator: [{name: made, literals: [a=b], options: {disableNameSuffixHash: true}}]
                patches:
                - target: {name: added}
                  patch: '[{"op": "add", "path": "/metadata/annotations/by", "value": "patch"}]'
                - target: {name: emptied}
                  patch: '[{"op": "remove", "path": "/metadata/annotations"}]'
                - target: {name: nothing}
                  patch: '[{"op": "replace", "path": "/metadata/annotations/by", "value": "patch"}]'
                patchesJson6902:
                - target: {version: v1, kind: ConfigMap, name: later}
                  patch: '[{"op": "add", "path": "/metadata/annotations/by", "value": "patch"}]'
                - target: {version: v1, kind: ConfigMap, name: made}
                  patch: '[{"op": "add", "path": "/metadata/annotations/by", "value": "patch"}]'
                """,
                "overlay/all.yaml": """
                {apiVersion: v1, kind: ConfigMap, metadata: {name: added}}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: emptied}}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: nothing, annotations: null}}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: later}}
                """,
            ]),
        over(
            "patches for groups, versions, namespaces and annotations",
            """
            namespace: shop
            patches:
            - target: {group: apps, version: v1, namespace: default}
              patch: '[{"op": "add", "path": "/metadata/annotations", "value": {"by": "group"}}]'
            - target: {annotationSelector: "by=group"}
              patch: '[{"op": "add", "path": "/metadata/annotations/and", "value": "annotation"}]'
            - target: {kind: "Serv.*", namespace: nowhere}
              patch: '[{"op": "remove", "path": "/spec"}]'
            - target: {kind: ServiceAccount|RoleBinding, name: "run+er"}
              patch: |-
                kind: any
                apiVersion: any
                metadata: {name: any, labels: {by: expression}}
            """),
        over(
            "a patch that may change the kind",
            """
            patches:
            - target: {kind: Deployment, name: web}
              options: {allowNameChange: true, allowKindChange: true}
              patch: '[{"op": "replace", "path": "/kind", "value": "StatefulSet"}, {"op": "replace", "path": "/metadata/name", "value": "db"}]'
            nameSuffix: -x
            """),
        over(
            "several patches in one file",
            "patches: [{path: all.yaml}]",
            [
                "overlay/all.yaml": """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec: {replicas: 8}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {type: NodePort}
                """
            ]),
        over(
            "directives of patches",
            """
            patches:
            - patch: |-
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: web
                  labels: {$patch: replace, only: this}
                spec:
                  strategy: {$retainKeys: [type], type: Recreate}
                  template:
                    spec:
                      $setElementOrder/containers: [{name: side}, {name: web}]
                      containers:
                      - {name: side, image: side}
                      - name: web
                        args: null
                        env: [{$patch: replace}, {name: ONLY, value: "1"}]
                      volumes: [{name: data, $patch: delete}]
            """),
        OverlayCase(
            name: "lists of texts, and kinds that nobody knows",
            files: [
                "overlay/kustomization.yaml": "resources: [all.yaml]\npatches: [{path: patch.yaml}]",
                "overlay/all.yaml": """
                {apiVersion: v1, kind: Service, metadata: {name: s, finalizers: [a, b]}, spec: {ports: [{port: 1, name: x}]}}
                ---
                {apiVersion: example.com/v1, kind: Thing, metadata: {name: t}, spec: {list: [{name: a}, {name: b}], deep: {x: 1, y: {z: 2}}}}
                """,
                "overlay/patch.yaml": """
                {apiVersion: v1, kind: Service, metadata: {name: s, finalizers: [c, a]}, spec: {ports: [{port: 1, protocol: UDP}, {port: 2}]}}
                ---
                {apiVersion: example.com/v1, kind: Thing, metadata: {name: t}, spec: {list: [{name: c}], deep: {y: {z: null, w: 3}}}}
                """,
            ]),
        over(
            "options for all generators, and Secrets of all sources",
            """
            generatorOptions: {disableNameSuffixHash: true, immutable: true}
            configMapGenerator: [{name: fixed, literals: [a=b]}]
            secretGenerator:
            - name: sealed
              type: kubernetes.io/tls
              files: [tls.crt=cert.pem]
              envs: [own.env]
              literals: ['spaced=a b']
            """,
            ["overlay/cert.pem": "line one\nline two\n", "overlay/own.env": "USER=me\n"]),
        over(
            "replacements by part, label and group",
            """
            replacements:
            - source: {group: apps, version: v1, kind: Deployment, name: web, fieldPath: "spec.template.spec.containers.0.image", options: {delimiter: ":", index: 1}}
              targets:
              - select: {kind: Service, name: web}
                fieldPaths: [metadata.annotations.version]
                options: {create: true}
              - select: {group: networking.k8s.io, kind: Ingress}
                fieldPaths: [metadata.annotations.version]
                options: {create: true}
              - select: {labelSelector: "app=web"}
                reject: [{kind: Service}]
                fieldPaths: ["spec.template.spec.initContainers.[name=setup].image"]
                options: {delimiter: ":", index: 2}
            - source: {kind: ServiceAccount}
              targets: [{select: {kind: Deployment}, fieldPaths: ["spec.template.spec.containers.*.args.0"]}]
            """),
        over(
            "the built-in schema by its version",
            "openapi: {version: v1.21.2}\npatches: [{path: p.yaml}]",
            [
                "overlay/p.yaml":
                    "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80, name: n}]}}"
            ]),
        over(
            "an order of one's own",
            "sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Service, Deployment], orderLast: [ServiceAccount]}}"
        ),
        over("who manages it", "buildMetadata: [managedByLabel]"),
        over(
            "variables in fields of their own",
            """
            configurations: [refs.yaml]
            vars:
            - {name: ACCOUNT, objref: {apiVersion: v1, kind: ServiceAccount, name: runner}}
            patches:
            - target: {kind: Ingress}
              patch: '[{"op": "add", "path": "/spec/rules/0/host", "value": "$(ACCOUNT).example.com"}, {"op": "add", "path": "/spec/ingressClassName", "value": "c-$(ACCOUNT)"}]'
            """,
            ["overlay/refs.yaml": "varReference: [{path: spec/ingressClassName, kind: Ingress}]"]),
        OverlayCase(
            name: "references of many kinds",
            files: [
                "overlay/kustomization.yaml": "resources: [all.yaml]\nnamePrefix: p-\nnameSuffix: -s\nnamespace: own",
                "overlay/all.yaml": """
                {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: role}, rules: [{apiGroups: [""], resources: [configmaps], resourceNames: [cm], verbs: [get]}]}
                ---
                {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: bind}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: role}, subjects: [{kind: ServiceAccount, name: acc, namespace: default}]}
                ---
                {apiVersion: v1, kind: ServiceAccount, metadata: {name: acc}, imagePullSecrets: [{name: sec}]}
                ---
                {apiVersion: v1, kind: Secret, metadata: {name: sec}}
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: cm}}
                ---
                {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: claim}, spec: {storageClassName: fast, volumeName: vol}}
                ---
                {apiVersion: v1, kind: PersistentVolume, metadata: {name: vol}, spec: {storageClassName: fast}}
                ---
                {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}}
                ---
                {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}}
                ---
                {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: scale}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: db}}}
                ---
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: {name: db}
                spec:
                  serviceName: svc
                  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: fast}}]
                  template:
                    spec:
                      priorityClassName: high
                      serviceAccountName: acc
                      volumes:
                      - {name: a, persistentVolumeClaim: {claimName: claim}}
                      - {name: b, projected: {sources: [{configMap: {name: cm}}, {secret: {name: sec}}]}}
                ---
                {apiVersion: v1, kind: Service, metadata: {name: svc}}
                ---
                {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: in, annotations: {nginx.ingress.kubernetes.io/auth-secret: sec}}, spec: {tls: [{secretName: sec}], defaultBackend: {service: {name: svc, port: {number: 1}}}}}
                """,
            ]),
        OverlayCase(
            name: "lines that end as on other systems, and a byte order mark",
            files: [
                "overlay/kustomization.yaml": "resources:\r\n- a.yaml\r\nnamePrefix: p-\r\n",
                "overlay/a.yaml":
                    "\u{feff}apiVersion: v1\r\nkind: ConfigMap\r\nmetadata:\r\n  name: a\r\ndata:\r\n  k: |\r\n    one\r\n    two\r\n",
            ]),
        OverlayCase(
            name: "a component within a component",
            files: base.merging([
                "overlay/kustomization.yaml": "resources: [../base]\ncomponents: [../outer]",
                "outer/kustomization.yaml":
                    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncomponents: [../inner]\nnameSuffix: -o\nlabels: [{pairs: {o: \"1\"}}]",
                "inner/kustomization.yaml":
                    "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nconfigMapGenerator: [{name: settings, behavior: merge, literals: [inner=1]}]\nreplicas: [{name: web, count: 4}]\nimages: [{name: nginx, digest: \"sha256:ab\"}]",
            ]) { $1 }),
    ]

    static let every = all + plugins + fields
}
