import Document
import FileTree
import Manifest

/// One kustomization file: the fields of `Kustomization` v1beta1 and `Component` v1alpha1, each with its place.
package struct Kustomization {
    /// The names that such a file may have; a folder has one of them.
    package static let fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"]

    var isComponent = false
    /// The first line of the file.
    var origin: Origin
    var resources: [Value] = []
    var components: [Value] = []
    var configurations: [Value] = []
    var namePrefix: Value?
    var nameSuffix: Value?
    var namespace: Value?
    var labels: [LabelEntry] = []
    var commonLabels: [Mapping.Entry] = []
    var commonAnnotations: [Mapping.Entry] = []
    var patchesStrategicMerge: [Value] = []
    var patchesJSON6902: [PatchEntry] = []
    var patches: [PatchEntry] = []
    var images: [ImageEntry] = []
    var replicas: [ReplicaEntry] = []
    /// Read when they are applied, since they may stand in files.
    var replacements: [Value] = []
    var variables: [Variable] = []
    var configMaps: [GeneratorEntry] = []
    var secrets: [GeneratorEntry] = []
    var charts: [ChartEntry] = []
    var sort: SortEntry?
    var metadata = BuildMetadata()
    /// Objects that configure plugins: paths, or the objects themselves as texts.
    var generators: [Value] = []
    var transformers: [Value] = []
    var validators: [Value] = []
    /// Files of OpenAPI definitions that say what references there are.
    var definitions: [Value] = []
    /// `openapi`: the schema that patches merge by.
    var schema: SchemaEntry?

    /// An entry of `labels`.
    struct LabelEntry {
        var pairs: [Mapping.Entry]
        var includesSelectors: Bool
        var includesTemplates: Bool
        var fields: [FieldSpec]
        var origin: Origin
    }

    /// An entry of `patches` or `patchesJson6902`.
    struct PatchEntry {
        var path: Value?
        var patch: Value?
        var target: Selector?
        var allowsNameChange = false
        var allowsKindChange = false
        var origin: Origin
    }

    /// An entry of `images`.
    struct ImageEntry {
        /// A regular expression, as kustomize takes it.
        var name: Value
        var newName: Value?
        var newTag: Value?
        var tagSuffix: Value?
        var digest: Value?
        var origin: Origin

        /// The values that go into an image's text, that of the tag or digest first.
        var sources: [Value] {
            let version = newTag == nil && digest == nil ? [tagSuffix] : [newTag, digest]
            return (version + [newName]).compactMap { $0 }
        }
    }

    /// An entry of `replicas`.
    struct ReplicaEntry {
        var name: String
        var count: Value
        var origin: Origin
    }

    /// `openapi`.
    struct SchemaEntry {
        var path: Value?
        var version: Value?
        var origin: Origin
    }

    /// `sortOptions`.
    struct SortEntry {
        var order: Kustomize.Options.Order
        var first: [String]?
        var last: [String]?
    }
}

/// An entry of `configMapGenerator` or `secretGenerator`, the global options merged into its own.
struct GeneratorEntry {
    /// What happens to an object of that name which is there already.
    enum Behavior: String {
        case create
        case replace
        case merge
    }

    var name: Value
    var namespace: Value?
    var behavior: Behavior
    var files: [Value]
    var envs: [Value]
    var literals: [Value]
    /// Of a Secret.
    var type: Value?
    var options: GeneratorOptions
    var origin: Origin
}

/// `generatorOptions`, or the `options` of one generator.
struct GeneratorOptions {
    var labels: [Mapping.Entry] = []
    var annotations: [Mapping.Entry] = []
    var disablesHash = false
    var immutable: Value?

    /// These options, with what they leave open taken from the global ones.
    func merging(_ global: GeneratorOptions) -> GeneratorOptions {
        var result = self
        result.labels += global.labels.filter { pair in !labels.contains { $0.key.text == pair.key.text } }
        result.annotations += global.annotations.filter { pair in !annotations.contains { $0.key.text == pair.key.text }
        }
        result.disablesHash = disablesHash || global.disablesHash
        if immutable?.bool != true { result.immutable = global.immutable ?? immutable }
        return result
    }
}
