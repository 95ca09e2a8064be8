import Document
import FileTree
import Manifest

/// Reads the objects that `generators`, `transformers` and `validators` name: configurations of kustomize's built-in
/// plugins. Other plugins are programs, which a rendering does not run.
struct PluginReader {
    let config: Value
    let kind: String
    private let files: OverlayFiles

    /// - Throws: `Problem` for a plugin that is not built in.
    init(_ config: Value, _ files: OverlayFiles) throws(Problem) {
        self.config = config
        self.files = files
        kind = config["kind"]?.scalar?.text ?? ""
        guard config["apiVersion"]?.scalar?.text == "builtin" else { throw Self.refusal(config, kind) }
    }

    /// Fields of the plugin alone, their names in any case; others are not minded. Both as by Go's decoder.
    private func fields(_ names: String...) throws(Problem) -> FieldReader {
        try FieldReader(Self.part(config, names), "the \(kind)")
    }

    private static func part(_ value: Value, _ names: [String]) -> Value {
        guard let fields = value.fields else { return value }
        let known = Dictionary(names.map { ($0.lowercased(), $0) }, uniquingKeysWith: { $1 })
        var result = value
        result.content = .mapping(
            Mapping(
                fields.entries.compactMap { entry in
                    guard let name = known[entry.key.text.lowercased()] else { return nil }
                    var entry = entry
                    entry.key.text = name
                    if !notTexts.contains(name) {
                        let isPairs = name == "labels" || name == "annotations"
                        entry.value = withTexts(entry.value, except: isPairs ? [] : notTexts)
                    }
                    return entry
                }))
        return result
    }

    /// Fields that are numbers or truth values.
    private static let notTexts: Set<String> = [
        "create", "count", "filePathPosition", "unsetOnly", "allowNameChange", "allowKindChange",
        "disableNameSuffixHash", "immutable", "index", "valuesInline", "includeCRDs", "skipHooks", "skipTests", "debug",
        "devel",
    ]

    /// Numbers and truth values as the texts that Go's decoder makes of them where a text is expected.
    private static func withTexts(_ value: Value, except notTexts: Set<String>) -> Value {
        var result = value
        switch value.content {
        case .scalar(let scalar):
            switch scalar.kind {
            case .bool: result.content = .scalar(Scalar(value.bool == true ? "true" : "false"))
            case .int, .float: result.content = .scalar(Scalar(scalar.text))
            case .null, .string, .timestamp, .binary: break
            }
        case .sequence(let items): result.content = .sequence(items.map { withTexts($0, except: notTexts) })
        case .mapping(let mapping):
            result.content = .mapping(
                Mapping(
                    mapping.entries.map { entry in
                        notTexts.contains(entry.key.text)
                            ? entry : .init(key: entry.key, value: withTexts(entry.value, except: notTexts))
                    }))
        }
        return result
    }

    private static func refusal(_ config: Value, _ kind: String) -> Problem {
        let annotations = config[path: "metadata", "annotations"]
        let isFunction = ["config.kubernetes.io/function", "config.k8s.io/function"].contains {
            annotations?[$0] != nil
        }
        return Problem(
            "the plugin \(kind) \(isFunction ? "is a container or program" : "is a program") that is not part of kustomize, and rendering runs none: its output could differ from one machine to the next",
            at: config["kind"]?.origin ?? config.origin,
            hint:
                "run it where the change is made, and commit what it gives; or use a built-in plugin (apiVersion: builtin)"
        )
    }

    /// The transformers that the object configures: one, or two for the former `PrefixSuffixTransformer`.
    func transformers() throws(Problem) -> [Transformer] {
        switch kind {
        case "PatchStrategicMergeTransformer": return [.strategicPatches(try strategicPatches())]
        case "PatchTransformer": return [.patch(try EntryReader.patch(Self.part(config, Self.patchFields)))]
        case "PatchJson6902Transformer": return [.jsonPatch(try jsonPatch())]
        case "NamespaceTransformer":
            guard let name = config[path: "metadata", "namespace"], name.string?.isEmpty == false else { return [] }
            return [.local(.namespace(name, try specs(), try namespaceRule()))]
        case "PrefixTransformer", "SuffixTransformer", "PrefixSuffixTransformer": return try affixes()
        case "LabelTransformer":
            var reader = try fields("labels")
            return [.local(.labels(try reader.pairs("labels"), try specs()))]
        case "AnnotationsTransformer":
            var reader = try fields("annotations")
            return [.local(.annotations(try reader.pairs("annotations"), try specs()))]
        case "ReplicaCountTransformer":
            return [.replicas(try EntryReader.replicas(try entry("replica", ["name", "count"])), try specs())]
        case "ImageTagTransformer":
            let names = ["name", "newName", "newTag", "tagSuffix", "digest"]
            return [.local(.image(try EntryReader.image(try entry("imageTag", names)), try specs()))]
        case "ReplacementTransformer":
            var reader = try fields("replacements")
            return [.replacements(try reader.items("replacements"))]
        case "ValueAddTransformer": return [.valueAdd(try valueAddition())]
        case "HashTransformer": return [.hash]
        default: throw unfit(as: "transformer", "generators")
        }
    }

    /// The generator that the object configures.
    func generator() throws(Problem) -> ConfiguredGenerator {
        let sources = ["name", "namespace", "behavior", "files", "envs", "env", "literals", "options"]
        switch kind {
        case "ConfigMapGenerator", "SecretGenerator":
            let isSecret = kind == "SecretGenerator"
            var entry = Self.part(config, isSecret ? sources + ["type"] : sources)
            for field in ["name", "namespace"] where (entry[field]?.scalar?.text ?? "").isEmpty {
                entry[field] = config[path: "metadata", field]
            }
            return .data(try EntryReader.generator(entry, GeneratorOptions(), isSecret: isSecret), isSecret: isSecret)
        case "IAMPolicyGenerator": return .object(try serviceAccount())
        case "HelmChartInflationGenerator":
            let globals = Self.part(config, ChartEntry.globalFields)
            var entry = try FieldReader(Self.part(config, ChartEntry.fields), "the \(kind)")
            return .chart(try ChartEntry(&entry, home: globals["chartHome"]))
        default: throw unfit(as: "generator", "transformers")
        }
    }

    private func unfit(as role: String, _ other: String) -> Problem {
        Problem(
            "kustomize has no built-in \(role) \(kind)", at: config["kind"]?.origin ?? config.origin,
            hint: kind == "SortOrderTransformer"
                ? "the kustomization's field \"sortOptions\" orders objects"
                : "check the spelling, and whether it belongs under \"\(other)\"")
    }

    private func specs() throws(Problem) -> [FieldSpec] {
        var reader = try fields("fieldSpecs")
        var specs: [FieldSpec] = []
        for item in try reader.items("fieldSpecs") {
            specs.append(
                try FieldSpecReader.spec(Self.part(item, ["path", "group", "version", "kind", "create"])))
        }
        return specs
    }

    private func namespaceRule() throws(Problem) -> NamespaceRule {
        var reader = try fields("unsetOnly", "setRoleBindingSubjects")
        var rule = NamespaceRule()
        rule.keepsOthers = try reader.bool("unsetOnly") ?? false
        let text = try reader.string("setRoleBindingSubjects") ?? ""
        guard let subjects = text.isEmpty ? .defaultOnly : NamespaceRule.Subjects(rawValue: text) else {
            throw Problem(
                "setRoleBindingSubjects must be allServiceAccounts, defaultOnly or none",
                at: reader.value("setRoleBindingSubjects")?.origin ?? config.origin)
        }
        rule.subjects = subjects
        return rule
    }

    private func entry(_ field: String, _ names: [String]) throws(Problem) -> Value {
        guard let entry = config[field], entry.fields != nil else {
            throw Problem("the \(kind) needs the field \"\(field)\"", at: config.origin)
        }
        return Self.part(entry, names)
    }

    private static let patchFields = ["path", "patch", "target", "options"]

    private func strategicPatches() throws(Problem) -> [Value] {
        var reader = try fields("paths", "patches")
        var patches = try reader.texts("paths")
        if try reader.string("patches")?.isEmpty == false, let inline = reader.value("patches") {
            patches.append(inline)
        }
        if patches.isEmpty { throw Problem("the \(kind) needs one of \"paths\" and \"patches\"", at: config.origin) }
        return patches
    }

    private func jsonPatch() throws(Problem) -> Kustomization.PatchEntry {
        var entry = Self.part(config, ["path", "target"])
        entry["patch"] = config["jsonOp"]
        return try EntryReader.patch(entry)
    }

    private func affixes() throws(Problem) -> [Transformer] {
        let specs = try specs()
        var reader = try fields("prefix", "suffix")
        var result: [Transformer] = []
        if kind != "SuffixTransformer", try reader.string("prefix")?.isEmpty == false {
            if let prefix = reader.value("prefix") { result.append(.local(.prefix(prefix, specs))) }
        }
        if kind != "PrefixTransformer", try reader.string("suffix")?.isEmpty == false {
            if let suffix = reader.value("suffix") { result.append(.local(.suffix(suffix, specs))) }
        }
        return result
    }

    private func valueAddition() throws(Problem) -> ValueAddition {
        var reader = try fields("value", "targets", "targetFilePath")
        var items = try reader.items("targets")
        if let file = try reader.string("targetFilePath"), !file.isEmpty {
            let origin = reader.value("targetFilePath")?.origin ?? config.origin
            for document in try files.tree.documents(try files.path(file, for: origin), for: origin) {
                items += document["targets"]?.items ?? []
            }
        }
        if items.isEmpty { throw Problem("the \(kind) needs at least one target", at: config.origin) }
        let text = try reader.string("value") ?? ""
        var value = reader.value("value") ?? Value(.scalar(Scalar(files.folder.name)), origin: config.origin)
        value.content = .scalar(Scalar(text.isEmpty ? files.folder.name : text))
        var targets: [ValueAddition.Target] = []
        for item in items { targets.append(try Self.target(item)) }
        return ValueAddition(value: value, targets: targets)
    }

    private static func target(_ item: Value) throws(Problem) -> ValueAddition.Target {
        var reader = try FieldReader(item, "the target")
        let path = try reader.requiredString("fieldPath")
        let position = try reader.int("filePathPosition") ?? 0
        let selector = try reader.value("selector").map { (value) throws(Problem) in try Selector(value) }
        guard position >= 0, !path.isEmpty else {
            throw Problem("the target needs a fieldPath, and a filePathPosition of 0 or more", at: item.origin)
        }
        return ValueAddition.Target(
            selector: selector, path: reader.value("fieldPath") ?? item, position: position)
    }

    /// A ServiceAccount that speaks for one of Google's (kustomize, `IAMPolicyGenerator`).
    private func serviceAccount() throws(Problem) -> Value {
        guard config["cloud"]?.string == "gke" else {
            throw Problem("the cloud of an \(kind) must be gke", at: config["cloud"]?.origin ?? config.origin)
        }
        guard let name = config[path: "kubernetesService", "name"], name.string?.isEmpty == false,
            let account = config[path: "serviceAccount", "name"], let user = account.string,
            let projectID = config[path: "serviceAccount", "projectId"], let project = projectID.string
        else {
            throw Problem("the \(kind) needs kubernetesService.name and serviceAccount", at: config.origin)
        }
        var object = Value(.mapping(Mapping()), origin: config.origin)
        for (key, text) in [("apiVersion", "v1"), ("kind", "ServiceAccount")] {
            object[key] = Value(.scalar(Scalar(text)), origin: config.origin, trivia: .synthesised)
        }
        object[path: "metadata", "annotations", "iam.gke.io/gcp-service-account"] = Value(
            .scalar(Scalar("\(user)@\(project).iam.gserviceaccount.com")), origin: account.origin
        ).made(with: [projectID])
        object[path: "metadata", "name"] = name
        if let namespace = config[path: "kubernetesService", "namespace"], namespace.string?.isEmpty == false {
            object[path: "metadata", "namespace"] = namespace
        }
        return object
    }
}

/// A generator with its configuration.
enum ConfiguredGenerator {
    case data(GeneratorEntry, isSecret: Bool)
    /// An object that is there already.
    case object(Value)
    case chart(ChartEntry)
}
