import Document

/// What `Chart.yaml` says of a chart itself (Helm's documentation, "The Chart.yaml File").
enum ChartMetadata {
    /// Fields that are no texts.
    private static let otherFields: Set<String> = ["deprecated", "enabled", "import-values"]

    /// What is said of a chart with the texts that Go's decoder makes of numbers and booleans: an `appVersion: 1.10` that
    /// is not quoted is `1.1`.
    static func asGoReads(_ value: Value) -> Value {
        var value = value
        switch value.content {
        case .scalar(let scalar):
            let text: String? =
                switch scalar.kind {
                case .bool: value.bool.map { "\($0)" }
                case .int: value.int.map { "\($0)" }
                // With the digits of 32 bits.
                case .float: value.double.map { GoText.float(Double(Float($0).description) ?? $0) }
                default: nil
                }
            if let text { value.content = .scalar(Scalar(text)) }
        case .sequence(let items): value.content = .sequence(items.map(asGoReads))
        case .mapping(let mapping):
            let entries = mapping.entries.map { entry in
                otherFields.contains(entry.key.text)
                    ? entry : Mapping.Entry(key: entry.key, value: asGoReads(entry.value))
            }
            value.content = .mapping(Mapping(entries))
        }
        return value
    }

    /// The chart's name, once everything else that must hold of the file does.
    ///
    /// - Parameter place: the file.
    static func checkedName(_ metadata: Value, at place: Origin) throws(Problem) -> String {
        guard metadata.fields != nil else {
            throw Problem("Chart.yaml must be a mapping of fields", at: metadata.origin)
        }
        guard let field = metadata["name"], let name = field.scalar?.text, !name.isEmpty, !field.isNull else {
            throw Problem("a chart needs a name", at: metadata.origin, hint: "add the field \"name\" to Chart.yaml")
        }
        guard !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".." else {
            throw Problem("a chart cannot be named \"\(name)\"", at: field.origin, hint: "use a name without \"/\"")
        }
        guard let version = metadata["version"], let text = version.scalar?.text, !text.isEmpty, !version.isNull else {
            throw Problem(
                "the chart \(name) needs a version", at: metadata.origin,
                hint: "add the field \"version\" to Chart.yaml")
        }
        guard SemanticVersion(text) != nil else {
            throw Problem(
                "the chart's version \"\(text)\" is none", at: version.origin, hint: "write it as in 1.2.3")
        }
        if let type = metadata["type"], !["", "application", "library"].contains(type.string ?? "") {
            throw Problem("the chart's type must be application or library", at: type.origin)
        }
        return name
    }

    /// `.Chart`: the fields under Go's names.
    static func object(_ chart: Chart) -> TemplateValue {
        let metadata = chart.metadata
        func text(_ key: String) -> TemplateValue { .string(metadata[key]?.scalar.map(plainText) ?? "") }
        func texts(_ key: String) -> TemplateValue {
            .list((metadata[key]?.items ?? []).map { .string($0.scalar?.text ?? "") })
        }
        let annotations = TemplateMap()
        for entry in metadata["annotations"]?.fields?.entries ?? [] {
            annotations[entry.key.text] = .string(entry.value.scalar.map(plainText) ?? "")
        }
        let fields: [StructObject.Field] = [
            .init("Name", .string(chart.name)), .init("Home", text("home")), .init("Sources", texts("sources")),
            .init("Version", text("version")), .init("Description", text("description")),
            .init("Keywords", texts("keywords")),
            .init("Maintainers", .list((metadata["maintainers"]?.items ?? []).map(maintainer))),
            .init("Icon", text("icon")),
            .init("APIVersion", .string(metadata["apiVersion"]?.string ?? "v1"), key: "apiVersion"),
            .init("Condition", text("condition")), .init("Tags", text("tags")), .init("AppVersion", text("appVersion")),
            .init("Deprecated", .bool(metadata["deprecated"]?.bool ?? false)),
            .init("Annotations", .map(annotations)), .init("KubeVersion", text("kubeVersion")),
            .init("Dependencies", .list((chart.dependencies ?? []).map(\.object))), .init("Type", text("type")),
            .init("IsRoot", .bool(chart.isRoot), key: "IsRoot", isKept: true),
        ]
        return .host(StructObject(typeName: "struct { chart.Metadata; IsRoot bool }", fields: fields))
    }

    /// What Go's decoder makes of a scalar where a text is expected.
    private static func plainText(_ scalar: Scalar) -> String { scalar.kind == .null ? "" : scalar.text }

    private static func maintainer(_ value: Value) -> TemplateValue {
        func text(_ key: String) -> TemplateValue { .string(value[key]?.scalar?.text ?? "") }
        return .host(
            StructObject(
                typeName: "*chart.Maintainer",
                fields: [
                    .init("Name", text("name")), .init("Email", text("email")), .init("URL", text("url"), key: "url"),
                ]))
    }
}

/// One of Go's structs: fields by their names, and as JSON has them.
struct StructObject: HostObject {
    struct Field {
        var name: String
        var value: TemplateValue
        /// Its name in JSON.
        var key: String
        /// Whether JSON has it when it is empty.
        var isKept: Bool

        init(_ name: String, _ value: TemplateValue, key: String? = nil, isKept: Bool = false) {
            self.name = name
            self.value = value
            self.key = key ?? name.prefix(1).lowercased() + name.dropFirst()
            self.isKept = isKept
        }
    }

    let typeName: String
    let fields: [Field]

    var text: String { "{" + fields.map { GoText.of($0.value) }.joined(separator: " ") + "}" }

    var plain: TemplateValue {
        .map(
            Dictionary(
                fields.filter { $0.isKept || $0.value.isTrue }.map { ($0.key, $0.value) },
                uniquingKeysWith: { first, _ in first }))
    }

    func member(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue? {
        fields.first { $0.name == name }?.value
    }
}
