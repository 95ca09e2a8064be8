/// Overlays whose generators, transformers and validators are objects, and those that say what lists merge by.
extension OverlayCase {
    static let plugins: [OverlayCase] = [
        .over(
            "transformers in files",
            """
            transformers: [prefix.yaml, ../shared]
            """,
            [
                "overlay/prefix.yaml": """
                apiVersion: builtin
                kind: PrefixTransformer
                metadata: {name: p}
                prefix: zz-
                fieldSpecs: [{kind: Deployment, path: metadata/name}]
                ---
                apiVersion: builtin
                kind: LabelTransformer
                metadata: {name: l}
                labels: {tier: front, replicas: 3, on: true}
                fieldSpecs: [{path: metadata/labels, create: true}]
                """,
                "shared/kustomization.yaml": "resources: [all.yaml]\nnamePrefix: own-",
                "shared/all.yaml": """
                apiVersion: builtin
                kind: AnnotationsTransformer
                metadata: {name: a}
                annotations: {seen: "yes", count: 42}
                fieldSpecs: [{path: metadata/annotations, create: true, kind: Service}]
                ---
                apiVersion: builtin
                kind: ImageTagTransformer
                metadata: {name: i}
                imageTag: {name: nginx, newTag: "1.27"}
                ---
                apiVersion: builtin
                kind: ReplicaCountTransformer
                metadata: {name: r}
                replica: {name: web, count: 7}
                fieldSpecs: [{path: spec/replicas, create: true, kind: Deployment}]
                """,
            ]),
        .over(
            "transformers within the kustomization",
            """
            transformers:
            - |-
              apiVersion: builtin
              kind: NamespaceTransformer
              metadata: {name: n, namespace: inner}
              setRoleBindingSubjects: allServiceAccounts
              unsetOnly: true
            - |-
              apiVersion: builtin
              kind: PatchTransformer
              metadata: {name: p}
              patch: '[{"op": "add", "path": "/metadata/labels", "value": {"patched": "true"}}]'
              target: {kind: Service}
            - |-
              apiVersion: builtin
              kind: PatchStrategicMergeTransformer
              metadata: {name: s}
              patches: |-
                {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 5}}
            - |-
              apiVersion: builtin
              kind: PatchJson6902Transformer
              metadata: {name: j}
              target: {group: apps, version: v1, kind: Deployment, name: web}
              jsonOp: '[{"op": "replace", "path": "/spec/replicas", "value": 6}]'
            - |-
              apiVersion: builtin
              kind: SuffixTransformer
              metadata: {name: x}
              suffix: -end
              fieldSpecs: [{path: metadata/name, kind: Service}]
            """),
        OverlayCase(
            name: "generators",
            files: [
                "overlay/kustomization.yaml": """
                namePrefix: x-
                generators:
                - maps.yaml
                - |-
                  apiVersion: builtin
                  kind: IAMPolicyGenerator
                  metadata: {name: iam}
                  cloud: gke
                  kubernetesService: {name: runner, namespace: shop}
                  serviceAccount: {name: robot, projectId: proj}
                """,
                "overlay/maps.yaml": """
                apiVersion: builtin
                kind: ConfigMapGenerator
                metadata: {name: settings, namespace: here}
                literals: [a=1]
                ---
                apiVersion: builtin
                kind: SecretGenerator
                metadata: {name: other}
                name: credentials
                literals: [b=2]
                options: {disableNameSuffixHash: true}
                """,
            ]),
        .over(
            "origin and transformer annotations",
            "namePrefix: y-\nbuildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]"),
        OverlayCase(
            name: "a schema of one's own",
            files: [
                "overlay/kustomization.yaml": """
                resources: [things.yaml]
                openapi: {path: schema.json}
                patches:
                - patch: |-
                    {apiVersion: example.com/v1, kind: Thing, metadata: {name: t}, spec: {parts: [{id: b, size: 3}]}}
                """,
                "overlay/things.yaml":
                    "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t}, spec: {parts: [{id: a}, {id: b, size: 2}]}}",
                "overlay/schema.json": """
                {"definitions": {
                  "v1.Thing": {"type": "object", "properties": {"spec": {"$ref": "#/definitions/v1.ThingSpec"}},
                    "x-kubernetes-group-version-kind": [{"group": "example.com", "kind": "Thing", "version": "v1"}]},
                  "v1.ThingSpec": {"type": "object", "properties": {"parts": {"type": "array",
                    "items": {"type": "object"}, "x-kubernetes-patch-merge-key": "id",
                    "x-kubernetes-patch-strategy": "merge"}}}}}
                """,
            ]),
        OverlayCase(
            name: "definitions that mark references",
            files: [
                "overlay/kustomization.yaml": "resources: [all.yaml]\ncrds: [defs.json]\nnamePrefix: p-",
                "overlay/all.yaml": """
                {apiVersion: v1, kind: Secret, metadata: {name: s}}
                ---
                {apiVersion: example.com/v1, kind: Hive, metadata: {name: h}, spec: {secretRef: {name: s}}}
                """,
                "overlay/defs.json": """
                {"example.com/v1.Hive": {"Schema": {"properties": {"apiVersion": {"type": "string"},
                  "kind": {"type": "string"}, "metadata": {"type": "object"},
                  "spec": {"$ref": "example.com/v1.HiveSpec"}}}, "Dependencies": []},
                 "example.com/v1.HiveSpec": {"Schema": {"properties": {"secretRef": {
                  "x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "Secret",
                  "type": "object"}}}, "Dependencies": []}}
                """,
            ]),
        OverlayCase(
            name: "binary values",
            files: [
                "overlay/kustomization.yaml": "resources: [a.yaml]",
                "overlay/a.yaml":
                    "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: !!binary aGVsbG8gd29ybGQ=, y: !!str 5}}",
            ]),
        .over("a key given twice", "namePrefix: a-\nnamePrefix: b-"),
        .over(
            "a patch that asks the kind's own schema",
            """
            patches:
            - target: {kind: Deployment}
              patch: |-
                {apiVersion: apps/v1, kind: Deployment, metadata: {name: any}, spec: {template: {spec: {containers: [{name: side, image: side}]}}}}
            """),
    ]
}
