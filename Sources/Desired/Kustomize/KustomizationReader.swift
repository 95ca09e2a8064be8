import Document

/// Reads a kustomization file strictly, as kustomize does; what is not supported yet is refused by name.
struct KustomizationReader {
    private var reader: FieldReader
    private var result: Kustomization

    static func read(_ document: Value) throws(Problem) -> Kustomization {
        let document = withKnownCase(document)
        var reader = KustomizationReader(
            reader: try FieldReader(document, "the kustomization"), result: Kustomization(origin: document.origin))
        return try reader.read(document)
    }

    private mutating func read(_ document: Value) throws(Problem) -> Kustomization {
        try readHeader()
        try refuseUnsupported()
        try readOperands()
        try readNamesAndLabels()
        try readPatches()
        try readImagesAndReplicas()
        try readReplacements()
        try readGenerators()
        try readOutput()
        try reader.finish()
        let header: Set<String> = ["apiVersion", "kind"]
        if (document.fields?.entries ?? []).allSatisfy({ header.contains($0.key.text) || $0.value.isNull }) {
            throw Problem("the kustomization is empty", at: document.origin, hint: "list something under \"resources\"")
        }
        return result
    }

    /// Go's decoder, through which kustomize reads, does not mind the case of field names.
    private static func withKnownCase(_ document: Value) -> Value {
        guard let fields = document.fields else { return document }
        var result = document
        result.content = .mapping(
            Mapping(
                fields.entries.map { entry in
                    var entry = entry
                    if let name = knownNames[entry.key.text.lowercased()] { entry.key.text = name }
                    return entry
                }))
        return result
    }

    private static let knownNames = Dictionary(
        uniqueKeysWithValues: [
            "apiVersion", "kind", "metadata", "resources", "bases", "components", "configurations", "namePrefix",
            "nameSuffix", "namespace", "commonLabels", "commonAnnotations", "labels", "patchesStrategicMerge",
            "patchesJson6902", "patches", "images", "imageTags", "replicas", "replacements", "vars",
            "configMapGenerator",
            "secretGenerator",
            "generatorOptions", "sortOptions", "buildMetadata",
        ].map { ($0.lowercased(), $0) })

    private mutating func readHeader() throws(Problem) {
        let kind = reader.value("kind")
        switch kind?.string {
        case nil, "Kustomization": break
        case "Component": result.isComponent = true
        default: throw Problem("kind must be Kustomization or Component", at: kind?.origin ?? reader.origin)
        }
        let expected = result.isComponent ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1"
        if let version = reader.value("apiVersion"), version.string != expected, version.string != "" {
            throw Problem(
                "apiVersion for \(result.isComponent ? "Component" : "Kustomization") must be \(expected)",
                at: version.origin)
        }
        if var metadata = try reader.fields("metadata") {
            _ = try metadata.string("name")
            _ = try metadata.string("namespace")
            _ = try metadata.pairs("labels")
            _ = try metadata.pairs("annotations")
            try metadata.finish()
        }
    }

    /// Fields of kustomize that are not rendered yet: an error is better than output without them.
    private mutating func refuseUnsupported() throws(Problem) {
        let fields = [
            "openapi", "crds", "helmGlobals", "helmCharts", "helmChartInflationGenerator",
            "generators", "transformers", "validators",
        ]
        for field in fields {
            guard let value = reader.value(field), value.items?.isEmpty != true, value.fields?.isEmpty != true else {
                continue
            }
            throw Problem(
                "the field \"\(field)\" of kustomizations is not supported by this version", at: value.origin,
                hint: "render this overlay with kubectl kustomize and commit the result")
        }
    }

    private mutating func readOperands() throws(Problem) {
        result.resources = try reader.texts("resources") + (try reader.texts("bases"))
        result.components = try reader.texts("components")
        result.configurations = try reader.texts("configurations")
    }

    private mutating func readNamesAndLabels() throws(Problem) {
        result.namePrefix = try text("namePrefix")
        result.nameSuffix = try text("nameSuffix")
        result.namespace = try text("namespace")
        result.commonLabels = try reader.pairs("commonLabels")
        result.commonAnnotations = try reader.pairs("commonAnnotations")
        for item in try reader.items("labels") {
            var entry = try FieldReader(item, "an entry of \"labels\"")
            var fields: [FieldSpec] = []
            for field in try entry.items("fields") { fields.append(try FieldSpecReader.spec(field)) }
            result.labels.append(
                Kustomization.LabelEntry(
                    pairs: try entry.pairs("pairs"), includesSelectors: try entry.bool("includeSelectors") ?? false,
                    includesTemplates: try entry.bool("includeTemplates") ?? false, fields: fields, origin: item.origin)
            )
            try entry.finish()
        }
    }

    /// A text field, with its origin; nil when absent or empty.
    private mutating func text(_ key: String) throws(Problem) -> Value? {
        guard let text = try reader.string(key), !text.isEmpty else { return nil }
        return reader.value(key)
    }

    private mutating func readPatches() throws(Problem) {
        result.patchesStrategicMerge = try reader.texts("patchesStrategicMerge")
        for item in try reader.items("patchesJson6902") { result.patchesJSON6902.append(try Self.patch(item)) }
        for item in try reader.items("patches") { result.patches.append(try Self.patch(item)) }
    }

    private static func patch(_ item: Value) throws(Problem) -> Kustomization.PatchEntry {
        var entry = try FieldReader(item, "the patch")
        var patch = Kustomization.PatchEntry(origin: item.origin)
        if try entry.string("path")?.isEmpty == false { patch.path = entry.value("path") }
        if try entry.string("patch")?.contains(where: { !$0.isWhitespace }) == true {
            patch.patch = entry.value("patch")
        }
        if let target = entry.value("target") { patch.target = try Selector(target) }
        if var options = try entry.fields("options") {
            patch.allowsNameChange = try options.bool("allowNameChange") ?? false
            patch.allowsKindChange = try options.bool("allowKindChange") ?? false
            try options.finish()
        }
        try entry.finish()
        switch (patch.path, patch.patch) {
        case (nil, nil): throw Problem("the patch needs one of \"path\" and \"patch\"", at: item.origin)
        case (_?, _?): throw Problem("the patch has both \"path\" and \"patch\"", at: item.origin, hint: "keep one")
        default: return patch
        }
    }

    private mutating func readImagesAndReplicas() throws(Problem) {
        for item in try reader.items("images") + (try reader.items("imageTags")) {
            var entry = try FieldReader(item, "an entry of \"images\"")
            for key in ["name", "newName", "newTag", "tagSuffix", "digest"] { _ = try entry.string(key) }
            func value(_ key: String) -> Value? { item[key].flatMap { $0.string?.isEmpty == false ? $0 : nil } }
            try entry.finish()
            result.images.append(
                Kustomization.ImageEntry(
                    name: item["name"] ?? "", newName: value("newName"), newTag: value("newTag"),
                    tagSuffix: value("tagSuffix"), digest: value("digest"), origin: item.origin))
        }
        for item in try reader.items("replicas") {
            var entry = try FieldReader(item, "an entry of \"replicas\"")
            let name = try entry.string("name") ?? ""
            _ = try entry.int("count")
            let count = entry.value("count") ?? Value(.scalar(Scalar("0", .int)), origin: item.origin)
            try entry.finish()
            result.replicas.append(Kustomization.ReplicaEntry(name: name, count: count, origin: item.origin))
        }
    }

    private mutating func readReplacements() throws(Problem) {
        result.replacements = try reader.items("replacements")
        for item in try reader.items("vars") { result.variables.append(try Variable(item)) }
    }

    private mutating func readGenerators() throws(Problem) {
        var global = GeneratorOptions()
        if let fields = try reader.fields("generatorOptions") { global = try Self.options(fields) }
        for item in try reader.items("configMapGenerator") {
            result.configMaps.append(try Self.generator(item, global, isSecret: false))
        }
        for item in try reader.items("secretGenerator") {
            result.secrets.append(try Self.generator(item, global, isSecret: true))
        }
    }

    private static func generator(
        _ item: Value, _ global: GeneratorOptions, isSecret: Bool
    ) throws(Problem) -> GeneratorEntry {
        var entry = try FieldReader(item, isSecret ? "the Secret generator" : "the ConfigMap generator")
        let name = try entry.string("name") ?? ""
        guard !name.isEmpty, let nameValue = entry.value("name") else {
            throw Problem("\(entry.subject) needs a name", at: item.origin)
        }
        var options = GeneratorOptions()
        if let fields = try entry.fields("options") { options = try Self.options(fields) }
        _ = try entry.string("namespace")
        if isSecret { _ = try entry.string("type") }
        let behavior = try entry.string("behavior") ?? ""
        let env = try entry.string("env") == nil ? [] : [entry.value("env")].compactMap { $0 }
        let result = GeneratorEntry(
            name: nameValue, namespace: entry.value("namespace"),
            // Any other word means create, as it does to kustomize.
            behavior: GeneratorEntry.Behavior(rawValue: behavior) ?? .create,
            files: try entry.texts("files"), envs: try entry.texts("envs") + env, literals: try entry.texts("literals"),
            type: isSecret ? entry.value("type") : nil, options: options.merging(global), origin: item.origin)
        try entry.finish()
        return result
    }

    private static func options(_ fields: FieldReader) throws(Problem) -> GeneratorOptions {
        var fields = fields
        _ = try fields.bool("immutable")
        let options = GeneratorOptions(
            labels: try fields.pairs("labels"), annotations: try fields.pairs("annotations"),
            disablesHash: try fields.bool("disableNameSuffixHash") ?? false, immutable: fields.value("immutable"))
        try fields.finish()
        return options
    }

    private mutating func readOutput() throws(Problem) {
        for option in try reader.texts("buildMetadata") {
            switch option.string {
            case "managedByLabel": result.marksManagedBy = true
            case "originAnnotations", "transformerAnnotations":
                throw Problem(
                    "the buildMetadata option \"\(option.string ?? "")\" is not supported by this version",
                    at: option.origin, hint: "belay render --origins shows where every field comes from")
            default: throw Problem("there is no buildMetadata option \"\(option.string ?? "")\"", at: option.origin)
            }
        }
        guard var sort = try reader.fields("sortOptions") else { return }
        let order = sort.value("order")
        let orders: [String: Kustomize.Options.Order] = ["legacy": .legacy, "fifo": .none]
        guard let parsed = orders[try sort.string("order") ?? ""] else {
            throw Problem("the order must be \"legacy\" or \"fifo\"", at: order?.origin ?? sort.origin)
        }
        result.sort = Kustomization.SortEntry(order: parsed)
        if var legacy = try sort.fields("legacySortOptions") {
            if parsed == .none {
                throw Problem("legacySortOptions belong to the order \"legacy\" alone", at: legacy.origin)
            }
            result.sort?.first = try legacy.texts("orderFirst").compactMap(\.string)
            result.sort?.last = try legacy.texts("orderLast").compactMap(\.string)
            try legacy.finish()
        }
        try sort.finish()
    }
}

/// Reads field specs, as `labels` entries and `configurations` files have them.
enum FieldSpecReader {
    static func spec(_ value: Value) throws(Problem) -> FieldSpec {
        var entry = try FieldReader(value, "the field spec")
        let spec = FieldSpec(
            try entry.string("path") ?? "", group: try entry.string("group") ?? "",
            version: try entry.string("version") ?? "", kind: try entry.string("kind") ?? "",
            creates: try entry.bool("create") ?? false)
        try entry.finish()
        return spec
    }
}
