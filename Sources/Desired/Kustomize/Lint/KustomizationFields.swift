import Document

/// The fields that a part of a kustomization may have.
indirect enum KustomizationFields: Sendable {
    /// Anything, looked at elsewhere.
    case any
    case object([String: KustomizationFields])
    case list(KustomizationFields)

    /// What a kustomization has that there is not, each at its key.
    func unknown(in value: Value, of subject: String) -> [Finding] {
        switch self {
        case .any: return []
        case .list(let item): return (value.items ?? []).flatMap { item.unknown(in: $0, of: subject) }
        case .object(let fields):
            return (value.fields?.entries ?? []).flatMap { entry in
                let name = entry.key.text
                if let known = fields[name] { return known.unknown(in: entry.value, of: name) }
                // Go's decoder does not mind the case of names.
                if fields.keys.contains(where: { $0.lowercased() == name.lowercased() }) { return [] }
                let hint =
                    Spelling.nearest(to: name, among: fields.keys).map { "did you mean \"\($0)\"?" }
                    ?? "it may have: \(fields.keys.sorted().joined(separator: ", "))"
                let place = entry.key.origin.isKnown ? entry.key.origin : entry.value.origin
                return [Finding(.unknownField, "\(subject) has no field \"\(name)\"", at: place, hint: hint)]
            }
        }
    }

    private static func fields(_ names: String..., with others: [String: KustomizationFields] = [:])
        -> KustomizationFields
    {
        .object(Dictionary(uniqueKeysWithValues: names.map { ($0, .any) }).merging(others) { $1 })
    }

    private static func names(_ names: [String]) -> KustomizationFields {
        .object(Dictionary(uniqueKeysWithValues: names.map { ($0, .any) }))
    }

    /// Of the file itself.
    static let all: KustomizationFields = fields(
        "apiVersion", "kind", "metadata", "resources", "bases", "components", "configurations", "namePrefix",
        "nameSuffix", "namespace", "commonLabels", "commonAnnotations", "patchesStrategicMerge", "buildMetadata",
        "generators", "transformers", "validators", "crds",
        with: [
            "helmGlobals": names(ChartEntry.globalFields), "helmCharts": .list(names(ChartEntry.fields)),
            "helmChartInflationGenerator": .any,
            "labels": .list(
                fields("pairs", "includeSelectors", "includeTemplates", with: ["fields": .list(fieldSpec)])),
            "patches": .list(patch), "patchesJson6902": .list(patch), "images": .list(image), "imageTags": .list(image),
            "replicas": .list(fields("name", "count")), "replacements": .list(replacement), "vars": .list(variable),
            "configMapGenerator": .list(generator), "secretGenerator": .list(secretGenerator),
            "generatorOptions": options, "openapi": fields("path", "version"),
            "sortOptions": fields("order", with: ["legacySortOptions": fields("orderFirst", "orderLast")]),
        ])

    private static let selector = fields(
        "group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
    private static let fieldSpec = fields("path", "group", "version", "kind", "create")
    private static let patch = fields(
        "path", "patch", with: ["target": selector, "options": fields("allowNameChange", "allowKindChange")])
    private static let image = fields("name", "newName", "newTag", "tagSuffix", "digest")
    private static let fieldOptions = fields("delimiter", "index", "encoding", "create")
    private static let replacement = fields(
        "path",
        with: [
            "source": fields(
                "group", "version", "kind", "name", "namespace", "fieldPath", with: ["options": fieldOptions]),
            "targets": .list(
                fields("fieldPaths", with: ["select": selector, "reject": .list(selector), "options": fieldOptions])),
        ])
    private static let variable = fields(
        "name",
        with: [
            "objref": fields("apiVersion", "group", "version", "kind", "name", "namespace"),
            "fieldref": fields("fieldPath", "fieldpath"),
        ])
    private static let options = fields("labels", "annotations", "disableNameSuffixHash", "immutable")
    private static let generator = fields(
        "name", "namespace", "behavior", "files", "envs", "env", "literals", with: ["options": options])
    private static let secretGenerator = fields(
        "name", "namespace", "behavior", "files", "envs", "env", "literals", "type", with: ["options": options])
}
