import TestSupport

/// Words that inputs of a target are made of.
struct Vocabulary {
    private let names: [String]
    private let words: [String]
    private let values: [String]
    private let snippets: [String]

    static func of(_ target: FuzzTarget) -> Vocabulary {
        switch target {
        // Dumps are mutated by libFuzzer itself.
        case .render, .scrub: overlays
        case .charts: charts
        }
    }

    func name(_ chance: inout SplitMix) -> String { pick(names, &chance) }
    func word(_ chance: inout SplitMix) -> String { pick(words, &chance) }
    func value(_ chance: inout SplitMix) -> String { pick(values, &chance) }
    func snippet(_ chance: inout SplitMix) -> String { pick(snippets, &chance) }

    private func pick(_ list: [String], _ chance: inout SplitMix) -> String { list.randomElement(using: &chance) ?? "" }

    private static func list(_ text: String) -> [String] { text.split(whereSeparator: \.isWhitespace).map(String.init) }

    /// Values that tempt readers and writers of YAML.
    private static let scalars = [
        "", "~", "null", "true", "no", "yes", "0", "-1", "007", "0x1F", "0o17", "1e3", "1e999", ".inf", "-.inf", ".nan",
        "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1.5", "1_000", "2024-01-02",
        "2024-01-02T03:04:05Z", "\"\"", "''", "\"a\\nb\\t\\u00e9\\0\"", "'it''s'", "{}", "[]", "[[]]", "{a: {b: [c]}}",
        "[1, b]",
        "|\n  text\n", ">-\n  folded\n  text\n", "|+\n  kept\n\n", "&a x", "*a", "!!str 1", "!!int '1'",
        "!!binary aGk=",
        "!!float 1", "!foo bar", "? a", "a: b", "- a", "# note", "\"\\u2028\"", "é", "\u{FEFF}", "\u{85}", "\u{2029}",
        "🙂",
        "aVeryLongTextWithoutSpacesThatGoesBeyondTheEightiethColumnOfTheLineItStandsOnAndOnAndOn",
        "words that go on beyond the eightieth column of the line, so that a writer has to fold them somewhere here",
    ]

    private static let fragments = [
        "---\n", "...\n", "%YAML 1.1\n---\n", "<<: *a\n", "&a ", "*a", "- ", "? ", ": ", "\n", "\t", "\r\n", "{", "}",
        "[", "]", "|\n", ">\n", "#", "'", "\"", "\\", "!!", "\u{0}", "$(VAR)", "${VAR}",
    ]

    private static let overlays = Vocabulary(
        names: list(
            """
            kustomization.yaml overlay/kustomization.yaml base/kustomization.yaml component/kustomization.yaml a.yaml
            overlay/a.yaml base/a.yaml base/b.yaml overlay/patch.yaml overlay/p.json overlay/env overlay/data.txt
            overlay/config.yaml overlay/schema.json overlay/plugin.yaml base .. /etc/passwd base/../a.yaml :options link
            Chart.yaml charts/a/Chart.yaml
            """),
        words: list(
            """
            resources bases components crds configMapGenerator secretGenerator generators transformers validators
            configurations openapi path version sortOptions order legacy fifo legacySortOptions orderFirst orderLast
            buildMetadata originAnnotations transformerAnnotations managedByLabel generatorOptions labels annotations
            immutable disableNameSuffixHash behavior create merge replace files envs env literals type options namespace
            namePrefix nameSuffix commonLabels commonAnnotations pairs includeSelectors includeTemplates fields fieldSpecs
            group kind images name newName newTag tagSuffix digest replicas count replacements source targets select
            reject fieldPath fieldPaths delimiter index vars objref fieldref patches patchesStrategicMerge
            patchesJson6902 patch target labelSelector annotationSelector allowNameChange allowKindChange op add remove
            replace move copy test from value metadata spec template containers initContainers image data stringData
            binaryData apiVersion Kustomization Component kustomize.config.k8s.io/v1beta1
            kustomize.config.k8s.io/v1alpha1 ConfigMap Secret Deployment Service Namespace ServiceAccount RoleBinding
            ClusterRole CustomResourceDefinition StatefulSet CronJob Ingress List v1 apps/v1 batch/v1 builtin
            PatchTransformer LabelTransformer AnnotationsTransformer NamespaceTransformer PrefixTransformer
            SuffixTransformer ImageTagTransformer ReplicaCountTransformer ReplacementTransformer PatchJson6902Transformer
            PatchStrategicMergeTransformer ValueAddTransformer HashTransformer ConfigMapGenerator SecretGenerator
            NameReference nameReference varReference helmCharts helmGlobals chartHome releaseName valuesFile valuesInline
            unsetOnly setRoleBindingSubjects $patch $retainKeys $setElementOrder/containers $deleteFromPrimitiveList/args
            delete config.kubernetes.io/local-config config.kubernetes.io/function kustomize.config.k8s.io/needs-hash
            .spec.template.spec.containers.[name=web].image spec.rules.*.host /spec/replicas /metadata/name/- /spec/a~1b
            .* ^(a|b)+$ (a+)+$ [ app=web app!=web,tier app in (a,b) ../base . .. ./a.yaml key=value a=b=c key=../../x
            https://example.com/base?ref=v1
            """),
        values: scalars + ["[a.yaml]", "[../base]", "[.]", "[a=b, c]", "[{name: a, literals: [a=b]}]", "{name: a}"],
        snippets: fragments + [
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n---\n",
            "- op: replace\n  path: /spec/replicas\n  value: 3\n",
            "[{op: move, from: /a, path: /b}, {op: test, path: /a, value: 1}]",
            "configMapGenerator:\n- name: a\n  literals: [a=b, c=$(VAR)]\n",
            "replacements:\n- source: {kind: A, name: a, fieldPath: metadata.name, options: {delimiter: '-', index: 0}}\n  targets: [{select: {kind: B}, fieldPaths: [spec.a.0, 'spec.list.[name=x].y'], options: {create: true, index: -1, delimiter: /}}]\n",
            "patches:\n- patch: |-\n    $patch: delete\n    apiVersion: v1\n    kind: Service\n    metadata: {name: web}\n  target: {kind: Service, name: .*}\n",
            "vars:\n- {name: VAR, objref: {kind: Service, name: web, apiVersion: v1}, fieldref: {fieldpath: metadata.name}}\n",
            "labels:\n- pairs: {a: b}\n  includeSelectors: true\n  fields: [{path: spec/a[]/b, kind: X, create: true}]\n",
            "{\"definitions\": {\"v1.X\": {\"properties\": {\"a\": {\"type\": \"array\", \"items\": {\"type\": \"object\"}, \"x-kubernetes-patch-merge-key\": \"name\", \"x-kubernetes-patch-strategy\": \"merge\"}}, \"x-kubernetes-group-version-kind\": [{\"group\": \"\", \"version\": \"v1\", \"kind\": \"X\"}]}}}",
            "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: x-\nfieldSpecs: [{path: metadata/name}]\n",
        ])

    private static let charts = Vocabulary(
        names: list(
            """
            Chart.yaml values.yaml values.schema.json requirements.yaml Chart.lock templates/a.yaml templates/_helpers.tpl
            templates/NOTES.txt crds/a.yaml charts/db/Chart.yaml charts/db/values.yaml charts/db/templates/a.yaml
            charts/db.tgz!db/Chart.yaml charts/db.tgz!db/templates/a.yaml charts/db.tgz!../x charts/db.tgz!/etc/passwd
            charts/db.tgz .helmignore files/a.txt :values :set kustomization.yaml
            """),
        words: templateWords,
        values: scalars + [
            "{{ .Values.a }}", "{{ .Values }}", "{{ . | toYaml | quote }}", "{{ include \"x\" . }}", "{{ $ }}",
            "[{{ 1 }}]",
        ],
        snippets: fragments + templateSnippets)
}
