import Document

/// Reads a kustomization file strictly, as kustomize does.
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
        try readCharts()
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
            throw Problem("the kustomization is empty", at: document.origin, hint: Self.emptyHint)
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
            "generatorOptions", "sortOptions", "buildMetadata", "generators", "transformers", "validators", "crds",
            "openapi", "helmGlobals", "helmCharts", "helmChartInflationGenerator",
        ].map { ($0.lowercased(), $0) })

    private mutating func readHeader() throws(Problem) {
        let kind = reader.value("kind")
        switch kind?.string {
        case nil, "Kustomization": break
        case "Component": result.isComponent = true
        default:
            throw Problem(
                "kind must be Kustomization or Component, and is \(kind?.scalar?.text ?? "no text")",
                at: kind?.origin ?? reader.origin,
                hint: "an object belongs into a file of its own, named under \"resources\"")
        }
        let expected = result.isComponent ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1"
        if let version = reader.value("apiVersion"), version.string != expected, version.string != "" {
            throw Problem(
                "apiVersion for \(result.isComponent ? "Component" : "Kustomization") must be \(expected)",
                at: version.origin, hint: "no other version is there; set it, and keep the fields as they are")
        }
        if var metadata = try reader.fields("metadata") {
            _ = try metadata.string("name")
            _ = try metadata.string("namespace")
            _ = try metadata.pairs("labels")
            _ = try metadata.pairs("annotations")
            try metadata.finish()
        }
    }

    private mutating func readCharts() throws(Problem) {
        var home: Value?
        if var globals = try reader.fields("helmGlobals") {
            if try globals.string("chartHome")?.isEmpty == false { home = globals.value("chartHome") }
            _ = try globals.string("configHome")
            try globals.finish()
        }
        for item in try reader.items("helmCharts") { result.charts.append(try ChartEntry(item, home: home)) }
        let former = try reader.items("helmChartInflationGenerator")
        guard !former.isEmpty else { return }
        var entries: [ChartEntry] = []
        for item in former { entries.append(try ChartEntry(former: item)) }
        // The last one that names a folder names it for all, unless helmGlobals does.
        home = home ?? entries.last { $0.home != nil }?.home
        for entry in entries {
            var entry = entry
            entry.home = home
            result.charts.append(entry)
        }
    }

    static let emptyHint = "list something under \"resources\""

    private mutating func readOperands() throws(Problem) {
        result.resources = try reader.texts("resources") + (try reader.texts("bases"))
        result.components = try reader.texts("components")
        result.configurations = try reader.texts("configurations")
        result.generators = try reader.texts("generators")
        result.transformers = try reader.texts("transformers")
        result.validators = try reader.texts("validators")
        result.definitions = try reader.texts("crds")
        guard var schema = try reader.fields("openapi") else { return }
        func text(_ key: String) throws(Problem) -> Value? {
            try schema.string(key)?.isEmpty == false ? schema.value(key) : nil
        }
        let (path, version) = (try text("path"), try text("version"))
        result.schema = Kustomization.SchemaEntry(path: path, version: version, origin: schema.origin)
        try schema.finish()
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
        for item in try reader.items("patchesJson6902") { result.patchesJSON6902.append(try EntryReader.patch(item)) }
        let patches = try reader.items("patches")
        // A list of files is what "patches" was before it had targets.
        if !patches.isEmpty, patches.allSatisfy({ $0.string != nil }) {
            result.patchesStrategicMerge += patches
            return
        }
        for item in patches { result.patches.append(try EntryReader.patch(item)) }
    }

    private mutating func readImagesAndReplicas() throws(Problem) {
        for item in try reader.items("images") + (try reader.items("imageTags")) {
            result.images.append(try EntryReader.image(item))
        }
        for item in try reader.items("replicas") { result.replicas.append(try EntryReader.replicas(item)) }
    }

    private mutating func readReplacements() throws(Problem) {
        result.replacements = try reader.items("replacements")
        for item in try reader.items("vars") { result.variables.append(try Variable(item)) }
    }

    private mutating func readGenerators() throws(Problem) {
        var global = GeneratorOptions()
        if let fields = try reader.fields("generatorOptions") { global = try EntryReader.options(fields) }
        for item in try reader.items("configMapGenerator") {
            result.configMaps.append(try EntryReader.generator(item, global, isSecret: false))
        }
        for item in try reader.items("secretGenerator") {
            result.secrets.append(try EntryReader.generator(item, global, isSecret: true))
        }
    }

    private mutating func readOutput() throws(Problem) {
        for option in try reader.texts("buildMetadata") {
            result.metadata.origin = option.origin
            switch option.string {
            case "managedByLabel": result.metadata.marksManagedBy = true
            case "originAnnotations": result.metadata.hasOrigins = true
            case "transformerAnnotations": result.metadata.hasTransformations = true
            default: throw Problem("there is no buildMetadata option \"\(option.string ?? "")\"", at: option.origin)
            }
        }
        if let sort = try reader.fields("sortOptions") { result.sort = try EntryReader.sort(sort) }
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
